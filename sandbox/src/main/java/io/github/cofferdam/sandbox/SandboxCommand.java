package io.github.cofferdam.sandbox;

import io.github.cofferdam.confinement.StreamSource;
import io.github.cofferdam.launcher.Launched;
import io.github.cofferdam.launcher.PseudoTerminal;
import io.github.cofferdam.launcher.Stdio;
import io.github.cofferdam.launcher.StdioSet;
import io.github.cofferdam.policy.EnforcementReport;
import io.github.cofferdam.policy.Environment;
import io.github.cofferdam.policy.OwnEnvironment;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A command that is about to be run in a {@link Sandbox}. Not safe for use by several threads at
 * once.
 */
public final class SandboxCommand {
  private static final int DEFAULT_CAPTURE = 16 << 20;

  private final Sandbox sandbox;
  private final List<String> argv;
  private Map<String, String> parentEnvironment = OwnEnvironment.variables();
  private Map<String, String> own = Map.of();
  private @Nullable Path directory;
  private Predicate<String> added = name -> true;
  private Optional<String> searchPath = Optional.empty();
  private final CommandStreams streams = new CommandStreams();
  private Optional<PseudoTerminal> terminal = Optional.empty();
  private int capture = DEFAULT_CAPTURE;
  private Consumer<EnforcementReport> onReport = report -> {};
  private Predicate<String> confirmer = reason -> false;
  private Consumer<Launched> onStarted = launched -> {};

  SandboxCommand(Sandbox sandbox, List<String> argv) {
    if (argv.isEmpty()) {
      throw new IllegalArgumentException("no command");
    }
    this.sandbox = sandbox;
    this.argv = List.copyOf(argv);
  }

  /**
   * Sets the environment that the policy's [environment] works on, instead of this process's own.
   * What does not pass is named in the outcome.
   */
  public SandboxCommand parentEnvironment(Map<String, String> variables) {
    parentEnvironment = Map.copyOf(variables);
    return this;
  }

  /**
   * {@return the environment that the policy's [environment] works on}, this process's own if no
   * other was set; it cannot be changed
   */
  public Map<String, String> parentEnvironment() {
    return Collections.unmodifiableMap(parentEnvironment);
  }

  /**
   * Gives the command variables of its own, in place of the parent's of the same names. They are
   * not looked at: whoever names one means it. One that the policy blocks, or sets to another
   * value, refuses the run.
   *
   * @throws IllegalArgumentException if a name or value cannot be handed to a command
   */
  public SandboxCommand environment(Map<String, String> variables) {
    own = Map.copyOf(variables);
    own.forEach(Environment::checkOwn);
    return this;
  }

  /**
   * Sets the working directory; this process's own by default. It is also the default workspace.
   *
   * <p>With isolation namespace the command may not see it: then a directory that was set refuses
   * the run, and the default gives way to the root directory. Where it is bound to another path,
   * the command starts there.
   */
  public SandboxCommand directory(Path path) {
    directory = path;
    return this;
  }

  /** Sets which variables the command gets that neither its parent nor this program gives it. */
  SandboxCommand added(Predicate<String> names) {
    added = names;
    return this;
  }

  /** Sets where the program is looked for, instead of the PATH that the command will have. */
  SandboxCommand searchPath(String directories) {
    searchPath = Optional.of(directories);
    return this;
  }

  /** Sets where standard input comes from; by default a pipe with {@link #start}, else nothing. */
  public SandboxCommand stdin(Stdio source) {
    streams.in(new StreamChoice.Given(source));
    return this;
  }

