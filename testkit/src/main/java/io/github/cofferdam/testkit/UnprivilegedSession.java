package io.github.cofferdam.testkit;

import io.github.cofferdam.bindings.Libc;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/**
 * Turns a test JVM that root started into an unprivileged one, before the first test: with the
 * system property {@value #PROPERTY} it becomes that user and group. Starting Java as that user
 * instead would not do: the class path lies in root's home, which the other user cannot read.
 */
public final class UnprivilegedSession implements LauncherSessionListener {
  /** Names the user and group id to become. */
  public static final String PROPERTY = "cofferdam.test.uid";

  /** For the service loader. */
  public UnprivilegedSession() {}

  @Override
  public void launcherSessionOpened(LauncherSession session) {
    System.setProperty(ExecutableTempDir.PARAMETER, ExecutableTempDir.class.getName());
    Integer id = Integer.getInteger(PROPERTY);
    if (id == null || Syscall.call(Syscall.number("geteuid")) != 0) {
      return;
    }
    // Opens every jar of the class path while that is still possible.
    Thread.currentThread().getContextClassLoader().getResource("not/there");
    // The C library's functions act on all threads of the process, the bare system calls on one.
    check(Libc.function("setgroups").call(0, 0, 0), "setgroups");
    check(Libc.function("setresgid").call(id, id, id), "setresgid");
    check(Libc.function("setresuid").call(id, id, id), "setresuid");
    // As after a login: a process may look at itself in /proc.
    Syscall.call(Syscall.number("prctl"), Uapi.PR_SET_DUMPABLE(), 1, 0, 0, 0);
    System.setProperty("user.home", "/nonexistent");
  }

  private static void check(int result, String function) {
    if (result != 0) {
      throw new IllegalStateException(function + " failed: tests would run as the wrong user");
    }
  }
}
