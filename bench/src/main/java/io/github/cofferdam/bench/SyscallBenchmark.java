package io.github.cofferdam.bench;

import com.sun.jna.Library;
import com.sun.jna.Native;
import io.github.cofferdam.bindings.Libc;
import io.github.cofferdam.bindings.Syscall;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import jnr.posix.POSIX;
import jnr.posix.POSIXFactory;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The cheapest system call, getppid, by several ways from Java to the kernel. What the kernel takes
 * itself is what the loop in C takes.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class SyscallBenchmark {
  private static final int NUMBER = Syscall.number("getppid");
  private static final Libc FUNCTION = Libc.function("getppid");
  private static final MethodHandle DOWNCALL =
      Linker.nativeLinker()
          .downcallHandle(
              Linker.nativeLinker().defaultLookup().findOrThrow("getppid"),
              FunctionDescriptor.of(ValueLayout.JAVA_INT));

  /** {@code syscall(2)} of this project's bindings: seven longs, and the error number. */
  @Benchmark
  public long bindings() {
    return Syscall.call(NUMBER, 0, 0, 0, 0, 0, 0);
  }

  /** A C function by this project's bindings. */
  @Benchmark
  public int bindingsFunction() {
    return FUNCTION.call(0, 0, 0);
  }

  /** A plain downcall of java.lang.foreign, without the error number. */
  @Benchmark
  public int foreign() throws Throwable {
    return (int) DOWNCALL.invokeExact();
  }

  /** A loop in C, compiled by gcc at run time. */
  @State(Scope.Benchmark)
  public static class Loop {
    private static final String SOURCE =
        """
        #include <sys/syscall.h>
        #include <unistd.h>
        long loop(long times) {
          long sum = 0;
          for (long i = 0; i < times; i++) sum += syscall(SYS_getppid);
          return sum;
        }
        """;

    private Arena arena = Arena.ofAuto();
    private MethodHandle loop = DOWNCALL;

    /** Compiles and loads it. */
    @Setup
    public void compile() throws Exception {
      try (TemporaryFolder folder = TemporaryFolder.create()) {
        Path source = folder.path().resolve("loop.c");
        Path library = folder.path().resolve("loop.so");
        Files.writeString(source, SOURCE);
        Process compiler =
            new ProcessBuilder(
                    "gcc", "-O2", "-shared", "-fPIC", "-o", library.toString(), source.toString())
                .inheritIO()
                .start();
        if (compiler.waitFor() != 0) {
          throw new IOException("gcc cannot compile a loop");
        }
        arena = Arena.ofShared();
        loop =
            Linker.nativeLinker()
                .downcallHandle(
                    SymbolLookup.libraryLookup(library, arena).findOrThrow("loop"),
                    FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
      }
    }

    /** Unloads it. */
    @TearDown(Level.Trial)
    public void unload() {
      arena.close();
    }
  }

  /** How often the loop in C calls. */
  static final int TIMES = 1000;

  /** The loop in C. */
  @Benchmark
  @OperationsPerInvocation(TIMES)
  public long loopInC(Loop state) throws Throwable {
    return (long) state.loop.invokeExact((long) TIMES);
  }

  /** What JNA is to call. */
  public interface JnaLibrary extends Library {
    /** getppid(2). */
    int getppid();
  }

  /** As {@link JnaLibrary}, by what JNA calls direct mapping. */
  public static class JnaDirect {
    static {
      Native.register(JnaDirect.class, "c");
    }

    private JnaDirect() {}

    /** getppid(2). */
    public static native int getppid();
  }

  /** JNA's library. */
  @State(Scope.Benchmark)
  public static class Jna {
    private final JnaLibrary library = Native.load("c", JnaLibrary.class);
  }

  /** JNR's library. */
  @State(Scope.Benchmark)
  public static class Jnr {
    private final POSIX posix = POSIXFactory.getNativePOSIX();
  }

  /** JNA with an interface. */
  @Benchmark
  public int jna(Jna state) {
    return state.library.getppid();
  }

  /** JNA with a native method. */
  @Benchmark
  public int jnaDirect() {
    return JnaDirect.getppid();
  }

  /** JNR. */
  @Benchmark
  public int jnr(Jnr state) {
    return state.posix.getppid();
  }
}
