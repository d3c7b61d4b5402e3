package io.github.cofferdam.doctor;

import java.io.IOException;

/** Whether the launcher can be executed from memory. */
final class MemoryFacts {
  private MemoryFacts() {}

  static HostSection of(HostProbe machine) {
    return new Facts("memory_execution")
        .ask("memfd_noexec", () -> setting(machine))
        .ask("execution", () -> execution(machine))
        .section();
  }

  /** Documentation/admin-guide/sysctl/vm.rst. */
  private static Finding setting(HostProbe machine) throws IOException {
    return UserNamespaceFacts.setting(
        machine,
        "/proc/sys/vm/memfd_noexec",
        "Linux 6.3 has this switch; without it memfds may be executed",
        value ->
            switch ((int) value) {
              case 0 -> "memfds may be executed";
              case 1 -> "memfds may be executed if they were made for it";
              default -> "memfds may not be executed";
            });
  }

  private static Finding execution(HostProbe machine) throws IOException {
    return machine
        .memoryRefusal()
        .<Finding>map(errno ->
            new Finding.Works(
                false,
                errno.text()
                    + " ("
                    + errno.name()
                    + "); the launcher is executed from a file in java.io.tmpdir instead"))
        .orElseGet(() -> new Finding.Works(true, "tried"));
  }
}
