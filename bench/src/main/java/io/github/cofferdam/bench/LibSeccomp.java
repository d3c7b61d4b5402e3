package io.github.cofferdam.bench;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.seccomp.Action;
import io.github.cofferdam.seccomp.BpfProgram;
import io.github.cofferdam.seccomp.Comparison;
import io.github.cofferdam.seccomp.Condition;
import io.github.cofferdam.seccomp.Rule;
import io.github.cofferdam.seccomp.SeccompFilter;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * libseccomp, asked to compile the rules of one of our filters: what container engines do with a
 * profile. Called as seccomp_init(3) and its like say.
 */
final class LibSeccomp {
  /** enum scmp_filter_attr of seccomp.h. */
  private static final int BAD_ARCH_ACTION = 2;

  private static final int OPTIMISE = 8;

  /** struct scmp_arg_cmp: | arg 32 | op 32 | datum_a 64 | datum_b 64 |. */
  private static final int COMPARISON_SIZE = 24;

  private static final int MASKED_EQUAL = 7;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final SymbolLookup LIBRARY =
      SymbolLookup.libraryLookup("libseccomp.so.2", Arena.global());
  private static final MethodHandle INIT =
      function("seccomp_init", FunctionDescriptor.of(ADDRESS, JAVA_INT));
  private static final MethodHandle SET =
      function("seccomp_attr_set", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT));
  private static final MethodHandle ADD_ARCH =
      function("seccomp_arch_add", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle RESOLVE =
      function("seccomp_syscall_resolve_name", FunctionDescriptor.of(JAVA_INT, ADDRESS));
  private static final MethodHandle ADD_RULE =
      function(
          "seccomp_rule_add_array",
          FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS));
  private static final MethodHandle EXPORT =
      function("seccomp_export_bpf", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle RELEASE =
      function("seccomp_release", FunctionDescriptor.ofVoid(ADDRESS));
  private static final MethodHandle MEMFD_CREATE =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("memfd_create"),
          FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle PREAD =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("pread"),
          FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG));
  private static final MethodHandle CLOSE =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("close"), FunctionDescriptor.of(JAVA_INT, JAVA_INT));

  private LibSeccomp() {}

  private static MethodHandle function(String name, FunctionDescriptor type) {
    return LINKER.downcallHandle(LIBRARY.findOrThrow(name), type);
  }

  /**
   * Compiles the rules of a filter.
   *
   * @param optimise 1, which is the library's default, or 2, a binary tree
   */
  static BpfProgram compile(SeccompFilter filter, int optimise) {
    try (Arena arena = Arena.ofConfined()) {
      var context = (MemorySegment) INIT.invokeExact(filter.otherwise().returnValue());
      try {
        check((int) SET.invokeExact(context, BAD_ARCH_ACTION, filter.foreignArch().returnValue()));
        check((int) SET.invokeExact(context, OPTIMISE, optimise));
        for (Arch arch : filter.arches()) {
          // x32 has its own token there: x86_64's without the bit that says 64 bits.
          int token = arch == Arch.X32 ? 0x4000003e : arch.auditArch();
          if (arch != Arch.host()) {
            check((int) ADD_ARCH.invokeExact(context, token));
          }
        }
        for (Map.Entry<String, Rule> rule : filter.rules().entrySet()) {
          add(context, arena, rule.getKey(), rule.getValue(), filter.otherwise());
        }
        return export(context, arena);
      } finally {
        RELEASE.invokeExact(context);
      }
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  private static void add(
      MemorySegment context, Arena arena, String syscall, Rule rule, Action otherwise)
      throws Throwable {
    int number = (int) RESOLVE.invokeExact(arena.allocateFrom(syscall));
    if (number == -1) {
      return;
    }
    if (rule.clauses().isEmpty()) {
      add(context, arena, number, rule.otherwise(), List.of(), otherwise);
    }
    for (Rule.Clause clause : rule.clauses()) {
      for (List<Comparison> all : alternatives(new Condition.All(clause.conditions()))) {
        add(context, arena, number, clause.action(), all, otherwise);
      }
    }
  }

  private static void add(
      MemorySegment context,
      Arena arena,
      int number,
      Action action,
      List<Comparison> all,
      Action otherwise)
      throws Throwable {
    if (action.equals(otherwise)) {
      return;
    }
    MemorySegment array = arena.allocate(COMPARISON_SIZE * (all.size() + 1L), 8);
    for (int i = 0; i < all.size(); i++) {
      Comparison comparison = all.get(i);
      long at = (long) i * COMPARISON_SIZE;
      boolean masked = comparison.mask() != -1;
      long operand = comparison.operands().getFirst();
      array.set(JAVA_INT, at, comparison.argument());
      array.set(JAVA_INT, at + 4, masked ? MASKED_EQUAL : operator(comparison.operator()));
      array.set(JAVA_LONG, at + 8, masked ? comparison.mask() : operand);
      array.set(JAVA_LONG, at + 16, operand);
    }
    check((int) ADD_RULE.invokeExact(context, action.returnValue(), number, all.size(), array));
  }

  /** Alternatives of comparisons that all hold, which is all that libseccomp knows. */
  private static List<List<Comparison>> alternatives(Condition condition) {
    return switch (condition) {
      case Comparison comparison -> {
        var each = new ArrayList<List<Comparison>>();
        for (long operand : comparison.operands()) {
          each.add(
              List.of(
                  new Comparison(
                      comparison.argument(),
                      comparison.width(),
                      comparison.mask(),
                      comparison.operator(),
                      List.of(operand))));
        }
        yield each;
      }
      case Condition.Any(List<Condition> any) ->
          any.stream().flatMap(each -> alternatives(each).stream()).toList();
      case Condition.All(List<Condition> all) -> {
        List<List<Comparison>> product = List.of(List.of());
        for (Condition each : all) {
          var next = new ArrayList<List<Comparison>>();
          for (List<Comparison> before : product) {
            for (List<Comparison> more : alternatives(each)) {
              var both = new ArrayList<>(before);
              both.addAll(more);
              next.add(both);
            }
          }
          product = next;
        }
        yield product;
      }
      case Condition.Not not -> throw new IllegalArgumentException("libseccomp cannot say " + not);
    };
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

  private static BpfProgram export(MemorySegment context, Arena arena) throws Throwable {
    int file = (int) MEMFD_CREATE.invokeExact(arena.allocateFrom("filter"), 0);
    try {
      check((int) EXPORT.invokeExact(context, file));
      MemorySegment bytes = arena.allocate(4096 * 8L);
      long length = (long) PREAD.invokeExact(file, bytes, bytes.byteSize(), 0L);
      return BpfProgram.of(bytes.asSlice(0, Math.max(0, length)).toArray(JAVA_BYTE));
    } finally {
      check((int) CLOSE.invokeExact(file));
    }
  }

  private static void check(int result) {
    if (result != 0) {
      throw new IllegalStateException("libseccomp answers " + result);
    }
  }
}
