package io.github.cofferdam.landlock;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.bindings.uapi.landlock_ruleset_attr;
import io.github.cofferdam.launcher.Arg;
import io.github.cofferdam.launcher.Kernel;
import io.github.cofferdam.launcher.Memory;
import io.github.cofferdam.launcher.Step;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/**
 * What a kernel has of Landlock: the version that it announces, and what of that it refuses when it
 * is tried. Some distributions announce a version and lack rights that it should have: RHEL 9.7
 * reports 6 and answers EINVAL to the bits of 5 and 6.
 *
 * @param abi the version that the kernel announces; {@link Abi#V0} if there is a refusal
 * @param refusal ENOSYS where the kernel was built without Landlock or is older than 5.13,
 *     EOPNOTSUPP where it was disabled at boot; anything else, EPERM for example, comes from a
 *     seccomp filter or from a sandbox that imitates a kernel
 * @param missing what the version should have and the kernel refuses
 * @param fixed mistakes that the kernel says it has corrected; a kernel before {@link Abi#V7} says
 *     nothing. Does not matter to most programs
 */
public record LandlockSupport(
    Abi abi, Optional<Errno> refusal, Set<Feature> missing, Set<Erratum> fixed) {
  /** No descriptor, and not -1, which {@code landlock_restrict_self} knows. */
  private static final int NO_DESCRIPTOR = -2;

  /** Keeps copies of the sets. */
  public LandlockSupport {
    missing = Collections.unmodifiableSet(new LinkedHashSet<>(missing));
    fixed = Sets.copy(Erratum.class, fixed);
  }

  /** {@return a kernel that has all of a version} */
  public static LandlockSupport of(Abi abi) {
    return new LandlockSupport(abi, Optional.empty(), Set.of(), Set.of());
  }

  /** {@return what the kernel of this machine has} */
  public static LandlockSupport probe() {
    return probe(Kernel.host());
  }

  /**
   * {@return what a kernel has} Everything that its version should have is tried at once, and bit
   * by bit only if it refuses that with EINVAL. Whatever else keeps it from answering is left to
   * the layer, which then fails when it is entered.
   */
  public static LandlockSupport probe(Kernel kernel) {
    long result = Query.VERSION.ask(kernel);
    if (Syscall.isError(result)) {
      return new LandlockSupport(Abi.V0, Errno.ofResult(result), Set.of(), Set.of());
    }
    Abi abi = Abi.of((int) result);
    return new LandlockSupport(
        abi, Optional.empty(), new Trial(kernel, abi).missing(), errata(kernel));
  }

  /** {@return whether the kernel has something} */
  public boolean has(Feature feature) {
    return abi.has(feature) && !missing.contains(feature);
  }

  /** In words, with what to do about a refusal. */
  @Override
  public String toString() {
    if (refusal.isEmpty()) {
      return missing.isEmpty() ? abi.toString() : abi + ", but it refuses " + Names.of(missing);
    }
    return switch (refusal.get()) {
      case ENOSYS -> "no Landlock: this kernel is older than 5.13 or was built without it (ENOSYS)";
      case EOPNOTSUPP ->
          "no Landlock: it is disabled; add landlock to the kernel's lsm= parameter (EOPNOTSUPP)";
      default ->
          "no Landlock: something forbids its system calls, probably a container's seccomp filter ("
              + refusal.get().name()
              + ")";
    };
  }

  private static Set<Erratum> errata(Kernel kernel) {
    long mask = Query.ERRATA.ask(kernel);
    var fixed = EnumSet.noneOf(Erratum.class);
    if (!Syscall.isError(mask)) {
      for (Erratum erratum : Erratum.values()) {
        if ((mask & erratum.bit()) != 0) {
          fixed.add(erratum);
        }
      }
    }
    return fixed;
  }

  /** Tries what a version should have. Nothing that it does restricts anybody. */
  private record Trial(Kernel kernel, Abi abi) {
    private static final int QUIET = (int) landlock_ruleset_attr.quiet_access_fs$offset();

    Set<Feature> missing() {
      var missing = new LinkedHashSet<Feature>();
      Memory everything =
          attributes(
              Names.bits(abi.fsRights()), Names.bits(abi.netRights()), Names.bits(abi.scopes()));
      if (refuses(everything)) {
        for (FsRight right : abi.fsRights()) {
          addIfRefused(right, attributes(right.bit(), 0, 0), missing);
        }
        for (NetRight right : abi.netRights()) {
          addIfRefused(right, attributes(0, right.bit(), 0), missing);
        }
        for (Scope scope : abi.scopes()) {
          addIfRefused(scope, attributes(0, 0, scope.bit()), missing);
        }
      }
      if (abi.has(RuleFlag.QUIET) && (refuses(quiet()) || refusesRuleFlag())) {
        missing.add(RuleFlag.QUIET);
      }
      for (RestrictFlag flag : RestrictFlag.values()) {
        if (abi.has(flag) && refusesFlag(flag)) {
          missing.add(flag);
        }
      }
      return missing;
    }

    private void addIfRefused(Feature feature, Memory attributes, Set<Feature> missing) {
      if (refuses(attributes)) {
        missing.add(feature);
      }
    }

    /** {@code struct landlock_ruleset_attr}, see {@link RulesetSteps#create}. */
    private static Memory attributes(long fs, long net, long scopes) {
      return Memory.ofSize(landlock_ruleset_attr.sizeof())
          .int64(landlock_ruleset_attr.handled_access_fs$offset(), fs)
          .int64(landlock_ruleset_attr.handled_access_net$offset(), net)
          .int64(landlock_ruleset_attr.scoped$offset(), scopes)
          .build("{handled_access_fs, handled_access_net, scoped}");
    }

    private static Memory quiet() {
      return Memory.ofSize(landlock_ruleset_attr.sizeof())
          .int64(landlock_ruleset_attr.handled_access_fs$offset(), FsRight.READ_FILE.bit())
          .int64(QUIET, FsRight.READ_FILE.bit())
          .build("{handled_access_fs=READ_FILE, quiet_access_fs=READ_FILE}");
    }

    private boolean refuses(Memory attributes) {
      Step step =
          Step.of(
              "landlock_create_ruleset",
              "try a Landlock ruleset",
              attributes,
              Arg.of(attributes.size()),
              Arg.of(0));
      try (Arena arena = Arena.ofConfined()) {
        byte[] bytes = attributes.bytes();
        MemorySegment copy = arena.allocate(bytes.length, Long.BYTES);
        MemorySegment.copy(bytes, 0, copy, ValueLayout.JAVA_BYTE, 0, bytes.length);
        long result = kernel.call(step, new long[] {copy.address(), bytes.length, 0, 0, 0, 0});
        if (Syscall.isError(result)) {
          return isEinval(result);
        }
        kernel.call(
            Step.of("close", "close the tried ruleset", Arg.of(result)),
            new long[] {result, 0, 0, 0, 0, 0});
        return false;
      }
    }

    /** Flags are looked at before the descriptor, which is none, so nothing can come of it. */
    private boolean refusesFlag(RestrictFlag flag) {
      Step step =
          Step.of(
              "landlock_restrict_self",
              "try a flag",
              Arg.of(NO_DESCRIPTOR),
              Arg.of(flag.bit(), "LANDLOCK_RESTRICT_SELF_" + flag.name()));
      return isEinval(kernel.call(step, new long[] {NO_DESCRIPTOR, flag.bit(), 0, 0, 0, 0}));
    }

    private boolean refusesRuleFlag() {
      long type = Uapi.LANDLOCK_RULE_PATH_BENEATH();
      long flag = RuleFlag.QUIET.bit();
      Step step =
          Step.of(
              "landlock_add_rule",
              "try a flag",
              Arg.of(NO_DESCRIPTOR),
              Arg.of(type, "LANDLOCK_RULE_PATH_BENEATH"),
              Arg.of(0, "NULL"),
              Arg.of(flag, "LANDLOCK_ADD_RULE_QUIET"));
      return isEinval(kernel.call(step, new long[] {NO_DESCRIPTOR, type, 0, flag, 0, 0}));
    }

    private static boolean isEinval(long result) {
      return Errno.ofResult(result).filter(errno -> errno == Errno.EINVAL).isPresent();
    }
  }
}
