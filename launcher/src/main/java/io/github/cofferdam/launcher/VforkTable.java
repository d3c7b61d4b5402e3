package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.SyscallTable;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * What {@link VforkCode} does in a child: the steps of a {@link LaunchSequence} and the memory that
 * they point to, in this process's memory.
 */
final class VforkTable {
  private final MemorySegment memory;
  private final List<Step> steps;

  private VforkTable(MemorySegment memory, List<Step> steps) {
    this.memory = memory;
    this.steps = steps;
  }

  /** {@return its first entry} */
  MemorySegment memory() {
    return memory;
  }

  /** {@return steps by the index that a failure report carries} */
  List<Step> steps() {
    return steps;
  }

  /**
   * {@return a table that executes a command}
   *
   * @param sequence has no fork, and hands nothing over
   * @param arena how long it is there
   */
  static VforkTable of(LaunchSequence sequence, Arena arena) {
    // Addresses have to be known to write it, and how long it is to have addresses.
    byte[] unplaced = new Writer(sequence, 0).bytes();
    MemorySegment memory = arena.allocate(unplaced.length, 16);
    var writer = new Writer(sequence, memory.address());
    MemorySegment.copy(writer.bytes(), 0, memory, ValueLayout.JAVA_BYTE, 0, unplaced.length);
    return new VforkTable(memory, List.copyOf(writer.steps));
  }

  /** Entries come first, memory of the steps behind them. */
  private static final class Writer {
    private final ByteBuffer entries;
    private final ImageData data;
    private final DescriptorNumbers numbers;
    private final List<Step> steps = new ArrayList<>();

    Writer(LaunchSequence sequence, long address) {
      if (sequence.supervision != Supervision.NONE
          || !sequence.init.isEmpty()
          || !sequence.commandEntry.isEmpty()) {
        throw new IllegalStateException("a child in this process's memory has no supervisor");
      }
      int count = count(sequence);
      entries = ByteBuffer.allocate(count * VforkEntry.SIZE).order(ByteOrder.LITTLE_ENDIAN);
      data = new ImageData(address + entries.capacity());
      numbers = new DescriptorNumbers(sequence.firstPassed);
      sequence.passed.forEach(numbers::open);
      add(sequence.launcherEntry);
      add(sequence.launcher);
      add(sequence.command);
      for (LaunchSequence.Exec exec : sequence.execs) {
        add(VforkEntry.EXEC, exec.direct(), VforkEntry.ANY);
        add(VforkEntry.CALL, exec.throughShell(), VforkEntry.ANY);
      }
      VforkEntry.write(entries, VforkEntry.REPORT, 0, 0, VforkEntry.ANY);
    }

    private static int count(LaunchSequence sequence) {
      int count = 2 * sequence.execs.size() + 1;
      for (List<Step> list : List.of(sequence.launcherEntry, sequence.launcher, sequence.command)) {
        for (Step step : list) {
          count += 1 + step.expected().size();
        }
      }
      return count;
    }

    private void add(List<Step> list) {
      for (Step step : list) {
        long[] arguments = arguments(step);
        int wanted = step.opens().isPresent() ? numbers.open(step.opens().get()) : VforkEntry.ANY;
        add(VforkEntry.CALL, step, wanted, arguments);
        for (Step.Expected expected : step.expected()) {
          long address = data.writable(expected.memory()) + expected.offset();
          VforkEntry.write(
              entries, VforkEntry.COMPARE, steps.size() - 1, 0, expected.value(), address);
        }
        step.closes().ifPresent(numbers::close);
      }
    }

    private void add(int operation, Step step, int wanted) {
      add(operation, step, wanted, arguments(step));
    }

    private void add(int operation, Step step, int wanted, long[] arguments) {
      int start = entries.position();
      int number = SyscallTable.require(Arch.host(), step.syscall());
      VforkEntry.write(entries, operation, steps.size(), number, wanted, arguments);
      int at = start + VforkEntry.TOLERATED;
      for (Errno errno : step.tolerated()) {
        entries.putInt(at, -errno.number());
        at += Integer.BYTES;
      }
      steps.add(step);
    }

    private long[] arguments(Step step) {
      var arguments = new long[step.args().size()];
      for (int i = 0; i < arguments.length; i++) {
        arguments[i] =
            switch (step.args().get(i)) {
              case Arg.Value value -> value.value();
              case Slot slot -> numbers.number(slot);
              case Memory memory -> data.place(memory, numbers);
            };
      }
      return arguments;
    }

    byte[] bytes() {
      byte[] behind = data.bytes();
      var all = new byte[entries.capacity() + behind.length];
      System.arraycopy(entries.array(), 0, all, 0, entries.capacity());
      System.arraycopy(behind, 0, all, entries.capacity(), behind.length);
      return all;
    }
  }
}
