package io.github.cofferdam.seccomp;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.SyscallTable;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Kernel;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;

/**
 * A system call that waits for an answer. Safe for use by several threads: the answer may come from
 * another one than that which received it, and once only.
 *
 * <p>Numbers and arguments were copied by the kernel and do not change. What an argument points to
 * can be changed by the target's other threads, and by whoever shares its memory, at any time: read
 * it once, decide on the copy, and do with the copy what the call was to do. Letting the kernel
 * make the call after all ({@link #continueUnchecked}) would let it read the memory once more.
 *
 * <pre>
 * struct seccomp_notif
 *  0        8        12       16                                 80
 *  +--------+--------+--------+----------------------------------+
 *  | id     | pid    | flags  | struct seccomp_data (SeccompData)|
 *  | u64    | u32    | u32    | 64 bytes                         |
 *  +--------+--------+--------+----------------------------------+
 * </pre>
 */
public final class Notification {
  static final int SIZE = 80;
  static final int RESPONSE_SIZE = 24;
  static final int ADD_SIZE = 24;
  static final int DATA = 16;
  static final int INSTRUCTION_POINTER = 8;

  /** linux/errno.h of the kernel's own sources: seen by nobody but the kernel. */
  private static final int ERESTARTSYS = 512;

  /** Memory can be readable up to the end of a page and no further. */
  private static final int PAGE = 4096;

  private static final ConcurrentMap<Arch, Map<Integer, String>> NAMES = new ConcurrentHashMap<>();

  private final Listener listener;
  private final Target target;
  private final long id;
  private final int pid;
  private final SeccompData data;
  private final long instructionPointer;
  private final AtomicBoolean answered = new AtomicBoolean();

  Notification(Listener listener, Kernel kernel, MemorySegment received) {
    this.listener = listener;
    id = received.get(ValueLayout.JAVA_LONG, 0);
    pid = received.get(ValueLayout.JAVA_INT, 8);
    MemorySegment call = received.asSlice(DATA);
    long[] args = new long[6];
    for (int i = 0; i < args.length; i++) {
      args[i] = call.get(ValueLayout.JAVA_LONG, SeccompData.low(i));
    }
    data =
        SeccompData.of(
            call.get(ValueLayout.JAVA_INT, SeccompData.NUMBER),
            call.get(ValueLayout.JAVA_INT, SeccompData.ARCH),
            args);
    instructionPointer = call.get(ValueLayout.JAVA_LONG, INSTRUCTION_POINTER);
    target = new Target(pid, kernel);
  }

  // ------------------------------------------------------------------ what is asked

  /**
   * {@return the number that the kernel gave this notification; no other one of its filter has it}
   */
  public long id() {
    return id;
  }

  /**
   * {@return the id of the thread that makes the call, as this process sees it}; 0 if it is not
   * visible from this process-id namespace. It may be another thread's by the time it is used: ask
   * {@link #valid} afterwards.
   */
  public int pid() {
    return pid;
  }

  /** {@return the convention by which the call is made; empty if this module does not know it} */
  public Optional<Arch> arch() {
    boolean x32 = (data.number() & SeccompData.X32_BIT) != 0;
    for (Arch arch : Arch.values()) {
      if (arch.auditArch() == data.arch() && (arch != Arch.X86_64 || !x32)) {
        return Optional.of(arch);
      }
    }
    return Optional.empty();
  }

  /** {@return the call's number in its convention} */
  public int number() {
    return data.number();
  }

  /** {@return the call's name; empty if this module does not know it} */
  public Optional<String> syscall() {
    return arch()
        .map(arch ->
            NAMES
                .computeIfAbsent(
                    arch,
                    known ->
                        SyscallTable.numbers(known).entrySet().stream()
                            .collect(Collectors.toMap(Map.Entry::getValue, Map.Entry::getKey)))
                .get(data.number()));
  }

