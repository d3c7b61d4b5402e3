package io.github.cofferdam.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.rlimit.Limit;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is said of hosts of all kinds. */
class HostReportTest {
  private final ModelHost machine = new ModelHost();

  private String text(String section, String key) {
    return HostReport.probe(machine).finding(section, key).text();
  }

  private Finding finding(String section, String key) {
    return HostReport.probe(machine).finding(section, key);
  }

  @Test
  void aHostWithEverything() {
    assertEquals("6.12.9-model", text("kernel", "release"));
    assertEquals("1000", text("kernel", "user_id"));
    assertEquals("7 (as the kernel says)", text("landlock", "abi"));
    assertEquals("1 3 (numbers of the errata that are fixed)", text("landlock", "errata"));
    assertEquals("tsync log", text("seccomp", "flags"));
    for (String kind :
        List.of("user", "pid", "mount", "network", "ipc", "uts", "cgroup", "time", "all")) {
      assertEquals("yes: tried", text("namespaces", kind), kind);
    }
    assertEquals("soft 1024, hard 4096", text("limits", "open_files"));
    assertEquals(new Finding.Ceiling(Limit.unlimited()), finding("limits", "address_space"));
    assertEquals("yes: process 77 collects its records", text("audit", "enabled"));
    assertEquals("none: not found in PATH", text("programs", "crun"));
  }

  @Test
  void everyKindIsTriedByItselfAndThenAllTogether() {
    HostReport.probe(machine);
    assertEquals(9, machine.launches);
  }

  @Test
  void oneKindThatCannotBeMadeDoesNotSpeakForTheOthers() {
    machine.failing.put("CLONE_NEWNET", Errno.EPERM);

    assertEquals("yes: tried", text("namespaces", "pid"));
    assertTrue(text("namespaces", "network").startsWith("no: "), text("namespaces", "network"));
    assertTrue(text("namespaces", "network").contains("EPERM"));
    assertTrue(text("namespaces", "all").startsWith("no: "));
  }

  @Test
  void noUserNamespaces() {
    machine.files.put("/proc/sys/user/max_user_namespaces", "0\n");
    machine.failing.put("CLONE_NEWUSER", Errno.ENOSPC);

    assertEquals("0", text("user_namespaces", "max_user_namespaces"));
    assertTrue(text("namespaces", "user").contains("ENOSPC"));
  }

  @Test
  void appArmorRestriction() {
    machine.files.put("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n");
    machine.failing.put("write /proc/self/uid_map", Errno.EPERM);

    assertEquals(
        "1 (AppArmor restricts them to programs whose profile allows userns)",
        text("user_namespaces", "apparmor_restrict_unprivileged_userns"));
    assertTrue(text("namespaces", "user").contains("uid_map"));
  }

  @ParameterizedTest
  @CsvSource({
    "0, memfds may be executed",
    "1, memfds may be executed if they were made for it",
    "2, memfds may not be executed"
  })
  void memfdSwitch(int value, String meaning) {
    machine.files.put("/proc/sys/vm/memfd_noexec", value + "\n");
    assertEquals(value + " (" + meaning + ")", text("memory_execution", "memfd_noexec"));
  }

  @Test
  void memoryThatMayNotBeExecuted() {
    machine.memoryRefusal = Optional.of(Errno.EACCES);

    Finding.Works execution =
        assertInstanceOf(Finding.Works.class, finding("memory_execution", "execution"));
    assertEquals(false, execution.works());
    assertTrue(execution.detail().contains("EACCES"));
  }

  @ParameterizedTest
  @CsvSource({"1, only descendants may be traced", "2, only administrators may trace"})
  void yama(int scope, String meaning) {
    machine.files.put("/proc/sys/kernel/yama/ptrace_scope", scope + "\n");
    assertEquals(scope + " (" + meaning + ")", text("security_modules", "yama_ptrace_scope"));
  }

  @Test
  void withoutYama() {
    machine.files.remove("/proc/sys/kernel/yama/ptrace_scope");
    assertEquals("none: Yama is not active", text("security_modules", "yama_ptrace_scope"));
  }

