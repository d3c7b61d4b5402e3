package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Sandboxed.assertDenied;
import static io.github.cofferdam.sandbox.Sandboxed.assertPrints;
import static io.github.cofferdam.sandbox.Sandboxed.assertRefused;
import static io.github.cofferdam.sandbox.Sandboxed.assumeAvailable;
import static io.github.cofferdam.sandbox.Sandboxed.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.policy.Environment;
import io.github.cofferdam.policy.Filesystem;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Mode;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.PolicyPath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whatever a deny list is written like: what it means is closed, or somebody is told. */
@Tag("kernel")
class DenyAttemptsTest {
  private static final String READ = "cat \"$1\"";

  @TempDir private Path temporary;
  private Path work = Path.of("/");
  private Path secret = Path.of("/");
  private Path open = Path.of("/");

  @BeforeEach
  void makeFiles() throws IOException {
    work = Files.createDirectory(temporary.toRealPath().resolve("work"));
    Files.createDirectories(work.resolve("deep/er"));
    secret = Files.writeString(work.resolve("deep/er/a.key"), "secret");
    open = Files.writeString(work.resolve("deep/er/a.txt"), "public");
  }

  /** All that programs need, and the working directory as the mode says; nothing else. */
  private Policy.Builder policy(Isolation isolation, Mode mode) {
    Policy.Builder builder = Attempts.tools(isolation).mode(mode);
    return mode == Mode.READONLY ? builder.readOnly(Filesystem.text(work)) : builder;
  }

  private Outcome read(Policy policy, Path file) throws IOException, InterruptedException {
    return Sandboxed.sh(policy, work, READ, OsText.of(file));
  }

  private static List<String> warnings(Outcome outcome) {
    return outcome.enforcement().orElseThrow().warnings();
  }

  private static void assertWarns(String words, Outcome outcome) {
    assertTrue(
        warnings(outcome).stream().anyMatch(line -> line.contains(words)),
        () -> warnings(outcome).toString());
    assertTrue(outcome.toJson().contains("warnings"), outcome::toJson);
  }

  @ParameterizedTest
  @CsvSource({
    "BASIC, READONLY",
    "BASIC, WORKSPACE_WRITE",
    "NAMESPACE, READONLY",
    "NAMESPACE, WORKSPACE_WRITE"
  })
  void patternsCloseWhatMatches(Isolation isolation, Mode mode) throws Exception {
    assumeAvailable(isolation);
    for (String pattern :
        List.of("deep/er/*.key", "**/*.key", "deep/*/a.k?y", "*/*/*.key", "**/er/*.key")) {
      Policy policy = policy(isolation, mode).blocked(pattern).build();

      assertDenied(read(policy, secret));
      Outcome outcome = read(policy, open);
      assertPrints("public", outcome);
      assertWarns("what is made later is not blocked", outcome);
    }
  }

  @ParameterizedTest
  @EachIsolation
  void aMatchThatIsALinkClosesWhatItLeadsTo(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Path real = Files.writeString(work.resolve("real"), "secret");
    Files.createSymbolicLink(work.resolve("deep/link.pem"), Path.of("../real"));
    Policy policy = policy(isolation, Mode.READONLY).blocked("deep/*.pem").build();

    assertDenied(read(policy, work.resolve("deep/link.pem")));
    assertDenied(read(policy, real));
    assertPrints("public", read(policy, open));
  }

  @ParameterizedTest
  @EachIsolation
  void bytesThatAreNoTextAreClosed(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Path raw = Files.writeString(work.resolve(OsText.path("caf\udce9")), "secret");
    Path plain = Files.writeString(work.resolve(OsText.path("caf\u00e9")), "public");
    for (String text : List.of("caf\\xe9", "caf\udce9", "c??\\xe9", "*\\xe9")) {
      Policy policy = policy(isolation, Mode.READONLY).blocked(text).build();

      assertDenied(read(policy, raw));
      assertPrints("public", read(policy, plain));
    }
  }

  @ParameterizedTest
  @EachIsolation
  void bytesThatAreNoTextAreGranted(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Path raw = Files.createDirectory(temporary.toRealPath().resolve(OsText.path("caf\udce9")));
    Path file = Files.writeString(raw.resolve(OsText.path("\udcff")), "granted");
    Policy policy =
        policy(isolation, Mode.READONLY).readWrite(temporary.toRealPath() + "/caf\\xe9").build();

    assertPrints("granted", read(policy, file));
    assertPrints("", Sandboxed.sh(policy, work, "echo changed > \"$1\"", OsText.of(file)));
    assertEquals("changed\n", Files.readString(file));
  }

