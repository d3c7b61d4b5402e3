package io.github.cofferdam.namespaces;

import static io.github.cofferdam.namespaces.Inside.sh;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.launcher.LaunchPlan;
import io.github.cofferdam.launcher.Launched;
import io.github.cofferdam.launcher.Launcher;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.launcher.Slot;
import io.github.cofferdam.launcher.Stdio;
import io.github.cofferdam.launcher.StdioSet;
import io.github.cofferdam.launcher.Step;
import io.github.cofferdam.namespaces.Inside.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Namespaces of others, clocks, limits and capabilities, on this machine's kernel. */
@Tag("kernel")
class MoreNamespacesTest {
  private static final String NO_CLOCKS = "no launch has clocks of its own before Linux 6.2";

  @BeforeAll
  static void needNamespaces() throws Exception {
    Inside.assumeAvailable();
  }

  private static long id(String call) {
    return Syscall.call(Syscall.number(call));
  }

  private static Result run(NamespacePolicy policy, SetupProgram command, String script)
      throws IOException, InterruptedException {
    SetupProgram init =
        policy.namespaces().contains(Namespace.PID)
            ? RootFilesystem.unchanged().build().program()
            : SetupProgram.empty();
    return Inside.run(policy, init, command, List.of("/bin/sh", "-c", "exec 2>&1; " + script));
  }

  private static void assertPrints(String expected, Result result) {
    assertEquals(new Result(0, expected), result);
  }

  // ---------------------------------------------------------------- kinds

  @Test
  void controlGroupsAndClocksCanBeNew() throws Exception {
    assumeTrue(Inside.canHaveClocks(), NO_CLOCKS);
    NamespacePolicy policy =
        Inside.namespaces().toBuilder().add(Namespace.CGROUP, Namespace.TIME).build();

    String[] lines =
        run(policy, SetupProgram.empty(), "readlink /proc/self/ns/cgroup /proc/self/ns/time")
            .output()
            .split("\n", -1);

    assertNotEquals(Files.readSymbolicLink(Path.of("/proc/self/ns/cgroup")).toString(), lines[0]);
    assertNotEquals(Files.readSymbolicLink(Path.of("/proc/self/ns/time")).toString(), lines[1]);
  }

  @Test
  void clocksAreOffByWhatIsAskedFor() throws Exception {
    assumeTrue(Inside.canHaveClocks(), NO_CLOCKS);
    double outside = uptime(Files.readString(Path.of("/proc/uptime")));
    NamespacePolicy policy =
        Inside.namespaces().toBuilder()
            .add(Namespace.TIME)
            .timeOffsets(Duration.ofDays(10), Duration.ofDays(100))
            .build();

    Result inside = run(policy, SetupProgram.empty(), "cat /proc/uptime /proc/self/timens_offsets");

    double ahead = uptime(inside.output()) - outside;
    // The offset is exact; what passes in between has no bound.
    assertTrue(ahead >= Duration.ofDays(100).toSeconds(), inside::toString);
    assertTrue(ahead < Duration.ofDays(101).toSeconds(), inside::toString);
    assertTrue(inside.output().contains("864000 "), inside::toString);
  }

  private static double uptime(String text) {
    return Double.parseDouble(text.substring(0, text.indexOf(' ')));
  }

  // ---------------------------------------------------------------- those of others

  @Test
  void namespacesOfAnotherProcessCanBeEntered() throws Exception {
    NamespacePolicy theirs =
        NamespacePolicy.builder()
            .add(Namespace.USER, Namespace.UTS, Namespace.NETWORK)
            .hostname("theirs")
            .build();
    LaunchPlan plan =
        LaunchPlan.of(List.of("/bin/cat", "/usr/bin/cat"), List.of("cat"))
            .launcherSteps(theirs.launcherProgram())
            .build();
    try (Launched other =
        Launcher.start(plan, new StdioSet(Stdio.pipe(), Stdio.discard(), Optional.empty()))) {
      Slot process = Slot.named("process");
      SetupProgram byProcess =
          SetupProgram.of(
              NamespaceSteps.openProcess(other.pid(), process),
              NamespaceSteps.enter(
                  process, EnumSet.of(Namespace.USER, Namespace.UTS, Namespace.NETWORK)),
              Step.close(process));
      Slot users = Slot.named("users");
      Slot names = Slot.named("names");
      Path directory = Path.of("/proc/" + other.pid() + "/ns");
      SetupProgram byFile =
          SetupProgram.of(
              NamespaceSteps.open(directory.resolve("user"), users),
              NamespaceSteps.open(directory.resolve("uts"), names),
              NamespaceSteps.enter(users, Namespace.USER),
              NamespaceSteps.enter(names, Namespace.UTS),
              Step.close(users),
              Step.close(names));
      String net = Files.readSymbolicLink(directory.resolve("net")).toString();
      NamespacePolicy none = NamespacePolicy.builder().build();

      assertPrints(
          "theirs\n" + net + "\n", run(none, byProcess, "uname -n; readlink /proc/self/ns/net"));
      assertPrints("theirs\n", run(none, byFile, "uname -n"));
    }
  }

