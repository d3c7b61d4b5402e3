package io.github.cofferdam.confinement;

import io.github.cofferdam.bindings.MountInfo;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** This process's mounts, as they were when something in the preparation of a run first asked. */
final class HostMounts {
  private static final Path LIST = Path.of("/proc/self/mountinfo");

  private @Nullable String text;
  private @Nullable MountInfo read;

  /** {@return them} */
  MountInfo get() throws Refusal {
    MountInfo known = read;
    if (known == null) {
      known = MountInfo.parse(text());
      read = known;
    }
    return known;
  }

  /** {@return whether there is more than one of a type}, which costs less than to ask for them */
  boolean haveSeveral(String type) throws Refusal {
    String wanted = " - " + type + " ";
    int first = text().indexOf(wanted);
    return first >= 0 && text().indexOf(wanted, first + 1) >= 0;
  }

  private String text() throws Refusal {
    String known = text;
    if (known == null) {
      try {
        known = new String(Files.readAllBytes(LIST), StandardCharsets.ISO_8859_1);
      } catch (IOException e) {
        throw new Refusal("what is mounted here cannot be found out: " + e, e);
      }
      text = known;
    }
    return known;
  }
}
