package io.github.cofferdam.rlimit;

import io.github.cofferdam.bindings.Errno;
import java.util.Optional;

/** What to say about limits that the kernel refuses. */
final class LimitRefusals {
  private LimitRefusals() {}

  /** A hard limit above the present one, asked for by somebody who may not raise it. */
  static LimitException hardLimit(Resource resource, Limit asked, Limit current, String whose) {
    String advice =
        resource == Resource.OPEN_FILES
            ? "; ask for at most that, or raise it as a user with CAP_SYS_RESOURCE, and not above"
                + " fs.nr_open"
            : "; ask for at most that, or raise it as a user with CAP_SYS_RESOURCE";
    return new LimitException(
        Errno.EPERM,
        "set "
            + resource.key()
            + " ("
            + resource.constant()
            + ")"
            + whose
            + " to "
            + asked
            + ": the hard limit is "
            + Limit.show(current.hard())
            + advice,
        resource,
        Optional.of(asked),
        Optional.of(current));
  }
}
