package io.github.cofferdam.profiles;

import io.github.cofferdam.documents.Text;
import io.github.cofferdam.seccomp.Argument;
import io.github.cofferdam.seccomp.Comparison;
import io.github.cofferdam.seccomp.Comparison.Operator;
import io.github.cofferdam.seccomp.Comparison.Width;
import io.github.cofferdam.seccomp.Condition;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Conditions as text, as {@link Condition} prints them:
 *
 * <pre>
 * any        = all { "||" all }
 * all        = one { "&amp;&amp;" one }
 * one        = comparison | "(" any ")" | "!" "(" any ")"
 * comparison = value OPERATOR NUMBER | value "in" "[" NUMBER { "," NUMBER } "]"
 * value      = argument | argument "&amp;" NUMBER | "(" argument "&amp;" NUMBER ")"
 * argument   = [ "(" "int" ")" ] ( "arg0" | ... | "arg5" )
 * OPERATOR   = "==" | "!=" | "&lt;" | "&lt;=" | "&gt;" | "&gt;="
 * NUMBER     = decimal or 0x and hexadecimal digits, with or without "-"
 * </pre>
 */
final class ConditionText {
  private static final Pattern TOKEN =
      Pattern.compile("\\s*(\\|\\||&&|==|!=|<=|>=|[<>!&()\\[\\],]|-?[0-9A-Za-z_]+)");

  private static final Map<String, Operator> OPERATORS =
      Map.of(
          "==", Operator.IN,
          "!=", Operator.NOT_IN,
          "<", Operator.LESS,
          "<=", Operator.AT_MOST,
          ">", Operator.GREATER,
          ">=", Operator.AT_LEAST);

  /** Deeper than any condition needs. */
  private static final int MAX_DEPTH = 32;

  private static final int MAX_TOKENS = 2_500;

  private static final String END = "";

  private final List<String> tokens;
  private int position;
  private int depth;

  private ConditionText(List<String> tokens) {
    this.tokens = tokens;
  }

  /**
   * Reads a condition.
   *
   * @throws IllegalArgumentException if it is none; the message says where
   */
  static Condition parse(String text) {
    var parser = new ConditionText(tokens(text));
    Condition condition = parser.any();
    if (!parser.peek(0).equals(END)) {
      throw parser.unexpected("the end");
    }
    return condition;
  }

  private static List<String> tokens(String text) {
    String stripped = text.stripTrailing();
    var tokens = new ArrayList<String>();
    Matcher matcher = TOKEN.matcher(stripped);
    int at = 0;
    while (at < stripped.length()) {
      matcher.region(at, stripped.length());
      if (!matcher.lookingAt()) {
        throw new IllegalArgumentException(
            "not a condition, from " + Text.quote(stripped.substring(at).strip()) + " on");
      }
      tokens.add(matcher.group(1));
      at = matcher.end();
      if (tokens.size() > MAX_TOKENS) {
        throw new IllegalArgumentException("a condition of more than " + MAX_TOKENS + " words");
      }
    }
    return tokens;
  }

  private String peek(int ahead) {
    return position + ahead < tokens.size() ? tokens.get(position + ahead) : END;
  }

  private boolean accept(String token) {
    boolean found = peek(0).equals(token);
    position += found ? 1 : 0;
    return found;
  }

  private void expect(String token) {
    if (!accept(token)) {
      throw unexpected("\"" + token + "\"");
    }
  }

  private IllegalArgumentException unexpected(String expected) {
    String found = peek(0);
    return new IllegalArgumentException(
        "expected "
            + expected
            + (position == 0 ? "" : " after " + Text.quote(before()))
            + ", found "
            + (found.equals(END) ? "the end" : Text.quote(found)));
  }

  private String before() {
    return String.join(" ", tokens.subList(Math.max(0, position - 4), position));
  }

  private Condition any() {
    if (++depth > MAX_DEPTH) {
      throw new IllegalArgumentException("nested more than " + MAX_DEPTH + " levels deep");
    }
    var conditions = new ArrayList<Condition>();
    do {
      conditions.add(all());
    } while (accept("||"));
    depth--;
    return Conditions.any(conditions);
  }

  private Condition all() {
    var conditions = new ArrayList<Condition>();
    do {
      conditions.add(one());
    } while (accept("&&"));
    return Conditions.all(conditions);
  }

  private Condition one() {
    if (accept("!")) {
      expect("(");
      Condition inner = any();
      expect(")");
      return Condition.not(inner);
    }
    boolean cast = peek(0).equals("(") && peek(1).equals("int");
    int mask = peek(1).equals("(") && peek(2).equals("int") ? 5 : 2;
    boolean masked =
        peek(0).equals("(") && !cast && peek(mask).equals("&") && peek(mask + 2).equals(")");
    if (peek(0).equals("(") && !cast && !masked) {
      position++;
      Condition inner = any();
      expect(")");
      return inner;
    }
    return comparison();
  }

  private Condition comparison() {
    boolean bracket = !peek(1).equals("int") && accept("(");
    Width width = Width.BITS_64;
    if (accept("(")) {
      expect("int");
      expect(")");
      width = Width.BITS_32;
    }
    int argument = argument();
    long all = width == Width.BITS_32 ? 0xffff_ffffL : -1;
    long mask = accept("&") ? number(width) : all;
    if (bracket) {
      expect(")");
    }
    var operands = new ArrayList<Long>();
    if (accept("in")) {
      expect("[");
      do {
        operands.add(number(width));
      } while (accept(","));
      expect("]");
      return new Comparison(argument, width, mask, Operator.IN, operands);
    }
    Operator operator = OPERATORS.get(peek(0));
    if (operator == null) {
      throw unexpected("one of == != < <= > >= in");
    }
    position++;
    operands.add(number(width));
    return new Comparison(argument, width, mask, operator, operands);
  }

  private int argument() {
    String name = peek(0);
    if (!name.startsWith("arg") || name.length() < 4 || !Character.isDigit(name.charAt(3))) {
      throw unexpected("arg0 to arg5");
    }
    position++;
    try {
      return new Argument(Integer.parseInt(name.substring(3))).index();
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("expected arg0 to arg5, found " + Text.quote(name), e);
    }
  }

  private long number(Width width) {
    String text = peek(0);
    boolean negative = text.startsWith("-");
    String digits = negative ? text.substring(1) : text;
    boolean hexadecimal = digits.startsWith("0x");
    BigInteger value;
    try {
      if (digits.isEmpty() || !Character.isDigit(digits.charAt(0)) || digits.length() > 40) {
        throw unexpected("a number");
      }
      value = new BigInteger(hexadecimal ? digits.substring(2) : digits, hexadecimal ? 16 : 10);
    } catch (NumberFormatException e) {
      throw unexpected("a number");
    }
    position++;
    int bits = width == Width.BITS_32 ? 32 : 64;
    BigInteger signed = negative ? value.negate() : value;
    if (value.bitLength() > bits || (negative && signed.bitLength() > bits - 1)) {
      throw new IllegalArgumentException(
          text
              + " has more than the "
              + bits
              + " bits that "
              + (bits == 32 ? "(int) compares" : "an argument has"));
    }
    long number = signed.longValue();
    return bits == 32 ? number & 0xffff_ffffL : number;
  }
}
