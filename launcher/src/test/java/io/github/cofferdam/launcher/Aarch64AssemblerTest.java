package io.github.cofferdam.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.cofferdam.launcher.Assembler.Condition;
import io.github.cofferdam.launcher.Assembler.Label;
import io.github.cofferdam.launcher.Assembler.Reg;
import java.util.HexFormat;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every instruction of aarch64, byte for byte. The texts are what a disassembler (llvm-mc) makes of
 * the bytes.
 */
class Aarch64AssemblerTest {

  private static Arguments code(String hex, String assembly, Consumer<Assembler> code) {
    return Arguments.of(hex, assembly, code);
  }

  static Stream<Arguments> instructions() {
    return Stream.of(
        code("c10640f9", "ldr x1, [x22, #8]", a -> a.load64(Reg.A1, Reg.S3, 8)),
        code("680a40b9" + "010000d4", "ldr w8, [x19, #8]; svc #0", a -> a.syscall(Reg.S0, 8)),
        code("c0035fd6", "ret", Assembler::ret),
        code("000080d2", "mov x0, #0", a -> a.load(Reg.A0, 0)),
        code("230080d2", "mov x3, #1", a -> a.load(Reg.A3, 1)),
        code("040082d2", "mov x4, #4096", a -> a.load(Reg.A4, 4096)),
        code("e0ff9fd2", "mov x0, #65535", a -> a.load(Reg.A0, 0xffff)),
        code("000080d22000a0f2", "mov x0, #0; movk x0, #1, lsl #16", a -> a.load(Reg.A0, 0x1_0000)),
        code(
            "160280d29608a0f2",
            "mov x22, #16; movk x22, #68, lsl #16",
            a -> a.load(Reg.S3, 0x44_0010)),
        code(
            "e1ff9fd2e1ffbff2",
            "mov x1, #65535; movk x1, #65535, lsl #16",
            a -> a.load(Reg.A1, 0xffff_ffffL)),
        code("02008092", "mov x2, #-1", a -> a.load(Reg.A2, -1)),
        code("650c8092", "mov x5, #-100", a -> a.load(Reg.A5, -100)),
        code("e0ff9f92", "mov x0, #-65536", a -> a.load(Reg.A0, -0x1_0000)),
        code(
            "00008092c0ffbff2",
            "mov x0, #-1; movk x0, #65534, lsl #16",
            a -> a.load(Reg.A0, -0x1_0001)),
        code(
            "f3ff9f921300b0f2",
            "mov x19, #-65536; movk x19, #32768, lsl #16",
            a -> a.load(Reg.S0, -0x8000_0000L)),
        code(
            "050080d22500c0f2",
            "mov x5, #0; movk x5, #1, lsl #32",
            a -> a.load(Reg.A5, 0x1_0000_0000L)),
        code(
            "15de9bd29557b3f215cfcaf29546e2f2",
            "mov x21, #57072; movk x21, #39612, lsl #16; movk x21, #22136, lsl #32; movk x21,"
                + " #4660, lsl #48",
            a -> a.load(Reg.S2, 0x1234_5678_9abc_def0L)),
        code(
            "e0ff9fd2e0ffbff2e0ffdff2e0ffeff2",
            "mov x0, #65535; movk x0, #65535, lsl #16; movk x0, #65535, lsl #32; movk x0, #32767,"
                + " lsl #48",
            a -> a.load(Reg.A0, Long.MAX_VALUE)),
        code(
            "e0ff9f920000a0f20000c0f20000f0f2",
            "mov x0, #-65536; movk x0, #0, lsl #16; movk x0, #0, lsl #32; movk x0, #32768, lsl #48",
            a -> a.load(Reg.A0, Long.MIN_VALUE)),
        code("e00300aa", "mov x0, x0", a -> a.move(Reg.A0, Reg.RESULT)),
        code("f30300aa", "mov x19, x0", a -> a.move(Reg.S0, Reg.RESULT)),
        code("e00314aa", "mov x0, x20", a -> a.move(Reg.A0, Reg.S1)),
        code("84040091", "add x4, x4, #1", a -> a.add(Reg.A4, 1)),
        code("a50400d1", "sub x5, x5, #1", a -> a.add(Reg.A5, -1)),
        code("42c000d1", "sub x2, x2, #48", a -> a.add(Reg.A2, -'0')),
        code("73fe3f91", "add x19, x19, #4095", a -> a.add(Reg.S0, 4095)),
        code("e00300cb", "neg x0, x0", a -> a.negate(Reg.A0)),
        code("f30313cb", "neg x19, x19", a -> a.negate(Reg.S0)),
        code(
            "490180d26308099b",
            "mov x9, #10; madd x3, x3, x9, x2",
            a -> a.appendDigit(Reg.A3, Reg.A2)),
        code(
            "490180d20050099b",
            "mov x9, #10; madd x0, x0, x9, x20",
            a -> a.appendDigit(Reg.A0, Reg.S1)),
        code("c0ba4439", "ldrb w0, [x22, #302]", a -> a.load8(Reg.A0, Reg.S3, 302)),
        code("82004039", "ldrb w2, [x4]", a -> a.load8(Reg.A2, Reg.A4, 0)),
        code("c1aa40b9", "ldr w1, [x22, #168]", a -> a.load32(Reg.A1, Reg.S3, 168)),
        code("140440b9", "ldr w20, [x0, #4]", a -> a.load32(Reg.S1, Reg.A0, 4)),
        code("d30600b9", "str w19, [x22, #4]", a -> a.store32(Reg.S0, Reg.S3, 4)),
        code("d50a00b9", "str w21, [x22, #8]", a -> a.store32(Reg.S2, Reg.S3, 8)),
        code("090080d21f00096b", "mov x9, #0; cmp w0, w9", a -> a.compare(Reg.RESULT, 0)),
        code("490180921f00096b", "mov x9, #-11; cmp w0, w9", a -> a.compare(Reg.RESULT, -11)),
        code("090480d25f00096b", "mov x9, #32; cmp w2, w9", a -> a.compare(Reg.A2, ' ')),
        code("1f00136b", "cmp w0, w19", a -> a.compare(Reg.RESULT, Reg.S0)),
        code("9f02036b", "cmp w20, w3", a -> a.compare(Reg.S1, Reg.A3)),
        code("080880d2010000d4", "mov x8, #64; svc #0", a -> a.syscall(64)));
  }

