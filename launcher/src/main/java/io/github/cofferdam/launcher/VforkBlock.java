package io.github.cofferdam.launcher;

/**
 * Memory of one start, in which this process and {@link VforkCode} understand each other.
 *
 * <pre>
 *   0  status record (StatusRecord, SHORT): of the child, if it fails
 *  16  process id, 32 bits
 *  20  pidfd, 32 bits
 *  24  the thread's own signal mask
 *  32  a mask of all signals
 *  40  the child's first {@link VforkEntry}
 *  48  where CONTINUE goes on
 *  56  struct clone_args (linux/sched.h), as of version 0:
 *      | flags | pidfd | child_tid | parent_tid | exit_signal | stack | stack_size | tls |
 * 120  end
 * </pre>
 */
final class VforkBlock {
  static final int KIND = 0;
  static final int VALUE = 4;
  static final int RESULT = 8;
  static final int PID = 16;
  static final int PIDFD = 20;
  static final int OLD_MASK = 24;
  static final int ALL_SIGNALS = 32;
  static final int FIRST = 40;
  static final int NEXT = 48;
  static final int CLONE = 56;
  static final int CLONE_FLAGS = CLONE;
  static final int CLONE_PIDFD = CLONE + 8;
  static final int CLONE_EXIT_SIGNAL = CLONE + 32;
  static final int CLONE_SIZE = 64;
  static final int SIZE = CLONE + CLONE_SIZE;

  private VforkBlock() {}
}