  /**
   * {@return an argument, all 64 bits of the register}; the kernel looks at the lower 32 of many.
   *
   * @param index 0 to 5
   * @throws IllegalArgumentException if it is another number
   */
  public long argument(int index) {
    return switch (index) {
      case 0 -> data.a0();
      case 1 -> data.a1();
      case 2 -> data.a2();
      case 3 -> data.a3();
      case 4 -> data.a4();
      case 5 -> data.a5();
      default -> throw new IllegalArgumentException("arguments are 0 to 5, not " + index);
    };
  }

  /** {@return where the target's code makes the call} */
  public long instructionPointer() {
    return instructionPointer;
  }

  /**
   * {@return whether the target still waits for the answer}. Whatever was learnt about it by its id
   * before this says true was about the target; what is learnt afterwards may not be.
   *
   * @throws KernelException if a filter around this process refuses to ask
   */
  public boolean valid() throws KernelException {
    return listener.valid(id);
  }

  // ------------------------------------------------------------------ the target

  /**
   * Copies memory of the target, all of it or nothing.
   *
   * @param address where it begins in the target
   * @param length number of bytes
   * @return refused with EFAULT if it is not all readable, with EPERM if this process may not look
   *     into the target, as ptrace(2) says under access mode checking
   * @throws KernelException as {@link #valid}
   */
  public FromTarget<byte[]> readMemory(long address, int length) throws KernelException {
    return confirmed(target.read(address, length));
  }

