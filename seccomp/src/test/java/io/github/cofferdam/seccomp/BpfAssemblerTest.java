package io.github.cofferdam.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.seccomp.BpfAssembler.Label;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class BpfAssemblerTest {
  private final BpfAssembler assembler = new BpfAssembler();
  private final Label yes = new Label();
  private final Label no = new Label();

  @Test
  void writesSockFilters() {
    assembler.load(SeccompData.NUMBER);
    assembler.jumpIf(BpfInstruction.JUMP_EQUAL, 59, yes, no);
    finish(no, yes);
    assertEquals(
        "20 00 00 00 00 00 00 00 15 00 01 00 3b 00 00 00 06 00 00 00 01 00 05 00 06 00 00 00 00 00"
            + " ff 7f",
        HexFormat.ofDelimiter(" ").formatHex(assembler.assemble().bytes()));
  }

  @Test
  void printsOneInstructionALine() {
    assembler.load(SeccompData.high(2));
    assembler.and(0xff);
    assembler.jumpIf(BpfInstruction.JUMP_ANY_SET, 1, no, yes);
    finish(no, yes);
    assertEquals(
        """
           0: A = arg2.high
           1: A = A & 0xff
           2: if A & 0x1 goto 3 else 4
           3: return ERRNO(EPERM)
           4: return ALLOW
        """,
        assembler.assemble().toString());
  }

  /** Both branches, each near and far, around the limit of 255; and with the relays in between. */
  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "254, 0",
    "255, 0",
    "256, 0",
    "253, 1",
    "254, 1",
    "255, 1",
    "256, 1",
    "257, 3",
    "600, 300",
    "254, 254",
    "255, 255",
    "256, 256"
  })
  void conditionalJumpsReachAnyDistance(int far, int near) {
    assertReaches(yes, no, far, near);
    assertReachesSwapped(far, near);
  }

  private void assertReaches(Label farLabel, Label nearLabel, int far, int near) {
    var program = jump(new BpfAssembler(), 7, farLabel, nearLabel, far, near, true);
    assertEquals(Action.allow(), run(program, 7));
    assertEquals(Action.errno(Errno.EPERM), run(program, 8));
  }

  private static void assertReachesSwapped(int far, int near) {
    var program = jump(new BpfAssembler(), 7, new Label(), new Label(), far, near, false);
    assertEquals(Action.allow(), run(program, 8));
    assertEquals(Action.errno(Errno.EPERM), run(program, 7));
  }

  /**
   * far and near: instructions between the jump and its targets, all of which would end otherwise.
   */
  private static BpfProgram jump(
      BpfAssembler assembler,
      int k,
      Label farLabel,
      Label nearLabel,
      int far,
      int near,
      boolean farIfTrue) {
    assembler.load(SeccompData.NUMBER);
    assembler.jumpIf(
        BpfInstruction.JUMP_EQUAL,
        k,
        farIfTrue ? farLabel : nearLabel,
        farIfTrue ? nearLabel : farLabel);
    traps(assembler, near);
    assembler.bind(nearLabel);
    assembler.returns(Action.errno(Errno.EPERM));
    traps(assembler, far - near);
    assembler.bind(farLabel);
    assembler.returns(Action.allow());
    return assembler.assemble();
  }

  private static void traps(BpfAssembler assembler, int count) {
    for (int i = 0; i < count; i++) {
      assembler.returns(Action.trap());
    }
  }

  @Test
  void putsRelaysOnlyWhereNeeded() {
    // 255 traps and the other return: one too many to pass over.
    BpfProgram near = jump(assembler, 7, yes, no, 254, 0, true);
    assertEquals(1 + 1 + 254 + 2, near.length());
    BpfProgram far = jump(new BpfAssembler(), 7, new Label(), new Label(), 255, 0, true);
    assertEquals(1 + 2 + 255 + 2, far.length());
    assertTrue(
        far.toString().contains("   1: if A == 0x7 goto 2 else 3\n   2: return ALLOW\n"),
        far::toString);
  }

  /** A return is as short as the jump to it, and quicker; anything else is jumped to. */
  @Test
  void farJumpsShareOneRelay() {
    assembler.load(SeccompData.NUMBER);
    for (int k = 0; k < 3; k++) {
      var next = new Label();
      assembler.jumpIf(BpfInstruction.JUMP_EQUAL, k, yes, next);
      assembler.bind(next);
    }
    traps(assembler, 300);
    assembler.bind(yes);
    assembler.load(SeccompData.ARCH);
    assembler.returns(Action.allow());
    BpfProgram program = assembler.assemble();
    assertEquals(1 + 3 + 1 + 300 + 2, program.length());
    assertTrue(
        program
            .toString()
            .contains(
                """
                   1: if A == 0x0 goto 4 else 2
                   2: if A == 0x1 goto 4 else 3
                   3: if A == 0x2 goto 4 else 5
                   4: goto 305
                """
                    .indent(0)),
        program::toString);
    assertEquals(Action.allow(), run(program, 1));
    assertEquals(Action.trap(), run(program, 3));
  }

  @Test
  void anUnconditionalJumpToTheNextInstructionIsNone() {
    assembler.jump(yes);
    assembler.bind(yes);
    assembler.returns(Action.allow());
    assertEquals(1, assembler.assemble().length());
  }

  @ParameterizedTest
  @ValueSource(ints = {4096, 4097})
  void aProgramHas4096InstructionsAtMost(int length) {
    traps(assembler, length);
    if (length > 4096) {
      var refusal = assertThrows(IllegalArgumentException.class, assembler::assemble);
      assertTrue(String.valueOf(refusal.getMessage()).contains("4097"), refusal::toString);
    } else {
      assertEquals(length, assembler.assemble().length());
    }
  }

  @Test
  void refusesBackwardJumpsAndLostLabels() {
    assembler.bind(yes);
    assembler.load(SeccompData.NUMBER);
    assembler.jump(yes);
    assembler.returns(Action.allow());
    assertThrows(IllegalStateException.class, assembler::assemble);

    var other = new BpfAssembler();
    other.jumpIf(BpfInstruction.JUMP_EQUAL, 1, no, new Label());
    other.bind(no);
    other.returns(Action.allow());
    assertThrows(IllegalStateException.class, other::assemble);
    assertThrows(IllegalStateException.class, () -> other.bind(no));
  }

  @Test
  void refusesToFallOffTheEnd() {
    assembler.load(SeccompData.NUMBER);
    assertThrows(IllegalArgumentException.class, assembler::assemble);
    assertThrows(IllegalArgumentException.class, new BpfAssembler()::assemble);
  }

  @Test
  void programsWithTheSameInstructionsAreEqual() {
    assembler.returns(Action.allow());
    var same = new BpfAssembler();
    same.returns(Action.allow());
    var other = new BpfAssembler();
    other.returns(Action.log());
    assertEquals(assembler.assemble(), same.assemble());
    assertEquals(assembler.assemble().hashCode(), same.assemble().hashCode());
    assertNotEquals(assembler.assemble(), other.assemble());
  }

  private void finish(Label refuse, Label allow) {
    assembler.bind(refuse);
    assembler.returns(Action.errno(Errno.EPERM));
    assembler.bind(allow);
    assembler.returns(Action.allow());
  }

  private static Action run(BpfProgram program, int number) {
    return Action.of(BpfInterpreter.run(program, SeccompData.of(number, 0)).returnValue());
  }
}
