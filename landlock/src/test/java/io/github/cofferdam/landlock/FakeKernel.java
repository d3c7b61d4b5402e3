package io.github.cofferdam.landlock;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.launcher.Arg;
import io.github.cofferdam.launcher.Kernel;
import io.github.cofferdam.launcher.Memory;
import io.github.cofferdam.launcher.Step;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.LongStream;

/**
 * A kernel with some version of Landlock, or one that lacks what its version should have. It does
 * nothing but record, and refuse as the kernel does: EINVAL for bits and flags that it lacks or the
 * ruleset does not handle, ENOMSG for rules that say nothing, E2BIG for the seventeenth layer.
 * Descriptors begin at 100.
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
  private final LandlockSupport support;
  private final long errata;
  private int nextDescriptor = 100;
  private int layers;
  private boolean pathsChanged;
  private long handledFs;
  private long handledNet;
  private boolean quietFs;
  private boolean quietNet;

  FakeKernel(Abi abi) {
    this(abi, Set.of(), 0);
  }

  /** A kernel that announces a version and lacks part of it. */
  FakeKernel(Abi abi, Set<? extends Feature> missing, long errata) {
    support = new LandlockSupport(abi, Optional.empty(), Set.copyOf(missing), Set.of());
    this.errata = errata;
  }

  /** From now on each path leads to something else. */
  void changePaths() {
    pathsChanged = true;
  }

  /** Calls of one name. */
  List<Call> calls(String syscall) {
    return calls.stream().filter(call -> call.syscall().equals(syscall)).toList();
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
      case "landlock_add_rule" -> addRule(call);
      case "landlock_restrict_self" -> restrictSelf(call);
      case "statx" -> status(step, args);
      case "prctl", "close" -> 0;
      default -> -Errno.ENOSYS.number();
    };
  }

  /** What was found when the layer was made, or something else. */
  @SuppressWarnings("restricted")
  private long status(Step step, long[] args) {
    for (Step.Expected expected : step.expected()) {
      MemorySegment.ofAddress(args[step.args().indexOf(expected.memory())])
          .reinterpret(expected.memory().size())
          .set(
              ValueLayout.JAVA_INT_UNALIGNED,
              expected.offset(),
              pathsChanged ? ~expected.value() : expected.value());
    }
    return 0;
  }

  private long createRuleset(Call call) {
    if (support.abi().version() == 0) {
      return -Errno.ENOSYS.number();
    }
    if (call.args().get(0) == 0) {
      return switch (call.args().get(2).intValue()) {
        case 1 -> support.abi().version();
        case 2 -> support.abi().version() >= 7 ? errata : -Errno.EINVAL.number();
        default -> -Errno.EINVAL.number();
      };
    }
    boolean quiets = support.has(RuleFlag.QUIET);
    for (int field = 0; field < 3; field++) {
      long handled = call.int64(0, 8 * field);
      long quiet = call.int64(0, 24 + 8 * field);
      if ((handled & ~known(field)) != 0 || (quiet & ~(quiets ? handled : 0)) != 0) {
        return -Errno.EINVAL.number();
      }
    }
    handledFs = call.int64(0, 0);
    handledNet = call.int64(0, 8);
    quietFs = call.int64(0, 24) != 0;
    quietNet = call.int64(0, 32) != 0;
    return nextDescriptor++;
  }

  private long known(int field) {
    var features =
        switch (field) {
          case 0 -> EnumSet.allOf(FsRight.class);
          case 1 -> EnumSet.allOf(NetRight.class);
          default -> EnumSet.allOf(Scope.class);
        };
    return Names.bits(features.stream().filter(support::has).toList());
  }

  private long addRule(Call call) {
    long flags = call.args().get(3);
    if ((flags & ~(support.has(RuleFlag.QUIET) ? 1 : 0)) != 0) {
      return -Errno.EINVAL.number();
    }
    if (call.args().get(0) < 0) {
      return -Errno.EBADF.number();
    }
    boolean path = call.args().get(1) == 1;
    long rights = call.int64(2, 0);
    if (flags != 0 && !(path ? quietFs : quietNet)) {
      return -Errno.EINVAL.number();
    }
    if (rights == 0 && flags == 0) {
      return -Errno.ENOMSG.number();
    }
    return (rights & ~(path ? handledFs : handledNet)) == 0 ? 0 : -Errno.EINVAL.number();
  }

  private long restrictSelf(Call call) {
    long flags = call.args().get(1);
    for (RestrictFlag flag : RestrictFlag.values()) {
      if (support.has(flag)) {
        flags &= ~flag.bit();
      }
    }
    if (flags != 0) {
      return -Errno.EINVAL.number();
    }
    if (call.args().get(0) < 0) {
      return -Errno.EBADF.number();
    }
    return ++layers > LandlockLayer.MAX_LAYERS ? -Errno.E2BIG.number() : 0;
  }
}
