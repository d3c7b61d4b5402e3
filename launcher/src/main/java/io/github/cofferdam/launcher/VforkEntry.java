package io.github.cofferdam.launcher;

import java.nio.ByteBuffer;

/**
 * One entry of what {@link VforkCode} does in a child; they lie one behind the other.
 *
 * <pre>
 *  0         4        8        12       16                64                    80
 *  +---------+--------+--------+--------+-----------------+---------------------+
 *  | opera-  | step   | system | wanted | arguments       | -errno[4]           |
 *  | tion    |        | call   |        | 6 times 64 bits | that are tolerated  |
 *  +---------+--------+--------+--------+-----------------+---------------------+
 * CALL      makes the call; its result must be the wanted one, or none of the errors (ANY)
 * COMPARE   the 32-bit number at argument 0 must be the wanted one, else ESTALE
 * GOTO      goes on at argument 0
 * CONTINUE  goes on where the block says
 * EXEC      executes; goes on two entries later if there is nothing to execute, and makes the call
 *           of the next entry if it is no program
 * REPORT    the end: what the last EXEC has met
 * </pre>
 */
final class VforkEntry {
  static final int OPERATION = 0;
  static final int STEP = 4;
  static final int NUMBER = 8;
  static final int WANTED = 12;
  static final int ARGUMENTS = 16;
  static final int TOLERATED = 64;
  static final int SIZE = 80;
  static final int MOST_TOLERATED = 4;

  static final int CALL = 0;
  static final int COMPARE = 1;
  static final int GOTO = 2;
  static final int CONTINUE = 3;
  static final int EXEC = 4;
  static final int REPORT = 5;

  /** Wanted: every result that is no error. */
  static final int ANY = -1;

  /** No step has failed yet. */
  static final int NO_STEP = Integer.MIN_VALUE;

  /** No result of a system call. */
  private static final int NO_ERROR = Integer.MIN_VALUE;

  private VforkEntry() {}

  /** Writes one entry. */
  static void write(
      ByteBuffer to, int operation, int step, int number, int wanted, long... arguments) {
    int start = to.position();
    to.putInt(operation).putInt(step).putInt(number).putInt(wanted);
    for (long argument : arguments) {
      to.putLong(argument);
    }
    to.position(start + TOLERATED);
    for (int i = 0; i < MOST_TOLERATED; i++) {
      to.putInt(NO_ERROR);
    }
  }
}
