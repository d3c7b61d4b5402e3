package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Syscall;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A list of system calls with prepared memory: how a mechanism confines, as a value.
 *
 * <p>The same program can be run on this thread ({@link #run}), be compiled into the image that
 * runs in a child before it executes a command ({@link LaunchPlan}), be run against a fake {@link
 * Kernel} in a test, and be printed.
 *
 * <p>Descriptors that a program opens are closed on exec at the latest; a program closes those that
 * it no longer needs.
 *
 * @param steps in the order in which they run
 */
public record SetupProgram(List<Step> steps) {
  private static final SetupProgram EMPTY = new SetupProgram(List.of());

  /** A program of the steps that there are now. */
  public SetupProgram {
    steps = List.copyOf(steps);
  }

  /** {@return a program of some steps} */
  public static SetupProgram of(Step... steps) {
    return new SetupProgram(Arrays.asList(steps));
  }

  /** {@return the program that does nothing} */
  public static SetupProgram empty() {
    return EMPTY;
  }

  /** {@return this program followed by another one} */
  public SetupProgram then(SetupProgram next) {
    if (steps.isEmpty()) {
      return next;
    }
    if (next.steps.isEmpty()) {
      return this;
    }
    var all = new ArrayList<Step>(steps.size() + next.steps.size());
    all.addAll(steps);
    all.addAll(next.steps);
    return new SetupProgram(all);
  }

  /** {@return whether there is nothing to do} */
  public boolean isEmpty() {
    return steps.isEmpty();
  }

  /**
   * Runs the program on the calling thread, with whatever that means for this process.
   *
   * @throws SetupException if a step fails; the steps before it stay done, its descriptors are
   *     closed
   */
  public void run() throws SetupException {
    run(Kernel.host());
  }

  /**
   * Runs the program against a kernel.
   *
   * @throws SetupException if a step fails
   */
  public void run(Kernel kernel) throws SetupException {
    if (kernel instanceof HostKernel) {
      // Whatever this does to the calling thread, threads that it starts have it, too.
      ThreadStarter.setAside();
    }
    var descriptors = new Descriptors();
    try (Arena arena = Arena.ofConfined()) {
      var placed = new PlacedMemory(arena);
      for (Step step : steps) {
        var args = new long[6];
        for (int i = 0; i < step.args().size(); i++) {
          args[i] =
              switch (step.args().get(i)) {
                case Arg.Value value -> value.value();
                case Slot slot -> descriptors.number(slot);
                case Memory memory -> placed.address(memory, descriptors);
              };
        }
        long result = kernel.call(step, args);
        if (Syscall.isError(result)) {
          Errno errno = Errno.of((int) -result);
          if (!step.tolerated().contains(errno)) {
            throw new SetupException(step, errno);
          }
        }
        step.opens().ifPresent(slot -> descriptors.open(slot, (int) result));
        for (Step.Expected expected : step.expected()) {
          if (placed.int32(expected.memory(), expected.offset()) != expected.value()) {
            throw new SetupException(step, Errno.ESTALE);
          }
        }
        step.closes().ifPresent(descriptors::close);
      }
    } finally {
      descriptors.closeAll(kernel);
    }
  }

  /** One step a line. */
  @Override
  public String toString() {
    var text = new StringBuilder();
    for (Step step : steps) {
      text.append(step).append('\n');
    }
    return text.toString();
  }
}
