package io.github.cofferdam.broker;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.policy.TransportProtocol;

/** What is done where a call is not about the internet. */
final class Local {
  private Local() {}

  /**
   * Lets the kernel make a call that names a Unix socket, since this process must not make it: it
   * is behind no wall, and would reach what the program may not.
   *
   * @param held whether the kernel lets such a call reach nothing else, whatever the program makes
   *     of its memory and its descriptors meanwhile
   * @throws Asked.Failed EACCES if not
   */
  static void leaveToKernel(Asked asked, boolean held) throws Asked.Failed, KernelException {
    if (!held) {
      throw new Asked.Failed(Errno.EACCES);
    }
    var _ = asked.notification().continueUnchecked();
  }

  /**
   * {@return what a socket of the internet speaks}
   *
   * @throws Asked.Failed EACCES if it speaks anything else: by now the number may be another file's
   */
  static TransportProtocol protocol(HostSocket socket) throws Asked.Failed {
    return switch (socket.kind()) {
      case TCP -> TransportProtocol.TCP;
      case UDP -> TransportProtocol.UDP;
      case LOCAL -> throw new Asked.Failed(Errno.EAFNOSUPPORT);
      case OTHER -> throw new Asked.Failed(Errno.EACCES);
    };
  }
}
