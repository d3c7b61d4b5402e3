package io.github.cofferdam.broker;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.seccomp.FromTarget;

/**
 * {@code socket}, for programs in a network namespace where nothing is: they get a socket of this
 * process's. It is theirs from the beginning, so what they register of it stays registered.
 */
final class SocketCalls {
  private SocketCalls() {}

  static void answer(Asked asked) throws Asked.Failed, KernelException {
    int type = asked.number(1);
    long made = HostSocket.make(asked.number(0), type | Uapi.O_CLOEXEC(), asked.number(2));
    if (Syscall.isError(made)) {
      asked.answer(made);
      return;
    }
    try (Fd socket = Fd.owning((int) made)) {
      give(asked, socket, (type & Uapi.O_CLOEXEC()) != 0);
    }
  }

  private static void give(Asked asked, Fd socket, boolean closeOnExec)
      throws Asked.Failed, KernelException {
    try {
      require(asked.notification().addDescriptorAndAnswer(socket, closeOnExec));
    } catch (KernelException e) {
      if (e.errno() != Errno.EINVAL) {
        throw e;
      }
      // Before Linux 5.14 these are two calls: whoever dies between them takes both along.
      FromTarget<Integer> given = asked.notification().addDescriptor(socket, closeOnExec);
      require(given);
      if (given instanceof FromTarget.Value<Integer>(Integer number)) {
        asked.answer(number);
      }
    }
  }

  private static void require(FromTarget<Integer> given) throws Asked.Failed {
    if (given instanceof FromTarget.Refused<Integer>(Errno errno)) {
      throw new Asked.Failed(errno);
    }
  }
}
