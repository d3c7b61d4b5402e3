package io.github.cofferdam.seccomp;

import io.github.cofferdam.seccomp.WordTest.Operator;
import java.util.HashMap;
import java.util.Map;

/**
 * Reads what a program decides, whoever compiled it: the way back from {@link CodeGenerator}. Made
 * for programs that load, mask, compare with constants and return constants, as all compilers of
 * seccomp filters write them.
 */
final class ProgramReader {
  private final BpfProgram program;
  private final Decisions decisions;
  private final Map<Place, Decision> known = new HashMap<>();

  /** Where in the program, and with what in the accumulator. */
  private record Place(int at, int offset, int mask) {}

  private ProgramReader(BpfProgram program, Decisions decisions) {
    this.program = program;
    this.decisions = decisions;
  }

  /**
   * What a program decides.
   *
   * @throws IllegalArgumentException if it calculates; the message names the instruction
   */
  static Decision read(BpfProgram program, Decisions decisions) {
    // The accumulator is 0 at first: no bit of any word.
    return new ProgramReader(program, decisions).read(new Place(0, SeccompData.NUMBER, 0));
  }

  private Decision read(Place place) {
    Decision decision = known.get(place);
    if (decision == null) {
      decision = follow(place);
      known.put(place, decision);
    }
    return decision;
  }

  private Decision follow(Place place) {
    BpfInstruction instruction = program.instruction(place.at);
    int k = instruction.k();
    int next = place.at + 1;
    return switch (instruction.code()) {
      case BpfInstruction.LOAD -> read(new Place(next, k, -1));
      case BpfInstruction.AND -> read(new Place(next, place.offset, place.mask & k));
      case BpfInstruction.JUMP -> read(new Place(next + k, place.offset, place.mask));
      case BpfInstruction.RETURN -> decisions.verdict(Action.of(k));
      case BpfInstruction.JUMP_EQUAL -> test(place, Operator.EQUAL, k);
      case BpfInstruction.JUMP_AT_LEAST -> test(place, Operator.AT_LEAST, k);
      case BpfInstruction.JUMP_ANY_SET -> test(place, Operator.ANY_SET, k);
      case BpfInstruction.JUMP_GREATER ->
          k == -1 ? branch(place, instruction.ifFalse()) : test(place, Operator.AT_LEAST, k + 1);
      default ->
          throw new IllegalArgumentException(
              "instruction " + place.at + " calculates, which cannot be followed: " + instruction);
    };
  }

  private Decision test(Place place, Operator operator, int k) {
    BpfInstruction instruction = program.instruction(place.at);
    return decisions.test(
        new WordTest(place.offset, place.mask, operator, k),
        branch(place, instruction.ifTrue()),
        branch(place, instruction.ifFalse()));
  }

  private Decision branch(Place place, int distance) {
    return read(new Place(place.at + 1 + distance, place.offset, place.mask));
  }
}