  @ParameterizedTest
  @EachIsolation
  void theWorkingDirectoryMayHaveAnyBytes(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Path raw = Files.createDirectory(work.resolve(OsText.path("caf\udce9\u00fc")));
    Policy policy = Attempts.tools(isolation).mode(Mode.WORKSPACE_WRITE).readOnly(".").build();

    Outcome outcome = Sandboxed.sh(policy, raw, "pwd -P; echo \"$PWD\"; echo here > file");

    assertEquals(new Ending.Exited(0), outcome.ending(), () -> text(outcome));
    assertEquals("here\n", Files.readString(raw.resolve("file")));
    byte[] printed = outcome.output().orElseThrow().outBytes();
    String line = OsText.of(raw) + "\n";
    assertEquals(line + line, OsText.decode(printed, 0, printed.length));
  }

  @ParameterizedTest
  @EachIsolation
  void aTildeIsBothHomes(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Path home = Files.createDirectory(work.resolve("home"));
    Path key = Files.writeString(Files.createDirectory(home.resolve(".ssh")).resolve("id"), "key");
    for (String text : List.of("~/.ssh", "~/.ssh/*", "~/.ssh/id")) {
      Policy policy = policy(isolation, Mode.READONLY).blocked(text).build();

      Outcome outcome =
          Sandboxed.of(policy)
              .command("/bin/sh", "-c", READ, "sh", key.toString())
              .directory(work)
              .parentEnvironment(Map.of("PATH", "/usr/bin:/bin", "HOME", home.toString()))
              .mergeStderr()
              .captureOutput()
              .run();

      assertDenied(outcome);
    }
  }

  /** The parent's stays one, whatever home the command is given. */
  @ParameterizedTest
  @EachIsolation
  void aTildeIsEveryHome(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    var script = new StringBuilder("exec 2>/dev/null");
    for (String name : List.of("parent", "own", "set")) {
      Path home = Files.createDirectory(work.resolve(name));
      Path key = Files.createDirectory(home.resolve(".ssh")).resolve("id");
      script.append("; cat ").append(Files.writeString(key, name));
    }
    Policy plain = policy(isolation, Mode.READONLY).blocked("~/.ssh").build();
    Policy set =
        plain.toBuilder()
            .environment(
                Environment.DEFAULT.withSet(Map.of("HOME", work.resolve("set").toString())))
            .build();

    Outcome own =
        home(plain, script)
            .environment(Map.of("HOME", work.resolve("own").toString()))
            .captureOutput()
            .run();
    Outcome both = home(set, script).captureOutput().run();

    assertEquals("set", text(own), own::toJson);
    assertEquals("own", text(both), both::toJson);
  }

  private SandboxCommand home(Policy policy, CharSequence script) {
    return Sandboxed.of(policy)
        .command("/bin/sh", "-c", script.toString())
        .directory(work)
        .parentEnvironment(
            Map.of("PATH", "/usr/bin:/bin", "HOME", work.resolve("parent").toString()));
  }

  @ParameterizedTest
  @EachIsolation
  void aGrantsTildeIsThePasswordDatabasesAlone(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Path home = Files.createDirectory(temporary.toRealPath().resolve("home"));
    Files.writeString(Files.createDirectory(home.resolve("granted")).resolve("file"), "text");
    Policy policy = policy(isolation, Mode.READONLY).readOnly("~/granted").build();
    assumeTrue(
        PolicyPath.home().isEmpty() || !Files.exists(PolicyPath.home().get().resolve("granted")));

    Outcome outcome =
        Sandboxed.of(policy)
            .command("/bin/sh", "-c", READ, "sh", home + "/granted/file")
            .directory(work)
            .parentEnvironment(Map.of("PATH", "/usr/bin:/bin", "HOME", home.toString()))
            .captureOutput()
            .run();

    assertRefused(outcome, "granted");
  }

  @ParameterizedTest
  @EachIsolation
  void whatIsNotThereIsSaid(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    for (String text : List.of("not-there", "deep/er/a.txt/beneath", "no/such/dir")) {
      Policy policy = policy(isolation, Mode.READONLY).blocked(text).build();

      Outcome outcome = read(policy, open);

      assertWarns("is not there", outcome);
      if (isolation == Isolation.NAMESPACE) {
        assertPrints("public", outcome);
      }
    }
  }

