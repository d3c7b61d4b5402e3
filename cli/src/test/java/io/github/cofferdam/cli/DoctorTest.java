package io.github.cofferdam.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** {@code doctor} says what it has tried. */
@Tag("kernel")
class DoctorTest {
  @Test
  void textNamesTheHostAndEveryLevel() {
    InProcess result = InProcess.run("doctor");
    assertEquals(0, result.status(), result.err());
    for (String word :
        List.of(
            "kernel", "landlock", "isolation basic", "isolation namespace", "no_new_privileges")) {
      assertTrue(result.out().contains(word), result.out());
    }
  }

  @Test
  void jsonSaysTheSame() {
    InProcess result = InProcess.run("doctor", "--json");
    assertEquals(0, result.status(), result.err());
    Map<String, Object> report = Json.object(result.out());
    assertEquals(System.getProperty("os.version"), report.get("kernel"));
    assertTrue(report.containsKey("architecture"), result.out());
    Integer.parseInt(String.valueOf(report.get("landlock")));
    List<Map<String, Object>> levels = Json.objects(report, "isolation");
    assertEquals(
        List.of("basic", "namespace"), levels.stream().map(level -> level.get("level")).toList());
    for (Map<String, Object> level : levels) {
      assertEquals(!level.containsKey("failure"), level.get("runs"));
      List<Map<String, Object>> protections = Json.objects(level, "protections");
      assertFalse(protections.isEmpty());
      for (Map<String, Object> protection : protections) {
        assertEquals(Set.of("protection", "state", "detail"), protection.keySet());
      }
    }
  }
}
