package io.github.cofferdam.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.KernelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What kernels say, the running one and others. */
final class SeccompSupportTest {
  private final FakeKernel kernel = new FakeKernel();

  @Test
  @Tag("kernel")
  void thisKernel() throws Exception {
    SeccompSupport support = SeccompSupport.probe();
    System.out.println(support);
    assertTrue(support.available(), support::toString);
    var listed = new TreeSet<String>();
    for (ActionName action : support.actions()) {
      listed.add(action.name().toLowerCase(Locale.ROOT));
    }
    String available = Files.readString(Path.of("/proc/sys/kernel/seccomp/actions_avail"));
    assertEquals(new TreeSet<>(Set.of(available.strip().split(" ", -1))), listed);
    // The tests run on kernels that have at least these.
    assertTrue(support.flags().contains(KernelFlag.TSYNC), support::toString);
    assertTrue(support.flags().contains(KernelFlag.LOG), support::toString);
    assertTrue(support.supports(Action.errno(Errno.EPERM)));
    assertEquals(0, support.status().mode().orElseThrow());
    // The trial was on another thread.
    assertEquals(support.status(), ThreadStatus.ofThisThread());
  }

  @Test
  void everything() {
    SeccompSupport support = SeccompSupport.probe(kernel);
    assertEquals(EnumSet.allOf(KernelFlag.class), support.flags());
    assertEquals(EnumSet.allOf(ActionName.class), support.actions());
    assertEquals(Optional.of(new NotificationSizes(80, 24, 64)), support.notificationSizes());
    assertEquals(Optional.empty(), support.listenerRefusal());
    assertTrue(support.syncWakeUp());
    assertEquals("filters; all actions; all flags; listeners", support.toString());
  }

  @Test
  void withoutSeccomp() {
    for (Errno errno : new Errno[] {Errno.ENOSYS, Errno.EPERM, Errno.EACCES, Errno.EINVAL}) {
      kernel.refusal = -errno.number();
      SeccompSupport support = SeccompSupport.probe(kernel);
      assertFalse(support.available());
      assertEquals(Optional.of(errno), support.refusal());
      assertEquals(Set.of(), support.actions());
      assertTrue(support.toString().endsWith("(" + errno + ")"), support::toString);
    }
    // A sandbox that says yes to everything has no filters either.
    Errno any = SeccompSupport.probe((step, args) -> 0).refusal().orElseThrow();
    assertEquals(Errno.EOPNOTSUPP, any);
  }

  @Test
  void olderKernels() {
    kernel.flags.remove(KernelFlag.WAIT_KILLABLE_RECV);
    kernel.syncWakeUp = false;
    SeccompSupport support = SeccompSupport.probe(kernel);
    assertEquals(Optional.empty(), support.listenerRefusal());
    assertFalse(support.syncWakeUp());
    assertEquals(
        "filters; all actions; without flags [WAIT_KILLABLE_RECV]; listeners without synchronous"
            + " wake-up",
        support.toString());
    kernel.flags.remove(KernelFlag.TSYNC_ESRCH);
    assertFalse(SeccompSupport.probe(kernel).flags().contains(KernelFlag.TSYNC_ESRCH));
    kernel.flags.remove(KernelFlag.NEW_LISTENER);
    kernel.actions.remove(ActionName.USER_NOTIF);
    kernel.sizes = new int[0];
    support = SeccompSupport.probe(kernel);
    assertEquals(Optional.of(Errno.EINVAL), support.listenerRefusal());
    assertEquals(Optional.empty(), support.notificationSizes());
    assertFalse(support.supports(Action.userNotification()));
    assertTrue(support.supports(Action.trace(3)));
    assertTrue(support.available());
  }

  @Test
  void aListenerAround() {
    kernel.listenerRefusal = -Errno.EBUSY.number();
    SeccompSupport support = SeccompSupport.probe(kernel);
    assertEquals(Optional.of(Errno.EBUSY), support.listenerRefusal());
    assertTrue(support.toString().contains("has a listener already"), support::toString);
  }

  /** A thread behind a listener cannot have another, and is told so; the next one can. */
  @Test
  @Tag("kernel")
  void whatKeepsFromAListener() throws Exception {
    assertEquals(Optional.empty(), SeccompSupport.listenerObstacle());
    SeccompFilter asks =
        SeccompFilter.denyList(Arch.host()).on("getpriority", Action.userNotification()).build();
    try (var behind = new ConfinedThread();
        var besides = new ConfinedThread();
        Listener listener = behind.run(asks::installOnThisThreadWithListener)) {
      assertEquals(Optional.of(Errno.EBUSY), behind.run(SeccompSupport::listenerObstacle));
      assertFalse(listener.ended());
      besides.run(() -> {
        SeccompFilter.denyList(Arch.host())
            .on("getpriority", Action.errno(Errno.EPERM))
            .build()
            .installOnThisThread();
        return 0;
      });
      assertEquals(Optional.empty(), besides.run(SeccompSupport::listenerObstacle));
    }
    assertEquals(Optional.empty(), SeccompSupport.listenerObstacle());
  }

  /** Later kernels may say more; one that says less would be misread. */
  @Test
  void sizesOfNotifications() throws Exception {
    kernel.sizes = new int[] {96, 32, 80};
    assertEquals(new NotificationSizes(96, 32, 80), NotificationSizes.of(kernel));
    kernel.sizes = new int[] {72, 24, 56};
    assertThrows(KernelException.class, () -> NotificationSizes.of(kernel));
  }

  @Test
  void everyActionHasItsName() {
    assertEquals(ActionName.ERRNO, ActionName.of(Action.errno(Errno.EPERM)));
    assertEquals(ActionName.ERRNO, ActionName.of(Action.Plain.SKIP));
    assertEquals(ActionName.TRACE, ActionName.of(Action.trace(7)));
    for (Action.Plain plain : Action.Plain.values()) {
      assertEquals(plain.returnValue(), ActionName.of(plain).returnValue());
    }
  }
}
