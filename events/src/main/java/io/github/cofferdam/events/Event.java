package io.github.cofferdam.events;

import io.github.cofferdam.policy.AuditSettings;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Something that happened to a run. The log adds the time, the run and the sequence number.
 *
 * @param event what happened, such as {@code run.start}, {@code run.refused}, {@code
 *     network.denied}
 * @param level how much it matters
 * @param category which of the policy's switches it belongs to
 * @param decision whether something was allowed or denied
 * @param reason why, in words; empty when there is nothing to say
 * @param pid the supervisor of the run that it happened to, which is the command's parent, by its
 *     number outside of the run; empty before there is one
 * @param fields what else belongs to the event: strings, integers, longs, booleans, and lists of
 *     strings; copied
 */
public record Event(
    String event,
    AuditSettings.Level level,
    Category category,
    Decision decision,
    Optional<String> reason,
    OptionalLong pid,
    Map<String, Object> fields) {

  /** What kind of event it is; each kind has its switch in the policy. */
  public enum Category {
    /** Start and end of a command: {@code audit.log_commands}. */
    COMMAND,
    /** Sockets: {@code audit.log_network}. */
    NETWORK,
    /** Files: {@code audit.log_file_access}. */
    FILE_ACCESS,
    /** A refusal, or a protection that is missing: {@code audit.log_security_blocks}. */
    SECURITY_BLOCK
  }

  /** What was decided on what the event tells of. */
  public enum Decision {
    /** It was let through. */
    ALLOW("allow"),
    /** It was refused. */
    DENY("deny"),
    /** There was nothing to decide. */
    INFO("info");

    private final String key;

    Decision(String key) {
      this.key = key;
    }

    /** {@return the word in the log, such as {@code deny}} */
    public String key() {
      return key;
    }
  }

  /** Names that the log itself writes. */
  private static final List<String> RESERVED =
      List.of(
          "time",
          "run",
          "seq",
          "event",
          "level",
          "category",
          "decision",
          "pid",
          "reason",
          "dropped");

  /**
   * Copies the fields.
   *
   * @throws IllegalArgumentException when a field has a value of another type, or a name that the
   *     log itself uses
   */
  public Event {
    Map<String, Object> copy = new LinkedHashMap<>();
    for (Map.Entry<String, Object> entry : fields.entrySet()) {
      String name = entry.getKey();
      if (RESERVED.contains(name)) {
        throw new IllegalArgumentException("the log itself writes the field " + name);
      }
      copy.put(name, checked(name, entry.getValue()));
    }
    fields = Collections.unmodifiableMap(copy);
  }

  /** {@return an event with only a name, a level, a category and a decision} */
  public static Event of(
      String event, AuditSettings.Level level, Category category, Decision decision) {
    return new Event(
        event, level, category, decision, Optional.empty(), OptionalLong.empty(), Map.of());
  }

  /** {@return this event with one more field} */
  public Event with(String name, Object value) {
    Map<String, Object> more = new LinkedHashMap<>(fields);
    more.put(name, value);
    return new Event(event, level, category, decision, reason, pid, more);
  }

  /** {@return this event with a reason} */
  public Event because(String text) {
    return new Event(event, level, category, decision, Optional.of(text), pid, fields);
  }

  /** {@return this event with the supervisor of the run that it happened to} */
  public Event in(long process) {
    return new Event(event, level, category, decision, reason, OptionalLong.of(process), fields);
  }

  private static Object checked(String name, Object value) {
    if (value instanceof List<?> list) {
      for (Object element : list) {
        if (!(element instanceof String)) {
          throw new IllegalArgumentException("the list " + name + " may hold strings only");
        }
      }
      return List.copyOf(list);
    }
    if (value instanceof String
        || value instanceof Integer
        || value instanceof Long
        || value instanceof Boolean) {
      return value;
    }
    throw new IllegalArgumentException(
        "the field " + name + " has the unsupported type " + value.getClass().getName());
  }
}