  @Test
  void aSettingThatIsNoNumberIsUnknown() {
    machine.files.put("/proc/sys/kernel/yama/ptrace_scope", "one\n");
    assertInstanceOf(Finding.Unknown.class, finding("security_modules", "yama_ptrace_scope"));
  }

  @ParameterizedTest
  @CsvSource({"ENOSYS, older than 5.13", "EOPNOTSUPP, lsm=", "EPERM, container"})
  void noLandlock(Errno errno, String explanation) {
    machine.answers.put("landlock_create_ruleset 1", (long) -errno.number());
    machine.answers.put("landlock_create_ruleset 2", (long) -errno.number());

    assertEquals(0, assertInstanceOf(Finding.Count.class, finding("landlock", "abi")).value());
    assertTrue(text("landlock", "abi").contains(explanation), text("landlock", "abi"));
    assertEquals(
        errno.name(), assertInstanceOf(Finding.Name.class, finding("landlock", "refusal")).value());
    assertInstanceOf(Finding.Absent.class, finding("landlock", "errata"));
  }

  @Test
  void aLandlockThatDoesNotTellItsErrata() {
    machine.answers.remove("landlock_create_ruleset 2");
    assertInstanceOf(Finding.Absent.class, finding("landlock", "errata"));
  }

  @Test
  void noSeccomp() {
    machine.seccomp = ModelHost.seccomp(Optional.of(Errno.EINVAL), 0);

    assertTrue(text("seccomp", "filters").startsWith("no: no filters"));
    assertInstanceOf(Finding.Absent.class, finding("seccomp", "actions"));
    assertTrue(text("seccomp", "listener").startsWith("no: "));
    assertInstanceOf(Finding.NotTried.class, finding("seccomp", "synchronous_wake_up"));
  }

  @Test
  void aContainerWithASeccompProfile() {
    machine.files.put("/.dockerenv", "");
    machine.seccomp = ModelHost.seccomp(Optional.empty(), 1);

    assertTrue(text("kernel", "container").startsWith("/.dockerenv"));
    assertTrue(text("seccomp", "filters_around").startsWith("1 "));
    assertEquals("yes", text("seccomp", "no_new_privs"));
  }

  @Test
  void cgroup2ThatIsNotDelegated() {
    assertEquals("v2 (v2 at /sys/fs/cgroup)", text("cgroup", "version"));
    assertEquals("cpu memory pids (in the group of this process)", text("cgroup", "controllers"));
    assertTrue(text("cgroup", "delegated").startsWith("none (this user may not write"));
    assertInstanceOf(Finding.Absent.class, finding("cgroup", "v1_controllers"));
  }

  @ParameterizedTest
  @CsvSource({"'', true", "/cgroup.procs, false", "/cgroup.subtree_control, false"})
  void cgroup2IsDelegatedOnlyIfAllThatCountsIsWritable(String without, boolean delegated) {
    String group = "/sys/fs/cgroup/user.slice/user-1000.slice";
    for (String file : List.of("", "/cgroup.procs", "/cgroup.subtree_control")) {
      if (without.isEmpty() || !file.equals(without)) {
        machine.writable.add(group + file);
      }
    }

    Finding.Names names = assertInstanceOf(Finding.Names.class, finding("cgroup", "delegated"));
    assertEquals(delegated ? List.of("cpu", "memory", "pids") : List.of(), names.values());
  }

  @Test
  void aMountThatShowsOnlyPartOfTheHierarchy() {
    machine.files.put(
        "/proc/self/mountinfo", "31 23 0:26 /user.slice /my\\040groups rw - cgroup2 cgroup2 rw\n");
    machine.files.put("/my groups/user-1000.slice/cgroup.controllers", "pids\n");
    assertEquals("/my groups/user-1000.slice (where this process is)", text("cgroup", "group"));

    machine.files.put("/proc/self/cgroup", "0::/user.slices/elsewhere\n");
    assertInstanceOf(Finding.Unknown.class, finding("cgroup", "controllers"));
    assertInstanceOf(Finding.Unknown.class, finding("cgroup", "delegated"));
  }

