package io.github.cofferdam.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.policy.Environment;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Policy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a policy cannot know, the variables that it sets can name. */
final class SetVariablesTest {
  @TempDir(factory = VisibleDirectory.class)
  private Path temporary = Path.of("/");

  @ParameterizedTest
  @CsvSource({
    "$HOME/x, /home/me/x",
    "${HOME}x, /home/mex",
    "$WORKSPACE:$TMPDIR, /work:/tmp",
    "a$HOME, a/home/me",
    "$HOMEX, $HOMEX",
    "$HOME_, $HOME_",
    "${HOME, ${HOME",
    "$ORIGIN/lib, $ORIGIN/lib",
    "$$HOME, $HOME",
    "$${HOME}, ${HOME}",
    "$$$HOME, $$HOME",
    "$$, $$",
    "5 $, 5 $",
    "$, $"
  })
  void isReadLikeThat(String text, String meaning) {
    var variables =
        new SetVariables()
            .with("HOME", "/home/me")
            .with("WORKSPACE", "/work")
            .with("TMPDIR", "/tmp");
    assertEquals(Optional.of(meaning), variables.expand(text));
  }

  @Test
  void whatIsPutInIsNotReadAgain() {
    var variables = new SetVariables().with("HOME", "/$WORKSPACE").with("WORKSPACE", "/work");
    assertEquals(Optional.of("/$WORKSPACE/work"), variables.expand("$HOME$WORKSPACE"));
  }

  @Test
  void whatNobodyKnowsRefuses() {
    var environment = new LinkedHashMap<>(Map.of("A", "$HOME"));
    RefusedException refused =
        assertThrows(
            RefusedException.class,
            () -> new SetVariables().replace(Map.of("A", "$HOME"), Set.of(), environment));
    assertTrue(refused.reason().contains("gives A the value \"$HOME\""), refused.reason());
  }

  @ParameterizedTest
  @EachIsolation
  @Tag("kernel")
  void theCommandHasItsOwn(Isolation isolation) throws Exception {
    Sandboxed.assumeAvailable(isolation);
    Path work = Files.createDirectory(temporary.toRealPath().resolve("work"));
    var set = new LinkedHashMap<String, String>();
    set.put("CACHE", "$HOME/cache");
    set.put("HOME", "$WORKSPACE/home");
    set.put("SCRATCH", "${TMPDIR}/scratch");
    set.put("OWN", "$HOME");
    Policy policy =
        Sandboxed.workspace()
            .isolation(isolation)
            .environment(Environment.DEFAULT.withSet(set))
            .build();
    SandboxCommand command =
        Sandboxed.of(policy)
            .command(
                "/bin/sh",
                "-c",
                "echo $CACHE; echo $HOME; echo $OWN; test \"$SCRATCH\" = \"$TMPDIR/scratch\" &&"
                    + " mkdir $SCRATCH && echo made")
            .environment(Map.of("OWN", "$HOME"))
            .directory(work)
            .parentEnvironment(Sandboxed.ENVIRONMENT)
            .mergeStderr()
            .captureOutput();
    assertEquals(
        List.of(work + "/home/cache", work + "/home", "$HOME", "made"),
        Sandboxed.text(command.run()).lines().toList());
  }

  @ParameterizedTest
  @EachIsolation
  @Tag("kernel")
  void programsAreFoundByWhatAPathStandsFor(Isolation isolation) throws Exception {
    Sandboxed.assumeAvailable(isolation);
    Path work = temporary.toRealPath();
    Path program = Files.createDirectories(work.resolve("home/bin")).resolve("own-program");
    Files.writeString(program, "#!/bin/sh\necho mine\n");
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    // What stands there as it is written is not meant.
    Path literal = Files.createDirectories(work.resolve("$HOME/bin")).resolve("own-program");
    Files.writeString(literal, "#!/bin/sh\necho another\n");
    Files.setPosixFilePermissions(literal, PosixFilePermissions.fromString("rwxr-xr-x"));
    var set = Map.of("PATH", "$TMPDIR/bin:$HOME/bin:/usr/bin:/bin", "HOME", "$WORKSPACE/home");
    Policy policy =
        Sandboxed.readonly()
            .isolation(isolation)
            .environment(Environment.DEFAULT.withSet(set))
            .build();
    Sandboxed.assertPrints("mine\n", Sandboxed.run(policy, work, List.of("own-program")));
  }

  /** As one that stands there in full. */
  @Test
  @Tag("kernel")
  void aHomeThatIsNamedSoIsBlockedAsOne() throws Exception {
    Path home = Files.createDirectories(temporary.toRealPath().resolve("work/home"));
    Files.writeString(home.resolve("key"), "secret");
    Path work = Objects.requireNonNull(home.getParent());
    for (Isolation isolation : Sandboxed.ISOLATIONS) {
      Sandboxed.assumeAvailable(isolation);
      for (String text : List.of("$WORKSPACE/home", "$TMPDIR" + "/..".repeat(20) + home)) {
        Policy policy =
            Attempts.tools(isolation)
                .readOnly(work.toString())
                .blocked("~/key")
                .environment(Environment.DEFAULT.withSet(Map.of("HOME", text)))
                .build();
        Sandboxed.assertDenied(Sandboxed.sh(policy, work, "cat $HOME/key"));
      }
    }
  }
}