  @ParameterizedTest
  @EachIsolation
  void aLinkToNothingIsNothing(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Files.createSymbolicLink(work.resolve("dangling"), Path.of("deep/nothing"));
    Policy policy = policy(isolation, Mode.READONLY).blocked("dangling").build();

    assertWarns(work + "/deep/nothing is not there", read(policy, secret));
  }

  @ParameterizedTest
  @EachIsolation
  void whatCannotBeLookedUpRefusesTheRun(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Files.createSymbolicLink(work.resolve("circle"), Path.of("circle"));
    Map<String, String> reasons =
        Map.of(
            "circle",
            "symbolic links",
            "circle/x",
            "symbolic links",
            "n".repeat(256),
            "cannot be looked up",
            "circle/*.key",
            "symbolic links");
    for (Map.Entry<String, String> entry : reasons.entrySet()) {
      Policy policy = policy(isolation, Mode.READONLY).blocked(entry.getKey()).build();

      assertRefused(read(policy, open), entry.getValue());
    }
  }

  /** The command could open its own directory again; so that is closed, not what is in it. */
  @ParameterizedTest
  @EachIsolation
  void whatLiesInADirectoryThatWasClosedStaysClosed(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    assumeTrue(
        Files.getAttribute(work, "unix:uid") instanceof Integer uid && uid != 0, "root sees all");
    Path closed = work.resolve("deep/er");
    for (String text : List.of("deep/er/a.key", "**/*.key", "*/*/a.key")) {
      Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("---------"));
      try {
        Policy policy = policy(isolation, Mode.WORKSPACE_WRITE).blocked(text).build();

        Outcome outcome = Sandboxed.sh(policy, work, "chmod 700 deep/er; cat deep/er/a.key");

        assertDenied(outcome);
        assertWarns("as a whole", outcome);
      } finally {
        Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwx------"));
      }
    }
  }

  @Test
  void whatNobodyHereMayReachCostsNothing() throws Exception {
    Path root = Path.of("/root");
    assumeTrue(Files.isDirectory(root) && !Files.isExecutable(root), "no /root that is closed");
    Policy policy =
        policy(Isolation.BASIC, Mode.READONLY).blocked(root.resolve(".ssh").toString()).build();

    Outcome outcome = read(policy, open);

    assertPrints("public", outcome);
    assertWarns("/root, which is blocked as a whole", outcome);
  }

  /** As many as there may be: each is closed. */
  @Test
  void manyPathsAreClosed() throws Exception {
    assumeAvailable(Isolation.NAMESPACE);
    for (int i = 0; i < 1000; i++) {
      Files.writeString(work.resolve(i + ".many"), "secret");
    }
    Policy policy = policy(Isolation.NAMESPACE, Mode.READONLY).blocked("*.many").build();

    Outcome outcome =
        Sandboxed.sh(
            policy, work, "cat *.many 2>/dev/null | grep -c secret; cat $1", open.toString());

    assertPrints("0\npublic", outcome);
  }

  @ParameterizedTest
  @EachIsolation
  void moreLiteralPathsThanCanBeClosedRefuseTheRun(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    var names = new String[1001];
    for (int i = 0; i < names.length; i++) {
      names[i] = "missing/" + i;
    }
    Policy policy = policy(isolation, Mode.READONLY).blocked(names).build();

    assertRefused(read(policy, open), "filesystem.blocked: more than 1000 paths");
  }

  @ParameterizedTest
  @EachIsolation
  void morePathsThanCanBeGrantedRefuseTheRun(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    var names = new ArrayList<String>();
    for (int i = 0; i <= 1000; i++) {
      names.add("missing/" + i);
    }
    Policy policy =
        policy(isolation, Mode.READONLY).filesystem(Filesystem.DEFAULT.withReadOnly(names)).build();

    assertRefused(read(policy, open), "the policy grants 1001 paths");
  }

  @ParameterizedTest
  @EachIsolation
  void aPatternOnATreeThatIsTooLargeRefusesTheRun(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    for (int i = 0; i <= 1000; i++) {
      Files.writeString(work.resolve(i + ".many"), "");
    }
    Policy policy = policy(isolation, Mode.READONLY).blocked("*.many").build();

    assertRefused(read(policy, open), "\"*.many\" cannot be carried out: more than 1000");
  }
}
