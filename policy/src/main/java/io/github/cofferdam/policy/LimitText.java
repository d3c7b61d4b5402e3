package io.github.cofferdam.policy;

import io.github.cofferdam.documents.Nearest;
import io.github.cofferdam.documents.Text;
import io.github.cofferdam.rlimit.Limit;
import io.github.cofferdam.rlimit.Resource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Resource limits as people write them, the same in policies and on the command line.
 *
 * <table>
 *   <caption>Values</caption>
 *   <tr><th>written</th><th>meaning</th></tr>
 *   <tr><td>{@code 256}</td><td>a number in the resource's unit: a count, bytes,
 *       seconds or microseconds</td></tr>
 *   <tr><td>{@code 2GiB}, {@code 2G}, {@code 2GB}</td><td>bytes: KiB, MiB, GiB, TiB and K, M, G, T are powers of 1024;
 *       kB, MB, GB, TB powers of 1000</td></tr>
 *   <tr><td>{@code 10MiB/s}</td><td>the same a second, for limits that are so much a second</td></tr>
 *   <tr><td>{@code 30s}, {@code 5m}, {@code 2h}</td><td>time; {@code us} and {@code ms} for limits in microseconds</td></tr>
 *   <tr><td>{@code unlimited}</td><td>no limit</td></tr>
 *   <tr><td>{@code 256:512}</td><td>soft and hard limit</td></tr>
 * </table>
 *
 * <p>A number is at most 9223372036854775807, and of seconds at most 9223372036, which is 292
 * years.
 *
 * <p>One value is both limits, except for {@link Resource#CPU_TIME}: n means soft n and hard n + 1,
 * so that a process gets the signal that can be told apart (SIGXCPU) one second before the one that
 * cannot (SIGKILL).
 */
public final class LimitText {
  /**
   * The kernel counts CPU time in nanoseconds of 64 bits and does not look whether they suffice.
   */
  private static final long MOST_SECONDS = Long.MAX_VALUE / 1_000_000_000;

  private static final String UNLIMITED = "unlimited";

  /** Behind a limit that is so much a second. */
  private static final String A_SECOND = "/s";

  private LimitText() {}

  /**
   * Sets a limit in a policy: one of each process ({@link Resource}) or one that all have together
   * ({@link TreeLimit}).
   *
   * @param builder takes the limit, in place of an earlier one
   * @param name as for {@link #parse}, or a {@link TreeLimit#key}, or one of the aliases {@code
   *     memory_limit_bytes}, {@code max_threads}, {@code cpu_percent_limit}, {@code
   *     disk_quota_bytes}
   * @param value a value as in the table above; a limit of all together is one number
   * @throws IllegalArgumentException when the name is unknown (the message has the nearest one) or
   *     when the value has a wrong form
   */
  public static void set(Policy.Builder builder, String name, String value) {
    builder.limits = set(builder.limits, name, value);
  }

  /** {@return limits with another one, as {@link #set(Policy.Builder, String, String)} says} */
  static Limits set(Limits limits, String name, String value) {
    TreeLimit tree = findTree(name);
    if (tree == null) {
      Map.Entry<Resource, Limit> entry = parse(name, value);
      return limits.with(entry.getKey(), entry.getValue());
    }
    try {
      return limits.with(tree, value(tree, value));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("limit " + name + ": " + e.getMessage(), e);
    }
  }

  private static @Nullable TreeLimit findTree(String name) {
    for (TreeLimit limit : TreeLimit.values()) {
      if (name.equals(limit.key()) || (!name.isEmpty() && name.equals(limit.alias()))) {
        return limit;
      }
    }
    return null;
  }

  /** {@return a limit of all processes together, {@link Limit#UNLIMITED} for none} */
  static long value(TreeLimit limit, String text) {
    boolean rate = limit.isRate() && text.endsWith(A_SECOND) && !text.startsWith(UNLIMITED);
    String amount = rate ? text.substring(0, text.length() - A_SECOND.length()) : text;
    long value = value(limit.unit(), amount, text, expected(limit));
    if (value != Limit.UNLIMITED) {
      TreeLimits.check(limit, value);
    }
    return value;
  }

  /** {@return what a value looks like} */
  static String expected(TreeLimit limit) {
    return limit.isRate()
        ? "bytes a second such as 4096, \"10MiB/s\" or \"unlimited\""
        : expected(limit.unit());
  }

  /** {@return what the texts of a limit match} */
  static String pattern(TreeLimit limit) {
    String texts = pattern(limit.unit());
    return limit.isRate()
        ? texts.replace("|" + UNLIMITED, "(" + A_SECOND + ")?|" + UNLIMITED)
        : texts;
  }

  /**
   * Parses a limit of each process.
   *
   * @param name a {@link Resource#key}, or one of the aliases {@code virtual_memory_limit_bytes},
   *     {@code cpu_time_limit_seconds}, {@code max_open_files}, {@code max_file_size_bytes}, {@code
   *     max_processes}
   * @param value a value as in the table above
   * @return the resource and its limit
   * @throws IllegalArgumentException when the name is unknown (the message has the nearest one) or
   *     when the value has a wrong form
   */
  public static Map.Entry<Resource, Limit> parse(String name, String value) {
    Resource resource = find(name);
    if (resource == null) {
      List<String> names = names();
      throw new IllegalArgumentException(
          "unknown limit "
              + Text.quote(name)
              + Nearest.of(name, names)
                  .map(near -> "; did you mean " + near + "?")
                  .orElse("; valid names: " + String.join(", ", names)));
    }
    try {
      return Map.entry(resource, limit(resource, value));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("limit " + name + ": " + e.getMessage(), e);
    }
  }

  /** {@return the resource of a key or an alias, null when there is none} */
  static @Nullable Resource find(String name) {
    for (Resource resource : Resource.values()) {
      if (name.equals(resource.key()) || name.equals(alias(resource))) {
        return resource;
      }
    }
    return null;
  }

  /**
   * {@return the alias of a resource that policies of the same kind use, null when there is none}
   */
  static @Nullable String alias(Resource resource) {
    return switch (resource) {
      case ADDRESS_SPACE -> "virtual_memory_limit_bytes";
      case CPU_TIME -> "cpu_time_limit_seconds";
      case OPEN_FILES -> "max_open_files";
      case FILE_SIZE -> "max_file_size_bytes";
      case PROCESSES -> "max_processes";
      default -> null;
    };
  }

  /** {@return all keys, in the order of the enums} */
  static List<String> names() {
    List<String> names = new ArrayList<>();
    for (Resource resource : Resource.values()) {
      names.add(resource.key());
    }
    for (TreeLimit limit : TreeLimit.values()) {
      names.add(limit.key());
    }
    return names;
  }

  /** {@return the limit that a text says} */
  static Limit limit(Resource resource, String text) {
    int colon = text.indexOf(':');
    if (colon < 0) {
      return of(resource, value(resource, text));
    }
    return new Limit(
        value(resource, text.substring(0, colon)), value(resource, text.substring(colon + 1)));
  }

  /** {@return the limit that a single value means} */
  static Limit of(Resource resource, long value) {
    if (resource == Resource.CPU_TIME && value != Limit.UNLIMITED) {
      return new Limit(value, Math.min(value + 1, MOST_SECONDS));
    }
    return Limit.of(value);
  }

  /** {@return one value in the resource's unit} */
  static long value(Resource resource, String text) {
    return value(resource.unit(), text);
  }

  /** {@return one value in a unit} */
  private static long value(Resource.Unit unit, String text) {
    return value(unit, text, text, expected(unit));
  }

  private static long value(Resource.Unit unit, String text, String written, String expected) {
    if (text.equals(UNLIMITED)) {
      return Limit.UNLIMITED;
    }
    int digits = 0;
    while (digits < text.length() && text.charAt(digits) >= '0' && text.charAt(digits) <= '9') {
      digits++;
    }
    long factor = digits == 0 ? 0 : factor(unit, text.substring(digits));
    if (factor == 0) {
      throw new IllegalArgumentException("expected " + expected + ", found " + Text.quote(written));
    }
    try {
      long value = Math.multiplyExact(Long.parseLong(text.substring(0, digits)), factor);
      if (value <= most(unit)) {
        return value;
      }
    } catch (ArithmeticException | NumberFormatException e) {
      // Too large as well.
    }
    throw tooLarge(unit, Text.quote(written));
  }

  private static IllegalArgumentException tooLarge(Resource.Unit unit, String value) {
    return new IllegalArgumentException(value + " is too large: at most " + most(unit));
  }

  private static long most(Resource.Unit unit) {
    return unit == Resource.Unit.SECONDS ? MOST_SECONDS : Long.MAX_VALUE;
  }

  /** Refuses a number that no text can say. */
  static void check(Resource resource, long value) {
    if (value != Limit.UNLIMITED && (value < 0 || value > most(resource.unit()))) {
      throw tooLarge(resource.unit(), Long.toUnsignedString(value));
    }
  }

  /** Refuses a limit of which a number is one that no text can say. */
  static void check(Resource resource, Limit limit) {
    check(resource, limit.soft());
    check(resource, limit.hard());
  }

  /** {@return what a value of a unit looks like} */
  static String expected(Resource.Unit unit) {
    return switch (unit) {
      case BYTES -> "bytes such as 4096, \"100MiB\" or \"unlimited\"";
      case SECONDS -> "seconds such as 30, \"30s\", \"5m\" or \"unlimited\"";
      case MICROSECONDS -> "microseconds such as 500, \"500us\", \"10ms\" or \"unlimited\"";
      case COUNT -> "a whole number such as 256, or \"unlimited\"";
    };
  }

  /** {@return what the texts of a unit match; {@link #value} says what they mean} */
  static String pattern(Resource.Unit unit) {
    String suffix =
        switch (unit) {
          case BYTES -> "(B|[KMGT]|[KMGT]iB|[kMGT]B)?";
          case SECONDS -> "[smh]?";
          case MICROSECONDS -> "(us|ms|s|m|h)?";
          case COUNT -> "";
        };
    return "[0-9]+" + suffix + "|" + UNLIMITED;
  }

  /** {@return what a suffix multiplies by, 0 for a suffix that the unit does not have} */
  private static long factor(Resource.Unit unit, String suffix) {
    if (suffix.isEmpty()) {
      return 1;
    }
    return switch (unit) {
      case COUNT -> 0;
      case BYTES ->
          switch (suffix) {
            case "B" -> 1;
            case "K", "KiB" -> 1L << 10;
            case "M", "MiB" -> 1L << 20;
            case "G", "GiB" -> 1L << 30;
            case "T", "TiB" -> 1L << 40;
            case "kB" -> 1_000L;
            case "MB" -> 1_000_000L;
            case "GB" -> 1_000_000_000L;
            case "TB" -> 1_000_000_000_000L;
            default -> 0;
          };
      case SECONDS -> seconds(suffix);
      case MICROSECONDS ->
          switch (suffix) {
            case "us" -> 1;
            case "ms" -> 1_000L;
            default -> seconds(suffix) * 1_000_000L;
          };
    };
  }

  private static long seconds(String suffix) {
    return switch (suffix) {
      case "s" -> 1;
      case "m" -> 60;
      case "h" -> 3600;
      default -> 0;
    };
  }
}
