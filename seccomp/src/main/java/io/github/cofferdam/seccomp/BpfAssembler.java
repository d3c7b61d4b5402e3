package io.github.cofferdam.seccomp;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Writes programs with labels. Jumps go forward and as far as they like: where a conditional one
 * would pass over more than 255 instructions, an unconditional one is put behind it that goes the
 * rest of the way.
 */
final class BpfAssembler {
  private final List<Item> items = new ArrayList<>();

  /** A place in the program. */
  static final class Label {
    /** Number of instructions from here to the end, once that is known. */
    private int fromEnd = -1;

    private boolean bound;
  }

  /** What stands in the source, in its order. */
  private sealed interface Item {
    record Plain(BpfInstruction instruction) implements Item {}

    record Jump(Label target) implements Item {}

    record Test(int code, int k, Label ifTrue, Label ifFalse) implements Item {}

    record Bind(Label label) implements Item {}
  }

  /** Says where a label is: before the next instruction. */
  void bind(Label label) {
    if (label.bound) {
      throw new IllegalStateException("a label has one place");
    }
    label.bound = true;
    items.add(new Item.Bind(label));
  }

  /** A = word of {@link SeccompData} at an offset. */
  void load(int offset) {
    plain(BpfInstruction.LOAD, offset);
  }

  /** A = A & mask. */
  void and(int mask) {
    plain(BpfInstruction.AND, mask);
  }

  /** Ends with a verdict. */
  void returns(Action action) {
    plain(BpfInstruction.RETURN, action.returnValue());
  }

  void jump(Label target) {
    items.add(new Item.Jump(target));
  }

  void jumpIfEqual(int k, Label ifTrue, Label ifFalse) {
    items.add(new Item.Test(BpfInstruction.JUMP_EQUAL, k, ifTrue, ifFalse));
  }

  void jumpIfGreater(int k, Label ifTrue, Label ifFalse) {
    items.add(new Item.Test(BpfInstruction.JUMP_GREATER, k, ifTrue, ifFalse));
  }

  void jumpIfAtLeast(int k, Label ifTrue, Label ifFalse) {
    items.add(new Item.Test(BpfInstruction.JUMP_AT_LEAST, k, ifTrue, ifFalse));
  }

  void jumpIfAnySet(int k, Label ifTrue, Label ifFalse) {
    items.add(new Item.Test(BpfInstruction.JUMP_ANY_SET, k, ifTrue, ifFalse));
  }

  /**
   * {@return the program}
   *
   * @throws IllegalStateException if a jump goes backward or to a label without a place
   * @throws IllegalArgumentException if the kernel would refuse the program, above all for its
   *     length
   */
  BpfProgram assemble() {
    for (Item item : items) {
      if (item instanceof Item.Bind(Label label)) {
        label.fromEnd = -1;
      }
    }
    // From the end to the start: what a jump passes over has its final length when the jump is
    // written.
    var backward = new ArrayList<BpfInstruction>(items.size());
    for (Item item : items.reversed()) {
      switch (item) {
        case Item.Plain(BpfInstruction instruction) -> backward.add(instruction);
        case Item.Bind(Label label) -> label.fromEnd = backward.size();
        case Item.Jump(Label target) -> {
          if (distance(target, backward) > 0) {
            jump(target, backward);
          }
        }
        case Item.Test test -> test(test, backward);
      }
    }
    Collections.reverse(backward);
    return new BpfProgram(backward);
  }

  private static void test(Item.Test test, List<BpfInstruction> backward) {
    int ifTrue = distance(test.ifTrue, backward);
    int ifFalse = distance(test.ifFalse, backward);
    // A relay behind this jump lengthens the other branch by one.
    boolean relayTrue = ifTrue > 255;
    boolean relayFalse = ifFalse > (relayTrue ? 254 : 255);
    relayTrue |= relayFalse && ifTrue > 254;
    int relays = (relayTrue ? 1 : 0) + (relayFalse ? 1 : 0);
    if (relayFalse) {
      jump(test.ifFalse, backward);
    }
    if (relayTrue) {
      jump(test.ifTrue, backward);
    }
    backward.add(
        new BpfInstruction(
            test.code,
            relayTrue ? 0 : ifTrue + relays,
            relayFalse ? relays - 1 : ifFalse + relays,
            test.k));
  }

  private static void jump(Label target, List<BpfInstruction> backward) {
    int distance = distance(target, backward);
    backward.add(new BpfInstruction(BpfInstruction.JUMP, 0, 0, distance));
  }

  private static int distance(Label target, List<BpfInstruction> backward) {
    if (target.fromEnd < 0) {
      throw new IllegalStateException("a jump goes backward or nowhere");
    }
    return backward.size() - target.fromEnd;
  }

  private void plain(int code, int k) {
    items.add(new Item.Plain(new BpfInstruction(code, 0, 0, k)));
  }
}
