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

    /** Instructions between what is written next and this label. */
    private int distance(List<BpfInstruction> backward) {
      if (fromEnd < 0) {
        throw new IllegalStateException("a jump goes backward or nowhere");
      }
      return backward.size() - fromEnd;
    }
  }

  /** What stands in the source. */
  private interface Item {
    /** Adds its instructions to those that follow it, last one first. */
    void write(List<BpfInstruction> backward);
  }

  private record Plain(BpfInstruction instruction) implements Item {
    @Override
    public void write(List<BpfInstruction> backward) {
      backward.add(instruction);
    }
  }

  private record Bind(Label label) implements Item {
    @Override
    public void write(List<BpfInstruction> backward) {
      label.fromEnd = backward.size();
    }
  }

  private record Jump(Label target) implements Item {
    @Override
    public void write(List<BpfInstruction> backward) {
      if (target.distance(backward) > 0) {
        goTo(target, backward);
      }
    }
  }

  private record Test(int code, int k, Label ifTrue, Label ifFalse) implements Item {
    @Override
    public void write(List<BpfInstruction> backward) {
      int distanceIfTrue = ifTrue.distance(backward);
      int distanceIfFalse = ifFalse.distance(backward);
      // A relay behind this jump lengthens the other branch by one.
      boolean relayTrue = distanceIfTrue > 255;
      boolean relayFalse = distanceIfFalse > (relayTrue ? 254 : 255);
      relayTrue |= relayFalse && distanceIfTrue > 254;
      int relays = (relayTrue ? 1 : 0) + (relayFalse ? 1 : 0);
      if (relayFalse) {
        goTo(ifFalse, backward);
      }
      if (relayTrue) {
        goTo(ifTrue, backward);
      }
      backward.add(
          new BpfInstruction(
              code,
              relayTrue ? 0 : distanceIfTrue + relays,
              relayFalse ? relays - 1 : distanceIfFalse + relays,
              k));
    }
  }

  /** Says where a label is: before the next instruction. */
  void bind(Label label) {
    if (label.bound) {
      throw new IllegalStateException("a label has one place");
    }
    label.bound = true;
    items.add(new Bind(label));
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
    items.add(new Jump(target));
  }

  void jumpIfEqual(int k, Label ifTrue, Label ifFalse) {
    items.add(new Test(BpfInstruction.JUMP_EQUAL, k, ifTrue, ifFalse));
  }

  void jumpIfGreater(int k, Label ifTrue, Label ifFalse) {
    items.add(new Test(BpfInstruction.JUMP_GREATER, k, ifTrue, ifFalse));
  }

  void jumpIfAtLeast(int k, Label ifTrue, Label ifFalse) {
    items.add(new Test(BpfInstruction.JUMP_AT_LEAST, k, ifTrue, ifFalse));
  }

  void jumpIfAnySet(int k, Label ifTrue, Label ifFalse) {
    items.add(new Test(BpfInstruction.JUMP_ANY_SET, k, ifTrue, ifFalse));
  }

  /**
   * {@return the program}; to be asked for once
   *
   * @throws IllegalStateException if a jump goes backward or to a label without a place
   * @throws IllegalArgumentException if the kernel would refuse the program, above all for its
   *     length
   */
  BpfProgram assemble() {
    // From the end to the start: what a jump passes over has its final length when the jump is
    // written.
    var backward = new ArrayList<BpfInstruction>(items.size());
    for (Item item : items.reversed()) {
      item.write(backward);
    }
    Collections.reverse(backward);
    return new BpfProgram(backward);
  }

  private static void goTo(Label target, List<BpfInstruction> backward) {
    backward.add(new BpfInstruction(BpfInstruction.JUMP, 0, 0, target.distance(backward)));
  }

  private void plain(int code, int k) {
    items.add(new Plain(new BpfInstruction(code, 0, 0, k)));
  }
}
