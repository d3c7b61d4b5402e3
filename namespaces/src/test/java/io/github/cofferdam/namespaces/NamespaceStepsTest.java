package io.github.cofferdam.namespaces;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.launcher.Arg;
import io.github.cofferdam.launcher.Memory;
import io.github.cofferdam.launcher.Slot;
import io.github.cofferdam.launcher.Step;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Single steps and the arguments of clone3. */
class NamespaceStepsTest {
  private static final Slot SLOT = Slot.named("slot");

  @Test
  void stepsPrintAsTheCallsThatTheyAre() {
    assertEquals(
        List.of(
            "unshare(CLONE_NEWNET|CLONE_NEWTIME)",
            "openat(AT_FDCWD, \"/proc/1/ns/net\", O_RDONLY|O_CLOEXEC) = slot",
            "pidfd_open(42, 0) = slot",
            "setns(slot, CLONE_NEWNET)",
            "setns(slot, CLONE_NEWUSER|CLONE_NEWPID)"),
        List.of(
            NamespaceSteps.unshare(EnumSet.of(Namespace.TIME, Namespace.NETWORK)).toString(),
            NamespaceSteps.open(Path.of("/proc/1/ns/net"), SLOT).toString(),
            NamespaceSteps.openProcess(42, SLOT).toString(),
            NamespaceSteps.enter(SLOT, Namespace.NETWORK).toString(),
            NamespaceSteps.enter(SLOT, EnumSet.of(Namespace.PID, Namespace.USER)).toString()));
    Step all = NamespaceSteps.enter(SLOT, EnumSet.allOf(Namespace.class));
    assertEquals(0x7e020080L, ((Arg.Value) all.args().get(1)).value());
    assertThrows(
        IllegalArgumentException.class,
        () -> NamespaceSteps.unshare(EnumSet.noneOf(Namespace.class)));
  }

  @Test
  void cloneArgumentsAreLaidOutAsTheKernelReadsThem() {
    Memory number = Memory.ofSize(4).build("[0]");
    Step step =
        CloneArguments.builder()
            .share(CloneFlag.FILES, CloneFlag.IO)
            .add(Namespace.PID)
            .pidfd(number)
            .cgroup(SLOT)
            .exitSignal(0)
            .build()
            .step("start it");

    assertEquals(
        "clone3({flags=CLONE_FILES|CLONE_IO|CLONE_NEWPID|CLONE_PIDFD|CLONE_INTO_CGROUP, pidfd=[0],"
            + " exit_signal=0, cgroup=slot}, 88)",
        step.toString());
    var bytes =
        ByteBuffer.wrap(((Memory) step.args().getFirst()).bytes()).order(ByteOrder.LITTLE_ENDIAN);
    // linux/sched.h: FILES 0x400, IO 0x80000000, NEWPID 0x20000000, PIDFD 0x1000, INTO_CGROUP 1<<33
    assertEquals(0x2_a000_1400L, bytes.getLong(0));
    assertEquals(88, bytes.capacity());
    assertEquals(
        17,
        ByteBuffer.wrap(
                ((Memory) CloneArguments.builder().build().step("x").args().getFirst()).bytes())
            .order(ByteOrder.LITTLE_ENDIAN)
            .getLong(32));
  }

  @Test
  void argumentsThatTheKernelWouldRefuseAreRefused() {
    var builders =
        List.of(
            CloneArguments.builder().share(CloneFlag.VM),
            CloneArguments.builder().share(CloneFlag.PARENT),
            CloneArguments.builder().share(CloneFlag.FS).add(Namespace.MOUNT),
            CloneArguments.builder().share(CloneFlag.VM, CloneFlag.VFORK).add(Namespace.TIME));
    for (CloneArguments.Builder builder : builders) {
      assertThrows(IllegalArgumentException.class, builder::build);
    }
    assertThrows(IllegalArgumentException.class, () -> CloneArguments.builder().exitSignal(65));
    assertThrows(
        IllegalArgumentException.class,
        () -> CloneArguments.builder().pidfd(Memory.ofSize(2).build("")));
    CloneArguments valid = CloneArguments.builder().share(CloneFlag.VM, CloneFlag.VFORK).build();
    assertTrue(valid.flags().contains(CloneFlag.VM));
    assertTrue(valid.namespaces().isEmpty());
  }
}