  @Test
  void cgroup1Only() {
    machine.files.put(
        "/proc/self/mountinfo",
        """
        32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
        33 31 0:30 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids
        34 31 0:31 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd
        """);
    machine.files.put("/proc/self/cgroup", "3:name=systemd:/\n2:pids:/mine\n1:cpu,cpuacct:/\n");
    machine.writable.add("/sys/fs/cgroup/pids/mine");
    machine.writable.add("/sys/fs/cgroup/pids/mine/cgroup.procs");

    assertEquals("v1", text("cgroup", "version"));
    assertInstanceOf(Finding.Absent.class, finding("cgroup", "delegated"));
    assertEquals("cpu cpuacct pids", text("cgroup", "v1_controllers"));
    assertTrue(text("cgroup", "v1_delegated").startsWith("pids ("));
  }

  @Test
  void noCgroupAtAll() {
    machine.files.put("/proc/self/mountinfo", "24 1 0:22 / /proc rw - proc proc rw\n");
    assertInstanceOf(Finding.Absent.class, finding("cgroup", "version"));
  }

  @Test
  void auditIsForThoseWhoMayAsk() {
    machine.audit = new int[] {Uapi.NLMSG_ERROR(), -Errno.EPERM.number()};
    assertInstanceOf(Finding.Unknown.class, finding("audit", "enabled"));
    assertTrue(text("audit", "enabled").contains("CAP_AUDIT_CONTROL"));

    machine.audit = new int[] {Uapi.AUDIT_GET(), 0, 0, 0, 0};
    assertEquals("no: nobody collects its records", text("audit", "enabled"));

    machine.audit = new int[] {4711, 0, 1, 0, 1};
    assertInstanceOf(Finding.Unknown.class, finding("audit", "enabled"));

    machine.answers.put("ppoll", 0L);
    machine.audit = new int[] {Uapi.AUDIT_GET(), 0, 1};
    assertInstanceOf(Finding.Unknown.class, finding("audit", "enabled"));
  }

  @Test
  void theNetworkByRules() {
    machine.files.put("/etc/resolv.conf", "search example.org\nnameserver 192.0.2.53\n");
    assertTrue(text("network", "broker").startsWith("yes: "));
    assertTrue(text("network", "landlock_tcp").startsWith("yes: "));
    assertTrue(text("network", "landlock_udp").startsWith("no: the broker alone decides"));
    assertTrue(text("network", "name_servers").startsWith("1"));

    machine.brokerObstacle = Optional.of("pidfd_getfd is refused");
    assertEquals("no: pidfd_getfd is refused", text("network", "broker"));
    machine.files.put("/proc/version", "Linux version 4.4.0 #1 SMP Sun Jan 10 15:06:54 PST 2016\n");
    assertEquals("no: gVisor has no listeners: pidfd_getfd is refused", text("network", "broker"));
  }

  @Test
  void securityModulesThatNobodyTells() {
    machine.files.remove("/sys/kernel/security/lsm");
    assertInstanceOf(Finding.Unknown.class, finding("security_modules", "active"));
    assertTrue(text("security_modules", "active").contains("ENOSYS"));
  }

  /** Nothing may end the report, and nothing that failed may look like a yes. */
  @Test
  void aHostThatAnswersNothing() {
    machine.files.clear();
    machine.answers.clear();
    machine.failing.put("", Errno.EPERM);
    machine.seccomp = ModelHost.seccomp(Optional.of(Errno.EPERM), 0);
    machine.memoryRefusal = Optional.of(Errno.EPERM);
    machine.brokerObstacle = Optional.of("nobody may look");

    HostReport report = HostReport.probe(machine);

    for (HostSection section : report.sections()) {
      for (HostFact fact : section.facts()) {
        boolean flatters =
            switch (fact.finding()) {
              case Finding.Works works -> works.works();
              case Finding.Names names -> !names.values().isEmpty();
              default -> false;
            };
        assertTrue(!flatters, () -> section.key() + "." + fact);
      }
    }
    assertInstanceOf(Finding.Unknown.class, report.finding("kernel", "release"));
  }
}
