package io.github.cofferdam.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A sandbox inside a sandbox: there where it can be had, and else refused by that name. */
@Tag("kernel")
class NestedTest {
  private static Cofferdam.Result nested(String outer, String inner, String... options) {
    var args = new ArrayList<>(List.of("run", "--isolation", outer));
    if (outer.equals("namespace")) {
      // A checkout in /tmp would not be seen otherwise.
      args.addAll(List.of("--bind", Cofferdam.ROOT + ":" + Cofferdam.ROOT));
    }
    args.add("--");
    args.addAll(Cofferdam.words());
    args.addAll(List.of("run", "--isolation", inner));
    args.addAll(List.of(options));
    args.addAll(
        List.of(
            "--", "/bin/sh", "-c", "echo it ran; touch /cofferdam-no 2>/dev/null || echo held"));
    return Cofferdam.run(args.toArray(String[]::new));
  }

  private static void assumeAvailable(String isolation) {
    Cofferdam.Result alone = Cofferdam.run("run", "--isolation", isolation, "--", "true");
    assumeTrue(alone.status() == 0, alone::err);
  }

  @ParameterizedTest
  @CsvSource({"basic", "namespace"})
  void aBasicOneCanBeHadInside(String outer) {
    assumeAvailable(outer);
    Cofferdam.Result result = nested(outer, "basic").expect(0);
    assertEquals("it ran\nheld\n", result.out());
  }

  @ParameterizedTest
  @CsvSource({"basic, strict", "basic, best-effort", "namespace, strict"})
  void oneWithNamespacesIsRefusedByName(String outer, String level, @TempDir Path folder)
      throws Exception {
    assumeAvailable(outer);
    assumeAvailable("namespace");
    Path policy =
        Files.writeString(
            folder.resolve("policy.toml"), "[enforcement]\nlevel = \"" + level + "\"\n");
    // With isolation namespace /tmp is the command's own.
    Cofferdam.Result result =
        outer.equals("basic")
            ? nested(outer, "namespace", "--policy", policy.toString())
            : nested(outer, "namespace");
    result.expect(125);
    assertEquals("", result.out());
    assertTrue(result.err().contains("refused: isolation = \"namespace\""), result::err);
    assertTrue(result.err().contains("this is inside a sandbox"), result::err);
  }

  @Test
  void temporaryFilesAreWhereTheEnvironmentSays(@TempDir Path folder) throws Exception {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
    Path real = folder.toRealPath();
    ProcessBuilder command = Cofferdam.shell("echo $TMPDIR", "--isolation=basic");
    command.environment().put("TMPDIR", real.toString());
    String inside = Cofferdam.run(command).expect(0).out();
    assertTrue(inside.startsWith(real + "/cofferdam-"), inside);

    command.environment().put("TMPDIR", real + "/none");
    inside = Cofferdam.run(command).expect(0).out();
    assertTrue(!inside.startsWith(real.toString()), inside);
  }
}
