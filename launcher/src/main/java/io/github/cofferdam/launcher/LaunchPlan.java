package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Fd;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What to start and how to confine it: an immutable value.
 *
 * <p>The order in the child is fixed:
 *
 * <ol>
 *   <li>launcher: descriptors above the wanted ones are closed, a process group of its own (a
 *       session, if it becomes the command), then the {@code launcherSteps};
 *   <li>with {@link Supervision#PID_NAMESPACE}, init: the {@code initSteps}. The launcher ends
 *       here;
 *   <li>the supervising process gets ready and starts the command's process;
 *   <li>command: a session of its own, signal mask reset, working directory, then the {@code
 *       commandSteps}, then exec.
 * </ol>
 *
 * <p>Without supervision, one process does all this and becomes the command. Where the kernel and
 * all steps allow it, that is a child that shares this process's memory until then, as with
 * posix_spawn(3), and the signal mask is reset at the end; else it is the launcher's image.
 */
public final class LaunchPlan {
  private final LaunchParts parts;
  private final boolean runsInPlace;
  private volatile @Nullable LauncherImage image;
  private volatile boolean startedInPlace;
  private volatile @Nullable VforkTable table;

  private LaunchPlan(LaunchParts parts) {
    this.parts = parts;
    runsInPlace =
        parts.supervision() == Supervision.NONE
            && !parts.executables().isEmpty()
            && allRunInPlace(parts);
  }

  private static boolean allRunInPlace(LaunchParts parts) {
    for (Step step : parts.launcherSteps().steps()) {
      if (!VforkSteps.canRun(step, false)) {
        return false;
      }
    }
    List<Step> steps = parts.commandSteps().steps();
    for (int i = 0; i < steps.size(); i++) {
      if (!VforkSteps.canRun(steps.get(i), i == steps.size() - 1)) {
        return false;
      }
    }
    return true;
  }

  /**
   * {@return a builder}
   *
   * @param executable path of the file to execute; no search in PATH
   * @param argv the arguments, beginning with the command's own name
   * @throws IllegalArgumentException if there are no arguments
   */
  public static Builder of(String executable, List<String> argv) {
    return of(List.of(executable), argv);
  }

  /**
   * {@return a builder}
   *
   * @param executables paths that are tried in order, as {@code execvp(3)} does with PATH: one that
   *     does not exist or may not be executed is passed over
   * @param argv the arguments, beginning with the command's own name
   * @throws IllegalArgumentException if there are no paths or no arguments
   */
  public static Builder of(List<String> executables, List<String> argv) {
    if (executables.isEmpty() || argv.isEmpty()) {
      throw new IllegalArgumentException("nothing to execute");
    }
    return new Builder(executables, argv);
  }

  /** A builder of a plan for {@link SetupProcess}. */
  static Builder withoutCommand() {
    return new Builder(List.of(), List.of());
  }

  /** {@return paths of the file to execute, in order of trial} */
  public List<String> executables() {
    return parts.executables();
  }

  /** {@return the arguments, beginning with the command's own name} */
  public List<String> argv() {
    return parts.argv();
  }

  /** {@return the environment, each entry {@code NAME=value}} */
  public List<String> environment() {
    return parts.environment();
  }

  /** {@return who looks after the tree} */
  public Supervision supervision() {
    return parts.supervision();
  }

  /** {@return when the tree is ended, counted from the launch} */
  public Optional<Duration> deadline() {
    return parts.deadline();
  }

  /** {@return how long the tree has from SIGTERM to SIGKILL; zero if it gets no SIGTERM} */
  public Duration grace() {
    return parts.grace();
  }

  /** {@return the slot whose descriptor this process gets} */
  public Optional<Slot> handOver() {
    return parts.handOver();
  }

  /** The values of this plan; what else is in it was made of them. */
  LaunchParts parts() {
    return parts;
  }

  /** The image for this machine; the same for every start. */
  LauncherImage image() {
    LauncherImage known = image;
    if (known == null) {
      known = ImageCompiler.compile(Arch.host(), new LaunchSequence(parts));
      image = known;
    }
    return known;
  }

  /**
   * Whether a child that shares this process's memory can execute the command, see {@link Vfork}.
   */
  boolean runsInPlace() {
    return runsInPlace;
  }

  /**
   * What such a child does: for one start, since most plans are started once and since the kernel
   * writes to it where steps expect something there; else for all starts from the second one on.
   */
  VforkTable table(Arena start) {
    VforkTable known = table;
    if (known != null) {
      return known;
    }
    LaunchSequence sequence = LaunchSequence.inPlace(parts);
    if (!startedInPlace || sequence.isWritten()) {
      startedInPlace = true;
      return VforkTable.of(sequence, start);
    }
    known = VforkTable.of(sequence, Arena.ofAuto());
    table = known;
    return known;
  }

  /**
   * {@return every system call that is made before the command runs, in order, and the one by which
   * the supervisor hands a descriptor over right after the command was executed, as the calling
   * thread would start it}
   */
  public List<LaunchStep> steps() {
    LaunchSequence sequence =
        runsInPlace && Vfork.isUsable() ? LaunchSequence.inPlace(parts) : new LaunchSequence(parts);
    return List.copyOf(sequence.all());
  }

  /** Collects a plan. */
  public static final class Builder {
    private final List<String> executables;
    private final List<String> argv;
    private final List<String> environment = new ArrayList<>();
    private Optional<String> directory = Optional.empty();
    private SetupProgram launcherSteps = SetupProgram.empty();
    private SetupProgram initSteps = SetupProgram.empty();
    private SetupProgram commandSteps = SetupProgram.empty();
    private Supervision supervision = Supervision.NONE;
    private Optional<Duration> deadline = Optional.empty();
    private Duration grace = Duration.ZERO;
    private Optional<Slot> handOver = Optional.empty();
    private boolean initAlone;
    private final Map<Slot, Fd> passed = new LinkedHashMap<>();

    private Builder(List<String> executables, List<String> argv) {
      this.executables = executables;
      this.argv = argv;
    }

    /**
     * Adds variables. The environment begins empty: nothing is inherited.
     *
     * @throws IllegalArgumentException if a name has an equals sign in it
     */
    public Builder environment(Map<String, String> variables) {
      variables.forEach(this::variable);
      return this;
    }

    /**
     * Adds a variable.
     *
     * @throws IllegalArgumentException if the name has an equals sign in it
     */
    public Builder variable(String name, String value) {
      if (name.indexOf('=') >= 0) {
        throw new IllegalArgumentException("not a variable's name: " + Memory.quote(name));
      }
      environment.add(name + "=" + value);
      return this;
    }

    /** Sets the working directory; without it, this process's own is inherited. */
    public Builder directory(String path) {
      directory = Optional.of(path);
      return this;
    }

    /** Sets what the launcher does before anything else is started. */
    public Builder launcherSteps(SetupProgram program) {
      launcherSteps = program;
      return this;
    }

    /** Sets what the first process of the process-id namespace does. */
    public Builder initSteps(SetupProgram program) {
      initSteps = program;
      return this;
    }

    /** Sets what the command's process does before it executes the command. */
    public Builder commandSteps(SetupProgram program) {
      commandSteps = program;
      return this;
    }

    /** Sets who looks after the tree. */
    public Builder supervision(Supervision value) {
      supervision = value;
      return this;
    }

    /**
     * Sets when the tree is ended, counted from the launch; needs supervision.
     *
     * @throws IllegalArgumentException if it is zero or negative
     */
    public Builder deadline(Duration value) {
      if (value.isNegative() || value.isZero()) {
        throw new IllegalArgumentException("deadline must be positive: " + value);
      }
      deadline = Optional.of(value);
      return this;
    }

    /**
     * Sets how long the tree has to end by itself, after SIGTERM, when the deadline has passed or
     * {@link Launched#terminate} was called; without it, it is killed at once. Means nothing
     * without supervision.
     *
     * @throws IllegalArgumentException if it is negative
     */
    public Builder grace(Duration value) {
      if (value.isNegative()) {
        throw new IllegalArgumentException("grace must not be negative: " + value);
      }
      grace = value;
      return this;
    }

    /**
     * Has a descriptor sent to this process that a step opens in the child, such as a seccomp
     * filter's listener: {@link Launched#received}. It is sent once the command has been executed,
     * by the supervisor, which neither is behind what the command's own steps set up nor keeps a
     * copy. The step must open it to be closed on exec, else the command gets it as well.
     */
    public Builder handOver(Slot slot) {
      handOver = Optional.of(slot);
      return this;
    }

    /**
     * Starts the command only when the launcher is gone for good, so that of the processes that
     * have been in the command's user namespace init is the only other one. Before, the kernel
     * counts the launcher there as well (RLIMIT_NPROC), also when it has ended and nobody has
     * waited for it yet. Needs {@link Supervision#PID_NAMESPACE}.
     */
    public Builder initAlone() {
      initAlone = true;
      return this;
    }

    /**
     * Lets the launcher begin with a copy of a descriptor of this process, for its steps to use:
     * the only ones that it inherits besides the standard streams. A process that comes after the
     * launcher's steps has it as well until one of them closes it; what the command's steps close,
     * its supervisor closes too. It is closed when the command is executed.
     *
     * @param descriptor stays the caller's, and must be open whenever the plan is started
     */
    public Builder pass(Slot slot, Fd descriptor) {
      passed.put(slot, descriptor);
      return this;
    }

    /**
     * {@return the plan}
     *
     * @throws IllegalArgumentException if something needs supervision, or another kind of it, than
     *     was set; if no step leaves open what is to be handed over
     */
    public LaunchPlan build() {
      return new LaunchPlan(
          new LaunchParts(
              executables,
              argv,
              environment,
              directory,
              launcherSteps,
              initSteps,
              commandSteps,
              supervision,
              deadline,
              grace,
              handOver,
              initAlone,
              passed));
    }
  }
}
