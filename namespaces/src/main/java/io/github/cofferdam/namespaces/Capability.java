package io.github.cofferdam.namespaces;

import io.github.cofferdam.bindings.uapi.Uapi;
import java.util.Locale;

/** Parts of what user id 0 may do; see {@code capabilities(7)}. */
public enum Capability {
  /** Change owner and group of any file. */
  CHOWN(Uapi.CAP_CHOWN()),
  /** Ignore permissions of files. */
  DAC_OVERRIDE(Uapi.CAP_DAC_OVERRIDE()),
  /** Ignore permissions to read files and to search directories. */
  DAC_READ_SEARCH(Uapi.CAP_DAC_READ_SEARCH()),
  /** Do with any file what its owner may do. */
  FOWNER(Uapi.CAP_FOWNER()),
  /** Keep the set-user-id bits of a file that is changed. */
  FSETID(Uapi.CAP_FSETID()),
  /** Signal any process. */
  KILL(Uapi.CAP_KILL()),
  /** Become any group. */
  SETGID(Uapi.CAP_SETGID()),
  /** Become any user. */
  SETUID(Uapi.CAP_SETUID()),
  /** Change its own bounding set and secure bits. */
  SETPCAP(Uapi.CAP_SETPCAP()),
  /** Set the immutable and append-only attributes of files. */
  LINUX_IMMUTABLE(Uapi.CAP_LINUX_IMMUTABLE()),
  /** Bind to ports below 1024. */
  NET_BIND_SERVICE(Uapi.CAP_NET_BIND_SERVICE()),
  /** Unused. */
  NET_BROADCAST(Uapi.CAP_NET_BROADCAST()),
  /** Configure the network. */
  NET_ADMIN(Uapi.CAP_NET_ADMIN()),
  /** Open raw and packet sockets. */
  NET_RAW(Uapi.CAP_NET_RAW()),
  /** Lock memory beyond the limit. */
  IPC_LOCK(Uapi.CAP_IPC_LOCK()),
  /** Ignore permissions of System V objects. */
  IPC_OWNER(Uapi.CAP_IPC_OWNER()),
  /** Load kernel modules. */
  SYS_MODULE(Uapi.CAP_SYS_MODULE()),
  /** Reach ports and memory of the machine. */
  SYS_RAWIO(Uapi.CAP_SYS_RAWIO()),
  /** Change the root directory. */
  SYS_CHROOT(Uapi.CAP_SYS_CHROOT()),
  /** Trace any process. */
  SYS_PTRACE(Uapi.CAP_SYS_PTRACE()),
  /** Configure process accounting. */
  SYS_PACCT(Uapi.CAP_SYS_PACCT()),
  /** Mount, and much else. */
  SYS_ADMIN(Uapi.CAP_SYS_ADMIN()),
  /** Reboot. */
  SYS_BOOT(Uapi.CAP_SYS_BOOT()),
  /** Raise priorities. */
  SYS_NICE(Uapi.CAP_SYS_NICE()),
  /** Exceed limits and raise them. */
  SYS_RESOURCE(Uapi.CAP_SYS_RESOURCE()),
  /** Set the clock. */
  SYS_TIME(Uapi.CAP_SYS_TIME()),
  /** Configure virtual terminals. */
  SYS_TTY_CONFIG(Uapi.CAP_SYS_TTY_CONFIG()),
  /** Make devices. */
  MKNOD(Uapi.CAP_MKNOD()),
  /** Take leases on any file. */
  LEASE(Uapi.CAP_LEASE()),
  /** Write to the kernel's audit log. */
  AUDIT_WRITE(Uapi.CAP_AUDIT_WRITE()),
  /** Configure the kernel's audit. */
  AUDIT_CONTROL(Uapi.CAP_AUDIT_CONTROL()),
  /** Give capabilities to files. */
  SETFCAP(Uapi.CAP_SETFCAP()),
  /** Override mandatory access control. */
  MAC_OVERRIDE(Uapi.CAP_MAC_OVERRIDE()),
  /** Configure mandatory access control. */
  MAC_ADMIN(Uapi.CAP_MAC_ADMIN()),
  /** Read the kernel's log and addresses. */
  SYSLOG(Uapi.CAP_SYSLOG()),
  /** Set timers that wake the machine. */
  WAKE_ALARM(Uapi.CAP_WAKE_ALARM()),
  /** Keep the machine from suspending. */
  BLOCK_SUSPEND(Uapi.CAP_BLOCK_SUSPEND()),
  /** Read the kernel's audit log. */
  AUDIT_READ(Uapi.CAP_AUDIT_READ()),
  /** Observe performance. */
  PERFMON(Uapi.CAP_PERFMON()),
  /** Load BPF programs. */
  BPF(Uapi.CAP_BPF()),
  /** Checkpoint and restore processes. */
  CHECKPOINT_RESTORE(Uapi.CAP_CHECKPOINT_RESTORE());

  private final int number;

  Capability(int number) {
    this.number = number;
  }

  /** {@return its number, as in linux/capability.h} */
  public int number() {
    return number;
  }

  /** {@return its bit in a set of capabilities} */
  public long bit() {
    return 1L << number;
  }

  /** {@return its name in a policy, such as {@code net_bind_service}} */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * {@return the capability of a name, such as {@code NET_RAW}, {@code net_raw} or {@code
   * CAP_NET_RAW}}
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Capability of(String name) {
    String plain = name.toUpperCase(Locale.ROOT);
    if (plain.startsWith("CAP_")) {
      plain = plain.substring(4);
    }
    for (Capability capability : values()) {
      if (capability.name().equals(plain)) {
        return capability;
      }
    }
    throw new IllegalArgumentException("no capability is called " + name);
  }
}
