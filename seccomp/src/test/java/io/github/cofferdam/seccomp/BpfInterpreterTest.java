package io.github.cofferdam.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What operations do; {@link BpfKernelTest} asks the kernel whether it does the same. */
final class BpfInterpreterTest {
  /** A is the first argument, X the second. */
  @ParameterizedTest
  @CsvSource({
    "A + X, 0xffffffff, 2, 1",
    "A - X, 1, 2, 0xffffffff",
    "A * X, 0x80000001, 2, 2",
    "A / X, 0xfffffffe, 2, 0x7fffffff",
    "A / X, 1, 0xffffffff, 0",
    "A | X, 0xf0, 0x8f, 0xff",
    "A & X, 0xf0, 0x8f, 0x80",
    "A ^ X, 0xf0, 0x8f, 0x7f",
    "A << X, 3, 31, 0x80000000",
    "A << X, 3, 32, 3",
    "A << X, 3, 0xffffff01, 6",
    "A >> X, 0x80000000, 31, 1",
    "A >> X, 0x80000000, 33, 0x40000000",
    "A + 5, 1, 0, 6",
    "A / 7, 0xffffffff, 0, 613566756",
    "A >> 4, 0xffffffff, 0, 0x0fffffff",
    "-A, 1, 0, 0xffffffff",
    "-A, 0x80000000, 0, 0x80000000",
    "X, 1, 2, 2",
    "len, 1, 2, 64",
    "9, 1, 2, 9"
  })
  void arithmeticIsUnsignedAndOf32Bits(String expression, long a, long x, long result) {
    var program =
        BpfProgram.parse("A = arg1.low\nX = A\nA = arg0.low\nA = " + expression + "\nreturn A");
    assertEquals(
        new BpfInterpreter.Result((int) result, 5),
        BpfInterpreter.run(program, SeccompData.of(0, 0, a, x)));
  }

  @ParameterizedTest
  @CsvSource({
    "==, 1, 1, true",
    "==, 1, 2, false",
    ">, 0x80000000, 1, true",
    ">, 1, 1, false",
    ">=, 1, 1, true",
    ">=, 1, 0x80000000, false",
    "&, 6, 3, true",
    "&, 6, 1, false"
  })
  void testsAreUnsigned(String operator, long a, long b, boolean holds) {
    for (String operand : new String[] {"X", Long.toString(b)}) {
      var program =
          BpfProgram.parse(
              """
              A = %d
              X = A
              A = arg0.low
              if A %s %s goto 4 else 5
              return 1
              return 2
              """
                  .formatted(b, operator, operand));
      assertEquals(
          new BpfInterpreter.Result(holds ? 1 : 2, 5),
          BpfInterpreter.run(program, SeccompData.of(0, 0, a)));
    }
  }

  @Test
  void divisionByZeroEndsTheProgramAndKills() {
    var program = BpfProgram.parse("A = 7\nA = A / X\nreturn ALLOW");
    assertEquals(
        new BpfInterpreter.Result(0, 2), BpfInterpreter.run(program, SeccompData.of(0, 0)));
  }

  @Test
  void registersBeginWithZeroAndCellsKeep() {
    assertEquals(0, run("return A"));
    assertEquals(0, run("A = X\nreturn A"));
    assertEquals(
        12,
        run(
            "A = 5\nmem[15] = A\nX = 7\nmem[0] = X\nX = mem[15]\nA = mem[0]\n"
                + "A = A + X\nreturn A"));
    assertEquals(64, run("X = len\nA = X\nreturn A"));
  }

  @Test
  void jumpsPassOver() {
    assertEquals(3, run("goto 3\nreturn 1\nreturn 2\nreturn 3"));
  }

  private static int run(String text) {
    return BpfInterpreter.run(BpfProgram.parse(text), SeccompData.of(1, 2)).returnValue();
  }
}
