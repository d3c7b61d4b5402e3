package io.github.cofferdam.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.documents.HiddenCharacters;
import io.github.cofferdam.policy.AuditSettings;
import io.github.cofferdam.policy.Network;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.PolicyException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What stands in the audit log, and when. */
class AuditLogTest {
  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-01-02T03:04:05.000006Z"), ZoneOffset.UTC);

  /** Keeps every write apart, and fails when told to. */
  private static final class Writes extends OutputStream {
    private final List<String> writes = new ArrayList<>();
    private boolean failing;

    @Override
    public void write(int b) {
      throw new AssertionError("one write for each event");
    }

    @Override
    public void write(byte[] bytes, int start, int length) throws IOException {
      if (failing) {
        throw new IOException("No space left on device");
      }
      writes.add(new String(bytes, start, length, StandardCharsets.UTF_8));
    }
  }

  private final Writes writes = new Writes();

  private AuditLog log(AuditSettings audit) {
    return new AuditLog(Policy.builder().audit(audit).build(), "run-1", CLOCK, writes);
  }

  private static AuditSettings audit(UnaryOperator<String> change) {
    try {
      return Policy.parse(change.apply("[audit]\nenabled = true\nlog_file = \"x\"\n"), "p").audit();
    } catch (PolicyException e) {
      throw new AssertionError(e);
    }
  }

  private static Event event(AuditSettings.Level level, Event.Category category) {
    return Event.of("test", level, category, Event.Decision.INFO);
  }

  private static Event command(Object argv) {
    return event(AuditSettings.Level.INFO, Event.Category.COMMAND).with("argv", argv);
  }

  @Test
  void aLineHasEveryField() throws IOException {
    log(AuditSettings.to("x"))
        .emit(
            new Event(
                    "run.exit",
                    AuditSettings.Level.WARN,
                    Event.Category.COMMAND,
                    Event.Decision.DENY,
                    Optional.of("why"),
                    OptionalLong.of(7),
                    Map.of())
                .with("argv", List.of("ls", "-l"))
                .with("code", 3)
                .with("size", 1L << 40)
                .with("killed", true)
                .with("path", "/a"));

    assertEquals(
        List.of(
            "{\"time\":\"2026-01-02T03:04:05.000006Z\",\"run\":\"run-1\",\"seq\":1,"
                + "\"event\":\"run.exit\",\"level\":\"warn\",\"category\":\"command\","
                + "\"decision\":\"deny\",\"pid\":7,\"reason\":\"why\",\"argv\":[\"ls\",\"-l\"],"
                + "\"code\":3,\"size\":1099511627776,\"killed\":true,\"path\":\"/a\"}\n"),
        writes.writes);
  }

  @Test
  void optionalFieldsAreLeftOutAndNumbersCount() throws IOException {
    AuditLog log = log(AuditSettings.to("x"));
    log.emit(event(AuditSettings.Level.INFO, Event.Category.COMMAND));
    log.emit(event(AuditSettings.Level.INFO, Event.Category.COMMAND));

    String end =
        ",\"event\":\"test\",\"level\":\"info\",\"category\":\"command\",\"decision\":\"info\"}\n";
    assertTrue(writes.writes.get(0).endsWith("\"seq\":1" + end), writes.writes.get(0));
    assertTrue(writes.writes.get(1).endsWith("\"seq\":2" + end), writes.writes.get(1));
  }

  @Test
  void timesHaveSixDigitsAlways() {
    assertEquals("2026-01-02T03:04:05.000000Z", EventJson.time(Instant.ofEpochSecond(1767323045)));
    assertEquals(
        "2026-12-31T23:59:59.999999Z",
        EventJson.time(Instant.parse("2026-12-31T23:59:59.999999999Z")));
  }

  static List<String> hostile() {
    return List.of(
        "x\n{\"event\":\"run.exit\",\"decision\":\"allow\"}",
        "x\r\n",
        "\u2028\u2029\u0085\u000B\u000C",
        "\0\u0001\u001B[2J\u007F\u009B",
        "\u202Eabc\u2066\u200B\uFEFF",
        "\"}\\",
        "\uD83D\uDE00");
  }

  /** AU-01: one event is one line of ASCII-safe controls, whatever the arguments hold. */
  @ParameterizedTest(name = "[{index}]")
  @MethodSource("hostile")
  void oneEventIsOneLine(String text) throws IOException {
    AuditLog log = log(AuditSettings.to("x"));
    log.emit(command(List.of("echo", text)).because(text).with("path", text));

    String line = writes.writes.getFirst();
    assertEquals(1, writes.writes.size());
    assertEquals(line.length() - 1, line.indexOf('\n'));
    assertEquals(-1, HiddenCharacters.indexIn(line.strip(), false));
    // Undoing JSON's escapes gives the text back, three times.
    String escaped = escape(text);
    assertTrue(line.contains("\"argv\":[\"echo\",\"" + escaped + "\"]"), line);
    assertTrue(line.contains("\"reason\":\"" + escaped + "\""), line);
    assertTrue(line.contains("\"path\":\"" + escaped + "\""), line);
  }

  private static String escape(String text) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      int common = "\"\\\n\r\t\f\b".indexOf(c);
      if (common >= 0) {
        out.append('\\').append("\"\\nrtfb".charAt(common));
      } else if (HiddenCharacters.isHidden(c)) {
        out.append(String.format("\\u%04X", (int) c));
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }

