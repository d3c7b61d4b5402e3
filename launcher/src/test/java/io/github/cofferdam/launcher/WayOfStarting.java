package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.uapi.Uapi;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;

/** How a command without supervision can be started; what comes of it must be the same. */
enum WayOfStarting {
  /** By a child that shares this process's memory. */
  IN_PLACE,
  /** By an image that such a child executes. */
  IMAGE,
  /** By an image that posix_spawn(3) executes, as on threads that have a seccomp filter. */
  POSIX_SPAWN;

  private static final Step LEFT_TO_AN_IMAGE = Step.of("getuid", "do nothing");

  /** Allows everything: | code 16 | jt 8 | jf 8 | k 32 |, one instruction. */
  private static final Memory ALLOW =
      Memory.ofSize(8).int16(0, 0x06).int32(4, Uapi.SECCOMP_RET_ALLOW()).build("[allow]");

  static final Step FILTER =
      Step.of(
          "seccomp",
          "install a filter",
          Arg.of(Uapi.SECCOMP_SET_MODE_FILTER(), "SECCOMP_SET_MODE_FILTER"),
          Arg.of(0),
          Memory.ofSize(16).int16(0, 1).pointer(8, ALLOW).build("{len=1}"));

  LaunchPlan plan(LaunchPlan.Builder plan, SetupProgram steps) {
    return plan.commandSteps(
            this == IN_PLACE ? steps : SetupProgram.of(LEFT_TO_AN_IMAGE).then(steps))
        .build();
  }

  /** Calls something on a thread that starts commands in this way. */
  <T> T call(Callable<T> callable) throws Exception {
    var task =
        new FutureTask<>(() -> {
          if (this == POSIX_SPAWN) {
            NoNewPrivileges.program().then(SetupProgram.of(FILTER)).run();
          }
          return callable.call();
        });
    Thread thread = Thread.ofPlatform().start(task);
    thread.join();
    return task.get();
  }
}
