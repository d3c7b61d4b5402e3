package io.github.cofferdam.doctor;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.List;

/** Whether the kernel keeps records of what it denies. */
final class KernelAuditFacts {
  private KernelAuditFacts() {}

  static HostSection of(HostProbe machine) {
    return new Facts("audit")
        .ask("enabled", () -> enabled(machine))
        .ask("seccomp_actions_logged", () -> logged(machine))
        .section();
  }

  private static Finding enabled(HostProbe machine) throws IOException {
    KernelAudit status = KernelAudit.of(machine.kernel());
    String reader =
        status.daemon() == 0
            ? "nobody collects its records"
            : "process " + status.daemon() + " collects its records";
    return new Finding.Works(status.enabled() != 0, reader);
  }

  private static Finding logged(HostProbe machine) throws IOException {
    String file = "/proc/sys/kernel/seccomp/actions_logged";
    try {
      String actions = machine.read(file).strip();
      return new Finding.Names(
          actions.isEmpty() ? List.of() : List.of(actions.split("\\s+", -1)),
          "what the kernel may log of seccomp");
    } catch (NoSuchFileException e) {
      return new Finding.Absent("no " + file + "; Linux 4.14 has it");
    }
  }
}
