package io.github.cofferdam.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A virtual machine that is started with closed streams has its own files where the streams were.
 * The command must not get them.
 */
@Tag("kernel")
class ClosedStreamsTest {
  @TempDir private Path folder;

  /** What the command's descriptors lead to, as it tells in a file. */
  private List<String> descriptors(String redirections, String... options) throws Exception {
    // Where there is no stream for it, nothing is said of a refusal.
    Cofferdam.assumeLandlockSuffices(options);
    Path work = Files.createDirectories(folder.toRealPath().resolve("work"));
    Path report = work.resolve("descriptors");
    Files.writeString(report, "");
    var words = new ArrayList<String>();
    words.addAll(List.of("sh", "-c", "exec \"$@\" " + redirections, "sh"));
    words.addAll(Cofferdam.words());
    words.addAll(List.of("run", "--mode", "workspace-write", "--workspace", work.toString()));
    words.addAll(List.of(options));
    words.addAll(
        List.of(
            "--",
            "sh",
            "-c",
            "exec 3>$1; for n in 0 1 2; do echo $n $(readlink /proc/$$/fd/$n) >&3; done;"
                + " wc -c <&0 >&3 2>&3",
            "sh",
            report.toString()));
    var builder = new ProcessBuilder(words);
    builder.environment().put("HOME", work.toString());
    Cofferdam.Result result = Cofferdam.run(builder);
    List<String> lines = Files.readAllLines(report);
    assertTrue(lines.size() > 3, () -> result.status() + result.out() + result.err());
    return lines;
  }

  @ParameterizedTest
  @ValueSource(strings = {"<&-", ">&-", "2>&-", "<&- >&-", "<&- 2>&-", "<&- >&- 2>&-"})
  void theCommandGetsNoFileOfTheVirtualMachine(String closed) throws Exception {
    for (String isolation : List.of("basic", "namespace")) {
      List<String> found = descriptors(closed, "--isolation", isolation);
      for (int stream = 0; stream < 3; stream++) {
        String link = found.get(stream);
        boolean wasClosed =
            List.of(closed.split(" ")).contains(List.of("<&-", ">&-", "2>&-").get(stream));
        // A pipe of this test, or the null device, which has no path in other namespaces.
        assertEquals(
            wasClosed, !link.contains("pipe:"), () -> closed + " " + isolation + " " + found);
        assertFalse(link.contains("modules") || link.contains(".jar"), found::toString);
        assertTrue(
            !wasClosed || link.endsWith("/null") || link.equals(stream + " /"), found::toString);
      }
      if (closed.contains("<&-")) {
        // It is neither empty nor full: it cannot be read.
        assertFalse(found.get(3).matches("[0-9]+"), found::toString);
      }
    }
  }

  /** Files that the command line opens itself are no streams either. */
  @ParameterizedTest
  @ValueSource(strings = {"<&-", "<&- >&- 2>&-"})
  void theCommandGetsNoReportAndNoAuditLog(String closed) throws Exception {
    Path outside = Files.createDirectory(folder.resolve("outside")).toRealPath();
    for (String kind : List.of("--report", "--audit")) {
      Path file = outside.resolve("log" + kind);
      List<String> found = descriptors(closed, kind, file.toString());
      assertFalse(found.toString().contains("outside"), found::toString);
    }
  }
}