  /** Sets what the command reads from standard input: a text, in UTF-8. */
  public SandboxCommand input(String text) {
    return input(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Sets what the command reads from standard input. The array is copied. */
  public SandboxCommand input(byte[] content) {
    streams.in(new StreamChoice.Bytes(content.clone()));
    return this;
  }

  /**
   * Sets the file that standard input is read from. This process opens it, with its own rights, as
   * {@link SandboxProcessBuilder} says.
   */
  public SandboxCommand input(Path file) {
    streams.in(CommandStreams.from(file));
    return this;
  }

  /**
   * Sets where standard output goes; by default a pipe with {@link #start}, else what {@link
   * Outcome#output} has.
   */
  public SandboxCommand stdout(Stdio target) {
    streams.out(new StreamChoice.Given(target));
    return this;
  }

  /**
   * Sets the file that standard output goes to, which is made or emptied first. This process opens
   * it, with its own rights, as {@link SandboxProcessBuilder} says.
   */
  public SandboxCommand stdout(Path file) {
    streams.out(CommandStreams.to(file));
    return this;
  }

  /** Sets where standard error goes, with the default of {@link #stdout(Stdio)}. */
  public SandboxCommand stderr(Stdio target) {
    streams.err(new StreamChoice.Given(target));
    return this;
  }

  /** Sets the file that standard error goes to, as {@link #stdout(Path)} does. */
  public SandboxCommand stderr(Path file) {
    streams.err(CommandStreams.to(file));
    return this;
  }

  /** Lets standard error follow standard output. */
  public SandboxCommand mergeStderr() {
    streams.merge();
    return this;
  }

  /** Uses this process's own standard streams. */
  public SandboxCommand inheritIO() {
    return stdin(Stdio.inherit()).stdout(Stdio.inherit()).stderr(Stdio.inherit());
  }

  /**
   * Gives the command a terminal of its own, which is all three standard streams, its controlling
   * terminal and {@code /dev/tty}: an interactive shell works on it. What it was started from, it
   * does not get at through that.
   *
   * <p>Somebody has to read the terminal's {@link PseudoTerminal#screen} all the time, also while
   * {@link #run} waits. Output and error output may be set to something else afterwards, or kept
   * ({@link #captureOutput}); standard input must stay.
   *
   * @param terminal for this command alone; stays the caller's, who closes it after the end
   */
  public SandboxCommand terminal(PseudoTerminal terminal) {
    this.terminal = Optional.of(terminal);
    Stdio peer = Stdio.to(terminal.peer());
    return stdin(peer).stdout(peer).stderr(peer);
  }

  /**
   * Sets who is told what will hold and what not, in the thread that starts the command, before it
   * runs; also if it then is refused for that. What is thrown there keeps it from running.
   */
  public SandboxCommand onReport(Consumer<EnforcementReport> listener) {
    onReport = listener;
    return this;
  }

  /**
   * Sets who is asked whether the command may run although a rule of the policy marks it as
   * destructive; by default nobody, and it is refused. Asked in the thread that starts the command,
   * before anything else is done for it, with the reason in words, once for each rule that matches.
   * A dry run asks nobody.
   *
   * @param asked whether it may run all the same
   */
  public SandboxCommand confirm(Predicate<String> asked) {
    confirmer = asked;
    return this;
  }

  /**
   * Sets who is told when the command runs, in the thread that starts it: to send it signals, for
   * example.
   */
  public SandboxCommand onStarted(Consumer<Launched> listener) {
    onStarted = listener;
    return this;
  }

  /**
   * Lets {@link #run} keep what the command writes, wherever it went before: at most 16 MiB of each
   * stream.
   */
  public SandboxCommand captureOutput() {
    return captureOutput(DEFAULT_CAPTURE);
  }

  /**
   * Lets {@link #run} keep what the command writes, wherever it went before.
   *
   * @param limit in bytes, for each stream; the rest is read and dropped, which {@link
   *     CapturedOutput#truncated} says
   */
  public SandboxCommand captureOutput(int limit) {
    if (limit < 1) {
      throw new IllegalArgumentException("limit must be positive: " + limit);
    }
    capture = limit;
    streams.keep();
    return this;
  }

  /**
   * Starts the command. Whoever starts it has to close the process or to wait for its end.
   *
   * @throws SandboxException if the command was not run; its kind says why
   * @throws IOException if a file that was set cannot be opened, or this process's own resources do
   *     not suffice
   */
  public SandboxProcess start() throws IOException {
    try (var files = new RedirectFiles()) {
      return start(grants -> streams.open(files, grants, Stdio.pipe()));
    }
  }

  /** As {@link #start}, on other streams than were set. */
  SandboxProcess start(StreamSource streams) throws IOException {
    var resources = new RunResources(terminal);
    Run run = launch(new RunPreparation(request(streams, true, onReport), resources), resources);
    boolean watched = false;
    try {
      var process = new SandboxProcess(run);
      watched = true;
      return process;
    } finally {
      if (!watched) {
        run.close();
      }
    }
  }

  /**
   * Runs the command and waits for its end. Of its streams, nothing is thrown away that nobody has
   * said to throw away: what goes nowhere else is kept, up to 16 MiB of each, for {@link
   * Outcome#output}. Standard input is empty unless it was set.
   *
   * @return what became of it, also if it was refused
   * @throws IllegalStateException if a stream was set to a pipe, which nobody would fill or read
   * @throws IOException if a file that was set cannot be opened, or this process's own resources do
   *     not suffice
   * @throws InterruptedException if this thread was interrupted; the command's tree has been ended
   *     then
   */
  public Outcome run() throws IOException, InterruptedException {
    long start = System.nanoTime();
    streams.refusePipes();
    var resources = new RunResources(terminal);
    Run run;
    try (var files = new RedirectFiles()) {
      var preparation =
          new RunPreparation(
              request(grants -> streams.open(files, grants, Stdio.discard()), true, onReport),
              resources);
      try {
        run = launch(preparation, resources);
      } catch (SandboxException e) {
        return preparation.notRun(e, Duration.ofNanos(System.nanoTime() - start));
      }
    }
    return streams.keeps() ? run.finishCapturing(capture) : run.finish();
  }

  /**
   * {@return what would be done, without doing it}; files for standard streams are not opened.
   *
   * @throws SandboxException if the command would not be run
   */
  public DryRun dryRun() throws IOException {
    StdioSet unopened = streams.unopened();
    try (var resources = new RunResources(terminal)) {
      var preparation =
          new RunPreparation(request(grants -> unopened, false, report -> {}), resources);
      PreparedRun prepared = preparation.prepare();
      return new DryRun(
          prepared.plan().steps(),
          prepared.enforcement(),
          prepared.environmentDropped(),
          prepared.created());
    }
  }

  /**
   * {@return what is asked for}
   *
   * @param shared whether the run may have namespaces in common with others of the sandbox
   * @param told what will hold
   */
  RunRequest request(StreamSource streams, boolean shared, Consumer<EnforcementReport> told) {
    return new RunRequest(
        sandbox.policy(),
        sandbox.rules(),
        sandbox.cache(),
        shared,
        argv,
        terminal,
        streams,
        parentEnvironment,
        own,
        added,
        searchPath,
        Optional.ofNullable(directory),
        shared ? confirmer : reason -> false,
        told);
  }

  private Run launch(RunPreparation preparation, RunResources resources) throws IOException {
    Run run;
    try {
      run = Run.start(preparation.prepare(), resources);
    } catch (IOException | RuntimeException e) {
      resources.abandon(argv, e, resources::close);
      throw e;
    }
    try {
      onStarted.accept(run.launched());
    } catch (RuntimeException e) {
      run.abandon(e);
      throw e;
    }
    return run;
  }
}
