package io.github.cofferdam.confinement;

import io.github.cofferdam.landlock.FsRight;
import io.github.cofferdam.policy.EnforcementReport;
import io.github.cofferdam.policy.Protection;
import java.util.EnumSet;
import java.util.Set;

/** The rights on files that Landlock has to handle for the protections that a policy wants. */
final class HandledRights {
  private HandledRights() {}

  static Set<FsRight> of(EnforcementReport.Builder report) {
    // Connecting to Unix sockets is another protection's business: seccomp refuses the sockets
    // themselves.
    EnumSet<FsRight> rights = EnumSet.complementOf(EnumSet.of(FsRight.RESOLVE_UNIX));
    if (!report.wanted(Protection.TRUNCATE)) {
      rights.remove(FsRight.TRUNCATE);
    }
    if (!report.wanted(Protection.DEVICE_IOCTL)) {
      rights.remove(FsRight.IOCTL_DEV);
    }
    return rights;
  }
}
