package io.github.cofferdam.seccomp;

import io.github.cofferdam.bindings.Errno;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Reads what {@link BpfInstruction#toString(int)} writes, one instruction a line. The place in
 * front of an instruction may be missing; {@code #} begins a comment; numbers are decimal or
 * hexadecimal.
 *
 * <pre>
 * line      = [place ":"] statement ["unused" field {"," field}]
 * statement = "A" "=" (word | number | "len" | cell | "X" | "-" "A" | "A" operator operand)
 *           | "X" "=" (number | "len" | cell | "A")
 *           | cell "=" ("A" | "X")
 *           | "goto" place
 *           | "if" "A" test operand "goto" place "else" place
 *           | "return" ("A" | action | number)
 * operand   = number | "X"
 * cell      = "mem" "[" number "]"
 * field     = ("jt" | "jf" | "k") number
 * </pre>
 */
final class BpfParser {
  private static final Pattern TOKEN =
      Pattern.compile("0x[0-9a-fA-F]+|[0-9]+|[A-Za-z_][A-Za-z_0-9.]*|<<|>>|==|>=|\\S");

  private static final Map<String, Integer> WORDS =
      IntStream.range(0, SeccompData.SIZE)
          .filter(SeccompData::isWord)
          .boxed()
          .collect(Collectors.toUnmodifiableMap(SeccompData::name, offset -> offset));

  private final int line;
  private final int at;
  private final List<Token> tokens = new ArrayList<>();
  private final int end;
  private int next;

  /** Part of a line; columns begin with 1. */
  private record Token(String text, int column) {}

  private BpfParser(int line, int at, String text) {
    this.line = line;
    this.at = at;
    int comment = text.indexOf('#');
    String code = (comment < 0 ? text : text.substring(0, comment)).stripTrailing();
    this.end = code.length() + 1;
    Matcher matcher = TOKEN.matcher(code);
    while (matcher.find()) {
      tokens.add(new Token(matcher.group(), matcher.start() + 1));
    }
  }

  /**
   * {@return the program of a text}
   *
   * @throws IllegalArgumentException as {@link BpfProgram#parse} says
   */
  static BpfProgram parse(String text) {
    var instructions = new ArrayList<BpfInstruction>();
    var lines = new ArrayList<Integer>();
    int line = 0;
    for (String source : (Iterable<String>) text.lines()::iterator) {
      line++;
      var parser = new BpfParser(line, instructions.size(), source);
      if (!parser.tokens.isEmpty()) {
        instructions.add(parser.line());
        lines.add(line);
      }
    }
    BpfVerifier.checkLength(instructions.size());
    Optional<BpfVerifier.Refusal> refusal = BpfVerifier.refusal(instructions);
    if (refusal.isPresent()) {
      throw new IllegalArgumentException(
          "line "
              + lines.get(refusal.get().at())
              + ": "
              + BpfVerifier.message(instructions, refusal.get()));
    }
    return new BpfProgram(instructions);
  }

  private BpfInstruction line() {
    if (tokens.size() > 1 && tokens.get(1).text().equals(":")) {
      if (!peek().equals(Integer.toString(at))) {
        throw expected("place " + at);
      }
      next = 2;
    }
    BpfInstruction instruction = unused(statement());
    if (next < tokens.size()) {
      throw expected("the end of the line");
    }
    return instruction;
  }

  private BpfInstruction statement() {
    if (accept("A")) {
      expect("=");
      return toAccumulator();
    }
    if (accept("X")) {
      expect("=");
      return toX();
    }
    if (accept("mem")) {
      int cell = cell();
      expect("=");
      if (accept("A")) {
        return of(BpfOperation.STORE, cell);
      }
      if (accept("X")) {
        return of(BpfOperation.STORE_X, cell);
      }
      throw expected("A", "X");
    }
    if (accept("goto")) {
      return of(BpfOperation.JUMP, distance(Integer.MAX_VALUE));
    }
    if (accept("if")) {
      return test();
    }
    if (accept("return")) {
      return accept("A") ? of(BpfOperation.RETURN_A, 0) : of(BpfOperation.RETURN, returnValue());
    }
    throw expected("A", "X", "mem", "goto", "if", "return");
  }

  private BpfInstruction toAccumulator() {
    if (accept("A")) {
      return binary(operator(operation -> !operation.conditional()));
    }
    if (accept("-")) {
      expect("A");
      return of(BpfOperation.NEGATE, 0);
    }
    if (accept("X")) {
      return of(BpfOperation.COPY_FROM_X, 0);
    }
    if (accept("len")) {
      return of(BpfOperation.LOAD_LENGTH, 0);
    }
    if (accept("mem")) {
      return of(BpfOperation.LOAD_CELL, cell());
    }
    Integer word = WORDS.get(peek());
    if (word != null) {
      next++;
      return of(BpfOperation.LOAD, word);
    }
    if (isNumber()) {
      return of(BpfOperation.LOAD_CONSTANT, number());
    }
    throw expected("A", "-A", "X", "len", "mem", "a word such as nr or arg0.low", "a number");
  }

  private BpfInstruction toX() {
    if (accept("A")) {
      return of(BpfOperation.COPY_TO_X, 0);
    }
    if (accept("len")) {
      return of(BpfOperation.LOAD_X_LENGTH, 0);
    }
    if (accept("mem")) {
      return of(BpfOperation.LOAD_X_CELL, cell());
    }
    if (isNumber()) {
      return of(BpfOperation.LOAD_X_CONSTANT, number());
    }
    throw expected("A", "len", "mem", "a number");
  }

  private BpfInstruction test() {
    expect("A");
    BpfInstruction test = binary(operator(BpfOperation::conditional));
    expect("goto");
    int ifTrue = distance(255);
    expect("else");
    int ifFalse = distance(255);
    return new BpfInstruction(test.code(), ifTrue, ifFalse, test.k());
  }

  private BpfOperation operator(Predicate<BpfOperation> wanted) {
    var symbols = new ArrayList<String>();
    for (BpfOperation operation : BpfOperation.values()) {
      if (!operation.symbol().isEmpty() && wanted.test(operation)) {
        if (accept(operation.symbol())) {
          return operation;
        }
        symbols.add(operation.symbol());
      }
    }
    throw expected(symbols.toArray(String[]::new));
  }

  private BpfInstruction binary(BpfOperation operation) {
    if (accept("X")) {
      return new BpfInstruction(operation.code() | BpfOperation.FROM_X, 0, 0, 0);
    }
    if (isNumber()) {
      return of(operation, number());
    }
    throw expected("X", "a number");
  }

  private static BpfInstruction of(BpfOperation operation, int k) {
    return new BpfInstruction(operation.code(), 0, 0, k);
  }

  /** What follows the word mem. Whether there is such a cell is the verifier's question. */
  private int cell() {
    expect("[");
    int cell = number();
    expect("]");
    return cell;
  }

  /** Instructions to pass over on the way to a place. */
  private int distance(int most) {
    int first = at + 1;
    long last = Math.min((long) first + most, BpfVerifier.MAX_INSTRUCTIONS - 1);
    int here = next;
    int place = isNumber() ? number() : -1;
    if (place < first || place > last) {
      next = here;
      throw expected("a place from " + first + " to " + last);
    }
    return place - first;
  }

  private int returnValue() {
    if (isNumber()) {
      return number();
    }
    if (accept("ERRNO")) {
      expect("(");
      int errno = errno();
      expect(")");
      return Action.errno(errno).returnValue();
    }
    if (accept("TRACE")) {
      expect("(");
      int data = number(0, 0xffff);
      expect(")");
      return Action.trace(data).returnValue();
    }
    var names = new ArrayList<String>(List.of("A", "a number", "ERRNO", "TRACE"));
    for (Action.Plain plain : Action.Plain.values()) {
      if (accept(plain.name())) {
        return plain.returnValue();
      }
      names.add(plain.name());
    }
    throw expected(names.toArray(String[]::new));
  }

  private int errno() {
    for (Errno errno : Errno.values()) {
      if (errno != Errno.UNKNOWN && accept(errno.name())) {
        return errno.number();
      }
    }
    if (isNumber()) {
      return number(1, 4095);
    }
    throw expected("an error's name", "a number from 1 to 4095");
  }

  /** Adds what the instruction carries without a use for it. */
  private BpfInstruction unused(BpfInstruction instruction) {
    var fields = new ArrayList<String>();
    if (!instruction.conditional()) {
      fields.add("jt");
      fields.add("jf");
    }
    if (!instruction.usesConstant()) {
      fields.add("k");
    }
    if (fields.isEmpty() || !accept("unused")) {
      return instruction;
    }
    int ifTrue = instruction.ifTrue();
    int ifFalse = instruction.ifFalse();
    int k = instruction.k();
    do {
      String field = peek();
      if (!fields.remove(field)) {
        throw expected(fields.toArray(String[]::new));
      }
      next++;
      switch (field) {
        case "jt" -> ifTrue = number(0, 255);
        case "jf" -> ifFalse = number(0, 255);
        default -> k = number();
      }
    } while (!fields.isEmpty() && accept(","));
    return new BpfInstruction(instruction.code(), ifTrue, ifFalse, k);
  }

  private boolean isNumber() {
    return !peek().isEmpty() && Character.digit(peek().charAt(0), 10) >= 0;
  }

  private int number(int least, int most) {
    int here = next;
    int number = isNumber() ? number() : -1;
    if (number < least || number > most) {
      next = here;
      throw expected("a number from " + least + " to " + most);
    }
    return number;
  }

  private int number() {
    if (isNumber()) {
      String digits = peek();
      boolean hexadecimal = digits.startsWith("0x");
      try {
        int number =
            Integer.parseUnsignedInt(
                digits, hexadecimal ? 2 : 0, digits.length(), hexadecimal ? 16 : 10);
        next++;
        return number;
      } catch (NumberFormatException tooLarge) {
        throw expected("a number of 32 bits");
      }
    }
    throw expected("a number");
  }

  /** The text of the next token, empty at the end of the line. */
  private String peek() {
    return next < tokens.size() ? tokens.get(next).text() : "";
  }

  private boolean accept(String text) {
    if (peek().equals(text)) {
      next++;
      return true;
    }
    return false;
  }

  private void expect(String text) {
    if (!accept(text)) {
      throw expected(text);
    }
  }

  private IllegalArgumentException expected(String... what) {
    boolean over = next == tokens.size();
    return new IllegalArgumentException(
        "line "
            + line
            + ", column "
            + (over ? end : tokens.get(next).column())
            + ": expected "
            + alternatives(List.of(what))
            + ", found "
            + (over ? "the end of the line" : peek()));
  }

  private static String alternatives(List<String> what) {
    String last = what.getLast();
    return what.size() == 1
        ? last
        : String.join(", ", what.subList(0, what.size() - 1)) + " or " + last;
  }
}