  @ParameterizedTest(name = "{1}")
  @MethodSource
  void instructions(String hex, String assembly, Consumer<Assembler> code) {
    var assembler = new Aarch64Assembler();
    code.accept(assembler);
    assertEquals(hex, HexFormat.of().formatHex(assembler.assemble()), assembly);
  }

  @Test
  void jumpsCountInstructionsFromTheirOwn() {
    var assembler = new Aarch64Assembler();
    var start = new Label();
    var end = new Label();
    assembler.bind(start);
    assembler.jump(start); // b +0
    assembler.jump(start); // b -4
    assembler.jump(end); // b +20
    assembler.branch(Condition.EQUAL, start); // b.eq -12
    assembler.branch(Condition.NOT_EQUAL, end); // b.ne +12
    assembler.branch(Condition.LESS, end); // b.lt +8
    assembler.branch(Condition.GREATER, end); // b.gt +4
    assembler.bind(end);
    assertEquals(
        "00000014" + "ffffff17" + "05000014" + "a0ffff54" + "61000054" + "4b000054" + "2c000054",
        HexFormat.of().formatHex(assembler.assemble()));
  }

  @Test
  void conditionalBranchesReachOneMegabyteAndSayWhenTheyDoNot() {
    assertEquals("e0ff7f54", farBranch(0x3ffff)); // b.eq +0xffffc
    var e = assertThrows(IllegalStateException.class, () -> farBranch(0x40000));
    assertEquals("launcher code is too long for a conditional branch", e.getMessage());
  }

  private static String farBranch(int instructions) {
    var assembler = new Aarch64Assembler();
    var end = new Label();
    assembler.branch(Condition.EQUAL, end);
    for (int i = 1; i < instructions; i++) {
      assembler.move(Reg.S0, Reg.S1);
    }
    assembler.bind(end);
    return HexFormat.of().formatHex(assembler.assemble(), 0, 4);
  }

  @Test
  void unconditionalJumpsReachFurther() {
    var assembler = new Aarch64Assembler();
    var end = new Label();
    assembler.jump(end);
    for (int i = 1; i < 0x50000; i++) {
      assembler.move(Reg.S0, Reg.S1);
    }
    assembler.bind(end);
    assertEquals("00000514", HexFormat.of().formatHex(assembler.assemble(), 0, 4)); // b +0x140000
  }

  @Test
  void wordsAreLoadedFromWordOffsetsOnly() {
    var assembler = new Aarch64Assembler();
    assertThrows(IllegalArgumentException.class, () -> assembler.load32(Reg.A0, Reg.S3, 2));
    assertThrows(IllegalArgumentException.class, () -> assembler.store32(Reg.A0, Reg.S3, 3));
  }
}
