package io.github.cofferdam.seccomp;

import io.github.cofferdam.bindings.Arch;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * What some runs of a program have reached: which instructions, and which way its conditional jumps
 * went. For one thread at a time.
 *
 * {@snippet :
 * var coverage = new BpfCoverage(program);
 * coverage.decide(X86_64, 0);
 * coverage.decide(X86_64, 101, 16);
 * coverage.unreached();                 // empty if these calls have seen all of the program
 * }
 */
public final class BpfCoverage {
  private final BpfProgram program;
  private final BitSet executed = new BitSet();
  private final BitSet held = new BitSet();
  private final BitSet failed = new BitSet();

  private final BpfInterpreter.Observer observer =
      new BpfInterpreter.Observer() {
        @Override
        public void executes(int at) {
          executed.set(at);
        }

        @Override
        public void decides(int at, boolean holds) {
          (holds ? held : failed).set(at);
        }
      };

  /** What no run has seen. */
  public enum Missing {
    /** The instruction itself. */
    INSTRUCTION("never executed"),
    /** The test of an executed conditional jump never held. */
    TRUE("never true"),
    /** The test of an executed conditional jump always held. */
    FALSE("never false");

    private final String words;

    Missing(String words) {
      this.words = words;
    }
  }

  /**
   * Something that no run has seen.
   *
   * @param at place of the instruction, from 0
   * @param missing what of it
   * @param instruction the instruction as text
   */
  public record Gap(int at, Missing missing, String instruction) {
    /** As in {@code 5: if A == 0x66 goto 8 else 9: never true}. */
    @Override
    public String toString() {
      return at + ": " + instruction + ": " + missing.words;
    }
  }

  /** Begins with nothing reached. */
  public BpfCoverage(BpfProgram program) {
    this.program = program;
  }

  /** {@return what the program decides, run on a call, as {@link BpfProgram#decide} does} */
  public Action decide(Arch from, int number, long... args) {
    return Action.of(run(SeccompData.of(number, from.auditArch(), args)).returnValue());
  }

  BpfInterpreter.Result run(SeccompData data) {
    return BpfInterpreter.run(program, data, observer);
  }

  /** {@return how many of the program's instructions some run has executed} */
  public int executed() {
    return executed.cardinality();
  }

  /** {@return what no run has seen, in the program's order} */
  public List<Gap> unreached() {
    var gaps = new ArrayList<Gap>();
    for (int at = 0; at < program.length(); at++) {
      if (!executed.get(at)) {
        gaps.add(gap(at, Missing.INSTRUCTION));
      } else if (program.instruction(at).conditional()) {
        if (!held.get(at)) {
          gaps.add(gap(at, Missing.TRUE));
        }
        if (!failed.get(at)) {
          gaps.add(gap(at, Missing.FALSE));
        }
      }
    }
    return List.copyOf(gaps);
  }

  private Gap gap(int at, Missing missing) {
    return new Gap(at, missing, program.instruction(at).toString(at));
  }
}
