package io.github.cofferdam.namespaces;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.launcher.Arg;
import io.github.cofferdam.launcher.Memory;
import io.github.cofferdam.launcher.SetupException;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.launcher.Step;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The programs of a policy, and what a policy refuses to be. */
class NamespacePolicyTest {

  private static NamespacePolicy.Builder everything() {
    return NamespacePolicy.builder()
        .add(Namespace.values())
        .uidMap(IdMap.single(1000, 5))
        .gidMap(new IdMap(100, 6, 1))
        .hostname("box")
        .timeOffsets(Duration.ofMinutes(1), Duration.ofMillis(-500))
        .nestedUserNamespaces(false)
        .loopback(true);
  }

  private static final String EVERYTHING =
      """
      unshare(CLONE_NEWUSER)
      openat(AT_FDCWD, "/proc/self/setgroups", O_WRONLY|O_CLOEXEC) = setgroups
      write(setgroups, "deny", 4)
      close(setgroups)
      openat(AT_FDCWD, "/proc/self/uid_map", O_WRONLY|O_CLOEXEC) = uid_map
      write(uid_map, "1000 5 1\\n", 9)
      close(uid_map)
      openat(AT_FDCWD, "/proc/self/gid_map", O_WRONLY|O_CLOEXEC) = gid_map
      write(gid_map, "100 6 1\\n", 8)
      close(gid_map)
      openat(AT_FDCWD, "/proc/sys/user/max_user_namespaces", O_WRONLY|O_CLOEXEC) = max_user_namespaces
      write(max_user_namespaces, "0", 1)
      close(max_user_namespaces)
      unshare(CLONE_NEWPID|CLONE_NEWNS|CLONE_NEWNET|CLONE_NEWIPC|CLONE_NEWUTS|CLONE_NEWCGROUP|CLONE_NEWTIME)
      openat(AT_FDCWD, "/proc/self/timens_offsets", O_WRONLY|O_CLOEXEC) = timens_offsets
      write(timens_offsets, "monotonic 60 0\\nboottime -1 500000000\\n", 37)
      close(timens_offsets)
      sethostname("box", 3)
      socket(AF_INET, SOCK_DGRAM|SOCK_CLOEXEC, 0) = socket
      ioctl(socket, SIOCSIFFLAGS, {ifr_name="lo", ifr_flags=IFF_UP})
      close(socket)
      """;

  @Test
  void theUserNamespaceComesFirstWithItsMaps() {
    assertEquals(EVERYTHING, everything().build().launcherProgram().toString());
  }

  @Test
  void withoutAUserNamespaceMountsAreKeptInside() {
    SetupProgram program = NamespacePolicy.builder().add(Namespace.MOUNT).build().launcherProgram();

    assertEquals(
        """
        unshare(CLONE_NEWNS)
        mount(NULL, "/", NULL, MS_REC|MS_SLAVE, NULL)
        """,
        program.toString());
    // linux/mount.h: MS_REC 16384, MS_SLAVE 1 << 19
    Step mount = program.steps().get(1);
    assertEquals(16384 | 1 << 19, ((Arg.Value) mount.args().get(3)).value());
  }

  @Test
  void toBuilderKeepsEverything() {
    NamespacePolicy policy = everything().build().toBuilder().build();

    assertEquals(EVERYTHING, policy.launcherProgram().toString());
    assertEquals(Set.of(Namespace.values()), policy.namespaces());
  }

  @Test
  void toBuilderDoesNotReachThePolicyItCameFrom() {
    NamespacePolicy policy = NamespacePolicy.builder().add(Namespace.USER).build();

    policy.toBuilder().add(Namespace.UTS).hostname("x").build();

    assertEquals(Set.of(Namespace.USER), policy.namespaces());
  }

