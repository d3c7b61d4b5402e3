package io.github.cofferdam.launcher;

import java.util.BitSet;
import java.util.IdentityHashMap;

/**
 * The numbers that descriptors will have in the child: it begins with known ones, and the kernel
 * always hands out the lowest free number.
 */
final class DescriptorNumbers {
  private final BitSet used = new BitSet();
  private final IdentityHashMap<Slot, Integer> numbers = new IdentityHashMap<>();

  DescriptorNumbers(int firstFree) {
    used.set(0, firstFree);
  }

  int open(Slot slot) {
    int number = used.nextClearBit(0);
    used.set(number);
    if (numbers.put(slot, number) != null) {
      throw new IllegalStateException("slot " + slot + " is open already");
    }
    return number;
  }

  int number(Slot slot) {
    Integer number = numbers.get(slot);
    if (number == null) {
      throw new IllegalStateException("slot " + slot + " is not open");
    }
    return number;
  }

  /** All numbers that are in use. */
  BitSet used() {
    return (BitSet) used.clone();
  }

  void close(Slot slot) {
    used.clear(number(slot));
    numbers.remove(slot);
  }
}
