package io.github.cofferdam.confinement;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.SyscallTable;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.rlimit.Resource;
import io.github.cofferdam.seccomp.Action;
import io.github.cofferdam.seccomp.Baseline;
import io.github.cofferdam.seccomp.BpfProgram;
import io.github.cofferdam.seccomp.Sockets;
import io.github.cofferdam.seccomp.SyscallSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * A baseline as a program, and what that program does with the calls that claims rest on: found out
 * by running it, as the kernel will.
 *
 * @param program installs it
 * @param asks how much of sockets is asked about: of a kind that asks nothing if nothing is
 * @param connectsOnly whether of the internet only TCP can be used, and only by connecting
 * @param refusesInternet whether no internet, netlink or packet socket can be made
 * @param refusesUnix whether no Unix socket can be made
 * @param refusesMetadata whether nothing changes modes, owners, times and attributes of files
 * @param keepsCoreLimit whether nothing changes the limit of core files, of whatever process
 */
record CompiledFilter(
    SetupProgram program,
    Sockets asks,
    boolean connectsOnly,
    boolean refusesInternet,
    boolean refusesUnix,
    boolean refusesMetadata,
    boolean keepsCoreLimit) {
  /** Compiling takes longer than starting a process, and there are few baselines. */
  private static final ConcurrentMap<Baseline, CompiledFilter> COMPILED = new ConcurrentHashMap<>();

  /** linux/socket.h; the generated constants are those of linux/ headers alone. */
  private static final int AF_UNIX = 1;

  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;
  private static final int AF_NETLINK = 16;
  private static final int AF_PACKET = 17;
  private static final int AF_VSOCK = 40;

  // linux/net.h
  private static final int SOCK_STREAM = 1;
  private static final int SOCK_DGRAM = 2;
  private static final int SOCK_RAW = 3;

  /** Of calls that are asked about: an address, and processes. */
  private static final long SOMEWHERE = 0x7fff_0000_1000L;

  private static final int FAST_OPEN = 0x2000_0000;
  private static final int MULTIPATH = Uapi.IPPROTO_MPTCP();
  private static final int DESCRIPTOR = 3;
  private static final int SIZE = 16;
  private static final int INIT = 1;
  private static final int SOMEBODY = 4711;

  static CompiledFilter of(Baseline baseline) {
    return COMPILED.computeIfAbsent(baseline, CompiledFilter::compile);
  }

  private static CompiledFilter compile(Baseline baseline) {
    BpfProgram filter = baseline.program();
    Arch arch = baseline.arch();
    boolean internet = true;
    for (int family : new int[] {AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_VSOCK}) {
      internet &= refusesSocket(filter, arch, family);
    }
    Set<String> known = SyscallTable.numbers(baseline.arch()).keySet();
    boolean metadata = true;
    for (String call : SyscallSet.FILE_METADATA) {
      metadata &= !known.contains(call) || isRefused(decide(filter, arch, call));
    }
    return new CompiledFilter(
        baseline.sockets().asks()
            ? filter.installWithListener(Brokering.LISTENER, arch)
            : filter.install(),
        asked(filter, arch),
        connectsOnly(filter, arch),
        internet,
        refusesSocket(filter, arch, AF_UNIX),
        metadata,
        keepsCoreLimit(filter, arch));
  }

  /** Whether none of the calls that set it is made, which read 32 bits of the resource. */
  private static boolean keepsCoreLimit(BpfProgram filter, Arch arch) {
    boolean kept = true;
    for (long high : new long[] {0, 1L << Integer.SIZE}) {
      long core = high | Resource.CORE_FILE.number();
      kept &= isRefused(decide(filter, arch, "setrlimit", core, SOMEWHERE));
      for (long process : new long[] {0, INIT, SOMEBODY}) {
        for (long old : new long[] {0, SOMEWHERE}) {
          kept &= isRefused(decide(filter, arch, "prlimit64", process, core, SOMEWHERE, old));
        }
      }
    }
    return kept;
  }

  /** How much is asked about, whatever it was meant to be. */
  private static Sockets asked(BpfProgram filter, Arch arch) {
    if (!isAsked(decide(filter, arch, "connect", DESCRIPTOR, SOMEWHERE, SIZE))) {
      return Sockets.INTERNET;
    }
    boolean all =
        isAsked(decide(filter, arch, "bind", DESCRIPTOR, SOMEWHERE, SIZE))
            && isAsked(decide(filter, arch, "listen", DESCRIPTOR, SIZE))
            && isAsked(decide(filter, arch, "sendto", DESCRIPTOR, SOMEWHERE, 1, 0, SOMEWHERE, SIZE))
            && isAsked(decide(filter, arch, "sendmsg", DESCRIPTOR, SOMEWHERE))
            && isAsked(decide(filter, arch, "sendmmsg", DESCRIPTOR, SOMEWHERE, 1));
    if (!all) {
      return Sockets.ASKED_CONNECTS;
    }
    boolean given = true;
    for (int family : new int[] {AF_INET, AF_INET6}) {
      for (int type : new int[] {SOCK_STREAM, SOCK_DGRAM}) {
        given &= isAsked(decide(filter, arch, "socket", family, type));
      }
    }
    return given ? Sockets.GIVEN : Sockets.ASKED;
  }

  private static boolean connectsOnly(BpfProgram filter, Arch arch) {
    boolean only =
        isRefused(decide(filter, arch, "listen", DESCRIPTOR, SIZE))
            && isRefused(
                decide(
                    filter, arch, "sendto", DESCRIPTOR, SOMEWHERE, 1, FAST_OPEN, SOMEWHERE, SIZE))
            && isRefused(decide(filter, arch, "sendmsg", DESCRIPTOR, SOMEWHERE, FAST_OPEN))
            && isRefused(decide(filter, arch, "sendmmsg", DESCRIPTOR, SOMEWHERE, 1, FAST_OPEN));
    for (int family : new int[] {AF_INET, AF_INET6}) {
      only &= isRefused(decide(filter, arch, "socket", family, SOCK_DGRAM));
      only &= isRefused(decide(filter, arch, "socket", family, SOCK_STREAM, MULTIPATH));
    }
    return only;
  }

  private static boolean isAsked(Action action) {
    return action.equals(Action.userNotification());
  }

  private static boolean refusesSocket(BpfProgram filter, Arch arch, int family) {
    boolean refused = true;
    for (int type : new int[] {SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_STREAM | Uapi.O_CLOEXEC()}) {
      refused &= isRefused(decide(filter, arch, "socket", family, type));
    }
    return refused;
  }

  private static Action decide(BpfProgram filter, Arch arch, String call, long... args) {
    return filter.decide(arch, SyscallTable.require(arch, call), args);
  }

  private static boolean isRefused(Action action) {
    return !action.equals(Action.allow()) && !action.equals(Action.log()) && !isAsked(action);
  }
}
