package io.github.cofferdam.namespaces;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Arg;
import io.github.cofferdam.launcher.Memory;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.launcher.Step;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

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

  private static final Arg ZERO = Arg.of(0);

  /**
   * | version 32 | pid 32 |; two {@code struct __user_cap_data_struct} of 12 bytes follow in the
   * other argument: | effective 32 | permitted 32 | inheritable 32 |, the lower halves first.
   */
  private static final Memory HEADER =
      Memory.ofSize(8)
          .int32(0, Uapi._LINUX_CAPABILITY_VERSION_3())
          .build("{_LINUX_CAPABILITY_VERSION_3, 0}");

  private static final Step SET_SECURE_BITS =
      prctl(
          "take the privileges from user id 0",
          Arg.of(Uapi.PR_SET_SECUREBITS(), "PR_SET_SECUREBITS"),
          Arg.of(
              SECURE_BITS,
              "NOROOT|NO_SETUID_FIXUP|KEEP_CAPS_LOCKED|NO_CAP_AMBIENT_RAISE, all locked"),
          ZERO);

  private static final SetupProgram UNPRIVILEGED = unprivileged();

  private static final int CAPGET = Syscall.number("capget");
  private static final int HEADER_SIZE = 8;
  private static final int DATA_SIZE = 12;

  private Capabilities() {}

  /**
   * {@return the program that gives up all capabilities}
   *
   * @param privileged whether the process holds CAP_SETPCAP, as it does in a new user namespace;
   *     only then the secure bits and the bounding set can be changed, and only then they matter
   */
  public static SetupProgram dropAll(boolean privileged) {
    if (privileged) {
      return Bounds.ofHost().dropAll();
    }
    return UNPRIVILEGED;
  }

  private static SetupProgram unprivileged() {
    var steps = new ArrayList<Step>();
    clearAmbient(steps);
    set(steps, 0, 0, "drop all capabilities");
    return new SetupProgram(steps);
  }

  /**
   * {@return the program that gives up all capabilities but some} What is kept survives the
   * execution of commands, whatever their user id. The process must hold CAP_SETPCAP, as it does in
   * a new user namespace; what it does not hold cannot be kept, and fails.
   */
  public static SetupProgram keep(Set<Capability> kept) {
    return keep(kept, Bounds.ofHost().drops());
  }

  private static SetupProgram keep(Set<Capability> kept, List<Step> drops) {
    long bits = 0;
    for (Capability capability : kept) {
      bits |= capability.bit();
    }
    var steps = new ArrayList<Step>(64);
    for (int number = 0; number < drops.size(); number++) {
      if ((bits >>> number & 1) == 0) {
        steps.add(drops.get(number));
      }
    }
    clearAmbient(steps);
    if (bits != 0) {
      // CAP_SETPCAP is needed for the secure bits, which forbid to raise anything.
      set(steps, bits | Capability.SETPCAP.bit(), bits, "drop most capabilities");
      for (Capability capability : kept) {
        steps.add(
            prctl(
                "keep " + capability + " when commands are executed",
                Arg.of(Uapi.PR_CAP_AMBIENT(), "PR_CAP_AMBIENT"),
                Arg.of(Uapi.PR_CAP_AMBIENT_RAISE(), "PR_CAP_AMBIENT_RAISE"),
                Arg.of(capability.number(), "CAP_" + capability)));
      }
    }
    steps.add(SET_SECURE_BITS);
    set(steps, bits, bits, bits == 0 ? "drop all capabilities" : "drop CAP_SETPCAP");
    return new SetupProgram(steps);
  }

  private static void clearAmbient(List<Step> steps) {
    steps.add(
        prctl(
            "clear the ambient capabilities",
            Arg.of(Uapi.PR_CAP_AMBIENT(), "PR_CAP_AMBIENT"),
            Arg.of(Uapi.PR_CAP_AMBIENT_CLEAR_ALL(), "PR_CAP_AMBIENT_CLEAR_ALL"),
            ZERO));
  }

  private static void set(List<Step> steps, long permitted, long inheritable, String purpose) {
    var data = Memory.ofSize(24);
    for (int half = 0; half < 2; half++) {
      data.int32(12L * half, (int) (permitted >>> (32 * half)));
      data.int32(12L * half + 4, (int) (permitted >>> (32 * half)));
      data.int32(12L * half + 8, (int) (inheritable >>> (32 * half)));
    }
    String held = permitted == 0 ? "0" : "0x" + Long.toHexString(permitted);
    String handed = inheritable == 0 ? "0" : "0x" + Long.toHexString(inheritable);
    steps.add(
        Step.of(
            "capset",
            purpose,
            HEADER,
            data.build(
                "{effective=" + held + ", permitted=" + held + ", inheritable=" + handed + "}")));
  }

  private static Step prctl(String purpose, Arg operation, Arg second, Arg third) {
    return Step.of("prctl", purpose, operation, second, third, ZERO, ZERO);
  }

  /**
   * The same for every sandbox of this kernel.
   *
   * @param drops what takes each capability out of the bounding set, in the order of numbers
   * @param dropAll what gives up all of them
   */
  private record Bounds(List<Step> drops, SetupProgram dropAll) {
    private static final int PRCTL = Syscall.number("prctl");

    /** Null as long as the kernel has not said so: a filter around a thread may refuse to ask. */
    private static volatile @Nullable Bounds known;

    static Bounds ofHost() {
      Bounds bounds = known;
      if (bounds == null) {
        List<Step> drops = drops(last());
        bounds = new Bounds(drops, keep(EnumSet.noneOf(Capability.class), drops));
        if (Syscall.call(PRCTL, Uapi.PR_CAPBSET_READ(), 0) >= 0) {
          known = bounds;
        }
      }
      return bounds;
    }

    private static List<Step> drops(int last) {
      var drops = new ArrayList<Step>();
      for (int number = 0; number <= last; number++) {
        String name = name(number);
        drops.add(
            prctl(
                "take " + name + " out of the bounding set",
                Arg.of(Uapi.PR_CAPBSET_DROP(), "PR_CAPBSET_DROP"),
                Arg.of(number, name),
                ZERO));
      }
      return List.copyOf(drops);
    }

    /**
     * A newer kernel may have some that have no name here. What nobody knows, the kernel refuses to
     * drop.
     */
    private static int last() {
      int last = Uapi.CAP_LAST_CAP();
      while (last < 63 && Syscall.call(PRCTL, Uapi.PR_CAPBSET_READ(), last + 1) >= 0) {
        last++;
      }
      while (last > 0
          && Syscall.call(PRCTL, Uapi.PR_CAPBSET_READ(), last) == -Errno.EINVAL.number()) {
        last--;
      }
      return last;
    }

    private static String name(int number) {
      Capability[] all = Capability.values();
      return number < all.length ? "CAP_" + all[number] : Integer.toString(number);
    }
  }

  /**
   * {@return whether the calling thread holds a capability in its effective set}
   *
   * @param number as in linux/capability.h
   * @throws IOException if a filter around this thread refuses the question; the kernel itself does
   *     not
   */
  public static boolean holds(int number) throws IOException {
    // struct __user_cap_header_struct: | version 32 | pid 32 |; then two of
    // struct __user_cap_data_struct: | effective 32 | permitted 32 | inheritable 32 |
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(HEADER_SIZE + 2L * DATA_SIZE, Long.BYTES);
      memory.set(ValueLayout.JAVA_INT, 0, Uapi._LINUX_CAPABILITY_VERSION_3());
      Syscall.check(
          Syscall.call(CAPGET, memory.address(), memory.address() + HEADER_SIZE),
          "capget",
          "look at the capabilities of this thread");
      if (number < 0 || number > 63) {
        return false;
      }
      int word = memory.get(ValueLayout.JAVA_INT, HEADER_SIZE + (long) DATA_SIZE * (number / 32));
      return ((word >>> (number % 32)) & 1) != 0;
    }
  }
}
