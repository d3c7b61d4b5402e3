package io.github.cofferdam.seccomp;

/** What became of an attempt to install a filter on all threads of this process at once. */
public sealed interface TsyncResult {
  /** {@return whether every thread is behind the filter now; else none is} */
  default boolean installed() {
    return this instanceof Installed;
  }

  /** Every thread is behind the filter, and those to come will be. */
  enum Installed implements TsyncResult {
    /** The only one. */
    INSTALLED
  }

  /**
   * A thread is behind filters that the calling thread is not behind, so nothing was installed
   * anywhere: the filters of two threads with different histories cannot be made one.
   *
   * @param tid the thread's id, as {@code /proc/self/task} lists it
   */
  record Conflict(int tid) implements TsyncResult {}
}
