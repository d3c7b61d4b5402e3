package io.github.cofferdam.seccomp;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.launcher.NoNewPrivileges;
import io.github.cofferdam.launcher.SetupException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/**
 * Asks the kernel whether it would take a program, without installing it: on a thread whose filters
 * are as long as all of a thread's filters together may be. There the kernel still checks a program
 * first, and answers EINVAL if it is wrong; it finds out that there is no room for it only then,
 * and answers ENOMEM.
 */
final class FullThread {
  private static final BpfInstruction ALLOW =
      new BpfInstruction(BpfInstruction.RETURN, 0, 0, Action.allow().returnValue());
  private static final BpfInstruction NOTHING =
      new BpfInstruction(BpfOperation.LOAD_CONSTANT.code(), 0, 0, 0);

  private FullThread() {}

  /** Does a task on such a thread, which ends with it. */
  static <T extends @Nullable Object> T run(Callable<T> task) throws Exception {
    var future =
        new FutureTask<>(() -> {
          fill();
          return task.call();
        });
    Thread.ofPlatform().daemon().start(future).join();
    return future.get();
  }

  private static void fill() throws SetupException {
    NoNewPrivileges.program().run();
    for (int length = BpfVerifier.MAX_INSTRUCTIONS; length > 0; length /= 2) {
      while (RawProgram.install(Collections.nCopies(length, ALLOW)) == 0) {}
    }
    if (!accepts(List.of(ALLOW)) || accepts(List.of(NOTHING))) {
      throw new IllegalStateException("this thread knows nothing");
    }
  }

  /** Whether the kernel would take a program; on a full thread only. */
  static boolean accepts(List<BpfInstruction> program) {
    long answer = RawProgram.install(lengthened(program));
    if (answer == -Errno.EINVAL.number()) {
      return false;
    }
    if (answer == -Errno.ENOMEM.number()) {
      return true;
    }
    throw new IllegalStateException("the kernel answers " + answer + " to " + program);
  }

  /**
   * There may still be room for a program that is shorter than the shortest one which filled the
   * thread. Instructions that do nothing change no rule's outcome.
   */
  private static List<BpfInstruction> lengthened(List<BpfInstruction> program) {
    if (program.isEmpty() || program.size() > 8) {
      return program;
    }
    var longer = new ArrayList<>(Collections.nCopies(4, NOTHING));
    longer.addAll(program);
    return longer;
  }
}
