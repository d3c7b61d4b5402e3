package io.github.cofferdam.seccomp;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Arg;
import io.github.cofferdam.launcher.Kernel;
import io.github.cofferdam.launcher.Step;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * How much a kernel reads and writes for a notification ({@code SECCOMP_GET_NOTIF_SIZES}). A newer
 * one may say more than this module understands; what it adds comes behind.
 *
 * <pre>
 * struct seccomp_notif_sizes
 *  0               2                    4              6
 *  +---------------+--------------------+--------------+
 *  | notification  | response           | seccomp_data |
 *  | u16           | u16                | u16          |
 *  +---------------+--------------------+--------------+
 * </pre>
 *
 * @param notification bytes of {@code struct seccomp_notif}
 * @param response bytes of {@code struct seccomp_notif_resp}
 * @param data bytes of {@code struct seccomp_data}
 */
public record NotificationSizes(int notification, int response, int data) {
  static final int SIZE = 6;

  private static final Step QUERY =
      Step.of(
          "seccomp",
          "ask for the sizes of notifications",
          Arg.of(Uapi.SECCOMP_GET_NOTIF_SIZES(), "SECCOMP_GET_NOTIF_SIZES"),
          Arg.of(0));

  /**
   * Asks a kernel.
   *
   * @throws KernelException EINVAL before Linux 5.0
   */
  static NotificationSizes of(Kernel kernel) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment sizes = arena.allocate(SIZE, 8);
      long[] args = {Uapi.SECCOMP_GET_NOTIF_SIZES(), 0, sizes.address(), 0, 0, 0};
      Syscall.check(kernel.call(QUERY, args), "seccomp", QUERY.purpose());
      var known =
          new NotificationSizes(
              Short.toUnsignedInt(sizes.get(ValueLayout.JAVA_SHORT, 0)),
              Short.toUnsignedInt(sizes.get(ValueLayout.JAVA_SHORT, 2)),
              Short.toUnsignedInt(sizes.get(ValueLayout.JAVA_SHORT, 4)));
      if (known.notification < Notification.SIZE
          || known.response < Notification.RESPONSE_SIZE
          || known.data < SeccompData.SIZE) {
        // What is shorter is laid out in a way that nobody knows yet.
        throw new KernelException("seccomp", Errno.EOPNOTSUPP, "read notifications: " + known);
      }
      return known;
    }
  }
}