  @Test
  void whatIsNotUnicodeIsBase64OfItsBytes() throws IOException {
    log(AuditSettings.to("x"))
        .emit(command(List.of("a", OsText.decode(new byte[] {'b', (byte) 0xFF}, 0, 2))));

    assertTrue(
        writes.writes.getFirst().contains("\"argv\":[\"a\",{\"base64\":\"Yv8=\"}]"),
        writes.writes.getFirst());
  }

  @Test
  void secretsAreMaskedWhereverTheyStand() throws IOException {
    log(AuditSettings.to("x"))
        .emit(
            command(List.of("curl", "-H", "Authorization: Bearer S3CRET", "--token", "S3CRET"))
                .because("token=S3CRET")
                .with("url", "https://u:S3CRET@h/")
                .with("password", "S3CRET"));

    assertFalse(writes.writes.getFirst().contains("S3CRET"), writes.writes.getFirst());
  }

  @ParameterizedTest
  @EnumSource
  void theLogLevelIsTheLeastThatIsWritten(AuditSettings.Level least) {
    AuditLog log = log(audit(p -> p + "log_level = \"" + least.key() + "\"\n"));

    for (AuditSettings.Level level : AuditSettings.Level.values()) {
      assertEquals(level.compareTo(least) >= 0, log.wants(event(level, Event.Category.COMMAND)));
    }
  }

  @ParameterizedTest
  @EnumSource
  void eachKindOfEventHasItsSwitch(Event.Category off) throws IOException {
    String key =
        switch (off) {
          case COMMAND -> "log_commands";
          case NETWORK -> "log_network";
          case FILE_ACCESS -> "log_file_access";
          case SECURITY_BLOCK -> "log_security_blocks";
        };
    var keys = new StringBuilder();
    for (String each :
        List.of("log_commands", "log_network", "log_file_access", "log_security_blocks")) {
      keys.append(each).append(each.equals(key) ? " = false\n" : " = true\n");
    }
    AuditLog log = log(audit(p -> p + keys));

    for (Event.Category category : Event.Category.values()) {
      writes.writes.clear();
      log.emit(event(AuditSettings.Level.ERROR, category));
      assertEquals(category == off ? 0 : 1, writes.writes.size(), category.toString());
    }
  }

  @Test
  void theNetworkTablesSwitchCountsToo() {
    Policy policy =
        Policy.builder()
            .audit(AuditSettings.to("x").withLogNetwork(true))
            .network(Network.DEFAULT.withAccess(Network.Access.FULL).withLogNetwork(false))
            .build();
    AuditLog log = new AuditLog(policy, "r", CLOCK, writes);

    assertFalse(log.wants(event(AuditSettings.Level.ERROR, Event.Category.NETWORK)));
    assertTrue(log.wants(event(AuditSettings.Level.ERROR, Event.Category.COMMAND)));
  }

  /** AU-05. */
  @Test
  void aFailedWriteRefusesTheRun() {
    AuditLog log = log(AuditSettings.to("x"));
    writes.failing = true;

    AuditException e = assertThrows(AuditException.class, () -> log.emit(command(List.of("ls"))));
    assertEquals(
        "the event test cannot be written to the audit log: No space left on device",
        e.getMessage());
  }

  /** AU-05. */
  @Test
  void whereTheRunGoesOnTheNextLineSaysHowManyWereLost() throws IOException {
    AuditLog log = log(audit(p -> p + "on_failure = \"continue\"\n"));
    writes.failing = true;
    log.emit(command(List.of("a")));
    log.emit(command(List.of("b")));
    writes.failing = false;
    log.emit(command(List.of("c")));
    log.emit(command(List.of("d")));

    assertEquals(2, writes.writes.size());
    // A line feed first: part of the lost line may stand in the file.
    assertTrue(writes.writes.get(0).startsWith("\n{"), writes.writes.get(0));
    assertTrue(writes.writes.get(0).contains("\"seq\":3,"), writes.writes.get(0));
    assertTrue(writes.writes.get(0).endsWith(",\"dropped\":2}\n"), writes.writes.get(0));
    assertTrue(writes.writes.get(1).startsWith("{"), writes.writes.get(1));
    assertFalse(writes.writes.get(1).contains("dropped"), writes.writes.get(1));
  }

  @Test
  void anEventTakesOnlyWhatTheLogCanWrite() {
    Event event = event(AuditSettings.Level.INFO, Event.Category.COMMAND);

    assertThrows(IllegalArgumentException.class, () -> event.with("x", 1.5));
    assertThrows(IllegalArgumentException.class, () -> event.with("x", List.of(1)));
    assertThrows(IllegalArgumentException.class, () -> event.with("seq", 1));
  }

  /** A field of an event can never stand beside one of the log's own. */
  @Test
  void noFieldHasANameThatTheLogWrites() throws IOException {
    log(AuditSettings.to("x")).emit(command(List.of("true")).because("why").in(7));

    Matcher names = Pattern.compile("\"(\\w+)\":").matcher(writes.writes.getFirst());
    int found = 0;
    while (names.find()) {
      String name = names.group(1);
      if (!name.equals("argv")) {
        found++;
        assertThrows(
            IllegalArgumentException.class,
            () -> event(AuditSettings.Level.INFO, Event.Category.COMMAND).with(name, "x"),
            name);
      }
    }
    assertEquals(9, found);
  }
}
