package io.github.cofferdam.doctor;

import io.github.cofferdam.rlimit.Limit;
import java.util.List;

/**
 * What was found out about one thing on a host. That something is not there, that nobody could tell
 * and that nobody tried are three different answers, and none of them is a value.
 */
public sealed interface Finding {

  /** {@return the finding as a person reads it, on one line} */
  String text();

  /**
   * A name, a version, a path.
   *
   * @param value as the host has it
   * @param detail what it means; may be empty
   */
  record Name(String value, String detail) implements Finding {
    @Override
    public String text() {
      return withDetail(value, detail);
    }
  }

  /**
   * A number.
   *
   * @param value as the host has it
   * @param detail what it means; may be empty
   */
  record Count(long value, String detail) implements Finding {
    @Override
    public String text() {
      return withDetail(Long.toString(value), detail);
    }
  }

  /**
   * Whether something works.
   *
   * @param works whether it does; tried, unless the detail says otherwise
   * @param detail by what, or why not; may be empty
   */
  record Works(boolean works, String detail) implements Finding {
    @Override
    public String text() {
      String answer = works ? "yes" : "no";
      return detail.isEmpty() ? answer : answer + ": " + detail;
    }
  }

  /**
   * Some of a number of things.
   *
   * @param values their names; copied
   * @param detail what they mean; may be empty
   */
  record Names(List<String> values, String detail) implements Finding {
    /** Keeps a copy of the list, which nobody can change. */
    public Names {
      values = List.copyOf(values);
    }

    @Override
    public String text() {
      return withDetail(values.isEmpty() ? "none" : String.join(" ", values), detail);
    }
  }

  /**
   * A limit with its ceiling.
   *
   * @param limit in its resource's unit
   */
  record Ceiling(Limit limit) implements Finding {
    @Override
    public String text() {
      return "soft " + amount(limit.soft()) + ", hard " + amount(limit.hard());
    }

    private static String amount(long value) {
      return value == Limit.UNLIMITED ? "unlimited" : Long.toUnsignedString(value);
    }
  }

  /**
   * The host does not have it.
   *
   * @param reason why, or what would have it
   */
  record Absent(String reason) implements Finding {
    @Override
    public String text() {
      return "none: " + reason;
    }
  }

  /**
   * It could not be found out.
   *
   * @param reason what stood in the way
   */
  record Unknown(String reason) implements Finding {
    @Override
    public String text() {
      return "unknown: " + reason;
    }
  }

  /**
   * It could be tried, and was not.
   *
   * @param reason why not
   */
  record NotTried(String reason) implements Finding {
    @Override
    public String text() {
      return "not tried: " + reason;
    }
  }

  private static String withDetail(String value, String detail) {
    return detail.isEmpty() ? value : value + " (" + detail + ")";
  }
}
