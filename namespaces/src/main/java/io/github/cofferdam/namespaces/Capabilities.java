package io.github.cofferdam.namespaces;

import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Arg;
import io.github.cofferdam.launcher.Memory;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.launcher.Step;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;

/**
 * Giving up capabilities; see {@code capabilities(7)}.
 *
 * <p>Together with no_new_privs nothing can bring them back: set-user-id programs and file
 * capabilities have no effect, and user id 0 means nothing special once the secure bits say so.
 */
public final class Capabilities {
  /**
   * User id 0 gives no capabilities at exec, none can be raised into the ambient set, and both are
   * locked.
   */
  private static final int SECURE_BITS =
      Uapi.SECBIT_NOROOT()
          | Uapi.SECBIT_NOROOT_LOCKED()
          | Uapi.SECBIT_NO_SETUID_FIXUP()
          | Uapi.SECBIT_NO_SETUID_FIXUP_LOCKED()
          | Uapi.SECBIT_KEEP_CAPS_LOCKED()
          | Uapi.SECBIT_NO_CAP_AMBIENT_RAISE()
          | Uapi.SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED();

  private Capabilities() {}

  /**
   * {@return the program that gives up all capabilities}
   *
   * @param privileged whether the process holds CAP_SETPCAP, as it does in a new user namespace;
   *     only then the secure bits can be set, and only then they matter
   */
  public static SetupProgram dropAll(boolean privileged) {
    var steps = new ArrayList<Step>();
    if (privileged) {
      steps.add(
          Step.of(
              "prctl",
              "take the privileges from user id 0",
              Arg.of(Uapi.PR_SET_SECUREBITS(), "PR_SET_SECUREBITS"),
              Arg.of(
                  SECURE_BITS,
                  "NOROOT|NO_SETUID_FIXUP|KEEP_CAPS_LOCKED|NO_CAP_AMBIENT_RAISE, all locked"),
              Arg.of(0),
              Arg.of(0),
              Arg.of(0)));
    }
    steps.add(
        Step.of(
            "prctl",
            "clear the ambient capabilities",
            Arg.of(Uapi.PR_CAP_AMBIENT(), "PR_CAP_AMBIENT"),
            Arg.of(Uapi.PR_CAP_AMBIENT_CLEAR_ALL(), "PR_CAP_AMBIENT_CLEAR_ALL"),
            Arg.of(0),
            Arg.of(0),
            Arg.of(0)));
    // struct __user_cap_header_struct: | version 32 | pid 32 |; two __user_cap_data_struct of 12
    // bytes: all zero
    steps.add(
        Step.of(
            "capset",
            "drop all capabilities",
            Memory.ofSize(8)
                .int32(0, Uapi._LINUX_CAPABILITY_VERSION_3())
                .build("{_LINUX_CAPABILITY_VERSION_3, 0}"),
            Memory.ofSize(24).build("{effective=0, permitted=0, inheritable=0}")));
    return new SetupProgram(steps);
  }

  /**
   * {@return whether the calling thread holds a capability in its effective set}
   *
   * @param number as in linux/capability.h
   */
  public static boolean holds(int number) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/thread-self/status"))) {
      if (line.startsWith("CapEff:")) {
        return ((Long.parseUnsignedLong(line.substring(7).strip(), 16) >>> number) & 1L) != 0;
      }
    }
    throw new IOException("/proc/thread-self/status has no line CapEff");
  }
}
