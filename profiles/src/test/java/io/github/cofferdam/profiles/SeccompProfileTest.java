package io.github.cofferdam.profiles;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.profiles.SeccompProfile.Selection;
import io.github.cofferdam.seccomp.Action;
import io.github.cofferdam.seccomp.FilterCost;
import io.github.cofferdam.seccomp.SeccompFilter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.StringJoiner;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Profiles of the OCI and what filters they make. */
class SeccompProfileTest {
  private static final Action EPERM = Action.errno(Errno.EPERM);
  private static final Action ENOSYS = Action.errno(Errno.ENOSYS);
  private static final Selection X86_64 = Selection.host().forArches(Arch.X86_64);

  private static final int AF_NETLINK = 16;
  private static final int NETLINK_AUDIT = 9;

  /** Entries in single quotes. */
  private static SeccompProfile profile(String more, String... entries) throws ProfileException {
    var all = new StringJoiner(",\n");
    for (String entry : entries) {
      all.add(entry);
    }
    String text = "{" + more + ", 'syscalls': [\n" + all + "]}";
    return SeccompProfile.parse(text.replace('\'', '"'), "p");
  }

  private static Action decide(SeccompProfile profile, String call, long... args)
      throws ProfileException {
    return profile.filter(X86_64).decide(call, args);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "SCMP_ACT_ALLOW| |ALLOW",
        "SCMP_ACT_LOG| |LOG",
        "SCMP_ACT_KILL| |KILL_THREAD",
        "SCMP_ACT_KILL_THREAD| |KILL_THREAD",
        "SCMP_ACT_KILL_PROCESS| |KILL_PROCESS",
        "SCMP_ACT_TRAP| |TRAP",
        "SCMP_ACT_NOTIFY| |USER_NOTIFICATION",
        "SCMP_ACT_ERRNO| |ERRNO(EPERM)",
        "SCMP_ACT_ERRNO|,'errnoRet': 38|ERRNO(ENOSYS)",
        "SCMP_ACT_ERRNO|,'errnoRet': null|ERRNO(EPERM)",
        "SCMP_ACT_ERRNO|,'errno': 'ENOTSUP'|ERRNO(EOPNOTSUPP)",
        "SCMP_ACT_ERRNO|,'errno': 'EINVAL', 'errnoRet': 22|ERRNO(EINVAL)",
        "SCMP_ACT_TRACE| |TRACE(1)",
        "SCMP_ACT_TRACE|,'errnoRet': 0|TRACE(0)",
        "SCMP_ACT_TRACE|,'errnoRet': 65535|TRACE(65535)"
      })
  void allActionsAreKnown(String action, String data, String expected) throws Exception {
    String number = data == null ? "" : data;
    SeccompProfile entry =
        profile(
            "'defaultAction': 'SCMP_ACT_ERRNO', 'defaultErrnoRet': 5",
            "{'names': ['brk'], 'action': '" + action + "'" + number + "}");
    assertEquals(expected, decide(entry, "brk").toString());
    assertEquals(Action.errno(5), decide(entry, "read"));
    String byDefault =
        number.replace("errnoRet", "defaultErrnoRet").replace("'errno'", "'defaultErrno'");
    assertEquals(
        expected,
        profile("'defaultAction': '" + action + "'" + byDefault).defaultAction().toString());
  }

  @ParameterizedTest
  @CsvSource({
    "EQ, 5, 4",
    "NE, 4, 5",
    "LT, 4, 5",
    "LE, 5, 6",
    "GT, 6, 5",
    "GE, 5, 4",
    "EQ, 5, 0x100000005",
    "LT, 4, 0x100000000",
    "LT, 4, -1",
    "GT, -1, 5",
  })
  void argumentsAreComparedWith64Bits(String operator, String holds, String fails)
      throws Exception {
    SeccompProfile profile =
        profile(
            "'defaultAction': 'SCMP_ACT_ERRNO'",
            "{'names': ['lseek'], 'action': 'SCMP_ACT_ALLOW', 'args': [{'index': 1, 'value': 5,"
                + " 'op': 'SCMP_CMP_"
                + operator
                + "'}]}");
    assertEquals(Action.allow(), decide(profile, "lseek", 0, Long.decode(holds)));
    assertEquals(EPERM, decide(profile, "lseek", 0, Long.decode(fails)));
  }

  @Test
  void aMaskIsTheValueAndTheValueIsTheSecond() throws Exception {
    SeccompProfile profile =
        profile(
            "'defaultAction': 'SCMP_ACT_ERRNO'",
            "{'names': ['lseek'], 'action': 'SCMP_ACT_ALLOW', 'args': [{'index': 5, 'value':"
                + " 18446744069414584320, 'valueTwo': 4294967296, 'op': 'SCMP_CMP_MASKED_EQ'}]}");
    assertEquals(Action.allow(), decide(profile, "lseek", 0, 0, 0, 0, 0, 0x1_8000_0001L));
    assertEquals(EPERM, decide(profile, "lseek", 0, 0, 0, 0, 0, 0x3_0000_0000L));
    assertEquals(EPERM, decide(profile, "lseek", 0, 0, 0, 0, 0, 1));
  }

  @Test
  void argumentsOfAnEntryAreAndAndEntriesAreOr() throws Exception {
    SeccompProfile profile =
        profile(
            "'defaultAction': 'SCMP_ACT_ERRNO'",
            "{'name': 'lseek', 'action': 'SCMP_ACT_ALLOW', 'args': [{'index': 0, 'value': 1, 'op':"
                + " 'SCMP_CMP_EQ'}, {'index': 1, 'value': 2, 'op': 'SCMP_CMP_EQ'}]}",
            "{'names': ['lseek'], 'action': 'SCMP_ACT_ALLOW', 'args': [{'index': 2, 'value': 3,"
                + " 'op': 'SCMP_CMP_EQ'}]}");
    assertEquals(Action.allow(), decide(profile, "lseek", 1, 2, 0));
    assertEquals(Action.allow(), decide(profile, "lseek", 0, 0, 3));
    assertEquals(EPERM, decide(profile, "lseek", 1, 0, 0));
    assertEquals(EPERM, decide(profile, "lseek", 0, 2, 0));
  }

  /** runc takes them for alternatives; what is stricter is meant. */
  @Test
  void twoConditionsOnOneArgumentAreTakenStrictly() throws Exception {
    String args =
        "'args': [{'index': 0, 'value': 2, 'op': 'SCMP_CMP_GE'},"
            + " {'index': 0, 'value': 4, 'op': 'SCMP_CMP_LE'}]}";
    SeccompProfile allows =
        profile(
            "'defaultAction': 'SCMP_ACT_ERRNO'",
            "{'names': ['lseek'], 'action': 'SCMP_ACT_ALLOW', " + args);
    assertEquals(Action.allow(), decide(allows, "lseek", 3));
    assertEquals(EPERM, decide(allows, "lseek", 1));
    assertEquals(
        List.of(
            "p:2:1: two conditions on one argument: all must hold, though container engines take"
                + " one to suffice"),
        allows.warnings(X86_64));
    SeccompProfile refuses =
        profile(
            "'defaultAction': 'SCMP_ACT_ALLOW'",
            "{'names': ['lseek'], 'action': 'SCMP_ACT_ERRNO', " + args);
    assertEquals(EPERM, decide(refuses, "lseek", 3));
    assertEquals(EPERM, decide(refuses, "lseek", 1));
    assertEquals(
        List.of(
            "p:2:1: two conditions on one argument: one of them suffices, as container engines"
                + " read it"),
        refuses.warnings(X86_64));
  }

  @Test
  void ofTwoEntriesForAllArgumentsTheStricterHolds() throws Exception {
    String allow = "{'names': ['read'], 'action': 'SCMP_ACT_ALLOW'}";
    String deny = "{'names': ['read'], 'action': 'SCMP_ACT_ERRNO', 'errnoRet': 5}";
    for (String[] entries : new String[][] {{allow, deny}, {deny, allow}, {allow, deny, allow}}) {
      SeccompProfile profile = profile("'defaultAction': 'SCMP_ACT_TRAP'", entries);
      assertEquals(Action.errno(5), decide(profile, "read"));
      assertTrue(
          profile.warnings(X86_64).getFirst().endsWith("; ERRNO(EIO) holds"),
          profile.warnings(X86_64)::toString);
    }
  }

  @Test
  void anEntryForAllArgumentsMakesOthersOfItsActionRedundant() throws Exception {
    SeccompProfile profile =
        profile(
            "'defaultAction': 'SCMP_ACT_ERRNO'",
            "{'names': ['lseek'], 'action': 'SCMP_ACT_ALLOW', 'args': [{'index': 0, 'value': 1,"
                + " 'op': 'SCMP_CMP_EQ'}]}",
            "{'names': ['lseek'], 'action': 'SCMP_ACT_ALLOW', 'args': []}");
    assertEquals(Action.allow(), decide(profile, "lseek", 7));
    assertEquals(List.of(), profile.warnings(X86_64));
  }

  @Test
  void includesAndExcludesDecideWhetherAnEntryApplies() throws Exception {
    SeccompProfile profile =
        profile(
            "'defaultAction': 'SCMP_ACT_ERRNO'",
            "{'names': ['read'], 'action': 'SCMP_ACT_ALLOW', 'includes': {'caps': ['CAP_A',"
                + " 'CAP_B']}}",
            "{'names': ['write'], 'action': 'SCMP_ACT_ALLOW', 'excludes': {'caps': ['CAP_A',"
                + " 'CAP_B']}}",
            "{'names': ['open'], 'action': 'SCMP_ACT_ALLOW', 'includes': {'arches': ['arm64',"
                + " 'amd64']}}",
            "{'names': ['close'], 'action': 'SCMP_ACT_ALLOW', 'excludes': {'arches': ['amd64',"
                + " 'x32']}}",
            "{'names': ['stat'], 'action': 'SCMP_ACT_ALLOW', 'includes': {'minKernel': '5.10'}}",
            "{'names': ['fstat'], 'action': 'SCMP_ACT_ALLOW', 'excludes': {'minKernel': '5.10'}}",
            "{'names': ['lseek'], 'action': 'SCMP_ACT_ALLOW', 'includes': {'minKernel': '4.8',"
                + " 'caps': ['CAP_A']}, 'excludes': {'arches': ['s390x']}}");
    Selection old = X86_64.onKernel("5.9.16-foo");
    assertEquals(Set.of("write", "open", "fstat"), allowed(profile, old));
    assertEquals(Set.of("write", "open", "stat"), allowed(profile, X86_64.onKernel("5.10.0")));
    assertEquals(Set.of("write", "open", "stat"), allowed(profile, X86_64.onKernel("10.2")));
    assertEquals(
        Set.of("open", "fstat", "lseek"), allowed(profile, old.withCapabilities(List.of("CAP_A"))));
    assertEquals(
        Set.of("read", "open", "fstat", "lseek"),
        allowed(profile, old.withCapabilities(List.of("CAP_B", "CAP_A", "CAP_C"))));
    // The machine's own architecture counts, whichever come with it.
    assertEquals(
        Set.of("write", "open", "fstat"), allowed(profile, old.forArches(Arch.I386, Arch.X86_64)));
    assertEquals(Set.of("write", "close", "fstat"), allowed(profile, old.forArches(Arch.RISCV64)));
  }

  private static Set<String> allowed(SeccompProfile profile, Selection selection)
      throws ProfileException {
    SeccompFilter filter = profile.filter(selection);
    var allowed = new TreeSet<String>();
    filter
        .rules()
        .forEach((name, rule) -> {
          if (rule.decide().equals(Action.allow())) {
            allowed.add(name);
          }
        });
    return allowed;
  }

  @Test
  void architecturesAreTheMachinesAndThoseNamedWithIt() throws Exception {
    assumeTrue(Arch.host() == Arch.X86_64, "about x86_64, this is " + Arch.host());
    String map =
        ", 'archMap': [{'architecture': 'SCMP_ARCH_AARCH64', 'subArchitectures':"
            + " ['SCMP_ARCH_ARM']}, {'architecture': 'SCMP_ARCH_X86_64', 'subArchitectures':"
            + " ['SCMP_ARCH_X86', 'SCMP_ARCH_PPC']}]";
    SeccompProfile mapped = profile("'defaultAction': 'SCMP_ACT_ERRNO'" + map);
    assertEquals(Set.of(Arch.X86_64, Arch.I386), mapped.filter().arches());
    assertEquals(
        List.of("p: archMap: SCMP_ARCH_PPC" + OciReader.NAME_ONLY),
        mapped.warnings(Selection.host()));
    SeccompProfile listed =
        profile(
            "'defaultAction': 'SCMP_ACT_ERRNO', 'architectures': ['SCMP_ARCH_X32',"
                + " 'SCMP_ARCH_S390']");
    assertEquals(Set.of(Arch.X86_64, Arch.X32), listed.filter().arches());
    assertEquals(
        List.of("p:1:1: architectures: SCMP_ARCH_S390" + OciReader.NAME_ONLY),
        listed.warnings(Selection.host()));
    assertEquals(
        Set.of(Arch.X86_64), profile("'defaultAction': 'SCMP_ACT_ERRNO'").filter().arches());
    assertEquals(Set.of(Arch.AARCH64), mapped.filter(X86_64.forArches(Arch.AARCH64)).arches());
    // Nothing else is let in.
    assertEquals(Action.killProcess(), mapped.filter(X86_64).decide(Arch.I386, "getpid"));
  }

  /** All that libseccomp has, as runtime-spec writes them. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "AARCH64", "ARM", "LOONGARCH64", "M68K", "MIPS", "MIPS64", "MIPS64N32", "MIPSEL",
        "MIPSEL64", "MIPSEL64N32", "PARISC", "PARISC64", "PPC", "PPC64", "PPC64LE", "RISCV64",
        "S390", "S390X", "SH", "SHEB", "X32", "X86", "X86_64"
      })
  void everyArchitectureIsAtLeastAKnownName(String name) throws Exception {
    String deny = "'defaultAction': 'SCMP_ACT_ERRNO', ";
    String host = Arch.host() == Arch.X86_64 ? "SCMP_ARCH_X86_64" : "SCMP_ARCH_AARCH64";
    for (String written :
        List.of(
            "'architectures': ['SCMP_ARCH_%s']".formatted(name),
            "'archMap': [{'architecture': '%s', 'subArchitectures': ['SCMP_ARCH_%s']}]"
                .formatted(host, name))) {
      SeccompProfile profile = profile(deny + written);
      Set<Arch> arches = profile.filter().arches();
      Arch known = OciReader.ARCHES.get("SCMP_ARCH_" + name);
      assertTrue(arches.contains(Arch.host()), arches::toString);
      assertEquals(known != null, known != null && arches.contains(known), arches::toString);
      List<String> warnings = profile.warnings(Selection.host());
      assertEquals(known == null ? 1 : 0, warnings.size(), warnings::toString);
      assertTrue(known != null || warnings.getFirst().contains(name), warnings::toString);
    }
  }

  @Test
  void whatIsNewerThanTheProfileFailsWithEnosys() throws Exception {
    String entry = "{'names': ['read', 'statx'], 'action': 'SCMP_ACT_ALLOW'}";
    SeccompProfile profile = profile("'defaultAction': 'SCMP_ACT_ERRNO'", entry);
    assertEquals(EPERM, decide(profile, "write"));
    assertEquals(ENOSYS, decide(profile, "clone3"));
    assertEquals(ENOSYS, profile.filter(X86_64).decide(Arch.X86_64, 100_000));
    var lenient = new Selection(List.of(Arch.X86_64), Set.of(), "6.1", false);
    assertEquals(EPERM, profile.filter(lenient).decide("clone3"));
    assertEquals(ENOSYS, profile.filter(lenient).decide(Arch.X86_64, 100_000));
    for (String lax : List.of("ALLOW", "LOG", "TRACE")) {
      SeccompProfile open = profile("'defaultAction': 'SCMP_ACT_" + lax + "'", entry);
      assertEquals(open.defaultAction(), decide(open, "clone3"));
      // Stricter than runc: nobody knows what it is.
      assertEquals(ENOSYS, open.filter(X86_64).decide(Arch.X86_64, 100_000));
    }
  }

  @Test
  void whatIsPassedOverIsSaid() throws Exception {
    SeccompProfile profile =
        profile(
            "'defaultAction': 'SCMP_ACT_ALLOW', 'listenerPath': '/run/x', 'vendor': 1",
            "{'names': ['raed', 'read', 'fadvise64_64'], 'action': 'SCMP_ACT_ERRNO', 'x-y': {}}");
    assertEquals(EPERM, decide(profile, "read"));
    assertEquals(
        List.of(
            "p:2:73: unknown key syscalls[0].x-y is not used",
            "p:1:1: listenerPath is not used: nobody is asked there",
            "p:1:63: unknown key vendor is not used",
            "p:2:1: passed over: unknown system call \"raed\"; did you mean \"read\"?"),
        profile.warnings(X86_64));
  }

  @ParameterizedTest
  @CsvSource({
    "ALLOW, ERRNO, EQ, true",
    "ALLOW, ERRNO, LT, true",
    "ALLOW, ERRNO, LE, true",
    "ALLOW, ERRNO, NE, false",
    "ALLOW, ERRNO, GT, false",
    "ERRNO, ALLOW, EQ, false",
    "ERRNO, ALLOW, LT, false",
    "ERRNO, ALLOW, NE, true",
    "ERRNO, ALLOW, GT, true",
    "ERRNO, ALLOW, GE, true",
    "KILL, ERRNO, EQ, false",
  })
  void aHigherBitIsAWayAround(String byDefault, String action, String operator, boolean warns)
      throws Exception {
    SeccompProfile profile =
        profile(
            "'defaultAction': 'SCMP_ACT_" + byDefault + "'",
            "{'names': ['socket', 'lseek'], 'action': 'SCMP_ACT_"
                + action
                + "', 'args': [{'index': 0, 'value': 16, 'op': 'SCMP_CMP_"
                + operator
                + "'}]}");
    List<String> warnings = profile.warnings(X86_64);
    assertEquals(warns ? 1 : 0, warnings.size(), warnings::toString);
    if (warns) {
      assertTrue(
          warnings
              .getFirst()
              .startsWith(
                  "p:2:1: socket: all 64 bits of argument 0 are compared, the kernel reads 32: with"
                      + " a higher bit set, a caller gets around arg0 "),
          warnings::toString);
      // It is one.
      boolean allowed = false;
      for (long low = 14; low < 19; low++) {
        boolean plain = decide(profile, "socket", low).equals(Action.allow());
        allowed |= !plain && decide(profile, "socket", low | 1L << 32).equals(Action.allow());
      }
      assertTrue(allowed);
    }
  }

  @Test
  void i386HasNoHigherBits() throws Exception {
    SeccompProfile profile =
        profile(
            "'defaultAction': 'SCMP_ACT_ALLOW'",
            "{'names': ['ioctl'], 'action': 'SCMP_ACT_ERRNO', 'args': [{'index': 1, 'value': 5,"
                + " 'op': 'SCMP_CMP_EQ'}]}");
    assertEquals(1, profile.warnings(X86_64).size());
    assertEquals(List.of(), profile.warnings(X86_64.forArches(Arch.I386)));
  }

  @Test
  void aMaskAgainstHigherBitsIsNoWayAround() throws Exception {
    SeccompProfile profile =
        profile(
            "'defaultAction': 'SCMP_ACT_ALLOW'",
            "{'names': ['socket'], 'action': 'SCMP_ACT_ERRNO', 'args': [{'index': 0, 'value':"
                + " 4294967295, 'valueTwo': 16, 'op': 'SCMP_CMP_MASKED_EQ'}]}");
    assertEquals(List.of(), profile.warnings(X86_64));
    assertEquals(EPERM, decide(profile, "socket", 0x1_0000_0010L));
  }

  @Test
  void aValueThatTheKernelDoesNotReadIsSaid() throws Exception {
    SeccompProfile profile =
        profile(
            "'defaultAction': 'SCMP_ACT_ERRNO'",
            "{'names': ['socket'], 'action': 'SCMP_ACT_ALLOW', 'args': [{'index': 0, 'value':"
                + " 4294967298, 'op': 'SCMP_CMP_EQ'}]}");
    assertEquals(
        List.of(
            "p:2:1: socket: the kernel reads 32 bits of argument 0, and arg0 == 0x100000002 has"
                + " more: it is not met where no higher bit is set"),
        profile.warnings(X86_64));
  }

  @Test
  void flagsAreRead() throws Exception {
    assertEquals(
        List.of("SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_TSYNC"),
        profile(
                "'defaultAction': 'SCMP_ACT_ALLOW', 'flags': ['SECCOMP_FILTER_FLAG_LOG',"
                    + " 'SECCOMP_FILTER_FLAG_TSYNC']")
            .flags());
  }

  /** Many profiles in one file, with shorter names. */
  @Test
  void severalProfilesAreToldApartByName(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("seccomp_profiles.json");
    Files.writeString(
        file,
        """
        {"version": "1.0", "profiles": {
          "compute_only": {
            "description": "Pure computation",
            "defaultAction": "SCMP_ACT_ERRNO",
            "architectures": ["SCMP_ARCH_X86_64"],
            "syscalls": [{"names": ["read", "write"], "action": "SCMP_ACT_ALLOW", "args": []}]
          },
          "blocked_dangerous": {
            "defaultAction": "allow",
            "syscalls": [
              {"name": "ptrace", "action": "kill_process", "comment": "no debugging"},
              {"names": ["lseek"], "action": "errno",
               "args": [{"index": 2, "value": 3, "op": "ge"}]}
            ]
          }
        }}
        """);
    assertEquals(
        file + ": has several profiles; name one: compute_only, blocked_dangerous",
        assertThrows(ProfileException.class, () -> SeccompProfile.load(file)).getMessage());
    assertEquals(
        file + ": has no profile \"default\"; it has: compute_only, blocked_dangerous",
        assertThrows(ProfileException.class, () -> SeccompProfile.load(file, "default"))
            .getMessage());
    SeccompProfile compute = SeccompProfile.load(file, "compute_only");
    assertEquals(Action.allow(), decide(compute, "write"));
    assertEquals(ENOSYS, decide(compute, "open"));
    SeccompProfile blocked = SeccompProfile.load(file, "blocked_dangerous");
    assertEquals(Action.killProcess(), decide(blocked, "ptrace"));
    assertEquals(EPERM, decide(blocked, "lseek", 0, 0, 3));
    assertEquals(Action.allow(), decide(blocked, "lseek", 0, 0, 2));
    assertEquals(List.of(), blocked.warnings(X86_64));
  }

  /** What Docker ships: only read, never copied. */
  private static SeccompProfile moby() throws Exception {
    String root = Objects.requireNonNull(System.getProperty("cofferdam.root"));
    Path file = Path.of(root).resolve("../shared/vectors/moby_default_profile.json");
    boolean there = Files.isReadable(file);
    String reason = "Docker's default profile is not at " + file;
    assertTrue(there || System.getenv("CI") == null, reason);
    assumeTrue(there, reason);
    return SeccompProfile.load(file);
  }

  @Test
  void dockersProfileIsSmallAndShallow() throws Exception {
    SeccompProfile profile = moby();
    FilterCost one = FilterCost.of(profile.filter(X86_64).program(), List.of(Arch.X86_64));
    assertTrue(one.instructions() <= 95, one::toString);
    assertTrue(one.average() <= 8.9, one::toString);
    assertTrue(one.maximum() <= 16, one::toString);
    SeccompFilter three = profile.filter(X86_64.forArches(Arch.X86_64, Arch.I386, Arch.X32));
    assertTrue(three.cost().instructions() <= 320, () -> three.cost().toString());
    for (Arch arch : three.arches()) {
      FilterCost cost = three.cost(arch);
      assertTrue(cost.average() <= 11, () -> arch + " " + cost);
    }
    // What was measured when this was written; a change of the compiler may change it.
    assertEquals(74, one.instructions(), one::toString);
    assertEquals(264, three.cost().instructions(), () -> three.cost().toString());
  }

  @Test
  void dockersProfileDecidesAsDockerDoes() throws Exception {
    SeccompProfile profile = moby();
    SeccompFilter filter = profile.filter(X86_64);
    assertEquals(Action.allow(), filter.decide("openat"));
    assertEquals(EPERM, filter.decide("mount"));
    assertEquals(ENOSYS, filter.decide("clone3"));
    assertEquals(Action.allow(), filter.decide("clone", 0x11));
    assertEquals(EPERM, filter.decide("clone", 0x1000_0000));
    assertEquals(Action.allow(), filter.decide("socket", 39));
    assertEquals(EPERM, filter.decide("socket", 40));
    assertEquals(Action.allow(), filter.decide("personality", 0xffff_ffffL));
    assertEquals(EPERM, filter.decide("personality", 1));
    assertEquals(Action.allow(), filter.decide("ptrace"));
    assertEquals(EPERM, profile.filter(X86_64.onKernel("4.7")).decide("ptrace"));
    SeccompFilter admin = profile.filter(X86_64.withCapabilities(List.of("CAP_SYS_ADMIN")));
    assertEquals(Action.allow(), admin.decide("mount"));
    assertEquals(Action.allow(), admin.decide("clone", 0x1000_0000));
    assertEquals(Action.allow(), admin.decide("clone3"));
    for (Arch arch : List.of(Arch.AARCH64, Arch.RISCV64)) {
      assertEquals(
          Action.allow(), profile.filter(X86_64.forArches(arch)).decide("openat"), arch.toString());
    }
  }

  @Test
  void podmansProfileIsReadStrictly() throws Exception {
    Path file = Path.of("/usr/share/containers/seccomp.json");
    assumeTrue(
        Files.isReadable(file),
        "no profile of podman here (package golang-github-containers-common)");
    SeccompProfile profile = SeccompProfile.load(file);
    SeccompFilter filter = profile.filter(X86_64);
    assertEquals(ENOSYS, filter.otherwise());
    assertEquals(Action.allow(), filter.decide("openat"));
    assertEquals(EPERM, filter.decide("bpf"));
    assertEquals(Action.errno(Errno.EINVAL), filter.decide("socket", AF_NETLINK, 0, NETLINK_AUDIT));
    assertEquals(Action.allow(), filter.decide("socket", AF_NETLINK, 0, 0));
    assertEquals(Action.allow(), filter.decide("socket", 2, 0, NETLINK_AUDIT));
    SeccompFilter auditor = profile.filter(X86_64.withCapabilities(List.of("CAP_AUDIT_WRITE")));
    assertEquals(Action.allow(), auditor.decide("socket", AF_NETLINK, 0, NETLINK_AUDIT));
    SeccompFilter admin = profile.filter(X86_64.withCapabilities(List.of("CAP_SYS_ADMIN")));
    assertEquals(Action.allow(), admin.decide("bpf"));
    boolean contradicts =
        profile.warnings(X86_64).stream()
            .anyMatch(warning -> warning.contains(": setns: ERRNO(EPERM) for all arguments"));
    // Of the version that says both; a later one may have made up its mind.
    if (contradicts) {
      assertEquals(EPERM, filter.decide("setns"));
      assertEquals(Action.allow(), admin.decide("setns"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/usr/share/containers/seccomp.json", "moby"})
  void realProfilesSurviveBeingWritten(String name) throws Exception {
    Path file = Path.of(name);
    assumeTrue(name.equals("moby") || Files.isReadable(file), "there is no " + file);
    SeccompProfile profile = name.equals("moby") ? moby() : SeccompProfile.load(file);
    SeccompProfile read = SeccompProfile.parse(profile.toOci(), "written");
    for (Arch arch : Arch.values()) {
      for (Set<String> capabilities : List.of(Set.<String>of(), Set.of("CAP_SYS_ADMIN"))) {
        Selection selection = X86_64.forArches(arch).withCapabilities(capabilities);
        assertEquals(List.of(), profile.filter(selection).diff(read.filter(selection)));
      }
    }
    SeccompFilter filter = profile.filter(X86_64);
    assertEquals(List.of(), filter.diff(SeccompProfile.of(filter).filter(X86_64)));
  }
}
