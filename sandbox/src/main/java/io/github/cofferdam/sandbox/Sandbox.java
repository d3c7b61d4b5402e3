package io.github.cofferdam.sandbox;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.confinement.RunCache;
import io.github.cofferdam.policy.CommandRules;
import io.github.cofferdam.policy.Policy;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Runs commands under a policy.
 *
 * <p>A command is confined by itself, in its own process, before its first instruction. This
 * virtual machine stays as it is. If anything that the policy requires cannot be had, nothing is
 * run.
 *
 * <p>A sandbox is safe for use by several threads, and worth keeping: with isolation namespace,
 * what its runs can have in common is made once, when it is used a second time in the same
 * directory, and kept as long as the sandbox can be reached. Until then the file systems of what
 * the policy grants stay in use, also if they are unmounted on the host. Command line and
 * environment of the last such run are kept too: the next one may be the same.
 *
 * <p>Virtual threads may run commands, wait for them, read and write their streams: while there is
 * nothing to do, they let the thread that carries them go.
 *
 * {@snippet :
 * Sandbox sandbox = Sandbox.of(Policy.load(Path.of("readonly.toml")));
 * Outcome outcome = sandbox.run("git", "status");
 * if (outcome.ending() instanceof Ending.Refused refused) {
 *   System.err.println(refused.reason());
 * }
 * }
 */
public final class Sandbox {
  private final Policy policy;
  private final CommandRules rules;
  private final RunCache cache;

  private Sandbox(Policy policy) {
    this.policy = policy;
    rules = new CommandRules(policy.network());
    cache = new RunCache();
  }

  /**
   * {@return a sandbox with a policy}; making one has no effect on anything.
   *
   * @throws io.github.cofferdam.bindings.UnsupportedPlatformException if this is not Linux on
   *     x86_64 or aarch64
   */
  public static Sandbox of(Policy policy) {
    // Before anything else: most classes have numbers that only a supported one has.
    Arch.host();
    return new Sandbox(policy);
  }

  /** {@return the policy that its commands run under} */
  public Policy policy() {
    return policy;
  }

  CommandRules rules() {
    return rules;
  }

  /** What its runs have in common, as long as it can be reached. */
  RunCache cache() {
    return cache;
  }

  /** {@return a command to configure and then start or run} */
  public SandboxCommand command(List<String> argv) {
    return new SandboxCommand(this, argv);
  }

  /** {@return a command to configure and then start or run} */
  public SandboxCommand command(String... argv) {
    return command(List.of(argv));
  }

  /**
   * {@return a builder with the methods of {@link ProcessBuilder}}, for code that was written for
   * that class.
   */
  public SandboxProcessBuilder processBuilder(List<String> argv) {
    return new SandboxProcessBuilder(this, argv);
  }

  /**
   * {@return a builder with the methods of {@link ProcessBuilder}}, for code that was written for
   * that class.
   */
  public SandboxProcessBuilder processBuilder(String... argv) {
    return new SandboxProcessBuilder(this, new ArrayList<>(Arrays.asList(argv)));
  }

  /**
   * Starts a command whose standard streams are pipes, as {@link ProcessBuilder} does by default.
   *
   * @throws SandboxException if the command was not run; its kind says why
   * @throws IOException if this process's own resources do not suffice
   */
  public SandboxProcess start(String... argv) throws IOException {
    return command(argv).start();
  }

  /**
   * Runs a command on this process's own standard streams and waits for its end.
   *
   * @return what became of it, also if it was refused
   * @throws IOException if this process's own resources do not suffice
   * @throws InterruptedException if this thread was interrupted; the command's tree has been ended
   *     then
   */
  public Outcome run(String... argv) throws IOException, InterruptedException {
    return command(argv).inheritIO().run();
  }
}
