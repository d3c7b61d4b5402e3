package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.Syscall;

/** The kernel that this process runs on. */
enum HostKernel implements Kernel {
  INSTANCE;

  @Override
  public long call(Step step, long[] args) {
    return Syscall.call(step.number(), args[0], args[1], args[2], args[3], args[4], args[5]);
  }
}
