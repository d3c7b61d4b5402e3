package io.github.cofferdam.landlock;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.launcher.Arg;
import io.github.cofferdam.launcher.Kernel;
import io.github.cofferdam.launcher.Memory;
import io.github.cofferdam.launcher.Step;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;

/**
 * A kernel with some version of Landlock, which does nothing but record, and answer EINVAL to bits
 * that its version lacks. Descriptors begin at 100.
 */
final class FakeKernel implements Kernel {
  /** A call, with the memory that its arguments point to; empty where they are numbers. */
  record Call(String syscall, List<Long> args, List<byte[]> memory, String text) {
    long int64(int arg, int offset) {
      return MemorySegment.ofArray(memory.get(arg)).get(ValueLayout.JAVA_LONG_UNALIGNED, offset);
    }

    int int32(int arg, int offset) {
      return MemorySegment.ofArray(memory.get(arg)).get(ValueLayout.JAVA_INT_UNALIGNED, offset);
    }
  }

  final List<Call> calls = new ArrayList<>();
  private final Abi abi;
  private int nextDescriptor = 100;

  FakeKernel(Abi abi) {
    this.abi = abi;
  }

  @Override
  @SuppressWarnings("restricted")
  public long call(Step step, long[] args) {
    var memory = new ArrayList<byte[]>();
    for (int i = 0; i < step.args().size(); i++) {
      Arg arg = step.args().get(i);
      memory.add(
          arg instanceof Memory block
              ? MemorySegment.ofAddress(args[i])
                  .reinterpret(block.size())
                  .toArray(ValueLayout.JAVA_BYTE)
              : new byte[0]);
    }
    var call =
        new Call(step.syscall(), LongStream.of(args).boxed().toList(), memory, step.toString());
    calls.add(call);
    return switch (step.syscall()) {
      case "landlock_create_ruleset" -> createRuleset(call);
      case "openat2" -> nextDescriptor++;
      case "landlock_add_rule", "landlock_restrict_self", "close" -> 0;
      default -> -Errno.ENOSYS.number();
    };
  }

  private long createRuleset(Call call) {
    if (abi.version() == 0) {
      return -Errno.ENOSYS.number();
    }
    if (call.args().get(0) == 0) {
      return abi.version();
    }
    boolean known =
        (call.int64(0, 0) & ~Names.bits(abi.fsRights())) == 0
            && (call.int64(0, 8) & ~Names.bits(abi.netRights())) == 0
            && (call.int64(0, 16) & ~Names.bits(abi.scopes())) == 0;
    return known ? nextDescriptor++ : -Errno.EINVAL.number();
  }
}
