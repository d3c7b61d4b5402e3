package io.github.cofferdam.landlock;

import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.launcher.Kernel;
import java.util.EnumSet;
import java.util.Set;

/**
 * How much of Landlock a kernel offers: the version of its interface. Each version has all that the
 * earlier ones have.
 *
 * @param version 0 where there is no Landlock at all; versions that this library does not know yet
 *     are taken for the latest one that it knows, without losing their number
 * @see <a href="https://docs.kernel.org/userspace-api/landlock.html#previous-limitations">Landlock:
 *     previous limitations</a>
 */
public record Abi(int version) implements Comparable<Abi> {
  /** No Landlock. */
  public static final Abi V0 = new Abi(0);

  /** Linux 5.13: files. */
  public static final Abi V1 = new Abi(1);

  /** Linux 5.19: {@link FsRight#REFER}. */
  public static final Abi V2 = new Abi(2);

  /** Linux 6.2: {@link FsRight#TRUNCATE}. */
  public static final Abi V3 = new Abi(3);

  /** Linux 6.7: TCP ports. */
  public static final Abi V4 = new Abi(4);

  /** Linux 6.10: {@link FsRight#IOCTL_DEV}. */
  public static final Abi V5 = new Abi(5);

  /** Linux 6.12: {@link Scope}. */
  public static final Abi V6 = new Abi(6);

  /** Linux 6.15: control over audit records, errata. */
  public static final Abi V7 = new Abi(7);

  /** Linux 7.0: all threads of a process at once. */
  public static final Abi V8 = new Abi(8);

  /** Linux 7.1: {@link FsRight#RESOLVE_UNIX}. */
  public static final Abi V9 = new Abi(9);

  /** Linux 7.2: UDP ports, quiet rules. */
  public static final Abi V10 = new Abi(10);

  /** Linux 7.3: {@code no_new_privs} as part of the restriction. */
  public static final Abi V11 = new Abi(11);

  /**
   * A version; newer ones than this library knows are taken.
   *
   * @throws IllegalArgumentException if it is below 0
   */
  public Abi {
    if (version < 0) {
      throw new IllegalArgumentException("not a version of the Landlock interface: " + version);
    }
  }

  /**
   * {@return a version}
   *
   * @throws IllegalArgumentException if it is below 0
   */
  public static Abi of(int version) {
    return new Abi(version);
  }

  /**
   * {@return what the kernel of this machine says it offers; {@link #V0} where it refuses to say,
   * see {@link LandlockSupport} for why}
   */
  public static Abi current() {
    long result = Query.VERSION.ask(Kernel.host());
    return Syscall.isError(result) ? V0 : of((int) result);
  }

  /**
   * {@return the first Linux release whose own kernel has this version, such as {@code 6.2}}
   *
   * @throws IllegalStateException if there is none, or this library does not know it
   */
  public String linux() {
    return switch (version) {
      case 1 -> "5.13";
      case 2 -> "5.19";
      case 3 -> "6.2";
      case 4 -> "6.7";
      case 5 -> "6.10";
      case 6 -> "6.12";
      case 7 -> "6.15";
      case 8 -> "7.0";
      case 9 -> "7.1";
      case 10 -> "7.2";
      case 11 -> "7.3";
      default -> throw new IllegalStateException("no Linux release is known for " + this);
    };
  }

  /** {@return whether this version has something} */
  public boolean has(Feature feature) {
    return compareTo(feature.abi()) >= 0;
  }

  /** {@return the rights on files that can be handled} */
  public Set<FsRight> fsRights() {
    var rights = EnumSet.allOf(FsRight.class);
    rights.removeIf(right -> !has(right));
    return rights;
  }

  /** {@return the rights on ports that can be handled} */
  public Set<NetRight> netRights() {
    var rights = EnumSet.allOf(NetRight.class);
    rights.removeIf(right -> !has(right));
    return rights;
  }

  /** {@return the scopes that can be closed} */
  public Set<Scope> scopes() {
    var scopes = EnumSet.allOf(Scope.class);
    scopes.removeIf(scope -> !has(scope));
    return scopes;
  }

  // Generated ones are bootstrapped anew in every process, which takes longer than asking for them.
  @Override
  public boolean equals(Object other) {
    return other instanceof Abi abi && version == abi.version;
  }

  @Override
  public int hashCode() {
    return version;
  }

  @Override
  public int compareTo(Abi other) {
    return Integer.compare(version, other.version);
  }

  @Override
  public String toString() {
    return version == 0 ? "no Landlock" : "Landlock ABI " + version;
  }
}
