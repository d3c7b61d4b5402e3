package io.github.cofferdam.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;

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
 * Every instruction of x86_64, byte for byte. The texts are what a disassembler (GNU objdump, Intel
 * syntax) makes of the bytes.
 */
class X86AssemblerTest {

  private static Arguments code(String hex, String assembly, Consumer<Assembler> code) {
    return Arguments.of(hex, assembly, code);
  }

  static Stream<Arguments> instructions() {
    return Stream.of(
        code("31ff", "xor edi,edi", a -> a.load(Reg.A0, 0)),
        code("4531d2", "xor r10d,r10d", a -> a.load(Reg.A3, 0)),
        code("bf01000000", "mov edi,0x1", a -> a.load(Reg.A0, 1)),
        code("41b800100000", "mov r8d,0x1000", a -> a.load(Reg.A4, 4096)),
        code("41bf00004400", "mov r15d,0x440000", a -> a.load(Reg.S3, 0x440000)),
        code("beffffff7f", "mov esi,0x7fffffff", a -> a.load(Reg.A1, 0x7fff_ffffL)),
        code("be00000080", "mov esi,0x80000000", a -> a.load(Reg.A1, 0x8000_0000L)),
        code("beffffffff", "mov esi,0xffffffff", a -> a.load(Reg.A1, 0xffff_ffffL)),
        code("48c7c2ffffffff", "mov rdx,0xffffffffffffffff", a -> a.load(Reg.A2, -1)),
        code("49c7c19cffffff", "mov r9,0xffffffffffffff9c", a -> a.load(Reg.A5, -100)),
        code("48c7c300000080", "mov rbx,0xffffffff80000000", a -> a.load(Reg.S0, -0x8000_0000L)),
        code(
            "48bbffffff7fffffffff",
            "movabs rbx,0xffffffff7fffffff",
            a -> a.load(Reg.S0, -0x8000_0001L)),
        code("49b90000000001000000", "movabs r9,0x100000000", a -> a.load(Reg.A5, 0x1_0000_0000L)),
        code(
            "49bef0debc9a78563412",
            "movabs r14,0x123456789abcdef0",
            a -> a.load(Reg.S2, 0x1234_5678_9abc_def0L)),
        code(
            "48bfffffffffffffff7f",
            "movabs rdi,0x7fffffffffffffff",
            a -> a.load(Reg.A0, Long.MAX_VALUE)),
        code(
            "48bf0000000000000080",
            "movabs rdi,0x8000000000000000",
            a -> a.load(Reg.A0, Long.MIN_VALUE)),
        code("4889c7", "mov rdi,rax", a -> a.move(Reg.A0, Reg.RESULT)),
        code("4889c3", "mov rbx,rax", a -> a.move(Reg.S0, Reg.RESULT)),
        code("4d89d6", "mov r14,r10", a -> a.move(Reg.S2, Reg.A3)),
        code("4c89ef", "mov rdi,r13", a -> a.move(Reg.A0, Reg.S1)),
        code("4981c001000000", "add r8,0x1", a -> a.add(Reg.A4, 1)),
        code("4981c1ffffffff", "add r9,0xffffffffffffffff", a -> a.add(Reg.A5, -1)),
        code("4881c2d0ffffff", "add rdx,0xffffffffffffffd0", a -> a.add(Reg.A2, -'0')),
        code("4881c3ff0f0000", "add rbx,0xfff", a -> a.add(Reg.S0, 4095)),
        code("48f7df", "neg rdi", a -> a.negate(Reg.A0)),
        code("49f7d8", "neg r8", a -> a.negate(Reg.A4)),
        code("4d6bd20a4901d2", "imul r10,r10,0xa; add r10,rdx", a -> a.appendDigit(Reg.A3, Reg.A2)),
        code("486bff0a4c01ef", "imul rdi,rdi,0xa; add rdi,r13", a -> a.appendDigit(Reg.A0, Reg.S1)),
        code(
            "410fb6bf2e010000",
            "movzx edi,BYTE PTR [r15+0x12e]",
            a -> a.load8(Reg.A0, Reg.S3, 302)),
        code("410fb69000000000", "movzx edx,BYTE PTR [r8+0x0]", a -> a.load8(Reg.A2, Reg.A4, 0)),
        code("450fb69501000000", "movzx r10d,BYTE PTR [r13+0x1]", a -> a.load8(Reg.A3, Reg.S1, 1)),
        code("418bb7a8000000", "mov esi,DWORD PTR [r15+0xa8]", a -> a.load32(Reg.A1, Reg.S3, 168)),
        code("448baf04000000", "mov r13d,DWORD PTR [rdi+0x4]", a -> a.load32(Reg.S1, Reg.A0, 4)),
        code("4d8baf38000000", "mov r13,QWORD PTR [r15+0x38]", a -> a.load64(Reg.S1, Reg.S3, 56)),
        code("41899f04000000", "mov DWORD PTR [r15+0x4],ebx", a -> a.store32(Reg.S0, Reg.S3, 4)),
        code("4589b708000000", "mov DWORD PTR [r15+0x8],r14d", a -> a.store32(Reg.S2, Reg.S3, 8)),
        code("4189bd00000000", "mov DWORD PTR [r13+0x0],edi", a -> a.store32(Reg.A0, Reg.S1, 0)),
        code("81f800000000", "cmp eax,0x0", a -> a.compare(Reg.RESULT, 0)),
        code("81f8f5ffffff", "cmp eax,0xfffffff5", a -> a.compare(Reg.RESULT, -11)),
        code("4181fe01000000", "cmp r14d,0x1", a -> a.compare(Reg.S2, 1)),
        code("81fa20000000", "cmp edx,0x20", a -> a.compare(Reg.A2, ' ')),
        code("81f800000080", "cmp eax,0x80000000", a -> a.compare(Reg.RESULT, Integer.MIN_VALUE)),
        code("39d8", "cmp eax,ebx", a -> a.compare(Reg.RESULT, Reg.S0)),
        code("4539d5", "cmp r13d,r10d", a -> a.compare(Reg.S1, Reg.A3)),
        code("31c00f05", "xor eax,eax; syscall", a -> a.syscall(0)),
        code("b83b0000000f05", "mov eax,0x3b; syscall", a -> a.syscall(59)),
        code("8b83080000000f05", "mov eax,DWORD PTR [rbx+0x8]; syscall", a -> a.syscall(Reg.S0, 8)),
        code("c3", "ret", Assembler::ret));
  }

