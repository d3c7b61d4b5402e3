package io.github.cofferdam.seccomp;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.uapi.Uapi;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rule by rule; {@link BpfKernelTest} asks the kernel whether these are its rules. */
final class BpfVerifierTest {
  private static final BpfInstruction RETURN = new BpfInstruction(BpfInstruction.RETURN, 0, 0, 0);

  @Test
  void takesWhatTheKernelTakes() {
    assertDoesNotThrow(() -> check(new BpfInstruction(BpfInstruction.LOAD, 0, 0, 60), RETURN));
    assertDoesNotThrow(() -> check(new BpfInstruction(BpfInstruction.JUMP, 0, 0, 0), RETURN));
    assertDoesNotThrow(
        () -> check(new BpfInstruction(BpfInstruction.JUMP_EQUAL, 1, 0, 0), RETURN, RETURN));
    assertDoesNotThrow(() -> check(new BpfInstruction(BpfOperation.RETURN_A.code(), 0, 0, 0)));
    assertDoesNotThrow(() -> BpfVerifier.check(Collections.nCopies(4096, RETURN)));
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
    for (int code : new int[] {0x15, 0x25, 0x35, 0x45, 0x1d, 0x2d, 0x3d, 0x4d}) {
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
    assertThrows(
        IllegalArgumentException.class, () -> BpfVerifier.check(Collections.nCopies(4097, RETURN)));
  }

  /** Byte and half word loads, loads at X, the remainder, return X, and what is no operation. */
  @ParameterizedTest
  @ValueSource(ints = {0x30, 0x28, 0x40, 0x48, 0x50, 0x94, 0x9c, 0x0e, 0xb1, 0x120, 0xffff, -1})
  void knowsNoOtherOperation(int code) {
    refused("not allowed", new BpfInstruction(code, 0, 0, 4), RETURN);
  }

  @Test
  void constantsMakeSense() {
    refused("divides by 0", new BpfInstruction(BpfOperation.DIVIDE.code(), 0, 0, 0), RETURN);
    int divideByX = BpfOperation.DIVIDE.code() | BpfOperation.FROM_X;
    assertDoesNotThrow(() -> check(new BpfInstruction(divideByX, 0, 0, 0), RETURN));
    for (int code : new int[] {0x64, 0x74}) {
      refused("0 to 31", new BpfInstruction(code, 0, 0, 32), RETURN);
      refused("0 to 31", new BpfInstruction(code, 0, 0, -1), RETURN);
      assertDoesNotThrow(
          () -> check(new BpfInstruction(code | BpfOperation.FROM_X, 0, 0, 32), RETURN));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"STORE", "STORE_X", "LOAD_CELL", "LOAD_X_CELL"})
  void thereAreSixteenCells(BpfOperation operation) {
    refused("0 to 15", new BpfInstruction(operation.code(), 0, 0, 16), RETURN);
    refused("0 to 15", new BpfInstruction(operation.code(), 0, 0, -1), RETURN);
  }

  @Test
  void cellsAreWrittenBeforeTheyAreRead() {
    assertDoesNotThrow(() -> BpfProgram.parse("mem[3] = A\nA = mem[3]\nreturn A"));
    unwritten("mem[3] = A\nX = mem[4]\nreturn A", 1);
    // Written on one of two ways there.
    unwritten("if A == 0 goto 1 else 2\nmem[0] = X\nA = mem[0]\nreturn A", 2);
    // Written on both.
    assertDoesNotThrow(() ->
        BpfProgram.parse(
            """
            if A == 0 goto 1 else 3
            mem[0] = X
            goto 4
            mem[0] = A
            A = mem[0]
            return A
            """));
    // Nothing comes here; but to the kernel what follows a return does.
    assertDoesNotThrow(() -> BpfProgram.parse("goto 2\nA = mem[0]\nreturn A"));
    unwritten("return A\nA = mem[0]\nreturn A", 1);
  }

  @Test
  void operationsAreTheKernels() {
    var codes = new ArrayList<Integer>();
    int load = Uapi.BPF_LD();
    int loadX = Uapi.BPF_LDX();
    codes.add(load | Uapi.BPF_W() | Uapi.BPF_ABS());
    codes.add(load | Uapi.BPF_IMM());
    codes.add(load | Uapi.BPF_W() | Uapi.BPF_LEN());
    codes.add(load | Uapi.BPF_MEM());
    codes.add(loadX | Uapi.BPF_IMM());
    codes.add(loadX | Uapi.BPF_W() | Uapi.BPF_LEN());
    codes.add(loadX | Uapi.BPF_MEM());
    codes.add(Uapi.BPF_ST());
    codes.add(Uapi.BPF_STX());
    both(codes, Uapi.BPF_ALU() | Uapi.BPF_ADD());
    both(codes, Uapi.BPF_ALU() | Uapi.BPF_SUB());
    both(codes, Uapi.BPF_ALU() | Uapi.BPF_MUL());
    both(codes, Uapi.BPF_ALU() | Uapi.BPF_DIV());
    both(codes, Uapi.BPF_ALU() | Uapi.BPF_OR());
    both(codes, Uapi.BPF_ALU() | Uapi.BPF_AND());
    both(codes, Uapi.BPF_ALU() | Uapi.BPF_LSH());
    both(codes, Uapi.BPF_ALU() | Uapi.BPF_RSH());
    codes.add(Uapi.BPF_ALU() | Uapi.BPF_NEG());
    both(codes, Uapi.BPF_ALU() | Uapi.BPF_XOR());
    codes.add(Uapi.BPF_JMP() | Uapi.BPF_JA());
    both(codes, Uapi.BPF_JMP() | Uapi.BPF_JEQ());
    both(codes, Uapi.BPF_JMP() | Uapi.BPF_JGT());
    both(codes, Uapi.BPF_JMP() | Uapi.BPF_JGE());
    both(codes, Uapi.BPF_JMP() | Uapi.BPF_JSET());
    codes.add(Uapi.BPF_RET() | Uapi.BPF_K());
    codes.add(Uapi.BPF_RET() | Uapi.BPF_A());
    codes.add(Uapi.BPF_MISC() | Uapi.BPF_TAX());
    codes.add(Uapi.BPF_MISC() | Uapi.BPF_TXA());
    assertEquals(codes, RandomPrograms.CODES);
    assertEquals(Uapi.BPF_X(), BpfOperation.FROM_X);
    assertEquals(Uapi.BPF_MEMWORDS(), BpfOperation.CELLS);
    assertEquals(Uapi.BPF_MAXINSNS(), BpfVerifier.MAX_INSTRUCTIONS);
  }

  private static void both(List<Integer> codes, int code) {
    codes.add(code | Uapi.BPF_K());
    codes.add(code | Uapi.BPF_X());
  }

  private static void unwritten(String text, int at) {
    var refusal = assertThrows(IllegalArgumentException.class, () -> BpfProgram.parse(text));
    String message = String.valueOf(refusal.getMessage());
    assertTrue(message.contains("instruction " + at + ","), message);
    assertTrue(message.endsWith("on some path nothing was written there"), message);
  }

  private static void check(BpfInstruction... program) {
    BpfVerifier.check(List.of(program));
  }

  private static void refused(String reason, BpfInstruction... program) {
    var refusal = assertThrows(IllegalArgumentException.class, () -> check(program));
    assertTrue(String.valueOf(refusal.getMessage()).contains(reason), refusal::toString);
  }
}
