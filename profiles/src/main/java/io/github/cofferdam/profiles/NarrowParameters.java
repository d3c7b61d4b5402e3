package io.github.cofferdam.profiles;

import io.github.cofferdam.seccomp.Comparison;
import java.util.Map;
import java.util.Set;

/**
 * Parameters that the kernel reads as 32 bits, though a filter sees 64: as the manual pages of
 * section 2 declare them ({@code int}, {@code unsigned int}), and the kernel's {@code
 * SYSCALL_DEFINE} lines where those differ. Not complete: what profiles usually compare.
 */
final class NarrowParameters {
  private static final Map<String, Set<Integer>> INDEXES =
      Map.ofEntries(
          Map.entry("accept4", Set.of(0, 3)), // int sockfd, .., .., int flags
          Map.entry("bpf", Set.of(0, 2)), // int cmd, .., unsigned int size
          // Declared unsigned long; kernel_clone is given lower_32_bits of it (kernel/fork.c).
          Map.entry("clone", Set.of(0)),
          Map.entry("fcntl", Set.of(0, 1)), // int fd, int op
          Map.entry("finit_module", Set.of(0, 2)), // int fd, .., int flags
          Map.entry("futex", Set.of(1, 2, 5)), // .., int op, u32 val, .., .., u32 val3
          Map.entry("getsockopt", Set.of(0, 1, 2)), // int sockfd, int level, int optname
          Map.entry("io_uring_register", Set.of(0, 1, 3)), // unsigned fd, opcode, .., nr_args
          Map.entry("ioctl", Set.of(0, 1)), // int fd; unsigned int cmd in fs/ioctl.c
          Map.entry("ipc", Set.of(0)), // unsigned int call
          Map.entry("kcmp", Set.of(0, 1, 2)), // pid_t, pid_t, int type
          Map.entry("keyctl", Set.of(0)), // int operation
          Map.entry("kill", Set.of(0, 1)), // pid_t, int sig
          Map.entry("madvise", Set.of(2)), // .., .., int advice
          Map.entry("memfd_create", Set.of(1)), // .., unsigned int flags
          Map.entry("open", Set.of(1, 2)), // .., int flags, umode_t
          Map.entry("openat", Set.of(0, 2, 3)), // int dirfd, .., int flags, umode_t
          Map.entry("personality", Set.of(0)), // unsigned int in kernel/exec_domain.c
          Map.entry("prctl", Set.of(0)), // int op
          Map.entry("prlimit64", Set.of(0, 1)), // pid_t, unsigned int resource
          Map.entry("quotactl", Set.of(0)), // unsigned int cmd
          Map.entry("reboot", Set.of(0, 1, 2)), // int magic, int magic2, unsigned int cmd
          Map.entry("seccomp", Set.of(0, 1)), // unsigned int operation, unsigned int flags
          Map.entry("setns", Set.of(0, 1)), // int fd, int nstype
          Map.entry("setsockopt", Set.of(0, 1, 2)), // int sockfd, int level, int optname
          Map.entry("socket", Set.of(0, 1, 2)), // int domain, int type, int protocol
          Map.entry("socketcall", Set.of(0)), // int call
          Map.entry("socketpair", Set.of(0, 1, 2)), // int domain, int type, int protocol
          Map.entry("syslog", Set.of(0, 2)), // int type, .., int len
          Map.entry("tgkill", Set.of(0, 1, 2)), // pid_t, pid_t, int sig
          Map.entry("tkill", Set.of(0, 1)), // pid_t, int sig
          Map.entry("umount2", Set.of(1)), // .., int flags
          Map.entry("userfaultfd", Set.of(0))); // int flags

  private NarrowParameters() {}

  /**
   * Whether a caller gets around what a comparison is for by setting a bit above 31, which the
   * kernel does not look at.
   *
   * @param refuses whether the entry is stricter than what holds otherwise: then the bit makes it
   *     fail; else it makes it hold
   */
  static boolean passable(String syscall, Comparison comparison, boolean refuses) {
    if (comparison.mask() >>> 32 == 0
        || !INDEXES.getOrDefault(syscall, Set.of()).contains(comparison.argument())) {
      return false;
    }
    return switch (comparison.operator()) {
      case IN, LESS, AT_MOST -> refuses;
      case NOT_IN, GREATER, AT_LEAST -> !refuses;
    };
  }

  /** Whether a value has bits that the kernel does not read. */
  static boolean tooWide(String syscall, Comparison comparison) {
    return INDEXES.getOrDefault(syscall, Set.of()).contains(comparison.argument())
        && comparison.operator() == Comparison.Operator.IN
        && comparison.operands().stream().anyMatch(operand -> operand >>> 32 != 0);
  }
}