  @Test
  void cloneMakesAProcessThatGoesOnWithTheSteps() throws Exception {
    SetupProgram program =
        SetupProgram.of(
            NamespaceSteps.unshare(EnumSet.of(Namespace.USER)),
            CloneArguments.builder().add(Namespace.PID).build().step("start another"));

    Result both = run(NamespacePolicy.builder().build(), program, "echo $$");

    List<String> lines = both.output().lines().sorted().toList();
    assertTrue(lines.contains("1"), both::toString);
  }

  // ---------------------------------------------------------------- id maps

  @Test
  void rangesOfIdsCanBeMapped() throws Exception {
    List<IdMap> maps;
    if (id("geteuid") == 0) {
      maps = List.of(IdMap.single(0, 0), new IdMap(1, 100_000, 65_536));
    } else {
      List<IdMap> own =
          UserNamespace.subordinateIds(Path.of("/etc/subuid"), Long.toString(id("geteuid")));
      assumeTrue(
          !own.isEmpty() && Files.isExecutable(Path.of("/usr/bin/newuidmap")),
          "no newuidmap, or no ranges for this user");
      maps = List.of(IdMap.single(0, id("geteuid")), own.getFirst());
    }
    try (UserNamespace users = UserNamespace.create(maps, maps)) {
      NamespacePolicy policy = NamespacePolicy.builder().user(users).build();

      Result map = run(policy, SetupProgram.empty(), "cat /proc/self/uid_map; id -u");

      assertEquals(
          List.of("0", Long.toString(id("geteuid")), "1"),
          List.of(map.output().strip().split("\\s+")).subList(0, 3));
      assertTrue(map.output().endsWith("\n0\n"), map::toString);
      assertEquals(3, map.output().lines().count(), map::toString);
      // Entered a second time, with more namespaces.
      assertPrints(
          "0\n1\n2\n",
          run(
              policy.toBuilder().add(Namespace.PID, Namespace.MOUNT).build(),
              SetupProgram.empty(),
              "id -u; for p in /proc/[0-9]*; do echo ${p#/proc/}; done"));
    }
  }

  @Test
  void allIdsCanBeMappedByWhoMay() throws Exception {
    assumeTrue(id("geteuid") == 0, "needs root");
    List<IdMap> all = List.of(new IdMap(0, 0, 4294967295L));
    try (UserNamespace users = UserNamespace.create(all, all)) {
      Result map =
          run(
              NamespacePolicy.builder().user(users).build(),
              SetupProgram.empty(),
              "cat /proc/self/uid_map; stat -c %u /etc/passwd");

      assertEquals(
          List.of("0", "0", "4294967295", "0"), List.of(map.output().strip().split("\\s+")));
    }
  }

  @Test
  void whoMayNotMapRangesIsToldWhatIsMissing() {
    assumeTrue(id("geteuid") != 0 && !Files.exists(Path.of("/usr/bin/newuidmap")), "this user may");
    List<IdMap> maps = List.of(new IdMap(0, 100_000, 65_536));

    var e = assertThrows(IOException.class, () -> UserNamespace.create(maps, maps));

    assertTrue(e.toString().contains("newuidmap (package uidmap)"), e::toString);
    assertThrows(IllegalArgumentException.class, () -> UserNamespace.create(List.of(), maps));
  }

