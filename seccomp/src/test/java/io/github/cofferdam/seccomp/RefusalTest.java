package io.github.cofferdam.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.launcher.NoNewPrivileges;
import io.github.cofferdam.launcher.SetupException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** Which layer an error is blamed on. */
final class RefusalTest {
  private static final ThreadStatus FREE = status(0, 0, false);
  private static final ThreadStatus FILTERED = status(2, 1, true);
  private static final ThreadStatus UNKNOWN =
      new ThreadStatus(OptionalInt.empty(), OptionalInt.empty(), false);

  private static ThreadStatus status(int mode, int filters, boolean noNewPrivileges) {
    return new ThreadStatus(OptionalInt.of(mode), OptionalInt.of(filters), noNewPrivileges);
  }

  @Test
  void theLayerOfAnError() {
    assertEquals(Refusal.NO_SECCOMP, Refusal.likely(Errno.ENOSYS, FREE, false));
    assertEquals(Refusal.NO_SECCOMP, Refusal.likely(Errno.EINVAL, UNKNOWN, false));
    assertEquals(Refusal.UNKNOWN_TO_KERNEL, Refusal.likely(Errno.EINVAL, FREE, false));
    assertEquals(Refusal.UNKNOWN_TO_KERNEL, Refusal.likely(Errno.EINVAL, FILTERED, true));
    assertEquals(Refusal.OUTER_FILTER, Refusal.likely(Errno.ENOSYS, FILTERED, false));
    assertEquals(Refusal.CONTAINER_PROFILE, Refusal.likely(Errno.ENOSYS, FILTERED, true));
    assertEquals(Refusal.OUTER_FILTER, Refusal.likely(Errno.EPERM, FILTERED, false));
    assertEquals(Refusal.CONTAINER_PROFILE, Refusal.likely(Errno.EPERM, FILTERED, true));
    assertEquals(Refusal.SECURITY_MODULE, Refusal.likely(Errno.EPERM, FREE, true));
    assertEquals(Refusal.NEEDS_NO_NEW_PRIVILEGES, Refusal.likely(Errno.EACCES, FREE, true));
    assertEquals(
        Refusal.NEEDS_NO_NEW_PRIVILEGES, Refusal.likely(Errno.EACCES, status(2, 1, false), true));
    assertEquals(Refusal.OUTER_FILTER, Refusal.likely(Errno.EACCES, FILTERED, false));
    assertEquals(Refusal.BUDGET_USED_UP, Refusal.likely(Errno.ENOMEM, FILTERED, true));
    assertEquals(Refusal.LISTENER_EXISTS, Refusal.likely(Errno.EBUSY, FILTERED, true));
    assertEquals(Refusal.THREAD_DIVERGED, Refusal.likely(Errno.ESRCH, FREE, false));
  }

  @Test
  void theLayerOfAChildsError() {
    var step =
        Installation.of(Baseline.of(io.github.cofferdam.bindings.Arch.host()).filter().program())
            .step();
    assertEquals(
        Optional.of(Refusal.BUDGET_USED_UP), Refusal.of(new SetupException(step, Errno.ENOMEM)));
    var other = NoNewPrivileges.program().steps().getFirst();
    assertEquals(Optional.empty(), Refusal.of(new SetupException(other, Errno.EINVAL)));
  }

  @Test
  void readsTheStatusFile() {
    ThreadStatus status =
        ThreadStatus.parse(
            List.of("Name:\tSeccomp:", "NoNewPrivs:\t1", "Seccomp:\t2", "Seccomp_filters:\t13"));
    assertEquals(status(2, 13, true), status);
    assertTrue(status.filtered());
    assertEquals(UNKNOWN, ThreadStatus.parse(List.of()));
    assertFalse(UNKNOWN.filtered());
    assertFalse(ThreadStatus.parse(List.of("Seccomp:\t1")).filtered());
  }
}
