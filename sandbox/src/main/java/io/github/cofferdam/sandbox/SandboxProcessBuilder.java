package io.github.cofferdam.sandbox;

import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.confinement.FileGrants;
import io.github.cofferdam.documents.Text;
import io.github.cofferdam.launcher.Stdio;
import io.github.cofferdam.launcher.StdioSet;
import io.github.cofferdam.policy.OwnEnvironment;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Starts commands in a {@link Sandbox}, with the methods of {@link ProcessBuilder} and what they
 * mean there, so that code written for that class changes one line:
 *
 * {@snippet :
 * Process process =
 *     sandbox.processBuilder("git", "log") // was: new ProcessBuilder("git", "log")
 *         .directory(checkout)
 *         .redirectErrorStream(true)
 *         .redirectOutput(Redirect.appendTo(log))
 *         .start();
 * }
 *
 * <p>What differs:
 *
 * <ul>
 *   <li>Of {@link #environment}, what is as this process has it is what the policy's [environment]
 *       works on, at {@link #start}. What this program put or changed arrives as it is; where the
 *       policy blocks it, or sets it to another value, the command is refused.
 *   <li>Files for redirects are opened by this process, with this process's rights, before the
 *       command is confined. The command can use exactly these, however little the policy grants.
 *       One is refused if a link that lies where the command may write leads elsewhere, or if it is
 *       a named pipe there.
 *   <li>A new process is a {@link SandboxProcess}, and says there how it differs from others.
 * </ul>
 *
 * <p>{@link SandboxCommand} has what {@link ProcessBuilder} does not know: descriptors, output that
 * is kept, outcomes. Not safe for use by several threads at once.
 */
public final class SandboxProcessBuilder {
  private final Sandbox sandbox;
  private List<String> command;
  private @Nullable Map<String, String> environment;
  private @Nullable File directory;
  private Redirect input = Redirect.PIPE;
  private Redirect output = Redirect.PIPE;
  private Redirect error = Redirect.PIPE;
  private boolean merged;

  SandboxProcessBuilder(Sandbox sandbox, List<String> command) {
    this.sandbox = sandbox;
    this.command = Objects.requireNonNull(command);
  }

  /** Sets the program and its arguments; the list is not copied. */
  public SandboxProcessBuilder command(List<String> argv) {
    command = Objects.requireNonNull(argv);
    return this;
  }

  /** Sets the program and its arguments. */
  public SandboxProcessBuilder command(String... argv) {
    return command(new ArrayList<>(Arrays.asList(argv)));
  }

  /** {@return the program and its arguments}; changes to the list count. */
  public List<String> command() {
    return command;
  }

  /**
   * {@return the command's environment}; it starts as this process's own, of which the policy's
   * [environment] lets less pass, and changes count. It refuses what {@link
   * ProcessBuilder#environment} refuses.
   */
  public Map<String, String> environment() {
    if (environment == null) {
      // The JDK's map, for its checks.
      environment = new ProcessBuilder().environment();
    }
    return environment;
  }

  /** {@return the working directory; null for this process's own} */
  @SuppressWarnings("exports") // jspecify's annotations, which nobody needs to compile.
  public @Nullable File directory() {
    return directory;
  }

  /** Sets the working directory; null for this process's own. It is the default workspace too. */
  @SuppressWarnings("exports") // jspecify's annotations, which nobody needs to compile.
  public SandboxProcessBuilder directory(@Nullable File path) {
    directory = path;
    return this;
  }

  /**
   * Sets where standard input comes from.
   *
   * @throws IllegalArgumentException if the redirect is for writing
   */
  public SandboxProcessBuilder redirectInput(Redirect source) {
    if (source.type() == Redirect.Type.WRITE || source.type() == Redirect.Type.APPEND) {
      throw new IllegalArgumentException("Redirect invalid for reading: " + source);
    }
    input = source;
    return this;
  }

  /**
   * Sets where standard output goes.
   *
   * @throws IllegalArgumentException if the redirect is for reading
   */
  public SandboxProcessBuilder redirectOutput(Redirect destination) {
    output = writable(destination);
    return this;
  }

  /**
   * Sets where standard error goes, unless {@link #redirectErrorStream()}.
   *
   * @throws IllegalArgumentException if the redirect is for reading
   */
  public SandboxProcessBuilder redirectError(Redirect destination) {
    error = writable(destination);
    return this;
  }

  private static Redirect writable(Redirect destination) {
    if (destination.type() == Redirect.Type.READ) {
      throw new IllegalArgumentException("Redirect invalid for writing: " + destination);
    }
    return destination;
  }

  /** Takes standard input from a file. */
  public SandboxProcessBuilder redirectInput(File file) {
    return redirectInput(Redirect.from(file));
  }

  /** Sends standard output to a file, which is emptied first. */
  public SandboxProcessBuilder redirectOutput(File file) {
    return redirectOutput(Redirect.to(file));
  }

  /** Sends standard error to a file, which is emptied first. */
  public SandboxProcessBuilder redirectError(File file) {
    return redirectError(Redirect.to(file));
  }

  /** {@return where standard input comes from} */
  public Redirect redirectInput() {
    return input;
  }

  /** {@return where standard output goes} */
  public Redirect redirectOutput() {
    return output;
  }

  /** {@return where standard error goes, unless {@link #redirectErrorStream()}} */
  public Redirect redirectError() {
    return error;
  }

  /** Uses this process's own standard streams. */
  public SandboxProcessBuilder inheritIO() {
    return redirectInput(Redirect.INHERIT)
        .redirectOutput(Redirect.INHERIT)
        .redirectError(Redirect.INHERIT);
  }

  /** {@return whether standard error follows standard output} */
  public boolean redirectErrorStream() {
    return merged;
  }

  /** Sets whether standard error follows standard output. */
  public SandboxProcessBuilder redirectErrorStream(boolean follows) {
    merged = follows;
    return this;
  }

  /**
   * Starts the command.
   *
   * @throws SandboxException if it was not run; the message begins as {@link ProcessBuilder#start}
   *     begins it, and the kind says why
   * @throws IOException if a file of a redirect cannot be opened, an argument holds a NUL
   *     character, or this process's own resources do not suffice
   * @throws IndexOutOfBoundsException if the command is empty
   * @throws NullPointerException if an argument is null
   */
  public SandboxProcess start() throws IOException {
    List<String> argv = List.copyOf(command);
    String program = argv.get(0);
    for (String argument : argv) {
      if (argument.indexOf('\0') >= 0) {
        throw new IOException("invalid null character in command");
      }
    }
    try (var files = new RedirectFiles()) {
      SandboxCommand prepared =
          sandbox
              .command(argv)
              .directory(directory == null ? Path.of("") : OsText.path(directory.getPath()));
      if (environment != null) {
        passOn(environment, prepared);
      }
      return prepared.start(grants -> streams(files, grants));
    } catch (SandboxException e) {
      throw explained(e, cannotRun(program));
    } catch (IOException | IllegalArgumentException e) {
      throw new IOException(cannotRun(program) + Text.of(e), e);
    }
  }

  private StdioSet streams(RedirectFiles files, FileGrants grants) throws IOException {
    Stdio in = files.open("standard input", input, grants);
    Stdio out = files.open("standard output", output, grants);
    return new StdioSet(
        in,
        out,
        merged ? Optional.empty() : Optional.of(files.open("standard error", error, grants)));
  }

  /** Apart from what this process has itself, what stands there is what somebody has put there. */
  private static void passOn(Map<String, String> environment, SandboxCommand command) {
    Map<String, String> inherited = new HashMap<>();
    Map<String, String> own = new HashMap<>();
    for (Map.Entry<String, String> entry : environment.entrySet()) {
      boolean same = entry.getValue().equals(System.getenv(entry.getKey()));
      (same ? inherited : own).put(entry.getKey(), entry.getValue());
    }
    command.parentEnvironment(OwnEnvironment.restored(inherited)).environment(own);
  }

  private String cannotRun(String program) {
    return "Cannot run program \""
        + program
        + "\""
        + (directory == null ? "" : " (in directory \"" + directory + "\")")
        + ": ";
  }

  private static SandboxException explained(SandboxException e, String cannotRun) {
    return switch (e) {
      // There is code that looks for the number.
      case NotExecutedException not ->
          new NotExecutedException(
              cannotRun
                  + "error="
                  + not.errno().number()
                  + ", "
                  + not.errno().text()
                  + ": "
                  + not.reason(),
              not);
      case RefusedException refused -> new RefusedException(cannotRun + refused.reason(), refused);
      case SetupFailedException failed ->
          new SetupFailedException(cannotRun + failed.reason(), failed);
    };
  }
}
