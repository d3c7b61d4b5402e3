package io.github.cofferdam.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.policy.AuditSettings;
import io.github.cofferdam.policy.Policy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The file of the audit log leads nowhere else. */
class AuditFileTest {
  private static final Event EVENT =
      Event.of("test", AuditSettings.Level.INFO, Event.Category.COMMAND, Event.Decision.INFO);

  @TempDir Path directory;
  private Path file;

  @BeforeEach
  void name() {
    file = directory.resolve("audit.log");
  }

  private AuditLog open(String path) throws AuditException {
    return AuditLog.open(
        Policy.builder().audit(AuditSettings.to(path)).build(),
        directory,
        Optional.of(directory),
        "r");
  }

  private String refusal() {
    return assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> assertThrows(AuditException.class, () -> open("audit.log").close()).getMessage());
  }

  private void create(String mode) throws IOException {
    Files.writeString(file, "before\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
  }

  @ParameterizedTest
  @ValueSource(strings = {"audit.log", "~/audit.log", "./x/../audit.log"})
  void isMadeForItsOwnerAlone(String path) throws IOException {
    try (AuditLog log = open(path)) {
      log.emit(EVENT);
    }

    assertEquals(1, Files.readAllLines(file).size());
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
  }

  @Test
  void isAppendedTo() throws IOException {
    create("rw-r--r--");
    try (AuditLog log = open("audit.log");
        AuditLog other = open("audit.log")) {
      log.emit(EVENT);
      other.emit(EVENT);
      log.emit(EVENT);
    }

    List<String> lines = Files.readAllLines(file);
    assertEquals(4, lines.size());
    assertEquals("before", lines.getFirst());
  }

  @Test
  void survivesAnInterrupt() throws IOException {
    try (AuditLog log = open("audit.log")) {
      Thread.currentThread().interrupt();
      log.emit(EVENT);
      assertTrue(Thread.interrupted());
      log.emit(EVENT);
    }

    assertEquals(2, Files.readAllLines(file).size());
  }

  @Test
  void isNotTouchedWhenAuditIsOff() throws IOException {
    AuditSettings off = AuditSettings.DEFAULT.withLogFile("audit.log");
    Policy policy = Policy.builder().audit(off).build();
    try (AuditLog log = AuditLog.open(policy, directory, Optional.empty(), "r")) {
      log.emit(EVENT);
    }

    assertFalse(Files.exists(file));
  }

  @Test
  void aSymbolicLinkIsRefused() throws IOException {
    Path target = Files.createFile(directory.resolve("target"));
    Files.createSymbolicLink(file, target);

    assertEquals("the audit log " + file + " is a symbolic link; name the file itself", refusal());
    assertEquals(0, Files.size(target));
  }

  @Test
  void aDanglingSymbolicLinkMakesNoFile() throws IOException {
    Path target = directory.resolve("target");
    Files.createSymbolicLink(file, target);

    assertEquals("the audit log " + file + " is a symbolic link; name the file itself", refusal());
    assertFalse(Files.exists(target));
  }

  @Test
  void aSecondNameIsRefused() throws IOException {
    create("rw-------");
    Files.createLink(directory.resolve("other"), file);

    assertEquals(
        "the audit log "
            + file
            + " has 2 names (hard links); remove the others, or name another file",
        refusal());
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw--w----", "rw-----w-"})
  void aFileThatOthersMayWriteIsRefused(String mode) throws IOException {
    create(mode);

    assertEquals(
        "the audit log " + file + " may be written by others; run: chmod go-w " + file, refusal());
  }

  @Test
  void aFileOfAnotherUserIsRefused() throws IOException {
    create("rw-r--r--");
    try {
      Files.setAttribute(file, "unix:uid", 12345);
    } catch (IOException e) {
      assumeTrue(false, "only root can give a file away");
    }

    assertTrue(
        refusal().startsWith("the audit log " + file + " belongs to user 12345 and not to user "),
        "the owner counts");
  }

  @Test
  void aDirectoryIsRefused() throws IOException {
    Files.createDirectory(file);

    assertEquals("the audit log " + file + " is not a regular file", refusal());
  }

  @Test
  void aFifoIsRefusedWithoutWaitingForAReader() throws Exception {
    assertEquals(0, new ProcessBuilder("mkfifo", file.toString()).start().waitFor());

    assertEquals("the audit log " + file + " is not a regular file", refusal());
  }

  @Test
  void aDirectoryThatIsMissingIsNotMade() {
    AuditException e = assertThrows(AuditException.class, () -> open("missing/audit.log").close());

    assertEquals(
        "the directory of the audit log "
            + directory.resolve("missing/audit.log")
            + " does not exist; make it first",
        e.getMessage());
    assertFalse(Files.exists(directory.resolve("missing")));
  }

  @Test
  void aHomeThatIsMissingIsSaid() {
    AuditException e =
        assertThrows(
            AuditException.class,
            () ->
                AuditLog.open(
                        Policy.builder().audit(AuditSettings.to("~/x")).build(),
                        directory,
                        Optional.empty(),
                        "r")
                    .close());

    assertTrue(
        String.valueOf(e.getMessage()).startsWith("audit.log_file: the path \"~/x\" needs a home"));
  }
}
