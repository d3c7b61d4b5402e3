package io.github.cofferdam.seccomp;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.launcher.SetupException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Which layer most likely refused to install a filter. The kernel gives an error number only, and a
 * filter that is there already may answer any; so this is a conclusion, not a fact.
 */
public enum Refusal {
  /** ENOSYS or EINVAL where nothing else explains it. */
  NO_SECCOMP("this kernel was built without seccomp filters"),
  /** The kernel is older than a flag or action, or the program breaks its rules. */
  UNKNOWN_TO_KERNEL(
      "this kernel does not know a flag that was asked for, or does not take the program"),
  /** EACCES. */
  NEEDS_NO_NEW_PRIVILEGES(
      "the thread has neither no_new_privs nor CAP_SYS_ADMIN: set no_new_privs first"),
  /** ENOMEM: MAX_INSNS_PER_PATH in kernel/seccomp.c, counted after translation to eBPF. */
  BUDGET_USED_UP(
      "the filters of this thread together would be longer than the 32768 instructions that the"
          + " kernel translates them to at most"),
  /** EBUSY. */
  LISTENER_EXISTS("this thread is behind a filter that has a listener already, and may have one"),
  /** ESRCH. */
  THREAD_DIVERGED("another thread is behind filters that this one is not behind"),
  /** The calling thread is behind a filter, and this is a container. */
  CONTAINER_PROFILE(
      "this container's seccomp profile refuses it: this thread is behind a filter that somebody"
          + " else installed"),
  /** The calling thread is behind a filter. */
  OUTER_FILTER(
      "a filter that this thread is behind already refuses it: one of the service manager's, of a"
          + " sandbox around this process, or an earlier one of its own"),
  /** No filter is there, and yet. */
  SECURITY_MODULE(
      "a security module refuses it, or a sandbox that imitates a kernel: this thread is behind no"
          + " filter");

  private final String text;

  Refusal(String text) {
    this.text = text;
  }

  /**
   * {@return what most likely refused a setup program's installation of a filter, in a child or
   * here}; empty if another step failed. To be asked on the thread that started the child, which
   * was behind the same filters.
   */
  public static Optional<Refusal> of(SetupException failure) {
    return failure.syscall().equals("seccomp")
        ? Optional.of(likely(failure.errno()))
        : Optional.empty();
  }

  /** What an error most likely means to the calling thread. */
  static Refusal likely(Errno errno) {
    return likely(errno, ThreadStatus.ofThisThread(), inContainer());
  }

  static Refusal likely(Errno errno, ThreadStatus status, boolean inContainer) {
    Refusal around = inContainer ? CONTAINER_PROFILE : OUTER_FILTER;
    return switch (errno) {
      case EACCES ->
          status.noNewPrivileges() && status.filtered() ? around : NEEDS_NO_NEW_PRIVILEGES;
      case ENOMEM -> BUDGET_USED_UP;
      case EBUSY -> LISTENER_EXISTS;
      case ESRCH -> THREAD_DIVERGED;
      // A thread behind a filter proves that the kernel has them.
      case EINVAL -> status.mode().isEmpty() ? NO_SECCOMP : UNKNOWN_TO_KERNEL;
      case ENOSYS -> status.filtered() ? around : NO_SECCOMP;
      default -> status.filtered() ? around : SECURITY_MODULE;
    };
  }

  /** Files that Docker and Podman put into their containers, and systemd's variable. */
  private static boolean inContainer() {
    return Files.exists(Path.of("/.dockerenv"))
        || Files.exists(Path.of("/run/.containerenv"))
        || System.getenv("container") != null;
  }

  /** In words, as the end of a sentence about the error. */
  @Override
  public String toString() {
    return text;
  }
}