  /**
   * Copies a string that ends with a NUL byte, such as a path, as {@link OsText} reads it.
   *
   * @param address where it begins in the target
   * @param limit bytes to look at, the NUL among them; 4096 for paths
   * @return refused with ENAMETOOLONG if there is no NUL among them, else as {@link #readMemory}
   * @throws KernelException as {@link #valid}
   */
  public FromTarget<String> readText(long address, int limit) throws KernelException {
    var text = new ByteArrayOutputStream();
    while (text.size() < limit) {
      long at = address + text.size();
      int toPageEnd = PAGE - (int) (at & (PAGE - 1));
      switch (readMemory(at, Math.min(toPageEnd, limit - text.size()))) {
        case FromTarget.Value<byte[]>(byte[] bytes) -> {
          for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == 0) {
              text.write(bytes, 0, i);
              byte[] all = text.toByteArray();
              return new FromTarget.Value<>(OsText.decode(all, 0, all.length));
            }
          }
          text.writeBytes(bytes);
        }
        case FromTarget.Gone<byte[]>() -> {
          return new FromTarget.Gone<>();
        }
        case FromTarget.Refused<byte[]>(Errno errno) -> {
          return new FromTarget.Refused<>(errno);
        }
      }
    }
    return new FromTarget.Refused<>(Errno.ENAMETOOLONG);
  }

  /**
   * Changes memory of the target, where its call is to leave something there: results for which a
   * call's own value has no room. Memory that the target may not write itself is written, too, as a
   * debugger does it: the address is the target's to choose, and so is what comes of it.
   *
   * @param address where it begins in the target
   * @return how many bytes: all; refused with EFAULT if they cannot all be written, with EPERM or
   *     EACCES if this process may not look into the target, with ENOENT without {@code /proc}
   * @throws KernelException as {@link #valid}
   */
  public FromTarget<Integer> writeMemory(long address, byte... bytes) throws KernelException {
    return switch (confirmedDescriptor(target.memory())) {
      case FromTarget.Value<Fd>(Fd memory) -> {
        try (memory) {
          yield target.write(memory, address, bytes);
        }
      }
      case FromTarget.Gone<Fd>() -> new FromTarget.Gone<>();
      case FromTarget.Refused<Fd>(Errno errno) -> new FromTarget.Refused<>(errno);
    };
  }

  /**
   * {@return a descriptor that stands for the target's process, whatever becomes of its id}
   *
   * @throws KernelException as {@link #valid}
   */
  public FromTarget<Fd> pidfd() throws KernelException {
    return confirmedDescriptor(target.pidfd());
  }

  /**
   * {@return a duplicate of a descriptor of the target's}: the same open file, so that what is done
   * with it, such as connecting a socket, is done to the target's. Refused with EBADF if it is not
   * open there, else as {@link #readMemory}.
   *
   * @throws KernelException as {@link #valid}
   */
  public FromTarget<Fd> duplicate(int descriptor) throws KernelException {
    return confirmedDescriptor(target.duplicate(descriptor));
  }

  // ------------------------------------------------------------------ answers

  /**
   * Answers that the call has succeeded. It was not made: whoever answers so has done what it was
   * to do.
   *
   * @param value what the call returns
   * @throws IllegalArgumentException if the target would take the value for an error
   * @throws IllegalStateException if this was answered before
   * @throws KernelException if the kernel does not take the answer
   */
  public Delivery answerValue(long value) throws KernelException {
    if (Syscall.isError(value)) {
      throw new IllegalArgumentException(value + " would be an error; use answerErrno");
    }
    return answer(value, 0, 0);
  }

  /**
   * Answers that the call has failed.
   *
   * @throws IllegalArgumentException for {@link Errno#UNKNOWN}
   * @throws IllegalStateException if this was answered before
   * @throws KernelException if the kernel does not take the answer
   */
  public Delivery answerErrno(Errno errno) throws KernelException {
    if (errno.number() <= 0) {
      throw new IllegalArgumentException("not an error to answer with: " + errno);
    }
    return answer(0, -errno.number(), 0);
  }

  /**
   * Answers that a signal is in the way, which the target does not get while it waits for an answer
   * ({@link KernelFlag#WAIT_KILLABLE_RECV}): it gets that now, and then, as its handler wants it,
   * makes the call again or has it fail with EINTR. Only if the kernel has told this very thread of
   * a signal: without one the target gets error 512, which is the kernel's own.
   *
   * @throws IllegalStateException if this was answered before
   * @throws KernelException if the kernel does not take the answer
   */
  public Delivery answerInterrupted() throws KernelException {
    return answer(0, -ERESTARTSYS, 0);
  }

  /**
   * Lets the kernel make the call, as if the filter had allowed it.
   *
   * <p><b>Never a security decision on anything that an argument points to</b>: the kernel reads
   * the memory again, and the target may have changed it since it was looked at. Nor on the meaning
   * of a descriptor's number, which another thread can replace. Only what the arguments' own bits
   * say, and a filter could have decided, is as it was. For calls that are watched rather than
   * guarded.
   *
   * @throws IllegalStateException if this was answered before
   * @throws KernelException EINVAL before Linux 5.5
   */
  public Delivery continueUnchecked() throws KernelException {
    return answer(0, 0, Uapi.SECCOMP_USER_NOTIF_FLAG_CONTINUE());
  }

  /**
   * Gives the target a descriptor, under its lowest free number. The target goes on waiting for the
   * answer.
   *
   * @param source stays the caller's
   * @param closeOnExec whether the target loses it when it executes something
   * @return its number there; refused with EMFILE if the target has too many
   * @throws IllegalStateException if this was answered before, or the source is closed
   * @throws KernelException EINVAL before Linux 5.9
   */
  public FromTarget<Integer> addDescriptor(Fd source, boolean closeOnExec) throws KernelException {
    requireUnanswered();
    return add(source, 0, 0, closeOnExec);
  }

  /**
   * Gives the target a descriptor under a number, in place of what it may have there.
   *
   * @param source stays the caller's
   * @param number its number in the target
   * @param closeOnExec whether the target loses it when it executes something
   * @return its number there; refused with EBADF if the number is beyond the target's limit
   * @throws IllegalStateException if this was answered before, or the source is closed
   * @throws KernelException EINVAL before Linux 5.9
   */
  public FromTarget<Integer> addDescriptorAt(Fd source, int number, boolean closeOnExec)
      throws KernelException {
    requireUnanswered();
    return add(source, Uapi.SECCOMP_ADDFD_FLAG_SETFD(), number, closeOnExec);
  }

  /**
   * Gives the target a descriptor and answers with its number, both or neither: what a call that
   * opens something does.
   *
   * @param source stays the caller's
   * @param closeOnExec whether the target loses it when it executes something
   * @return its number there; if refused, with EMFILE for example, an answer is still due
   * @throws IllegalStateException if this was answered before, or the source is closed
   * @throws KernelException EINVAL before Linux 5.14
   */
  public FromTarget<Integer> addDescriptorAndAnswer(Fd source, boolean closeOnExec)
      throws KernelException {
    claim();
    boolean sent = false;
    try {
      FromTarget<Integer> added = add(source, Uapi.SECCOMP_ADDFD_FLAG_SEND(), 0, closeOnExec);
      sent = !(added instanceof FromTarget.Refused<Integer>);
      return added;
    } finally {
      answered.set(sent);
    }
  }

  /** {@return whether an answer was given, whatever became of it} */
  public boolean answered() {
    return answered.get();
  }

  /** The call and its caller: {@code openat by 4711}. */
  @Override
  public String toString() {
    return syscall().orElseGet(() -> "system call " + data.number()) + " by " + pid;
  }

  private Delivery answer(long value, int error, long flags) throws KernelException {
    claim();
    boolean sent = false;
    try {
      long result = listener.send(id, value, error, flags);
      if (nobodyWaits(result)) {
        sent = true;
        return Delivery.TARGET_GONE;
      }
      sent = result == 0 || result == -Errno.EINPROGRESS.number();
      requireNotInProgress(result);
      Syscall.check(result, "ioctl", "answer " + this);
      return Delivery.DELIVERED;
    } finally {
      answered.set(sent);
    }
  }

  private FromTarget<Integer> add(Fd source, long flags, int number, boolean closeOnExec)
      throws KernelException {
    if (!source.acquire()) {
      throw new IllegalStateException("the descriptor to give away is closed: " + source);
    }
    try {
      long result =
          listener.add(id, flags, source.number(), number, closeOnExec ? Uapi.O_CLOEXEC() : 0);
      // ESRCH: it was killed while it was to take the descriptor.
      if (nobodyWaits(result) || result == -Errno.ESRCH.number()) {
        return new FromTarget.Gone<>();
      }
      requireNotInProgress(result);
      if (result == -Errno.EINVAL.number()) {
        Syscall.check(result, "ioctl", "give a descriptor to " + this);
      }
      return Syscall.isError(result)
          ? new FromTarget.Refused<>(Errno.of((int) -result))
          : new FromTarget.Value<>((int) result);
    } finally {
      source.release();
    }
  }

  /** A closed listener has answered for us. */
  private boolean nobodyWaits(long result) {
    return result == -Errno.ENOENT.number()
        || (result == -Errno.EBADF.number() && listener.descriptor().isClosed());
  }

  private void requireNotInProgress(long result) {
    if (result == -Errno.EINPROGRESS.number()) {
      throw alreadyAnswered();
    }
  }

  private void claim() {
    if (!answered.compareAndSet(false, true)) {
      throw alreadyAnswered();
    }
  }

  private void requireUnanswered() {
    if (answered()) {
      throw alreadyAnswered();
    }
  }

  private IllegalStateException alreadyAnswered() {
    return new IllegalStateException("answered already: " + this + ", notification " + id);
  }

  /**
   * What was got by the target's id was the target's own only if it still waits now: its id cannot
   * have been given to another one then.
   */
  private <T> FromTarget<T> confirmed(FromTarget<T> obtained) throws KernelException {
    return valid() ? obtained : new FromTarget.Gone<>();
  }

  private FromTarget<Fd> confirmedDescriptor(FromTarget<Fd> obtained) throws KernelException {
    boolean confirmed = false;
    try {
      FromTarget<Fd> result = confirmed(obtained);
      confirmed = result instanceof FromTarget.Value<Fd>;
      return result;
    } finally {
      if (!confirmed && obtained instanceof FromTarget.Value<Fd>(Fd fd)) {
        fd.close();
      }
    }
  }
}
