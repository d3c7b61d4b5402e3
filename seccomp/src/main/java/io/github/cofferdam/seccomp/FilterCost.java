package io.github.cofferdam.seccomp;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.SyscallTable;
import java.util.Collection;
import java.util.Collections;
import java.util.function.ToIntFunction;

/**
 * What a filter costs. Installing it costs time by {@code average} times the number of calls, since
 * the kernel then tries every number, and by the program's length; afterwards numbers that are
 * always allowed cost nothing, and others what they execute.
 *
 * @param instructions length of the program, at most 4096
 * @param average executed instructions, over every number from 0 to the highest known one, with
 *     arguments of 0
 * @param maximum the most of them
 */
public record FilterCost(int instructions, double average, int maximum) {
  // A straight line through measured installations of filters with 95 to 1272 instructions on one
  // machine, in microseconds.
  private static final double PER_INSTRUCTION = 0.2;
  private static final double PER_EXECUTED = 0.0028;

  /**
   * {@return what a program costs, whoever compiled it}
   *
   * @param arches for whose calls
   */
  public static FilterCost of(BpfProgram program, Collection<Arch> arches) {
    return of(program, arches, arch -> Collections.max(SyscallTable.numbers(arch).values()));
  }

  /** What it costs, over numbers up to a highest one of each architecture. */
  static FilterCost of(BpfProgram program, Collection<Arch> arches, ToIntFunction<Arch> highest) {
    long sum = 0;
    int count = 0;
    int maximum = 0;
    for (Arch arch : arches) {
      int base = arch == Arch.X32 ? SeccompData.X32_BIT : 0;
      int last = highest.applyAsInt(arch);
      for (int number = base; number <= last; number++) {
        int executed = program.executed(arch, number);
        sum += executed;
        maximum = Math.max(maximum, executed);
        count++;
      }
    }
    return new FilterCost(program.length(), count == 0 ? 0 : (double) sum / count, maximum);
  }

  /**
   * {@return how long the kernel takes to install the filter, in microseconds, estimated}: right to
   * the order of magnitude; what it is good for is to compare filters
   */
  public double estimatedInstallMicros() {
    return PER_INSTRUCTION * instructions + PER_EXECUTED * average * 471;
  }
}
