package io.github.cofferdam.launcher;

import java.util.BitSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

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

  /** Those of some slots that are open, with their numbers. */
  Map<Slot, Integer> open(List<Slot> slots) {
    var open = new IdentityHashMap<Slot, Integer>();
    for (Slot slot : slots) {
      Integer number = numbers.get(slot);
      if (number != null) {
        open.put(slot, number);
      }
    }
    return open;
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
