package io.github.cofferdam.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code doctor} says what it has tried. */
@Tag("kernel")
class DoctorTest {
  private static final Set<String> SECTIONS =
      Set.of(
          "kernel",
          "landlock",
          "seccomp",
          "network",
          "namespaces",
          "user_namespaces",
          "security_modules",
          "memory_execution",
          "cgroup",
          "limits",
          "audit",
          "programs");

  @TempDir private Path directory;

  private String file(String content) throws IOException {
    return Files.writeString(directory.resolve("policy.toml"), content).toString();
  }

  private static Map<String, Object> object(Map<String, Object> parent, String key) {
    return Json.asObject(Objects.requireNonNull(parent.get(key), key));
  }

  @Test
  void textNamesTheHostAndEveryLevel() {
    InProcess result = InProcess.run("doctor");
    assertEquals(0, result.status(), result.err());
    for (String word :
        List.of(
            "kernel",
            "landlock",
            "memfd_noexec",
            "slirp4netns",
            "isolation basic",
            "isolation namespace",
            "no_new_privileges")) {
      assertTrue(result.out().contains(word), result.out());
    }
    assertFalse(result.out().contains("\u001b"), "colours");
  }

  @Test
  void jsonHasWhatIsPromised() {
    InProcess result = InProcess.run("doctor", "--json");
    assertEquals(0, result.status(), result.err());
    Map<String, Object> report = Json.object(result.out());
    assertEquals(Set.of("auto", "host", "isolation"), report.keySet());
    Map<String, Object> host = object(report, "host");
    assertEquals(SECTIONS, host.keySet());
    for (String section : SECTIONS) {
      for (Object fact : object(host, section).values()) {
        assertFact(Json.asObject(fact));
      }
    }
    assertEquals(
        System.getProperty("os.version"), object(object(host, "kernel"), "release").get("value"));
    List<Map<String, Object>> levels = Json.objects(report, "isolation");
    assertEquals(
        List.of("basic", "namespace"), levels.stream().map(level -> level.get("level")).toList());
    // What auto takes is the last one that runs.
    Object best =
        Boolean.TRUE.equals(levels.getLast().get("runs")) ? levels.getLast().get("level") : "basic";
    assertEquals(best, report.get("auto"));
    for (Map<String, Object> level : levels) {
      assertEquals(!level.containsKey("failure"), level.get("runs"));
      List<Map<String, Object>> protections = Json.objects(level, "protections");
      assertFalse(protections.isEmpty());
      for (Map<String, Object> protection : protections) {
        assertTrue(
            protection
                .keySet()
                .containsAll(Set.of("protection", "requirement", "availability", "detail")),
            protection::toString);
      }
    }
  }

  private static void assertFact(Map<String, Object> fact) {
    boolean known = "known".equals(fact.get("state"));
    assertEquals(
        known ? Set.of("state", "detail", "value") : Set.of("state", "detail"), fact.keySet());
    assertTrue(
        known || Set.of("absent", "unknown", "not_tried").contains(fact.get("state")),
        fact::toString);
  }

  @Test
  void aPolicyThatHoldsIsAccepted() throws Exception {
    String policy = file("[enforcement]\nlevel = \"best-effort\"\n");
    InProcess result = InProcess.run("doctor", "--require", policy);
    assertEquals(0, result.status(), result.out() + result.err());
    assertTrue(result.out().contains("can be enforced: this host gives all that it requires"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"--json", "text"})
  void aPolicyThatDoesNotHoldIsNot(String form) throws Exception {
    String policy =
        file(
            "[sandbox]\nmode = \"workspace-write\"\nworkspace = \""
                + directory
                + "\"\n[isolation]\ntype = \"basic\"\n[enforcement]\nmetadata = \"require\"\n");
    InProcess result =
        form.equals("--json")
            ? InProcess.run("doctor", "--json", "--require", policy)
            : InProcess.run("doctor", "--require", policy);
    assertEquals(1, result.status(), result.out() + result.err());
    if (form.equals("--json")) {
      Map<String, Object> required = object(Json.object(result.out()), "require");
      assertEquals(policy, required.get("file"));
      assertEquals(false, required.get("enforceable"));
      Map<String, Object> metadata =
          Json.objects(required, "protections").stream()
              .filter(entry -> "metadata".equals(entry.get("protection")))
              .findAny()
              .orElseThrow();
      assertEquals("require", metadata.get("requirement"));
      assertEquals("not_available", metadata.get("availability"));
      assertTrue(metadata.containsKey("remedy"));
    } else {
      assertTrue(result.out().contains("cannot be enforced in full"), result.out());
      assertTrue(result.out().contains("(required)"), result.out());
    }
  }

  @Test
  void aPolicyThatIsNotValidIsTheUsualError() throws Exception {
    String policy = file("[sandbox]\nmode = \"readnly\"\n");
    InProcess result = InProcess.run("doctor", "--require", policy);
    assertEquals(125, result.status());
    assertTrue(result.err().contains(policy + ":2:1: "), result.err());
    assertEquals("", result.out());
  }
}
