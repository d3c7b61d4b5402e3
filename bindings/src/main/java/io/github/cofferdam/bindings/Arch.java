package io.github.cofferdam.bindings;

import io.github.cofferdam.bindings.uapi.Uapi;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A system call convention: a processor architecture together with the table of numbers that it
 * uses.
 *
 * <p>{@link #X32} shares its processor and its audit value with {@link #X86_64}; only bit 30 of the
 * number tells them apart (asm/unistd.h, {@code __X32_SYSCALL_BIT}).
 */
public enum Arch {
  /** 64-bit x86. */
  X86_64(0, Uapi.AUDIT_ARCH_X86_64(), 62, true),
  /** 32-bit x86, also reachable from 64-bit processes through {@code int 0x80}. */
  I386(1, Uapi.AUDIT_ARCH_I386(), 3, false),
  /** 32-bit pointers on 64-bit x86; numbers carry bit 30. */
  X32(2, Uapi.AUDIT_ARCH_X86_64(), 62, false),
  /** 64-bit Arm. */
  AARCH64(3, Uapi.AUDIT_ARCH_AARCH64(), 183, true),
  /** 64-bit RISC-V. */
  RISCV64(4, Uapi.AUDIT_ARCH_RISCV64(), 243, false);

  /** Column of the system call table. */
  private final int column;

  private final int auditArch;
  private final int elfMachine;
  private final boolean launchable;

  Arch(int column, int auditArch, int elfMachine, boolean launchable) {
    this.column = column;
    this.auditArch = auditArch;
    this.elfMachine = elfMachine;
    this.launchable = launchable;
  }

  /**
   * {@return the {@code AUDIT_ARCH_*} value that {@code seccomp_data.arch} carries, as the unsigned
   * 32-bit pattern}
   */
  public int auditArch() {
    return auditArch;
  }

  /** {@return the ELF {@code e_machine} value (linux/elf-em.h)} */
  public int elfMachine() {
    return elfMachine;
  }

  /**
   * {@return {@code O_DIRECTORY} of {@code open(2)}, which each architecture numbers (asm/fcntl.h)}
   */
  public int openDirectory() {
    return this == AARCH64 ? 1 << 14 : 1 << 16;
  }

  /**
   * {@return {@code O_NOFOLLOW} of {@code open(2)}, which each architecture numbers (asm/fcntl.h)}
   */
  public int openNoFollow() {
    return this == AARCH64 ? 1 << 15 : 1 << 17;
  }

  /** {@return {@code O_TMPFILE} of {@code open(2)}: a flag of its own, and O_DIRECTORY} */
  public int openUnnamed() {
    return 1 << 22 | openDirectory();
  }

  /** {@return whether Cofferdam can start processes there} */
  public boolean launchable() {
    return launchable;
  }

  /** {@return the column of this convention in the system call table} */
  int column() {
    return column;
  }

  /**
   * {@return the architecture of this Java virtual machine}
   *
   * @throws UnsupportedPlatformException if this is not Linux on x86_64 or aarch64
   */
  public static Arch host() {
    Arch arch = Host.ARCH;
    if (arch == null) {
      // Not out of the class's initialiser: that would be an Error, and another one the next time.
      return of(System.getProperty("os.name"), System.getProperty("os.arch"));
    }
    return arch;
  }

  /**
   * Lower-case name as compilers and libseccomp write it: {@code x86_64}, {@code i386}, {@code
   * aarch64}.
   */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Arch of(String osName, String osArch) {
    if (!osName.equals("Linux")) {
      throw new UnsupportedPlatformException(
          "Cofferdam is built from Linux kernel features and does not run on " + osName + ".");
    }
    return switch (osArch) {
      case "amd64", "x86_64" -> X86_64;
      case "aarch64" -> AARCH64;
      default ->
          throw new UnsupportedPlatformException(
              "Cofferdam runs on Linux for x86_64 and aarch64; this is " + osArch + ".");
    };
  }

  private static final class Host {
    static final @Nullable Arch ARCH = find();

    private static @Nullable Arch find() {
      try {
        return of(System.getProperty("os.name"), System.getProperty("os.arch"));
      } catch (UnsupportedPlatformException e) {
        return null;
      }
    }
  }
}
