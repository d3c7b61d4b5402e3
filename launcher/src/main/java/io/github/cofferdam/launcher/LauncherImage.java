package io.github.cofferdam.launcher;

import java.util.List;

/** An executable image of a {@link LaunchSequence}. */
final class LauncherImage {
  private final byte[] bytes;
  private final List<Step> steps;
  private final ImageMemory memory;

  LauncherImage(byte[] bytes, List<Step> steps) {
    this.bytes = bytes;
    this.steps = steps;
    memory = new ImageMemory(bytes);
  }

  /** {@return the ELF file; callers only read} */
  byte[] bytes() {
    return bytes;
  }

  /** {@return the ELF file in memory, to be executed} */
  ImageMemory memory() {
    return memory;
  }

  /** {@return steps by the index that a failure report carries} */
  List<Step> steps() {
    return steps;
  }
}
