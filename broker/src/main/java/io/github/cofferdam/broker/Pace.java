package io.github.cofferdam.broker;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Syscall;
import java.util.OptionalLong;

/**
 * How fast what a socket sends may go out. The kernel holds TCP to it, and UDP where the interface
 * has a queue that goes by it (fq); the filter of the run keeps the program from changing it.
 *
 * @param bytes a second; empty for as fast as can be
 */
record Pace(OptionalLong bytes) {
  /**
   * Sets it, before anything is sent.
   *
   * @throws Asked.Failed with what the kernel says if it cannot be set
   */
  void set(HostSocket socket) throws Asked.Failed {
    if (bytes.isPresent()) {
      long result = socket.pace(bytes.getAsLong());
      if (Syscall.isError(result)) {
        throw new Asked.Failed(Errno.of((int) -result));
      }
    }
  }
}
