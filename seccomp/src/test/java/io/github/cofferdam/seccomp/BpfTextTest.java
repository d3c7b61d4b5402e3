package io.github.cofferdam.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class BpfTextTest {
  /** Every operation, with both operands, and every kind of verdict. */
  private static final String ALL =
      """
         0: A = nr
         1: A = ip.high
         2: A = arg5.high
         3: A = 0x40
         4: A = len
         5: X = 0xffffffff
         6: X = len
         7: mem[15] = A
         8: mem[0] = X
         9: A = mem[15]
        10: X = mem[0]
        11: A = A + 0x1
        12: A = A + X
        13: A = A - 0x1
        14: A = A - X
        15: A = A * 0x1
        16: A = A * X
        17: A = A / 0x1
        18: A = A / X
        19: A = A | 0x1
        20: A = A | X
        21: A = A & 0x1
        22: A = A & X
        23: A = A << 0x1f
        24: A = A << X
        25: A = A >> 0x0
        26: A = A >> X
        27: A = A ^ 0x1
        28: A = A ^ X
        29: A = -A
        30: X = A
        31: A = X
        32: goto 33
        33: if A == 0x1 goto 34 else 35
        34: if A == X goto 36 else 35
        35: if A > 0x1 goto 36 else 37
        36: if A > X goto 37 else 37
        37: if A >= 0x1 goto 38 else 39
        38: if A >= X goto 39 else 40
        39: if A & 0x1 goto 40 else 41
        40: if A & X goto 41 else 42
        41: return A
        42: return ALLOW
        43: return LOG
        44: return USER_NOTIFICATION
        45: return TRACE(65535)
        46: return SKIP
        47: return ERRNO(EPERM)
        48: return ERRNO(4095)
        49: return TRAP
        50: return KILL_THREAD
        51: return KILL_PROCESS
        52: return 0x12345678
        53: return 0x7fff0001
        54: return 0x51000
        55: return 0x30001
      """;

  @Test
  void everyOperationHasAText() {
    BpfProgram program = BpfProgram.parse(ALL);
    assertEquals(ALL, program.toString());
    for (int code : RandomPrograms.CODES) {
      long count = 0;
      for (int at = 0; at < program.length(); at++) {
        count += program.instruction(at).code() == code ? 1 : 0;
      }
      assertEquals(true, count > 0, Integer.toHexString(code));
    }
  }

  @Test
  void whatTheKernelIgnoresIsKept() {
    var program =
        new BpfProgram(
            List.of(
                new BpfInstruction(BpfInstruction.LOAD, 1, 255, 16),
                new BpfInstruction(BpfOperation.COPY_TO_X.code(), 0, 0, -1),
                new BpfInstruction(BpfOperation.JUMP_EQUAL.code() | 8, 0, 0, 7),
                new BpfInstruction(BpfOperation.RETURN_A.code(), 0, 3, 0x10)));
    assertEquals(
        """
           0: A = arg0.low unused jt 1, jf 255
           1: X = A unused k 0xffffffff
           2: if A == X goto 3 else 3 unused k 0x7
           3: return A unused jf 3, k 0x10
        """,
        program.toString());
    assertEquals(program, BpfProgram.parse(program.toString()));
  }

  @Test
  void textsOfPeopleAreReadAsWell() {
    var program =
        BpfProgram.parse(
            """
            # the first line
            A=nr

            if A==59 goto 2 else 3      # execve
            \treturn ERRNO(13)
            3: return 2147418112
            """);
    assertEquals(
        """
           0: A = nr
           1: if A == 0x3b goto 2 else 3
           2: return ERRNO(EACCES)
           3: return ALLOW
        """,
        program.toString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      textBlock =
          """
          B = 1                          ~ line 1, column 1: expected A, X, mem, goto, if or return, found B
          A                              ~ line 1, column 2: expected =, found the end of the line
          A = nr nr                      ~ line 1, column 8: expected the end of the line, found nr
          A = arg6.low                   ~ line 1, column 5: expected A, -A, X, len, mem, a word such as nr or arg0.low or a number, found arg6.low
          A = A % 3                      ~ line 1, column 7: expected +, -, *, /, |, &, <<, >> or ^, found %
          A = A +                        ~ line 1, column 8: expected X or a number, found the end of the line
          A = 0x1_0000                   ~ line 1, column 8: expected the end of the line, found _0000
          A = 4294967296                 ~ line 1, column 5: expected a number of 32 bits, found 4294967296
          A = -X                         ~ line 1, column 6: expected A, found X
          X = nr                         ~ line 1, column 5: expected A, len, mem or a number, found nr
          mem[1] = 3                     ~ line 1, column 10: expected A or X, found 3
          mem 1 = A                      ~ line 1, column 5: expected [, found 1
          1: A = nr                      ~ line 1, column 1: expected place 0, found 1
          goto 0                         ~ line 1, column 6: expected a place from 1 to 4095, found 0
          if A = 1 goto 1 else 1         ~ line 1, column 6: expected ==, >, >= or &, found =
          if A == 1 goto 257 else 1      ~ line 1, column 16: expected a place from 1 to 256, found 257
          if A == 1 goto 1               ~ line 1, column 17: expected else, found the end of the line
          return                         ~ line 1, column 7: expected A, a number, ERRNO, TRACE, ALLOW, LOG, USER_NOTIFICATION, SKIP, TRAP, KILL_THREAD or KILL_PROCESS, found the end of the line
          return ERRNO(0)                ~ line 1, column 14: expected a number from 1 to 4095, found 0
          return ERRNO(ENONE)            ~ line 1, column 14: expected an error's name or a number from 1 to 4095, found ENONE
          return TRACE(65536)            ~ line 1, column 14: expected a number from 0 to 65535, found 65536
          A = nr unused k 1              ~ line 1, column 15: expected jt or jf, found k
          A = nr unused jt 1, jt 1       ~ line 1, column 21: expected jf, found jt
          A = nr unused jt 256           ~ line 1, column 18: expected a number from 0 to 255, found 256
          """)
  void errorsNameThePlaceAndWhatBelongsThere(String text, String message) {
    var refusal = assertThrows(IllegalArgumentException.class, () -> BpfProgram.parse(text));
    assertEquals(message, refusal.getMessage());
  }

  @Test
  void whatTheKernelWouldRefuseHasALineToo() {
    var refusal =
        assertThrows(
            IllegalArgumentException.class,
            () -> BpfProgram.parse("# comment\nA = nr\n\nA = A / 0\nreturn ALLOW\n"));
    assertEquals("line 4: instruction 1, A = A / 0x0: divides by 0", refusal.getMessage());
    var empty = assertThrows(IllegalArgumentException.class, () -> BpfProgram.parse("# nothing"));
    assertEquals("a filter has 1 to 4096 instructions, this one would have 0", empty.getMessage());
  }
}
