package io.github.cofferdam.landlock;

import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Arg;
import io.github.cofferdam.launcher.Memory;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.launcher.Slot;
import io.github.cofferdam.launcher.Step;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** System calls that a confined child tries, one program each. */
final class RawCalls {
  /** linux/socket.h, and SOCK_STREAM | SOCK_CLOEXEC of linux/net.h. */
  private static final int AF_UNIX = 1;

  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;
  private static final int STREAM = 1 | Uapi.O_CLOEXEC();

  static final Arg HERE = Arg.of(Uapi.AT_FDCWD(), "AT_FDCWD");

  private RawCalls() {}

  static SetupProgram open(Path path, int flags) {
    Slot slot = Slot.named("opened");
    return SetupProgram.of(
        Step.of("openat", "open", HERE, text(path), Arg.of(flags), Arg.of(0600)).opening(slot),
        Step.close(slot));
  }

  static SetupProgram ioctl(Path path, long command, int size) {
    Slot slot = Slot.named("device");
    return SetupProgram.of(
        Step.of("openat", "open", HERE, text(path), Arg.of(Uapi.O_RDONLY())).opening(slot),
        Step.of("ioctl", "ask", slot, Arg.of(command), Memory.ofSize(size).build("{...}")),
        Step.close(slot));
  }

  static SetupProgram on(String syscall, Path path, long... arguments) {
    var args = new ArrayList<Arg>(List.of(HERE, text(path)));
    for (long argument : arguments) {
      args.add(Arg.of(argument));
    }
    return SetupProgram.of(Step.of(syscall, "try", args.toArray(Arg[]::new)));
  }

  static SetupProgram truncate(Path path) {
    return SetupProgram.of(Step.of("truncate", "truncate", text(path), Arg.of(0)));
  }

  static SetupProgram symlink(String target, Path link) {
    return SetupProgram.of(Step.of("symlinkat", "link", Memory.text(target), HERE, text(link)));
  }

  static SetupProgram link(Path file, Path name) {
    return SetupProgram.of(
        Step.of("linkat", "link", HERE, text(file), HERE, text(name), Arg.of(0)));
  }

  static SetupProgram rename(Path from, Path to) {
    return SetupProgram.of(
        Step.of("renameat2", "rename", HERE, text(from), HERE, text(to), Arg.of(0)));
  }

  /** {@code bind} or {@code connect} of a TCP socket on the loopback. */
  static SetupProgram tcp(String syscall, boolean v6, int port) {
    Slot socket = Slot.named("socket");
    return SetupProgram.of(
        Step.of(
                "socket",
                "make a socket",
                Arg.of(v6 ? AF_INET6 : AF_INET),
                Arg.of(STREAM),
                Arg.of(0))
            .opening(socket),
        Step.of(syscall, syscall, socket, address(v6, port), Arg.of(v6 ? 28 : 16)),
        Step.close(socket));
  }

  /** As {@link #tcp}, to a Unix socket. */
  static SetupProgram connectUnix(Path path) {
    Slot socket = Slot.named("socket");
    byte[] name = path.toString().getBytes(StandardCharsets.UTF_8);
    Memory address =
        Memory.ofSize(2 + name.length + 1).int16(0, AF_UNIX).bytes(2, name).build("{AF_UNIX}");
    return SetupProgram.of(
        Step.of("socket", "make a socket", Arg.of(AF_UNIX), Arg.of(STREAM), Arg.of(0))
            .opening(socket),
        Step.of("connect", "connect", socket, address, Arg.of(address.size())),
        Step.close(socket));
  }

  /**
   * The loopback. Ports are big-endian.
   *
   * <pre>
   * sockaddr_in:   0 | family 16 | port 16 | address 32                     | zero 64 |  16
   * sockaddr_in6:  0 | family 16 | port 16 | flow 32    | address 128 | scope 32      |  28
   * </pre>
   */
  private static Memory address(boolean v6, int port) {
    Memory.Builder memory =
        Memory.ofSize(v6 ? 28 : 16)
            .int16(0, v6 ? AF_INET6 : AF_INET)
            .int16(2, Short.reverseBytes((short) port));
    return v6
        ? memory.int8(23, 1).build("{[::1]:" + port + "}")
        : memory.bytes(4, new byte[] {127, 0, 0, 1}).build("{127.0.0.1:" + port + "}");
  }

  static Memory text(Path path) {
    return Memory.text(path.toString());
  }
}
