package io.github.cofferdam.launcher;

import java.util.IdentityHashMap;

/** The descriptors that a running program has open. */
final class Descriptors {
  private final IdentityHashMap<Slot, Integer> numbers = new IdentityHashMap<>();

  void open(Slot slot, int number) {
    if (numbers.put(slot, number) != null) {
      throw new IllegalStateException("slot " + slot + " is open already");
    }
  }

  int number(Slot slot) {
    Integer number = numbers.get(slot);
    if (number == null) {
      throw new IllegalStateException("slot " + slot + " is not open");
    }
    return number;
  }

  void close(Slot slot) {
    number(slot);
    numbers.remove(slot);
  }

  void closeAll(Kernel kernel) {
    numbers.forEach(
        (slot, number) -> kernel.call(Step.close(slot), new long[] {number, 0, 0, 0, 0, 0}));
    numbers.clear();
  }
}
