package io.github.cofferdam.doctor;

import java.io.IOException;
import java.nio.file.NoSuchFileException;

/** Which security modules are active, and what the usual ones say. */
final class SecurityModuleFacts {
  private SecurityModuleFacts() {}

  static HostSection of(HostProbe machine) {
    return new Facts("security_modules")
        .ask("active", () -> new Finding.Names(ActiveModules.of(machine), ""))
        .ask("apparmor_profile", () -> appArmor(machine))
        .ask("selinux", () -> seLinux(machine))
        .ask("yama_ptrace_scope", () -> yama(machine))
        .section();
  }

  private static Finding appArmor(HostProbe machine) throws IOException {
    try {
      String profile = machine.read("/proc/thread-self/attr/apparmor/current").strip();
      return new Finding.Name(profile, "of this process");
    } catch (NoSuchFileException e) {
      return new Finding.Absent("this kernel has no AppArmor, or is older than 5.8");
    } catch (IOException e) {
      // The file is there in kernels that have AppArmor switched off, and cannot be read.
      if (ActiveModules.of(machine).contains("apparmor")) {
        throw e;
      }
      return new Finding.Absent("AppArmor is not active");
    }
  }

  private static Finding seLinux(HostProbe machine) throws IOException {
    return UserNamespaceFacts.setting(
        machine,
        "/sys/fs/selinux/enforce",
        "SELinux is not active, or its file system is not mounted",
        value -> value == 0 ? "permissive" : "enforcing");
  }

  /** Documentation/admin-guide/LSM/Yama.rst. */
  private static Finding yama(HostProbe machine) throws IOException {
    return UserNamespaceFacts.setting(
        machine,
        "/proc/sys/kernel/yama/ptrace_scope",
        "Yama is not active",
        value ->
            switch ((int) value) {
              case 0 -> "processes of one user may trace each other";
              case 1 -> "only descendants may be traced";
              case 2 -> "only administrators may trace";
              default -> "nobody may trace";
            });
  }
}
