package io.github.cofferdam.seccomp;

import static io.github.cofferdam.seccomp.Argument.arg;
import static io.github.cofferdam.seccomp.Rule.when;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.util.Arrays;

/**
 * The filter for any sandboxed program: a deny list of system calls that ordinary programs do not
 * need and that open ways around the other walls, or around this one. An immutable value.
 *
 * {@snippet :
 * SeccompFilter filter = Baseline.of(Arch.host()).sockets(Sockets.TCP).filter();
 * }
 *
 * <p>Refused with EPERM, always:
 *
 * <ul>
 *   <li>mounts: {@code mount}, {@code umount2}, the calls of the newer interface, {@code
 *       pivot_root}, {@code chroot};
 *   <li>namespaces: {@code unshare}, {@code setns}, {@code clone} with any {@code CLONE_NEW*} flag,
 *       {@code listns};
 *   <li>other processes: {@code ptrace} (so no strace and no gdb), {@code process_vm_readv}, {@code
 *       process_vm_writev}, {@code kcmp}, {@code pidfd_getfd};
 *   <li>kernel: modules, {@code kexec}, {@code bpf}, {@code perf_event_open}, {@code userfaultfd},
 *       {@code fanotify}, keyrings, file handles, quotas, swap, accounting, host and domain name,
 *       clock, I/O ports, {@code modify_ldt}, {@code syslog}, {@code reboot}, uprobes, and calls
 *       that the kernel has given up;
 *   <li>{@code personality}, save for Linux, {@code PER_LINUX32} and {@code UNAME26}: others weaken
 *       memory protection;
 *   <li>{@code ioctl} with TIOCSTI and TIOCLINUX, which type into the terminal.
 * </ul>
 *
 * <p>Answered with ENOSYS, as if the kernel lacked them: {@code io_uring_*}, whose requests no
 * filter sees; {@code clone3}, whose flags lie in memory (C libraries fall back to {@code clone});
 * numbers that the system call table does not know. A call of another architecture kills.
 *
 * <p>Allowed on purpose: {@code memfd_create}, {@code memfd_secret}, {@code execveat}, {@code
 * landlock_*} and {@code seccomp} (walls inside the wall only narrow it).
 *
 * <p>The switches begin at their strictest, save for {@link #metadataChanges}.
 *
 * @param arch whose calls are filtered
 * @param sockets internet and netlink sockets
 * @param unixSockets whether AF_UNIX sockets can be made; socket pairs always can, but without this
 *     only of the connected types, since a datagram pair could send to any address; and where no
 *     other socket can be made either, none can be given a name ({@code bind})
 * @param ipc whether System V IPC and POSIX message queues are there: only for processes in an IPC
 *     namespace of their own, else they reach whatever the user has running
 * @param metadataChanges whether mode, owner, times and extended attributes of files can be
 *     changed. Landlock does not see that, so read-only files stay open to it; without it {@code cp
 *     -p}, {@code tar -x}, {@code chmod} and {@code touch} on existing files fail with EPERM
 */
public record Baseline(
    Arch arch, Sockets sockets, boolean unixSockets, boolean ipc, boolean metadataChanges) {

  /** {@code _IOW('X', 32, struct fsxattr)} of linux/fs.h. */
  private static final int FS_IOC_FSSETXATTR = 0x401c5820;

  private static final Action ALLOW = Action.allow();
  private static final Action REFUSE = Action.errno(Errno.EPERM);

  /** {@return the strictest baseline, but with changes of metadata} */
  public static Baseline of(Arch arch) {
    return new Baseline(arch, Sockets.NONE, false, false, true);
  }

  /** {@return this baseline with other internet and netlink sockets} */
  public Baseline sockets(Sockets value) {
    return new Baseline(arch, value, unixSockets, ipc, metadataChanges);
  }

  /** {@return this baseline with or without AF_UNIX sockets} */
  public Baseline unixSockets(boolean allowed) {
    return new Baseline(arch, sockets, allowed, ipc, metadataChanges);
  }

  /** {@return this baseline with or without System V IPC and POSIX message queues} */
  public Baseline ipc(boolean allowed) {
    return new Baseline(arch, sockets, unixSockets, allowed, metadataChanges);
  }

  /** {@return this baseline with or without changes of file metadata} */
  public Baseline metadataChanges(boolean allowed) {
    return new Baseline(arch, sockets, unixSockets, ipc, allowed);
  }

  /** {@return the filter} */
  public SeccompFilter filter() {
    return rules().build();
  }

  /** {@return the rules, to which more can be added} */
  public SeccompFilter.Builder rules() {
    var rules = SeccompFilter.denyList(arch);
    rules.on(SyscallSet.DANGEROUS, REFUSE);
    rules.on(SyscallSet.UNSEEN, Action.errno(Errno.ENOSYS));
    if (!ipc) {
      rules.on(SyscallSet.IPC, REFUSE);
    }
    if (!metadataChanges) {
      rules.on(SyscallSet.FILE_METADATA, REFUSE);
    }
    rules.on("clone", Guards.cloning());
    rules.on("personality", Guards.personality());
    rules.on("ioctl", when(arg(1).asInt().in(refusedCommands())).then(REFUSE).otherwise(ALLOW));
    addSockets(rules);
    return rules;
  }

  /** The kernel reads an {@code unsigned int cmd}. */
  private int[] refusedCommands() {
    int[] terminal = {Uapi.TIOCSTI(), Uapi.TIOCLINUX()};
    if (metadataChanges) {
      return terminal;
    }
    int[] all = Arrays.copyOf(terminal, 4);
    all[2] = (int) Uapi.FS_IOC_SETFLAGS();
    all[3] = FS_IOC_FSSETXATTR;
    return all;
  }

  private void addSockets(SeccompFilter.Builder rules) {
    rules.on(
        "socketpair",
        unixSockets
            ? when(Guards.LOCAL).then(ALLOW).otherwise(REFUSE)
            : Guards.connectedPairs(Guards.SOCK_STREAM, Guards.SOCK_SEQPACKET));
    Action unix = unixSockets ? ALLOW : REFUSE;
    if (sockets == Sockets.NONE && !unixSockets) {
      // One of a pair could still be given an abstract name, which its whole namespace sees.
      rules.on("bind", REFUSE);
    }
    rules.on(
        "socket",
        switch (sockets) {
          case NONE -> when(Guards.LOCAL).then(unix).otherwise(REFUSE);
          case TCP ->
              when(Guards.TCP)
                  .then(ALLOW)
                  .orWhen(Guards.ROUTING)
                  .then(ALLOW)
                  .orWhen(Guards.LOCAL)
                  .then(unix)
                  .otherwise(REFUSE);
          case INTERNET ->
              when(Guards.INTERNET)
                  .then(ALLOW)
                  .orWhen(Guards.ROUTING)
                  .then(ALLOW)
                  .orWhen(Guards.LOCAL)
                  .then(unix)
                  .otherwise(REFUSE);
        });
    if (sockets == Sockets.TCP) {
      Guards.addWithoutFastOpen(rules);
    }
  }
}
