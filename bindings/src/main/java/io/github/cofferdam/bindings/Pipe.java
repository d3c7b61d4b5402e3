package io.github.cofferdam.bindings;

import io.github.cofferdam.bindings.uapi.Uapi;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;

/**
 * A pipe whose two ends are closed on exec; see {@code pipe2(2)}.
 *
 * @param read the end to read from
 * @param write the end to write to
 */
public record Pipe(Fd read, Fd write) implements AutoCloseable {
  private static final int PIPE2 = Syscall.number("pipe2");

  /**
   * {@return a new pipe}
   *
   * @throws KernelException EMFILE or ENFILE if there are no more descriptors
   */
  public static Pipe open() throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      var ends = arena.allocate(ValueLayout.JAVA_INT, 2);
      Syscall.check(
          Syscall.call(PIPE2, ends.address(), Uapi.O_CLOEXEC()), "pipe2", "create a pipe");
      return new Pipe(
          Fd.owning(ends.getAtIndex(ValueLayout.JAVA_INT, 0)),
          Fd.owning(ends.getAtIndex(ValueLayout.JAVA_INT, 1)));
    }
  }

  @Override
  public void close() {
    read.close();
    write.close();
  }
}