  @Test
  void subordinateIdsAreReadAsTheyStand(@TempDir Path directory) throws Exception {
    Path file =
        Files.writeString(directory.resolve("subuid"), "me:100000:65536\nyou:1:1\nme:300000:10\n");

    assertEquals(
        List.of(new IdMap(1, 100_000, 65_536), new IdMap(65_537, 300_000, 10)),
        UserNamespace.subordinateIds(file, "me"));
    assertEquals(List.of(), UserNamespace.subordinateIds(file, "nobody"));
    assertEquals(List.of(), UserNamespace.subordinateIds(directory.resolve("none"), "me"));
    Files.writeString(file, "me:x:y\n");
    assertThrows(IOException.class, () -> UserNamespace.subordinateIds(file, "me"));
  }

  // ---------------------------------------------------------------- no more of them

  @Test
  void moreUserNamespacesCanBeForbidden() throws Exception {
    assumeTrue(NamespacePolicy.canForbidNested(), "/proc/sys cannot be written to");
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/unshare")), "no /usr/bin/unshare");
    Path limit = Path.of("/proc/sys/user/max_user_namespaces");
    String before = Files.readString(limit);
    NamespacePolicy policy =
        NamespacePolicy.builder().add(Namespace.USER).nestedUserNamespaces(false).build();

    Result result = run(policy, SetupProgram.empty(), "unshare -U true; cat " + limit);

    assertTrue(result.output().contains("No space left on device"), result::toString);
    assertTrue(result.output().endsWith("\n0\n"), result::toString);
    assertEquals(before, Files.readString(limit));
    assertPrints(
        "",
        run(
            policy.toBuilder().nestedUserNamespaces(true).build(),
            SetupProgram.empty(),
            "unshare -U true"));
  }

  // ---------------------------------------------------------------- capabilities

  private static final String SETS = "grep ^Cap /proc/self/status | tr -d '\\t'";

  @Test
  void allSetsAreEmptyWhenAllIsDropped() throws Exception {
    for (IdMap map : List.of(IdMap.single(0, id("geteuid")), IdMap.single(1000, id("geteuid")))) {
      NamespacePolicy policy = Inside.namespaces().toBuilder().uidMap(map).build();

      assertPrints(
          """
          CapInh:0000000000000000
          CapPrm:0000000000000000
          CapEff:0000000000000000
          CapBnd:0000000000000000
          CapAmb:0000000000000000
          """,
          run(policy, Capabilities.dropAll(true), SETS));
    }
  }

  @Test
  void whatIsKeptWorksAndNothingElse() throws Exception {
    SetupProgram keep = Capabilities.keep(Set.of(Capability.SYS_CHROOT));
    for (IdMap map : List.of(IdMap.single(0, id("geteuid")), IdMap.single(1000, id("geteuid")))) {
      NamespacePolicy policy = Inside.namespaces().toBuilder().uidMap(map).build();

      // 1 << 18
      assertPrints(
          """
          CapInh:0000000000040000
          CapPrm:0000000000040000
          CapEff:0000000000040000
          CapBnd:0000000000040000
          CapAmb:0000000000040000
          """,
          run(policy, keep, SETS));
      assertPrints("in\n", run(policy, keep, "chroot / echo in"));
      Result mount = run(policy, keep, "mount -t tmpfs none /mnt");
      assertTrue(mount.code() != 0, mount::toString);
      assertTrue(run(policy, Capabilities.dropAll(true), "chroot / echo in").code() != 0);
    }
  }

  @Test
  void theSecureBitsAreLocked() throws Exception {
    Result bits =
        Inside.python(
            new Made(RootFilesystem.unchanged().build(), Way.CLASSIC, Inside.namespaces()),
            """
            import ctypes
            libc = ctypes.CDLL(None, use_errno=True)
            print(bin(libc.prctl(27, 0, 0, 0, 0)), libc.prctl(28, 0, 0, 0, 0))
            """);

    // PR_GET_SECUREBITS; PR_SET_SECUREBITS fails
    assertPrints("0b11101111 -1\n", bits);
  }

  @Test
  void aSandboxWithoutNamespacesLosesTheBoundingSetAsWell() throws Exception {
    assumeTrue(Capabilities.holds(Capability.SETPCAP.number()), "needs CAP_SETPCAP");

    Result sets = run(NamespacePolicy.builder().build(), Capabilities.dropAll(true), SETS);

    assertTrue(sets.output().contains("CapBnd:0000000000000000"), sets::toString);
  }

  @Test
  void aShellInARootOfItsOwnHasNothing() throws Exception {
    assertPrints(
        "CapBnd:0000000000000000\n",
        sh(Inside.tools().build().program(), "grep ^CapBnd /proc/self/status | tr -d '\\t'"));
  }
}
