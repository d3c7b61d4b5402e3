package io.github.cofferdam.profiles;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.SyscallTable;
import io.github.cofferdam.profiles.SeccompProfile.Selection;
import io.github.cofferdam.seccomp.SeccompFilter;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of profiles and of compiled filters, as root and as another user. */
@Tag("kernel")
class SeccompFileTest {
  private static final Selection X86_64 = Selection.host().forArches(Arch.X86_64);
  private static final String OCI =
      "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"syslog\"],"
          + " \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 71}]}";
  private static final String TOML =
      """
      [seccomp]
      default = "allow"
      [[seccomp.rules]]
      syscalls = ["syslog"]
      action = "errno(71)"
      """;

  @TempDir private Path directory;

  private Path file(String name, byte[] content) throws IOException {
    Path file = Files.write(directory.resolve(name), content);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    return file;
  }

  private Path file(String name, String content) throws IOException {
    return file(name, content.getBytes(StandardCharsets.UTF_8));
  }

  private static String failure(Path file) {
    return assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () ->
            assertThrows(ProfileException.class, () -> SeccompProfile.program(file, null, X86_64))
                .getMessage());
  }

  @Test
  void contentSaysWhatAFileIs() throws Exception {
    // Names that say something else.
    SeccompFilter oci = SeccompProfile.load(file("a.toml", "\uFEFF \n" + OCI)).filter(X86_64);
    SeccompFilter toml = SeccompProfile.load(file("b.json", TOML)).filter(X86_64);
    assertEquals(oci.program(), toml.program());
    Path compiled = file("c.json", oci.program().bytes());
    assertEquals(oci.program(), SeccompProfile.program(compiled, null, X86_64));
    assertEquals(
        compiled + ": is a compiled program, not a profile: JSON or TOML is expected",
        assertThrows(ProfileException.class, () -> SeccompProfile.load(compiled)).getMessage());
  }

  @Test
  void whatIsNoFilterIsSaid() throws Exception {
    assertEquals(
        directory.resolve("a")
            + ": not a seccomp filter: an instruction has 8 bytes, and 3 bytes end inside of one",
        failure(file("a", new byte[3])));
    String noOperation = failure(file("b", new byte[8]));
    assertTrue(
        noOperation.startsWith(directory.resolve("b") + ": not a seccomp filter: instruction 0, "),
        noOperation);
    assertEquals(
        directory.resolve("c")
            + ": not a seccomp filter: a filter has 1 to 4096 instructions, this one would have"
            + " 4097",
        failure(file("c", new byte[4097 * 8])));
    Path utf16 = file("d", OCI.getBytes(StandardCharsets.UTF_16));
    assertEquals(
        utf16
            + ":1:1: not UTF-8: the byte at offset 0 is 0xfe; the file looks like UTF-16, save it"
            + " as UTF-8",
        failure(utf16));
    assertEquals(directory.resolve("e") + ":1:1: no table [seccomp]", failure(file("e", "")));
  }

  @Test
  void whatIsNoFileIsSaid() throws Exception {
    assertEquals(directory + ": is a directory; expected a regular file", failure(directory));
    Path fifo = directory.resolve("fifo");
    assertEquals(0, new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor());
    assertEquals(
        fifo + ": is a FIFO, a socket or a device; expected a regular file", failure(fifo));
    Path zero = Path.of("/dev/zero");
    assertEquals(
        zero + ": is a FIFO, a socket or a device; expected a regular file", failure(zero));
    Path none = directory.resolve("none");
    assertEquals(none + ": no such file", failure(none));
    Path large = directory.resolve("large");
    try (var file = new RandomAccessFile(large.toFile(), "rw")) {
      file.setLength(1L << 40);
    }
    Files.setPosixFilePermissions(large, PosixFilePermissions.fromString("rw-r--r--"));
    assertEquals(
        large + ": is larger than 1048576 bytes, the most that a policy may have", failure(large));
    Path open = file("open", OCI);
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rw-rw-rw-"));
    assertEquals(
        open + ": every user of this host may change this policy; run: chmod o-w " + open,
        failure(open));
  }

  @Test
  void whatMayNotBeReadIsSaid() throws Exception {
    assumeTrue(Syscall.call(Syscall.number("geteuid")) != 0, "root may read everything");
    Path secret = file("secret", OCI);
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("-w-------"));
    assertEquals(secret + ": permission denied", failure(secret));
  }

  @Test
  void theKernelTakesWhatAFileSays() throws Exception {
    SeccompFilter filter = SeccompProfile.load(file("p.json", OCI)).filter();
    var result =
        new FutureTask<>(() -> {
          filter.installOnThisThread();
          return Syscall.call(SyscallTable.require(Arch.host(), "syslog"), 10, 0, 0);
        });
    Thread.ofPlatform().start(result).join();
    assertEquals(-71, result.get());
  }
}
