package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Sandboxed.assumeAvailable;
import static io.github.cofferdam.sandbox.Sandboxed.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.launcher.Stdio;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Policy;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;

/** What a command reads, and where what it writes is to be found. */
@Tag("kernel")
class SandboxCommandTest {
  private static final String BOTH = "echo out; echo err >&2";

  @TempDir private Path temporary;

  private static SandboxCommand sh(Isolation isolation, String script) throws Exception {
    assumeAvailable(isolation);
    return Sandboxed.of(Policy.builder().isolation(isolation).build())
        .command("/bin/sh", "-c", script)
        .directory(Path.of("/"))
        .parentEnvironment(Sandboxed.ENVIRONMENT);
  }

  private static SandboxCommand sh(String script) throws Exception {
    return sh(Isolation.BASIC, script);
  }

  private static CapturedOutput kept(SandboxCommand command) throws Exception {
    Outcome outcome = command.run();
    Sandboxed.assumeLandlockSuffices(outcome);
    assertEquals(new Ending.Exited(0), outcome.ending(), () -> text(outcome));
    return outcome.output().orElseThrow();
  }

  private Path file(String content) throws IOException {
    return Files.writeString(temporary.resolve("file"), content);
  }

  @ParameterizedTest
  @EachIsolation
  void inputIsAText(Isolation isolation) throws Exception {
    String text = "gr\u00fc\u00dfe\n";
    assertEquals(text, kept(sh(isolation, "cat").input(text)).out());
  }

  @ParameterizedTest
  @EachIsolation
  void inputIsBytesHoweverMany(Isolation isolation) throws Exception {
    var bytes = new byte[5_000_000];
    new Random(1).nextBytes(bytes);
    SandboxCommand command = sh(isolation, "cat").input(bytes);
    byte[] before = bytes.clone();
    bytes[0]++;
    assertArrayEquals(before, kept(command).outBytes());
  }

  @ParameterizedTest
  @EachIsolation
  void inputIsAFile(Isolation isolation) throws Exception {
    assertEquals("content\n", kept(sh(isolation, "cat").input(file("content\n"))).out());
  }

  @Test
  void inputIsReadAsFarAsTheCommandLikes() throws Exception {
    assertEquals("first\n", kept(sh("head -1").input("first\n" + "x".repeat(1 << 20))).out());
    assertEquals("", kept(sh("cat").input("")).out());
    assertEquals("", kept(sh("cat")).out());
  }

  @ParameterizedTest
  @EachIsolation
  void inputCannotBeChanged(Isolation isolation) throws Exception {
    String script = "{ echo changed 1<>/proc/self/fd/0; } 2>/dev/null; cat";
    assertEquals("as given\n", kept(sh(isolation, script).input("as given\n")).out());
  }

  @ParameterizedTest
  @EachIsolation
  void aProcessReadsTheSame(Isolation isolation) throws Exception {
    try (SandboxProcess process = sh(isolation, "cat").input("text").start()) {
      assertEquals("text", new String(process.getInputStream().readAllBytes(), UTF_8));
      OutputStream in = process.getOutputStream();
      assertThrows(IOException.class, () -> in.write(1));
    }
  }

  @Test
  void whatGoesNowhereElseIsKept() throws Exception {
    CapturedOutput output = kept(sh(BOTH));
    assertEquals("out\n", output.out());
    assertEquals("err\n", output.err());
    output = kept(sh(BOTH).mergeStderr());
    assertEquals("out\nerr\n", output.out());
    assertEquals("", output.err());
    assertTrue(kept(sh(BOTH).captureOutput(2)).truncated());
  }

  @ParameterizedTest
  @EachIsolation
  void filesTakeWhatComes(Isolation isolation) throws Exception {
    Path out = file("longer than what comes");
    Path err = temporary.resolve("err");
    assertEquals("err\n", kept(sh(isolation, BOTH).stdout(out)).err());
    assertEquals("out\n", Files.readString(out));
    assertEquals("out\n", kept(sh(isolation, BOTH).stderr(err)).out());
    assertEquals("err\n", Files.readString(err));

    Outcome outcome = sh(isolation, BOTH).stdout(err).stderr(out).run();
    assertEquals(Optional.empty(), outcome.output());
    assertEquals("out\n", Files.readString(err));
    assertEquals("err\n", Files.readString(out));
  }

  @Test
  void theLastWordCounts() throws Exception {
    Path out = temporary.resolve("out");
    CapturedOutput output = kept(sh(BOTH).captureOutput().stdout(out));
    assertEquals("", output.out());
    assertEquals("err\n", output.err());
    assertEquals("out\n", Files.readString(out));

    Files.delete(out);
    assertEquals("out\n", kept(sh(BOTH).stdout(out).captureOutput()).out());
    assertTrue(Files.notExists(out));
    assertEquals("out\nerr\n", kept(sh(BOTH).mergeStderr().captureOutput()).out());
    assertEquals("", kept(sh(BOTH).stdout(Stdio.discard())).out());
  }

  /** Nobody would fill or read them. */
  @Test
  void pipesAreRefusedWhereNobodyIsAtTheOtherEnd() throws Exception {
    Path made = temporary.resolve("made");
    for (UnaryOperator<SandboxCommand> pipe :
        List.<UnaryOperator<SandboxCommand>>of(
            command -> command.stdin(Stdio.pipe()),
            command -> command.stdout(Stdio.pipe()),
            command -> command.captureOutput().stdout(Stdio.pipe()),
            command -> command.stderr(Stdio.pipe()))) {
      SandboxCommand command = pipe.apply(sh(BOTH).stderr(made));
      var e = assertThrows(IllegalStateException.class, command::run);
      assertTrue(String.valueOf(e.getMessage()).contains("start()"), e::toString);
      assertTrue(Files.notExists(made));
    }
    assertEquals("out\n", kept(sh(BOTH).stdout(Stdio.pipe()).captureOutput()).out());
  }

  @Test
  void aFileThatCannotBeOpenedIsNamed() throws Exception {
    Path missing = temporary.resolve("no/such");
    for (SandboxCommand command :
        List.of(sh(BOTH).input(missing), sh(BOTH).stdout(missing), sh(BOTH).stderr(missing))) {
      for (var way : List.<Executable>of(command::run, command::start)) {
        var e = assertThrows(FileNotFoundException.class, way);
        assertEquals(missing + " (No such file or directory)", e.getMessage());
      }
    }
  }

  @Test
  void aDryRunOpensNoFile() throws Exception {
    Path out = file("stays");
    sh(BOTH).input(temporary.resolve("missing")).stdout(out).stderr(out).dryRun();
    assertEquals("stays", Files.readString(out));
  }
}