  @ParameterizedTest(name = "{1}")
  @MethodSource
  void instructions(String hex, String assembly, Consumer<Assembler> code) {
    var assembler = new X86Assembler();
    code.accept(assembler);
    assertEquals(hex, HexFormat.of().formatHex(assembler.assemble()), assembly);
  }

  @Test
  void jumpsCountFromTheEndOfTheInstruction() {
    var assembler = new X86Assembler();
    var start = new Label();
    var end = new Label();
    assembler.bind(start);
    assembler.jump(start); // jmp -5
    assembler.jump(end); // jmp +24
    assembler.branch(Condition.EQUAL, end); // je +18
    assembler.branch(Condition.NOT_EQUAL, end); // jne +12
    assembler.branch(Condition.LESS, end); // jl +6
    assembler.branch(Condition.GREATER, end); // jg +0
    assembler.bind(end);
    assertEquals(
        "e9fbffffff"
            + "e918000000"
            + "0f8412000000"
            + "0f850c000000"
            + "0f8c06000000"
            + "0f8f00000000",
        HexFormat.of().formatHex(assembler.assemble()));
  }

  @Test
  void jumpsReachOverMoreThan64KiB() {
    var assembler = new X86Assembler();
    var start = new Label();
    var end = new Label();
    assembler.bind(start);
    assembler.branch(Condition.EQUAL, end); // 6 bytes
    for (int i = 0; i < 20_000; i++) {
      assembler.load(Reg.A0, 1); // 5 bytes
    }
    assembler.branch(Condition.EQUAL, start);
    assembler.bind(end);
    byte[] code = assembler.assemble();
    assertEquals(6 + 100_000 + 6, code.length);
    assertEquals("0f84a6860100", HexFormat.of().formatHex(code, 0, 6)); // je +100006
    assertEquals("0f845479feff", HexFormat.of().formatHex(code, 100_006, 100_012)); // je -100012
  }
}
