package io.github.cofferdam.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Any program that the kernel takes survives its text and its bytes. */
final class BpfRoundTripTest {
  @Property(tries = 2000)
  void aProgramSurvivesItsText(@ForAll("programs") BpfProgram program) {
    assertEquals(program, BpfProgram.parse(program.toString()));
  }

  @Property(tries = 500)
  void aProgramSurvivesItsBytes(@ForAll("programs") BpfProgram program) {
    assertEquals(program, BpfProgram.of(program.bytes()));
    assertEquals(program.length() * BpfInstruction.SIZE, program.bytes().length);
  }

  /** Places are there to be read; jumps count from the instruction itself. */
  @Property(tries = 200)
  void placesMayBeMissing(@ForAll("programs") BpfProgram program) {
    String text = program.toString().replaceAll("(?m)^ *[0-9]+: ", "");
    assertEquals(program, BpfProgram.parse(text), text);
  }

  @Property(tries = 1000)
  void noTextMakesTheParserThrowAnythingElse(
      @ForAll("programs") BpfProgram program, @ForAll int at, @ForAll("snippets") String snippet) {
    String text = program.toString();
    int cut = Math.floorMod(at, text.length());
    try {
      BpfProgram.parse(text.substring(0, cut) + snippet + text.substring(cut));
    } catch (IllegalArgumentException e) {
      String message = String.valueOf(e.getMessage());
      assertTrue(message.startsWith("line ") || message.startsWith("a filter has 1 to"), message);
    }
  }

  @Property(tries = 1000)
  void noBytesMakeTheReaderThrowAnythingElse(@ForAll byte[] bytes) {
    try {
      assertEquals(bytes.length, BpfProgram.of(bytes).bytes().length);
    } catch (IllegalArgumentException e) {
      // The only way out besides a program.
    }
  }

  /** No run executes an instruction twice, and coverage counts what was executed. */
  @Property(tries = 500)
  void runsGoForward(@ForAll("programs") BpfProgram program, @ForAll long a0, @ForAll long a5) {
    var data = SeccompData.of(1, 2, a0, 3, 4, 5, 6, a5);
    var coverage = new BpfCoverage(program);
    BpfInterpreter.Result result = coverage.run(data);
    assertEquals(BpfInterpreter.run(program, data), result);
    assertEquals(coverage.executed(), result.executed());
  }

  @Provide
  Arbitrary<BpfProgram> programs() {
    Arbitrary<Integer> constants =
        Arbitraries.oneOf(Arbitraries.of(RandomPrograms.CONSTANTS), Arbitraries.integers());
    return Combinators.combine(
            Arbitraries.of(RandomPrograms.CODES),
            Arbitraries.integers().between(0, 255),
            Arbitraries.integers().between(0, 255),
            constants,
            Arbitraries.of(false, false, false, true))
        .as(RandomPrograms::instruction)
        .list()
        .ofMinSize(1)
        .ofMaxSize(60)
        .map(RandomPrograms::valid)
        .map(BpfProgram::new);
  }

  @Provide
  Arbitrary<String> snippets() {
    return Arbitraries.oneOf(
        Arbitraries.strings().ofMaxLength(5),
        Arbitraries.of(
            " A ",
            " X ",
            " = ",
            " mem[",
            "]",
            " goto 3",
            "\n",
            " unused k 1",
            "0x",
            "99999999999",
            " return ",
            "#",
            "-",
            "(",
            "ERRNO(",
            "\u2028",
            "\ud83d\ude00"));
  }
}
