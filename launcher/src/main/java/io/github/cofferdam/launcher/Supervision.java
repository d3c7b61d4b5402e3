package io.github.cofferdam.launcher;

/**
 * Who looks after the command's process tree, and by what means the tree is ended.
 *
 * <p>Except with {@link #NONE}, the launcher stays beside the command: it reaps, passes signals on,
 * and ends the whole tree when the command ends, the deadline passes, {@link Launched#close} is
 * called or this virtual machine dies.
 */
public enum Supervision {
  /** Nobody: the launcher becomes the command. Descendants and orphans are nobody's business. */
  NONE,
  /**
   * A Landlock domain with signal scope, entered by the launcher's own steps: {@code kill(-1)} then
   * reaches the tree and nothing else, wherever its members have moved to. The launcher checks that
   * the scope holds before it starts anything. Needs Landlock ABI 6.
   */
  SIGNAL_SCOPE,
  /**
   * A process-id namespace, entered by the launcher's own steps: the kernel ends the tree when its
   * init ends.
   */
  PID_NAMESPACE,
  /**
   * The launcher is the tree's subreaper and kills its children, again and again, until none is
   * left. Needs {@code /proc/thread-self/children}. The command can kill the launcher, and a tree
   * that forks faster than it is walked lives longer.
   */
  CHILD_WALK
}
