package io.github.cofferdam.events;

import io.github.cofferdam.documents.JsonText;
import io.github.cofferdam.documents.RawText;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * One event as one line of JSON, whatever is in it. The only class that touches the JSON library,
 * so that it is loaded only where something is logged.
 */
final class EventJson {
  private final JsonFactory json = JsonText.factory();

  /**
   * What the log adds to an event.
   *
   * @param time when it is written
   * @param run the name of the run
   * @param sequence its number in the run, from 1
   * @param dropped how many events before it were lost since the last one that was written
   */
  record Stamp(Instant time, String run, long sequence, long dropped) {}

  /** {@return an event as UTF-8 with a line feed at its end, secrets masked} */
  byte[] line(Event event, Stamp stamp) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(512);
    try (JsonGenerator to = json.createGenerator(ObjectWriteContext.empty(), out)) {
      to.writeStartObject();
      to.writeName("time").writeString(time(stamp.time()));
      string(to, "run", stamp.run());
      to.writeName("seq").writeNumber(stamp.sequence());
      string(to, "event", event.event());
      to.writeName("level").writeString(event.level().key());
      to.writeName("category").writeString(event.category().name().toLowerCase(Locale.ROOT));
      to.writeName("decision").writeString(event.decision().key());
      if (event.pid().isPresent()) {
        to.writeName("pid").writeNumber(event.pid().getAsLong());
      }
      if (event.reason().isPresent()) {
        string(to, "reason", Redactor.redact(event.reason().get()));
      }
      for (Map.Entry<String, Object> entry : event.fields().entrySet()) {
        field(to, entry.getKey(), entry.getValue());
      }
      if (stamp.dropped() > 0) {
        to.writeName("dropped").writeNumber(stamp.dropped());
      }
      to.writeEndObject();
    }
    out.write('\n');
    return out.toByteArray();
  }

  /** {@return RFC 3339 in UTC, always with six digits of a second, so that lines sort as text} */
  static String time(Instant instant) {
    LocalDateTime t =
        LocalDateTime.ofEpochSecond(instant.getEpochSecond(), instant.getNano(), ZoneOffset.UTC);
    StringBuilder out = new StringBuilder(27);
    pad(out, t.getYear(), 4).append('-');
    pad(out, t.getMonthValue(), 2).append('-');
    pad(out, t.getDayOfMonth(), 2).append('T');
    pad(out, t.getHour(), 2).append(':');
    pad(out, t.getMinute(), 2).append(':');
    pad(out, t.getSecond(), 2).append('.');
    return pad(out, t.getNano() / 1000, 6).append('Z').toString();
  }

  private static StringBuilder pad(StringBuilder out, int value, int digits) {
    String text = Integer.toString(value);
    return out.repeat('0', Math.max(0, digits - text.length())).append(text);
  }

  private static void field(JsonGenerator to, String name, Object value) {
    switch (value) {
      case List<?> list -> {
        to.writeName(name).writeStartArray();
        for (String element : Redactor.redact(strings(list))) {
          text(to, element);
        }
        to.writeEndArray();
      }
      case Number number -> to.writeName(name).writeNumber(number.longValue());
      case Boolean flag -> to.writeName(name).writeBoolean(flag);
      // A field may be named like what it holds, so its name takes part.
      default -> string(to, name, Redactor.redactField(name, value.toString()));
    }
  }

  private static List<String> strings(List<?> list) {
    return list.stream().map(String.class::cast).toList();
  }

  private static void string(JsonGenerator to, String name, String value) {
    to.writeName(name);
    text(to, value);
  }

  /**
   * JSON has no way to write an unpaired surrogate: such text goes as the bytes that it was made
   * of.
   */
  private static void text(JsonGenerator to, String value) {
    if (RawText.unpairedSurrogate(value) < 0) {
      to.writeString(value);
      return;
    }
    to.writeStartObject();
    to.writeName("base64").writeBinary(RawText.encode(value));
    to.writeEndObject();
  }
}
