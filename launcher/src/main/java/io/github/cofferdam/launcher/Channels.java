package io.github.cofferdam.launcher;

/**
 * What connects a child with this process besides the standard streams: the numbers by which the
 * child finds it, and what is said there. {@link StatusRecord} is what the status pipe carries.
 */
final class Channels {
  /** The write end of the status pipe. */
  static final int STATUS = 3;

  /** The read end of the lifeline. */
  static final int LIFELINE = 4;

  /** The socket to hand a descriptor over, if it has to. */
  static final int HAND_OVER = 5;

  /** What the lifeline tells an init that waits for the end of its launcher. */
  static final byte GONE = 1;

  /** Added to a signal's number on the lifeline, it says that the whole process group gets it. */
  static final int GROUP = 0x80;

  /** On the lifeline, it says that the tree is to end, with the time that the plan gives it. */
  static final int TERMINATE = 0x7f;

  private Channels() {}
}
