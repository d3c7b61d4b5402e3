package io.github.cofferdam.seccomp;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Writes programs with labels. Jumps go forward and as far as they like: where a conditional one
 * would pass over more than 255 instructions, an unconditional one is put behind it that goes the
 * rest of the way, or the return that stands there; those who jump to the same label from further
 * up use it as well.
 */
final class BpfAssembler {
  /** A conditional jump's distances have 8 bits. */
  private static final int FARTHEST = 255;

  private final List<Item> items = new ArrayList<>();

  /** A place in the program, or several where the same happens. */
  static final class Label {
    /** Number of instructions from the nearest place to the end, once that is known. */
    private int fromEnd = -1;

    private boolean bound;

    /** Instructions between what is written next and the nearest place. */
    private int distance(List<BpfInstruction> backward) {
      if (fromEnd < 0) {
        throw new IllegalStateException("a jump goes backward or nowhere");
      }
      return backward.size() - fromEnd;
    }

    /** Makes the next place to be written one of the label's. */
    private void extend(List<BpfInstruction> backward) {
      BpfInstruction there = backward.get(fromEnd - 1);
      // Where the program ends anyway, it may as well end here.
      backward.add(
          there.code() == BpfInstruction.RETURN
              ? there
              : new BpfInstruction(BpfInstruction.JUMP, 0, 0, distance(backward)));
      fromEnd = backward.size();
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
        target.extend(backward);
      }
    }
  }

  private record Test(int code, int k, Label ifTrue, Label ifFalse) implements Item {
    @Override
    public void write(List<BpfInstruction> backward) {
      // To bring one nearer pushes the other away by one instruction.
      while (ifTrue.distance(backward) > FARTHEST || ifFalse.distance(backward) > FARTHEST) {
        (ifFalse.distance(backward) > FARTHEST ? ifFalse : ifTrue).extend(backward);
      }
      backward.add(
          new BpfInstruction(code, ifTrue.distance(backward), ifFalse.distance(backward), k));
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

  /**
   * A conditional jump.
   *
   * @param code {@link BpfInstruction#JUMP_EQUAL} or one of its like
   */
  void jumpIf(int code, int k, Label ifTrue, Label ifFalse) {
    items.add(new Test(code, k, ifTrue, ifFalse));
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

  private void plain(int code, int k) {
    items.add(new Plain(new BpfInstruction(code, 0, 0, k)));
  }
}
