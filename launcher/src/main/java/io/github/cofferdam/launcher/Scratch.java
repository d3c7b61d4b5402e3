package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.Poll;

/**
 * The launcher's own memory, at the beginning of its data.
 *
 * <pre>
 *    0  status record (StatusRecord)
 *  160  wait status, 32 bits
 *  164  byte from the lifeline
 *  168  struct signalfd_siginfo, 128 bytes
 *  296  struct pollfd[3]: | fd 32 | events 16 | revents 16 |
 *  320  process id of the supervisor, 32 bits
 *  324  whether the tree is to end and has time for that, 32 bits; RESULT says why
 *  328  end
 * </pre>
 */
final class Scratch {
  static final int KIND = 0;
  static final int VALUE = 4;
  static final int RESULT = 8;
  static final int INIT = 12;
  static final int USAGE = 16;
  static final int WAIT_STATUS = 160;
  static final int BYTE = 164;
  static final int SIGNAL = 168;
  static final int SIGNAL_SIZE = 128;
  static final int POLL = 296;
  static final int SUPERVISOR = 320;
  static final int ENDING = 324;
  static final int SIZE = 328;

  private Scratch() {}

  static int pollfd(int index) {
    return POLL + Poll.POLLFD_SIZE * index;
  }

  /** Low byte of revents: POLLIN, POLLERR and POLLHUP are all there. */
  static int revents(int index) {
    return pollfd(index) + Poll.POLLFD_REVENTS;
  }
}
