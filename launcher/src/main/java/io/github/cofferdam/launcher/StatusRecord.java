package io.github.cofferdam.launcher;

/**
 * What the launcher writes to the status pipe. One write each, smaller than PIPE_BUF, so records
 * never mix.
 *
 * <pre>
 *  0        4        8        12       16                      160
 *  +--------+--------+--------+--------+-----------------------+
 *  | kind   | value  | result | init   | struct rusage (LONG)  |
 *  +--------+--------+--------+--------+-----------------------+
 * FAILED    step     -errno
 * STARTED   pid
 * ENDED     status   reason            of all reaped processes
 * </pre>
 *
 * <p>Init is its process id as this virtual machine sees it, or 0 where there is none.
 */
final class StatusRecord {
  static final int FAILED = 1;
  static final int STARTED = 2;
  static final int ENDED = 3;

  /** Exit status of a process that could not do its work, and has reported FAILED if it could. */
  static final int EXIT_SETUP_FAILED = 125;

  /** Size of FAILED and STARTED. */
  static final int SHORT = 16;

  /** Size of ENDED. */
  static final int LONG = 160;

  /** Reasons of ENDED. */
  static final int BY_ITSELF = 0;

  static final int DEADLINE = 1;
  static final int CLOSED = 2;

  private StatusRecord() {}
}
