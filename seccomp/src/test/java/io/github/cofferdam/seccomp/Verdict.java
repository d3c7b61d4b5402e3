package io.github.cofferdam.seccomp;

import java.util.Locale;

/** What stands between a system call and other processes. */
enum Verdict {
  /** Nothing has to. */
  FREE("names nobody but the caller", Wall.NONE),
  /** Always EPERM. */
  REFUSED("refused", Wall.SECCOMP),
  /** Always ENOSYS. */
  ABSENT("answered as if the kernel lacked it", Wall.SECCOMP),
  /** 0 alone. */
  SELF("only for the caller itself (0)", Wall.SECCOMP),
  /** Any number but that of init. */
  NOT_INIT("any process of the run, and never its init (1)", Wall.PID_NAMESPACE),
  /** As NOT_INIT, for signals: a Landlock scope stands there as well. */
  NOT_INIT_SIGNAL("any process of the run, and never its init (1)", Wall.PID_NAMESPACE),
  /** CPU clocks. */
  OWN_CLOCK("only CPU clocks of the caller's own process and threads", Wall.SECCOMP),
  /** What everybody can read. */
  READS("stays readable: /proc shows it anyway", Wall.NONE),
  /** The kernel's own rule. */
  KERNEL("the kernel's own rule", Wall.NONE),
  /** Landlock, from version 6. */
  LANDLOCK_SCOPE("a Landlock scope (Landlock 6; else reported)", Wall.LANDLOCK),
  /** pidfd_send_signal. */
  SIGNAL_DESCRIPTOR("a Landlock scope (Landlock 6; else refused)", Wall.LANDLOCK),
  /** fcntl. */
  SIGNAL_OWNER("no owner, and no signals that announce something", Wall.SECCOMP),
  /** ioctl. */
  SIGNAL_IOCTL("no owner, and no signals that announce something", Wall.SECCOMP),
  /** prctl. */
  NO_CORE_SHARING("PR_SCHED_CORE is refused", Wall.SECCOMP),
  /** clone. */
  NO_NAMESPACES("no namespaces", Wall.SECCOMP),
  /** An IPC namespace. */
  IPC_NAMESPACE("an IPC namespace of its own", Wall.IPC_NAMESPACE),
  /** Modes. */
  NO_SET_ID("no mode with set-user-id or set-group-id", Wall.SECCOMP),
  /** Refused in a read-only sandbox. */
  METADATA("refused where nothing may be written; else file permissions", Wall.SECCOMP),
  /** inotify. */
  WATCHES("refused where paths are blocked or reading is listed", Wall.SECCOMP),
  /** As the policy says. */
  SOCKETS("as the policy says", Wall.SECCOMP),
  /** personality. */
  HARMLESS_ONLY("none that weakens memory protection", Wall.SECCOMP);

  /** What refuses. */
  enum Wall {
    NONE,
    SECCOMP,
    LANDLOCK,
    PID_NAMESPACE,
    IPC_NAMESPACE
  }

  private final String words;
  private final Wall wall;

  Verdict(String words, Wall wall) {
    this.words = words;
    this.wall = wall;
  }

  String words() {
    return words;
  }

  Wall wall() {
    return wall;
  }

  /** {@return the word in calls.txt} */
  String key() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
