package io.github.cofferdam.sandbox;

import io.github.cofferdam.bindings.MountInfo;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** This process's mounts, as they were when something in the preparation of a run first asked. */
final class HostMounts {
  private @Nullable MountInfo read;

  /** {@return them} */
  MountInfo get() throws RefusedException {
    MountInfo known = read;
    if (known == null) {
      try {
        known = MountInfo.read();
      } catch (IOException e) {
        throw new RefusedException("what is mounted here cannot be found out: " + e, e);
      }
      read = known;
    }
    return known;
  }
}
