package io.github.cofferdam.bindings;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The one door to native code.
 *
 * <p>Everything goes through a single downcall handle of seven longs, because each further shape of
 * handle costs milliseconds at start-up. Passing more integer arguments than a function has, or
 * wider ones, is harmless in the x86_64 System V and the AAPCS64 conventions: they are passed in
 * registers, or on a stack that the caller cleans.
 *
 * <p>The error number is captured by the linker before the virtual machine can run anything else on
 * the thread, into a segment of that thread's own.
 */
final class Native {
  private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");
  private static final long ERRNO_OFFSET = errnoOffset();
  private static final @Nullable MethodHandle CALL = handle();
  private static final MemorySegment SYSCALL = find("syscall").orElse(MemorySegment.NULL);
  private static final ThreadLocal<MemorySegment> STATE =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(Linker.Option.captureStateLayout()));

  private Native() {}

  /**
   * Calls {@code syscall(2)}; the result follows the kernel's convention: {@code -4095..-1} is an
   * error.
   */
  static long syscall(long nr, long a0, long a1, long a2, long a3, long a4, long a5) {
    MemorySegment state = STATE.get();
    long result;
    try {
      result = (long) usable(CALL).invokeExact(SYSCALL, state, nr, a0, a1, a2, a3, a4, a5);
    } catch (NativeAccessException | UnsupportedPlatformException e) {
      throw e;
    } catch (Throwable e) {
      throw unexpected(e);
    }
    return result == -1 ? -state.get(ValueLayout.JAVA_INT, ERRNO_OFFSET) : result;
  }

  /**
   * Calls a C function of at most seven integer or pointer arguments; only its low 32 result bits
   * mean anything.
   */
  static int function(
      MemorySegment function, long a0, long a1, long a2, long a3, long a4, long a5, long a6) {
    try {
      return (int)
          (long) usable(CALL).invokeExact(function, STATE.get(), a0, a1, a2, a3, a4, a5, a6);
    } catch (NativeAccessException | UnsupportedPlatformException e) {
      throw e;
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** Calls a function of one integer or pointer. */
  static long call(MemorySegment function, long argument) {
    try {
      return (long)
          usable(CALL).invokeExact(function, STATE.get(), argument, 0L, 0L, 0L, 0L, 0L, 0L);
    } catch (NativeAccessException | UnsupportedPlatformException e) {
      throw e;
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static void require() {
    usable(CALL);
  }

  /** Asking the layout itself makes method handles, which takes milliseconds at start-up. */
  private static long errnoOffset() {
    long offset = 0;
    for (MemoryLayout member : Linker.Option.captureStateLayout().memberLayouts()) {
      if (member.name().equals(Optional.of("errno"))) {
        return offset;
      }
      offset += member.byteSize();
    }
    throw new IllegalStateException("the linker captures no errno");
  }

  /** Address of a C library function. */
  static MemorySegment symbol(String name) {
    Arch.host();
    return find(name).orElseThrow(() -> unknown(name));
  }

  private static Optional<MemorySegment> find(String name) {
    return isSupported() ? Linker.nativeLinker().defaultLookup().find(name) : Optional.empty();
  }

  private static UnsupportedPlatformException unknown(String name) {
    return new UnsupportedPlatformException(
        "This system's C library has no function " + name + ", which Cofferdam needs.");
  }

  private static boolean isSupported() {
    try {
      Arch.host();
      return true;
    } catch (UnsupportedPlatformException e) {
      return false;
    }
  }

  /** Null where this virtual machine may have none: see {@link #usable}. */
  private static @Nullable MethodHandle handle() {
    try {
      return isSupported() ? link() : null;
    } catch (IllegalCallerException e) {
      return null;
    }
  }

  private static MethodHandle link() {
    var longs = ValueLayout.JAVA_LONG;
    return Linker.nativeLinker()
        .downcallHandle(
            FunctionDescriptor.of(longs, longs, longs, longs, longs, longs, longs, longs),
            ERRNO,
            Linker.Option.firstVariadicArg(1));
  }

  /**
   * Refuses every call for itself where there is no handle. Out of this class's initialiser it
   * would be an Error, and another one the next time.
   */
  private static MethodHandle usable(@Nullable MethodHandle handle) {
    if (handle != null) {
      if (SYSCALL.equals(MemorySegment.NULL)) {
        throw unknown("syscall");
      }
      return handle;
    }
    Arch.host();
    try {
      return link();
    } catch (IllegalCallerException e) {
      throw new NativeAccessException(Native.class.getModule(), e);
    }
  }

  private static IllegalStateException unexpected(@Nullable Throwable e) {
    return new IllegalStateException("a native call ended in a Java exception", e);
  }
}
