package io.github.cofferdam.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A command may write to the directory of its own report. */
@Tag("kernel")
class ReportTest {
  @TempDir private Path temporary;
  private Path work;
  private Path report;

  @BeforeEach
  void makeFiles() throws IOException {
    work = Files.createDirectory(temporary.toRealPath().resolve("work"));
    report = work.resolve("report.json");
  }

  private Cofferdam.Result run(String script, String... options) {
    var builder =
        Cofferdam.shell(
            script, "--mode", "workspace-write", "--workspace", temporary.toString(), "--report");
    var command = builder.command();
    command.add(command.indexOf("--report") + 1, report.toString());
    command.addAll(command.indexOf("--report"), List.of(options));
    return Cofferdam.run(builder.directory(work.toFile()));
  }

  private static void assertGenuine(Path file) throws IOException {
    Map<String, Object> read = Json.object(Files.readString(file));
    assertEquals("exited", read.get("kind"));
    assertEquals(7L, read.get("exit_code"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rm -f report.json; echo forged > report.json",
        "rm -f report.json; ln -s ../victim report.json",
        "rm -f report.json; mkdir -p report.json/forged",
        "rm -f report.json; mkfifo report.json",
        "ls -a | grep -q report && exit 1; echo forged > report.json; chmod 0 report.json",
        "true"
      })
  void theCommandCannotWriteOrReplaceIt(String script) throws Exception {
    Path victim = Files.writeString(temporary.resolve("victim"), "kept");
    Files.writeString(report, "an old one");

    run(script + "; exit 7").expect(7);

    assertTrue(Files.isRegularFile(report, LinkOption.NOFOLLOW_LINKS));
    assertGenuine(report);
    assertEquals("kept", Files.readString(victim));
  }

  @Test
  void itIsWrittenInAPrivateRootToo() throws Exception {
    assumeTrue(
        Cofferdam.run("run", "--isolation", "namespace", "--", "true").status() == 0,
        "no namespaces here");

    run("rm -f report.json; echo forged > report.json; exit 7", "--isolation", "namespace")
        .expect(7);

    assertGenuine(report);
  }

  @Test
  void aDirectoryThatIsMovedAwayKeepsIt() throws Exception {
    run("mv ../work ../moved; mkdir ../work; echo forged > ../work/report.json; exit 7").expect(7);

    assertGenuine(temporary.resolve("moved/report.json"));
    assertEquals("forged\n", Files.readString(report));
  }

  @Test
  void anOldReportIsNotTakenForANewOne() throws Exception {
    Files.writeString(report, "an old one");

    run("cat report.json && exit 1; exit 7").expect(7);

    assertGenuine(report);
  }

  @Test
  void itsNameMayBeAsLongAsNamesCanBe() throws Exception {
    report = work.resolve("r".repeat(255));

    run("exit 7").expect(7);

    assertGenuine(report);
  }

  @Test
  void aDirectoryWithALongNameIsPutAside() throws Exception {
    report = work.resolve("r".repeat(255));

    run("mkdir -p " + report.getFileName() + "/forged; exit 7").expect(7);

    assertGenuine(report);
  }

  @Test
  void aRefusalIsReported() throws Exception {
    Cofferdam.run("run", "--report", report.toString(), "--rx", "/no/such/path", "--", "true")
        .expect(125);

    assertEquals("refused", Json.object(Files.readString(report)).get("kind"));
  }

  @Test
  void whereItCannotBeWrittenNothingRuns() throws Exception {
    Path closed = Files.createDirectory(work.resolve("closed"));
    boolean root = Files.isWritable(Path.of("/proc/sys/kernel/hostname"));
    if (!root) {
      assertTrue(closed.toFile().setWritable(false));
    }
    for (Path wrong :
        List.of(work, work.resolve("none/report.json"), root ? work : closed.resolve("report"))) {
      report = wrong;
      Cofferdam.Result result = run("touch ran");
      result.expect(125);
      assertTrue(result.err().contains(wrong.getFileName().toString()), result.err());
      assertFalse(Files.exists(work.resolve("ran")));
    }
  }

  /** Deleting its directory is all that is left to it; that is said, and no success. */
  @Test
  void aReportThatCannotBeWrittenAnyMoreIsAFailure() throws Exception {
    Cofferdam.Result result = run("rm -r ../work; exit 0");

    result.expect(125);
    assertTrue(result.err().contains("report.json cannot be written"), result.err());
  }

  @Test
  void aDeviceTakesIt() {
    report = Path.of("/dev/null");

    run("exit 7").expect(7);

    assertFalse(Files.isRegularFile(report));
  }

  /** One that another run has left may have no reader, ever. */
  @Test
  void aFifoThatNobodyReadsHoldsNothingUp() throws Exception {
    makeFifo();

    Cofferdam.Result result = run("touch ran", "--timeout", "1s").expect(125);

    assertTrue(result.err().contains("report.json is a FIFO that nobody reads"), result.err());
    assertFalse(Files.exists(work.resolve("ran")));
  }

  @Test
  void aFifoThatIsReadTakesIt() throws Exception {
    makeFifo();
    Path copy = work.resolve("copy");
    // A FIFO that is open for both is never without a reader, so cat need not be there yet.
    Process reader =
        new ProcessBuilder(
                "sh", "-c", "exec 3<>report.json; cat report.json 3>&- & read a; exec 3>&-; wait")
            .directory(work.toFile())
            .redirectOutput(copy.toFile())
            .start();
    try {
      while (!isHeld(reader, report)) {
        Thread.sleep(10);
      }
      run("exit 7").expect(7);
      reader.outputWriter().append('\n').close();
      assertTrue(reader.waitFor(60, TimeUnit.SECONDS), "the reader gets no end");
    } finally {
      reader.destroy();
    }
    assertGenuine(copy);
  }

  private static boolean isHeld(Process process, Path file) throws IOException {
    Path link = Path.of("/proc/" + process.pid() + "/fd/3");
    return Files.isSymbolicLink(link) && Files.readSymbolicLink(link).equals(file);
  }

  private void makeFifo() throws Exception {
    assertEquals(0, new ProcessBuilder("mkfifo", report.toString()).start().waitFor());
  }

  /** Names that a policy protects and a run has made: for whoever uses the workspace then. */
  @Test
  void whatWasMadeWhereThePolicyProtectsIsTold() throws Exception {
    var builder =
        Cofferdam.shell(
            "echo {} > .mcp.json; exit 7", "--preset", "agent", "--report", report.toString());
    Cofferdam.Result result = Cofferdam.run(builder.directory(work.toFile())).expect(7);
    Path made = work.resolve(".mcp.json");
    assertTrue(
        result
            .err()
            .contains("cofferdam: the run has made " + made + ", which the policy protects"),
        result.err());
    Map<String, Object> read = Json.object(Files.readString(report));
    assertEquals(List.of(made.toString()), read.get("made_names"));
    assertTrue(Files.readString(report).contains("protected_names"));
  }
}
