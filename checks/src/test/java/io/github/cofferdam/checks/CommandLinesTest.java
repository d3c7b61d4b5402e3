package io.github.cofferdam.checks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.cli.Main;
import io.github.cofferdam.landlock.Abi;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.io.TempDirFactory;

/**
 * Command lines that a document shows can be typed as they stand: those of a block one after the
 * other, in a directory with a small project. They exit with 0.
 *
 * <p>Comments before a block say what is different for the line that begins so: {@code at "BEGIN"
 * status: N}, {@code at "BEGIN" needs: WHAT}, {@code at "BEGIN" not run: WHY}.
 */
@Tag("kernel")
class CommandLinesTest {
  private static final Pattern REMARK = Pattern.compile("at \"(.+)\" (status|needs|not run): (.+)");

  private static final Pattern NAMED = Pattern.compile("`(?:\\./)?cofferdam ([a-z]+(?: [a-z]+)*)");

  /** With this version, a strict policy is enforced whatever else a host has. */
  private static final Abi ENOUGH = Abi.V6;

  private static final String PROFILE =
      """
      {"defaultAction": "SCMP_ACT_ERRNO",
       "syscalls": [{"names": ["read", "write", %s "exit_group"], "action": "SCMP_ACT_ALLOW"},
        {"names": ["socket"], "action": "SCMP_ACT_ALLOW",
         "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]}]}
      """;

  /** A sandbox's own /tmp would hide the project from the command. */
  static final class Outside implements TempDirFactory {
    @Override
    public Path createTempDirectory(AnnotatedElementContext element, ExtensionContext context)
        throws IOException {
      return Files.createTempDirectory(Path.of("/var/tmp"), "cofferdam-test-");
    }
  }

  @TempDir(factory = Outside.class)
  private Path directory;

  /** What a comment says about the line of a block that begins so. */
  private record Remark(String begin, String word, String value) {
    static Remark of(String text) {
      Matcher matcher = REMARK.matcher(text);
      if (!matcher.matches()) {
        throw new IllegalArgumentException("not a remark on a command line: " + text);
      }
      return new Remark(
          Objects.requireNonNull(matcher.group(1)),
          Objects.requireNonNull(matcher.group(2)),
          Objects.requireNonNull(matcher.group(3)));
    }
  }

  @TestFactory
  Stream<DynamicTest> everyCommandLineWorks() {
    return Block.inDocuments().stream()
        .filter(block -> block.language().equals("sh"))
        .flatMap(this::tests);
  }

  /** A command that running text names is there; what stands for something is in capitals. */
  @Test
  void commandsInRunningTextExist() throws Exception {
    var named = new TreeSet<String>();
    for (Path file : Repository.files()) {
      if (file.toString().endsWith(".md") && !file.endsWith("CHANGELOG.md")) {
        NAMED
            .matcher(Repository.text(file))
            .results()
            .map(found -> found.group(1))
            .forEach(named::add);
      }
    }
    assertTrue(named.contains("policy check"), named::toString);
    // The start script has that one itself.
    named.removeIf(words -> words.startsWith("bench"));
    for (String words : named) {
      var command = new ArrayList<>(Reader.java());
      command.add(Main.class.getName());
      command.addAll(List.of(words.split(" ", -1)));
      command.add("--help");
      Reader.Ran ran = Reader.run(directory, command);
      assertEquals(0, ran.status(), () -> words + ": " + ran.all());
    }
  }

  private Stream<DynamicTest> tests(Block block) {
    List<Remark> remarks = block.remarks().stream().map(Remark::of).toList();
    List<String> lines = block.text().lines().filter(line -> !line.isBlank()).toList();
    var tests = new ArrayList<DynamicTest>();
    for (Remark remark : remarks) {
      assertEquals(
          1,
          lines.stream().filter(line -> line.startsWith(remark.begin())).count(),
          () -> block.place() + ": lines that begin as in " + remark);
    }
    Path project = directory.resolve("project-" + block.line());
    for (String line : lines) {
      List<Remark> own = remarks.stream().filter(r -> line.startsWith(r.begin())).toList();
      tests.add(
          DynamicTest.dynamicTest(block.place() + " " + line, () -> type(line, own, project)));
    }
    return tests.stream();
  }

  private static void type(String line, List<Remark> remarks, Path project) throws Exception {
    int status = 0;
    for (Remark remark : remarks) {
      switch (remark.word()) {
        case "needs" -> Reader.assumeHas(remark.value());
        case "status" -> status = Integer.parseInt(remark.value());
        default -> abort(remark.value());
      }
    }
    if (Files.notExists(project)) {
      make(project);
    }
    Reader.Ran ran = Reader.run(project, List.of("/bin/sh", "-c", "PATH=.:$PATH\n" + line));
    boolean enough = Abi.current().compareTo(ENOUGH) >= 0;
    assumeTrue(enough || ran.status() == status, () -> Abi.current() + ": " + ran.all());
    assertEquals(status, ran.status(), ran::all);
  }

  /** A project with something to build and something to commit, and the command in it. */
  private static void make(Path project) throws Exception {
    for (String tool : List.of("bash", "git", "make")) {
      Reader.assumeHas("/usr/bin/" + tool);
    }
    Files.createDirectory(project);
    Reader.copyExamples(project);
    var words = new ArrayList<>(Reader.java());
    words.add(Main.class.getName());
    Path command =
        Files.writeString(
            project.resolve("cofferdam"),
            "#!/bin/sh\nexec '" + String.join("' '", words) + "' \"$@\"\n");
    Files.setPosixFilePermissions(command, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.writeString(project.resolve("Makefile"), "all:\n\techo built\n");
    Files.writeString(project.resolve("profile.json"), PROFILE.formatted(""));
    Files.writeString(project.resolve("other.json"), PROFILE.formatted("\"openat\","));
    String begin =
        "git init -q && git config user.name N && git config user.email n@example.org"
            + " && git add Makefile && git commit -q -m first && echo '# more' >> Makefile";
    Reader.Ran begun = Reader.run(project, List.of("/bin/sh", "-c", begin));
    assertEquals(0, begun.status(), begun::all);
  }
}
