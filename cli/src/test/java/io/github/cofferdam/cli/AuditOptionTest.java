package io.github.cofferdam.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code --audit}. */
@Tag("kernel")
class AuditOptionTest {
  @TempDir private Path directory;

  @Test
  void everyLineIsAnObjectAndTheFileIsPrivate() throws Exception {
    Path log = directory.resolve("audit.jsonl");
    String forged = "x\n{\"event\":\"run.exit\"}";
    Cofferdam.run("run", "--audit", log.toString(), "--", "echo", forged).expect(0);
    Cofferdam.run("run", "--audit", log.toString(), "--", "/no/such/command").expect(127);
    Cofferdam.run(
            "run",
            "--audit",
            log.toString(),
            "--policy",
            Cofferdam.ROOT.resolve("examples/workspace-write.toml").toString(),
            "--workspace",
            Files.createDirectory(directory.resolve("workspace")).toString(),
            "--",
            "rm",
            "-rf",
            "/x")
        .expect(125);
    assertEquals(PosixFilePermissions.fromString("rw-------"), Files.getPosixFilePermissions(log));
    List<Map<String, Object>> events = Files.readAllLines(log).stream().map(Json::object).toList();
    assertEquals(
        List.of("run.start", "run.exit", "run.start", "run.failed", "run.refused"),
        events.stream().map(event -> event.get("event")).toList());
    assertEquals(List.of("echo", forged), events.getFirst().get("argv"));
    assertEquals("deny", events.getLast().get("decision"));
    for (Map<String, Object> event : events) {
      assertTrue(event.keySet().containsAll(List.of("time", "run", "seq", "event", "decision")));
    }
  }

  @Test
  void aLogThatCannotBeWrittenRefusesTheRun() {
    Path marker = directory.resolve("marker");
    Cofferdam.Result result =
        Cofferdam.run(
            Cofferdam.shell(
                "touch " + marker,
                "--audit",
                directory + "/none/audit.jsonl",
                "--mode",
                "workspace-write",
                "--workspace",
                directory.toString()));
    result.expect(125);
    assertTrue(result.err().contains("audit.jsonl"), result.err());
    assertFalse(Files.exists(marker));
  }

  @Test
  void theCommandCannotBeGivenItsOwnLog() {
    Cofferdam.Result result =
        Cofferdam.run(
            Cofferdam.shell(
                "true",
                "--audit",
                directory + "/audit.jsonl",
                "--mode",
                "workspace-write",
                "--workspace",
                directory.toString()));
    result.expect(125);
    assertTrue(result.err().contains("audit.jsonl"), result.err());
  }
}