  @Test
  void withoutNamespacesThereIsNothingToDo() {
    NamespacePolicy policy = NamespacePolicy.builder().build();

    assertEquals(SetupProgram.empty(), policy.launcherProgram());
    assertEquals(Set.of(), policy.namespaces());
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"USER", "PID", "MOUNT"})
  void oneNamespaceIsOneStep(Namespace namespace) {
    assertEquals(
        "unshare(" + namespace.flagName() + ")\n",
        NamespacePolicy.builder().add(namespace).build().launcherProgram().toString());
  }

  @ParameterizedTest
  @CsvSource({
    // linux/sched.h
    "USER, 0x10000000",
    "PID, 0x20000000",
    "MOUNT, 0x00020000",
    "NETWORK, 0x40000000",
    "IPC, 0x08000000",
    "UTS, 0x04000000",
    "CGROUP, 0x02000000",
    "TIME, 0x00000080"
  })
  void flagsAreThoseOfTheKernel(Namespace namespace, String flag) {
    assertEquals(Integer.decode(flag), namespace.flag());
  }

  @Test
  void argumentsHoldWhatTheyPrint() {
    List<Step> steps = everything().build().launcherProgram().steps();

    Step others = steps.get(13);
    assertEquals(0x6e020080L, ((Arg.Value) others.args().getFirst()).value());
    // struct ifreq: the flags stand behind 16 bytes of name; IFF_UP is 1
    byte[] request = ((Memory) steps.get(19).args().get(2)).bytes();
    assertEquals(40, request.length);
    assertEquals("lo\0", new String(request, 0, 3, StandardCharsets.US_ASCII));
    assertEquals(1, request[16]);
    assertEquals(0x8914, ((Arg.Value) steps.get(19).args().get(1)).value());
    // The maps go without a NUL: the kernel would refuse it.
    assertEquals(9, ((Memory) steps.get(5).args().get(1)).size());
  }

  @Test
  void aFailingStepNamesTheNamespaces() {
    var calls = new ArrayList<String>();
    SetupProgram program = everything().build().launcherProgram();

    var e =
        assertThrows(
            SetupException.class,
            () ->
                program.run((step, args) -> {
                  calls.add(step.syscall());
                  return calls.size() == 14 ? -Errno.ENOSPC.number() : 3;
                }));

    assertEquals("unshare", e.syscall());
    assertEquals(Errno.ENOSPC, e.errno());
    assertTrue(e.toString().contains("CLONE_NEWPID, CLONE_NEWNS"), e::toString);
    assertEquals(14, calls.size(), calls::toString);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 65, 200})
  void aHostNameHasUpToSixtyFourBytes(int length) {
    var builder = NamespacePolicy.builder().add(Namespace.UTS);

    assertThrows(IllegalArgumentException.class, () -> builder.hostname("x".repeat(length)));
  }

  @Test
  void theLengthOfAHostNameIsInBytes() {
    var builder = NamespacePolicy.builder().add(Namespace.UTS);

    assertThrows(IllegalArgumentException.class, () -> builder.hostname("\u00e4".repeat(33)));
    Step step = builder.hostname("\u00e4".repeat(32)).build().launcherProgram().steps().getLast();
    assertEquals(64, ((Arg.Value) step.args().get(1)).value());
  }

  @Test
  void aHostNameNeedsItsNamespace() {
    assertNeeds("UTS", NamespacePolicy.builder().add(Namespace.USER).hostname("x"));
  }

  @Test
  void aLoopbackNeedsItsNamespace() {
    assertNeeds("NETWORK", NamespacePolicy.builder().add(Namespace.USER).loopback(true));
  }

  @Test
  void offsetsNeedTheirNamespace() {
    Duration second = Duration.ofSeconds(1);
    assertNeeds("TIME", NamespacePolicy.builder().timeOffsets(second, second));
  }

  @Test
  void whoForbidsMoreUserNamespacesNeedsOne() {
    assertNeeds("USER", NamespacePolicy.builder().nestedUserNamespaces(false));
  }

  @Test
  void processIdsNeedTheirOwnProc() {
    assertNeeds("MOUNT", NamespacePolicy.builder().add(Namespace.USER, Namespace.PID));
  }

  private static void assertNeeds(String namespace, NamespacePolicy.Builder builder) {
    var e = assertThrows(IllegalArgumentException.class, builder::build);

    assertTrue(e.toString().contains("needs the namespace " + namespace), e::toString);
  }
}
