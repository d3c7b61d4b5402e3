package io.github.cofferdam.rlimit;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.KernelException;
import java.util.Optional;

/**
 * A limit could not be read or set. The message says what was asked, what the hard limit is and
 * what to do.
 *
 * <p>{@link #errno}: EPERM where the hard limit would be raised without CAP_SYS_RESOURCE in the
 * initial user namespace, where open files would exceed {@code fs.nr_open}, or where the process is
 * another user's; ESRCH where there is no such process; EINVAL where the kernel does not know the
 * resource.
 */
public final class LimitException extends KernelException {
  private static final long serialVersionUID = 1;

  private final Resource resource;
  private final transient Optional<Limit> asked;
  private final transient Optional<Limit> current;

  LimitException(
      Errno errno,
      String doing,
      Resource resource,
      Optional<Limit> asked,
      Optional<Limit> current) {
    super("prlimit64", errno, doing);
    this.resource = resource;
    this.asked = asked;
    this.current = current;
  }

  /** {@return whose limit it is} */
  public Resource resource() {
    return resource;
  }

  /** {@return the limit that was to be set; empty if it was to be read} */
  public Optional<Limit> asked() {
    return asked;
  }

  /** {@return the limit that is in force, if it is known} */
  public Optional<Limit> current() {
    return current;
  }
}
