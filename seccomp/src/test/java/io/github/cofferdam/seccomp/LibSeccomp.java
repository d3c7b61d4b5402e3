package io.github.cofferdam.seccomp;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A filter that the real libseccomp builds (seccomp_init(3) and its like). */
@SuppressWarnings("restricted") // the library is what is asked
final class LibSeccomp implements AutoCloseable {
  /** enum scmp_filter_attr of seccomp.h. */
  private static final int BAD_ARCH_ACTION = 2;

  private static final int OPTIMISE = 8;

  /** struct scmp_arg_cmp: | arg 32 | op 32 | datum_a 64 | datum_b 64 |. */
  private static final int COMPARISON_SIZE = 24;

  private static final int MASKED_EQUAL = 7;

  private final Arena arena = Arena.ofConfined();
  private final SymbolLookup library;
  private final MemorySegment context;

  LibSeccomp(Action otherwise, Action badArch, int optimise) throws Throwable {
    SymbolLookup found;
    try {
      found = SymbolLookup.libraryLookup("libseccomp.so.2", arena);
    } catch (IllegalArgumentException e) {
      assumeTrue(false, "libseccomp.so.2 is not installed: Debian package libseccomp2");
      throw e;
    }
    library = found;
    context =
        (MemorySegment)
            function("seccomp_init", FunctionDescriptor.of(ADDRESS, JAVA_INT))
                .invokeExact(otherwise.returnValue());
    set(BAD_ARCH_ACTION, badArch.returnValue());
    set(OPTIMISE, optimise);
  }

  private void set(int attribute, int value) throws Throwable {
    check(
        (int)
            function(
                    "seccomp_attr_set",
                    FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT))
                .invokeExact(context, attribute, value));
  }

  /** Adds an architecture; this machine's own is there already. */
  void add(int auditArch) throws Throwable {
    check(
        (int)
            function("seccomp_arch_add", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT))
                .invokeExact(context, auditArch));
  }

  /** Adds an alternative of a rule. False if this version does not know the system call. */
  boolean rule(Action action, String syscall, List<Comparison> conditions) throws Throwable {
    int number =
        (int)
            function("seccomp_syscall_resolve_name", FunctionDescriptor.of(JAVA_INT, ADDRESS))
                .invokeExact(arena.allocateFrom(syscall));
    if (number == -1) {
      return false;
    }
    MemorySegment array = arena.allocate(COMPARISON_SIZE * (conditions.size() + 1L), 8);
    for (int i = 0; i < conditions.size(); i++) {
      Comparison comparison = conditions.get(i);
      long at = (long) i * COMPARISON_SIZE;
      boolean masked = comparison.mask() != -1;
      long operand = comparison.operands().getFirst();
      array.set(JAVA_INT, at, comparison.argument());
      array.set(JAVA_INT, at + 4, masked ? MASKED_EQUAL : operator(comparison.operator()));
      array.set(JAVA_LONG, at + 8, masked ? comparison.mask() : operand);
      array.set(JAVA_LONG, at + 16, operand);
    }
    check(
        (int)
            function(
                    "seccomp_rule_add_array",
                    FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS))
                .invokeExact(context, action.returnValue(), number, conditions.size(), array));
    return true;
  }

  /** enum scmp_compare. */
  private static int operator(Comparison.Operator operator) {
    return switch (operator) {
      case NOT_IN -> 1;
      case LESS -> 2;
      case AT_MOST -> 3;
      case IN -> 4;
      case AT_LEAST -> 5;
      case GREATER -> 6;
    };
  }

  BpfProgram export() throws Throwable {
    Path file = Files.createTempFile("cofferdam", ".bpf");
    try {
      MethodHandle open =
          Linker.nativeLinker()
              .downcallHandle(
                  Linker.nativeLinker().defaultLookup().findOrThrow("creat"),
                  FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
      int descriptor = (int) open.invokeExact(arena.allocateFrom(file.toString()), 0600);
      check(
          (int)
              function("seccomp_export_bpf", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT))
                  .invokeExact(context, descriptor));
      MethodHandle close =
          Linker.nativeLinker()
              .downcallHandle(
                  Linker.nativeLinker().defaultLookup().findOrThrow("close"),
                  FunctionDescriptor.of(JAVA_INT, JAVA_INT));
      check((int) close.invokeExact(descriptor));
      return BpfProgram.of(Files.readAllBytes(file));
    } finally {
      Files.delete(file);
    }
  }

  @Override
  public void close() {
    try {
      function("seccomp_release", FunctionDescriptor.ofVoid(ADDRESS)).invokeExact(context);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
    arena.close();
  }

  private MethodHandle function(String name, FunctionDescriptor type) {
    return Linker.nativeLinker().downcallHandle(library.findOrThrow(name), type);
  }

  private static void check(int result) {
    if (result != 0) {
      throw new IllegalStateException("libseccomp answers " + result);
    }
  }
}
