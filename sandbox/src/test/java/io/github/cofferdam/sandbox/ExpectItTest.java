package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Sandboxed.assumeAvailable;
import static net.sf.expectit.matcher.Matchers.contains;
import static net.sf.expectit.matcher.Matchers.eof;
import static net.sf.expectit.matcher.Matchers.regexp;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.launcher.PseudoTerminal;
import io.github.cofferdam.launcher.TerminalSize;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Policy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import net.sf.expectit.Expect;
import net.sf.expectit.ExpectBuilder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;

/** ExpectIt, which holds conversations with processes and knows nothing of Cofferdam. */
@Tag("kernel")
class ExpectItTest {
  private static final String CONVERSATION =
      "printf 'name? '; read name; echo \"hello $name\"; read a b; echo $((a * b)) >&2; exit 3";

  private static SandboxCommand conversation(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    return Sandboxed.of(Policy.builder().isolation(isolation).build())
        .command("/bin/sh", "-c", CONVERSATION)
        .directory(Path.of("/"))
        .parentEnvironment(Sandboxed.ENVIRONMENT);
  }

  /** What a user of the library writes. */
  private static Expect with(SandboxProcess process) throws IOException {
    return new ExpectBuilder()
        .withOutput(process.getOutputStream())
        .withInputs(process.getInputStream(), process.getErrorStream())
        .withTimeout(60, TimeUnit.SECONDS)
        .build();
  }

  @ParameterizedTest
  @EachIsolation
  void aConversationOverPipes(Isolation isolation) throws Exception {
    try (SandboxProcess process = conversation(isolation).start();
        Expect expect = with(process)) {
      expect.expect(contains("name? "));
      expect.sendLine("duke");
      assertEquals("duke", expect.expect(regexp("hello (\\w+)\n")).group(1));
      expect.sendLine("6 7");
      assertEquals("42", expect.expectIn(1, regexp("\\d+")).group());
      assertTrue(expect.expect(eof()).isSuccessful());
      assertEquals(3, process.waitFor());
    }
  }

  /** On a terminal of its own, what is typed comes back, and all is one stream. */
  @ParameterizedTest
  @EachIsolation
  void aConversationAtATerminal(Isolation isolation) throws Exception {
    try (var terminal = PseudoTerminal.open(TerminalSize.DEFAULT);
        SandboxProcess process = conversation(isolation).terminal(terminal).start();
        Expect expect = with(process)) {
      expect.expect(contains("name? "));
      expect.sendLine("duke");
      expect.expect(contains("duke"));
      assertEquals("duke", expect.expect(regexp("hello (\\w+)\r\n")).group(1));
      expect.sendLine("6 7");
      assertEquals("42", expect.expect(regexp("\\b42\\b")).group());
      assertEquals(3, process.waitFor());
    }
  }
}
