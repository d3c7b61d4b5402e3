package io.github.cofferdam.doctor;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.seccomp.SeccompSupport;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;

/** What the kernel, and whatever filters stand before it, can do with seccomp filters. */
final class SeccompFacts {
  /** Begins what is said where there are filters, and nobody knows how many. */
  static final String SOME = "there is at least one";

  private SeccompFacts() {}

  static HostSection of(HostProbe machine) {
    Supplier<SeccompSupport> once = once(machine);
    return new Facts("seccomp")
        .ask("filters", () -> filters(once.get()))
        .ask("actions", () -> names(once.get(), once.get().actions()))
        .ask("flags", () -> names(once.get(), once.get().flags()))
        .ask("listener", () -> listener(once.get()))
        .ask("synchronous_wake_up", () -> wakeUp(once.get()))
        .ask("filters_around", () -> around(once.get()))
        .ask("no_new_privs", () -> new Finding.Works(once.get().status().noNewPrivileges(), ""))
        .section();
  }

  /** A trial starts a thread: one is enough. A failure fails every fact by itself. */
  private static Supplier<SeccompSupport> once(HostProbe machine) {
    var known = new SeccompSupport[1];
    return () -> {
      if (known[0] == null) {
        known[0] = machine.seccomp();
      }
      return known[0];
    };
  }

  private static Finding filters(SeccompSupport support) {
    return new Finding.Works(
        support.available(), support.available() ? "the kernel says so" : support.toString());
  }

  private static Finding names(SeccompSupport support, Set<? extends Enum<?>> names) {
    return support.available()
        ? new Finding.Names(
            names.stream().map(name -> name.name().toLowerCase(Locale.ROOT)).toList(), "")
        : new Finding.Absent("no filters");
  }

  private static Finding listener(SeccompSupport support) {
    return support
        .listenerRefusal()
        .map(SeccompFacts::refused)
        .orElseGet(() -> new Finding.Works(true, "tried"));
  }

  private static Finding refused(Errno errno) {
    return new Finding.Works(false, errno.text() + " (" + errno.name() + ")");
  }

  private static Finding wakeUp(SeccompSupport support) {
    return support.listenerRefusal().isPresent()
        ? new Finding.NotTried("no listener")
        : new Finding.Works(
            support.syncWakeUp(), support.syncWakeUp() ? "tried" : "Linux 6.6 has it");
  }

  private static Finding around(SeccompSupport support) {
    if (support.status().mode().isEmpty()) {
      return new Finding.Unknown("/proc/thread-self/status does not say");
    }
    if (!support.status().filtered()) {
      return new Finding.Count(0, "no filter stands around this process");
    }
    return support.status().filters().isPresent()
        ? new Finding.Count(
            support.status().filters().getAsInt(),
            "filters of a container, a service manager or a sandbox stand around this process")
        : new Finding.Unknown(SOME + "; Linux 5.9 says how many");
  }
}
