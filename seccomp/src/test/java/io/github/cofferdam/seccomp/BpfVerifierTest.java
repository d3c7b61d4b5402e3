package io.github.cofferdam.seccomp;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.uapi.Uapi;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class BpfVerifierTest {
  private static final BpfInstruction RETURN = new BpfInstruction(BpfInstruction.RETURN, 0, 0, 0);

  @Test
  void takesWhatTheKernelTakes() {
    assertDoesNotThrow(() -> check(new BpfInstruction(BpfInstruction.LOAD, 0, 0, 60), RETURN));
    assertDoesNotThrow(() -> check(new BpfInstruction(BpfInstruction.JUMP, 0, 0, 0), RETURN));
    assertDoesNotThrow(
        () -> check(new BpfInstruction(BpfInstruction.JUMP_EQUAL, 1, 0, 0), RETURN, RETURN));
  }

  @ParameterizedTest
  @ValueSource(ints = {-4, 1, 2, 62, 64, 68, Integer.MIN_VALUE})
  void loadsAreAlignedAndInside(int offset) {
    refused("no word", new BpfInstruction(BpfInstruction.LOAD, 0, 0, offset), RETURN);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4096, -1})
  void jumpsStayInside(int distance) {
    refused("out of", new BpfInstruction(BpfInstruction.JUMP, 0, 0, distance), RETURN);
  }

  @Test
  void conditionalJumpsStayInside() {
    for (int code : new int[] {0x15, 0x25, 0x35, 0x45}) {
      refused("out of", new BpfInstruction(code, 0, 1, 0), RETURN);
      refused("out of", new BpfInstruction(code, 1, 0, 0), RETURN);
      refused("0 to 255", new BpfInstruction(code, 256, 0, 0), RETURN);
      refused("0 to 255", new BpfInstruction(code, 0, -1, 0), RETURN);
    }
  }

  @Test
  void endsWithAReturn() {
    refused("must return", RETURN, new BpfInstruction(BpfInstruction.LOAD, 0, 0, 0));
    refused("1 to 4096");
  }

  /** TAX, return A, subtract, byte load, division: legal for the kernel or not, never ours. */
  @ParameterizedTest
  @ValueSource(ints = {0x07, 0x16, 0x14, 0x30, 0x34, 0, 0xffff})
  void knowsNoOtherOperation(int code) {
    refused("not allowed", new BpfInstruction(code, 0, 0, 4), RETURN);
  }

  @Test
  void operationsAreTheKernels() {
    int word = Uapi.BPF_LD() | Uapi.BPF_W() | Uapi.BPF_ABS();
    assertEquals(word, BpfInstruction.LOAD);
    assertEquals(Uapi.BPF_ALU() | Uapi.BPF_AND() | Uapi.BPF_K(), BpfInstruction.AND);
    assertEquals(Uapi.BPF_JMP() | Uapi.BPF_JA(), BpfInstruction.JUMP);
    assertEquals(Uapi.BPF_JMP() | Uapi.BPF_JEQ() | Uapi.BPF_K(), BpfInstruction.JUMP_EQUAL);
    assertEquals(Uapi.BPF_JMP() | Uapi.BPF_JGT() | Uapi.BPF_K(), BpfInstruction.JUMP_GREATER);
    assertEquals(Uapi.BPF_JMP() | Uapi.BPF_JGE() | Uapi.BPF_K(), BpfInstruction.JUMP_AT_LEAST);
    assertEquals(Uapi.BPF_JMP() | Uapi.BPF_JSET() | Uapi.BPF_K(), BpfInstruction.JUMP_ANY_SET);
    assertEquals(Uapi.BPF_RET() | Uapi.BPF_K(), BpfInstruction.RETURN);
    assertEquals(Uapi.BPF_MAXINSNS(), BpfVerifier.MAX_INSTRUCTIONS);
  }

  private static void check(BpfInstruction... program) {
    BpfVerifier.check(List.of(program));
  }

  private static void refused(String reason, BpfInstruction... program) {
    var refusal = assertThrows(IllegalArgumentException.class, () -> check(program));
    assertTrue(String.valueOf(refusal.getMessage()).contains(reason), refusal::toString);
  }
}
