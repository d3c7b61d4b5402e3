package io.github.cofferdam.doctor;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.landlock.LandlockSupport;
import io.github.cofferdam.launcher.Arg;
import io.github.cofferdam.launcher.Kernel;
import io.github.cofferdam.launcher.Step;
import java.util.ArrayList;

/** What the kernel says of its Landlock. */
final class LandlockFacts {
  private static final Step ERRATA =
      Step.of(
          "landlock_create_ruleset",
          "ask for the errata of Landlock",
          Arg.of(0, "NULL"),
          Arg.of(0),
          Arg.of(Uapi.LANDLOCK_CREATE_RULESET_ERRATA(), "LANDLOCK_CREATE_RULESET_ERRATA"));

  private LandlockFacts() {}

  static HostSection of(HostProbe machine) {
    return new Facts("landlock")
        .ask("abi", () -> abi(LandlockSupport.probe(machine.kernel())))
        .ask("refusal", () -> refusal(LandlockSupport.probe(machine.kernel())))
        .ask("errata", () -> errata(machine.kernel()))
        .section();
  }

  private static Finding abi(LandlockSupport support) {
    return support.refusal().isPresent()
        ? new Finding.Count(0, support.toString())
        : new Finding.Count(support.abi().version(), "as the kernel says");
  }

  private static Finding refusal(LandlockSupport support) {
    return support
        .refusal()
        .<Finding>map(errno -> new Finding.Name(errno.name(), errno.text()))
        .orElseGet(() -> new Finding.Absent("Landlock answers"));
  }

  /** Bit n - 1 stands for erratum n: this kernel has the fix (linux/landlock.h). */
  private static Finding errata(Kernel kernel) {
    long mask = errataMask(kernel);
    if (mask == -Errno.EINVAL.number()) {
      return new Finding.Absent("this kernel does not say; Linux 6.15 does");
    }
    if (Syscall.isError(mask)) {
      return new Finding.Absent("Landlock does not answer (" + Errno.of((int) -mask).name() + ")");
    }
    var fixed = new ArrayList<String>();
    for (int erratum = 1; erratum <= Integer.SIZE; erratum++) {
      if ((mask >>> (erratum - 1) & 1) != 0) {
        fixed.add(Integer.toString(erratum));
      }
    }
    return new Finding.Names(fixed, "numbers of the errata that are fixed");
  }

  /** The one place that asks for errata, and what module landlock will take over. */
  private static long errataMask(Kernel kernel) {
    return kernel.call(ERRATA, new long[] {0, 0, Uapi.LANDLOCK_CREATE_RULESET_ERRATA(), 0, 0, 0});
  }
}
