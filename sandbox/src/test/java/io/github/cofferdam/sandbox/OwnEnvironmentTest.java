package io.github.cofferdam.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.policy.Environment;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Mode;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.policy.Requirement;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What a Java program itself gives a command arrives, or is an error; in no mode is it dropped. */
@Tag("kernel")
class OwnEnvironmentTest {
  private static final Map<String, String> OWN =
      Map.of(
          "MY_SECRET_TOKEN", "t0ken",
          "LD_DEBUG_OUTPUT", "/nowhere",
          "HTTPS_PROXY", "http://user:pw@proxy",
          "TMPDIR", "/var/tmp",
          "PWD", "/proc",
          "A*", "star");

  @TempDir private Path workspace;

  static Stream<Arguments> everywhere() {
    var all = new ArrayList<Arguments>();
    for (Isolation isolation : Sandboxed.ISOLATIONS) {
      for (Mode mode : Mode.values()) {
        for (Environment.Inherit inherit : Environment.Inherit.values()) {
          all.add(Arguments.of(isolation, mode, inherit));
        }
      }
    }
    return all.stream();
  }

  private static Policy.Builder policy(Isolation isolation, Mode mode) {
    return Policy.builder().isolation(isolation).mode(mode);
  }

  private static List<String> lines(SandboxProcessBuilder builder) throws Exception {
    SandboxProcess process = builder.start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor());
    return out.lines().toList();
  }

  @ParameterizedTest
  @MethodSource("everywhere")
  void whatWasPutIntoTheBuilderArrives(Isolation isolation, Mode mode, Environment.Inherit inherit)
      throws Exception {
    Sandboxed.assumeAvailable(isolation);
    Policy policy =
        policy(isolation, mode)
            .workspace(workspace.toString())
            .environment(Environment.DEFAULT.withInherit(inherit))
            .build();
    SandboxProcessBuilder builder =
        Sandboxed.of(policy).processBuilder("/usr/bin/env").directory(new java.io.File("/"));
    builder.environment().putAll(OWN);

    List<String> lines = lines(builder);
    OWN.forEach((name, value) -> assertTrue(lines.contains(name + "=" + value), name));
  }

  /** What is as this process has it is inherited, and goes through the policy. */
  @Test
  void whatIsInheritedIsStillLookedAt() throws Exception {
    String home = System.getenv("PATH");
    assumeTrue(home != null, "this process has no PATH");
    Policy policy =
        policy(Isolation.BASIC, Mode.READONLY)
            .environment(Environment.DEFAULT.withInherit(Environment.Inherit.FALSE))
            .build();
    SandboxProcessBuilder builder = Sandboxed.of(policy).processBuilder("/usr/bin/env");
    builder.environment().put("OWN", "1");

    List<String> lines = lines(builder);
    assertTrue(lines.contains("OWN=1"), lines::toString);
    assertFalse(lines.contains("PATH=" + home), lines::toString);
  }

  @ParameterizedTest
  @EnumSource
  void whatThePolicyBlocksRefusesTheCommand(Requirement requirement) throws Exception {
    Policy policy =
        policy(Isolation.BASIC, Mode.READONLY)
            .environment(Environment.DEFAULT.withBlock(List.of("MY_*")).withSet(Map.of("S", "1")))
            .enforcement(Protection.ENVIRONMENT, requirement)
            .build();
    for (String name : List.of("MY_OWN", "S")) {
      SandboxProcessBuilder builder = Sandbox.of(policy).processBuilder("/bin/true");
      builder.environment().put(name, "2");
      RefusedException e = assertThrows(RefusedException.class, builder::start);
      assertTrue(String.valueOf(e.getMessage()).contains("\"" + name + "\""), e.getMessage());

      Outcome outcome =
          Sandbox.of(policy).command("/bin/true").environment(Map.of(name, "2")).run();
      assertInstanceOf(Ending.Refused.class, outcome.ending());
    }
  }

  @Test
  void whatCannotBeHandedOverIsAnError() {
    SandboxCommand command = Sandbox.of(Policy.builder().build()).command("/bin/true");
    for (Map<String, String> bad :
        List.of(Map.of("=", "x"), Map.of("A=B", "x"), Map.of("A\0", "x"), Map.of("A", "x\0"))) {
      assertThrows(IllegalArgumentException.class, () -> command.environment(bad));
    }
  }

  /** What the policy sets is set also where nothing is kept out, and is the last word on PWD. */
  @ParameterizedTest
  @EnumSource
  void whatThePolicySetsIsSet(Requirement requirement) throws Exception {
    Policy policy =
        policy(Isolation.BASIC, Mode.READONLY)
            .environment(
                Environment.DEFAULT
                    .withBlock(List.of("B*"))
                    .withSet(Map.of("SET", "1", "PWD", "/elsewhere")))
            .enforcement(Protection.ENVIRONMENT, requirement)
            .build();
    Outcome outcome =
        Sandboxed.of(policy)
            .command("/usr/bin/env")
            .parentEnvironment(Map.of("BLOCKED", "x", "SOME_TOKEN", "y"))
            .captureOutput()
            .run();

    List<String> lines = outcome.output().orElseThrow().out().lines().toList();
    boolean off = requirement == Requirement.OFF;
    assertTrue(lines.containsAll(List.of("SET=1", "PWD=/elsewhere")), lines::toString);
    assertFalse(lines.contains("BLOCKED=x"), lines::toString);
    assertEquals(off, lines.contains("SOME_TOKEN=y"), lines::toString);
    assertEquals(
        off ? List.of("BLOCKED") : List.of("BLOCKED", "SOME_TOKEN"), outcome.environmentDropped());
  }
}
