package io.github.cofferdam.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Steps in a process that ends with them, and the descriptors that they leave. */
@Tag("kernel")
class SetupProcessTest {
  private static final String OWN = "/proc/thread-self/ns/user";

  private static Step open(String path, Slot slot) {
    return Step.of(
            "openat",
            "open " + path,
            Arg.of(Uapi.AT_FDCWD()),
            Memory.text(path),
            Arg.of(Uapi.O_RDONLY() | Uapi.O_CLOEXEC()))
        .opening(slot);
  }

  private static String file(Fd fd) throws Exception {
    return Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd.number())).toString();
  }

  private static List<String> children() throws Exception {
    // Also those that have ended and were not waited for.
    try (var all = ProcessHandle.current().children()) {
      return all.map(child -> child.pid() + " " + child.info()).toList();
    }
  }

  @Test
  void descriptorsComeInTheOrderOfTheSlots() throws Exception {
    Slot user = Slot.named("user");
    Slot network = Slot.named("network");
    Slot unwanted = Slot.named("unwanted");
    List<String> before = children();
    SetupProgram program =
        Commands.namespaces()
            .then(
                SetupProgram.of(
                    open("/dev/null", unwanted),
                    open("/proc/self/ns/net", network),
                    open("/proc/self/ns/user", user)));

    List<Fd> opened =
        SetupProcess.run(program, SetupProgram.empty(), List.of(user, network), Optional.empty());

    try (Fd first = opened.get(0);
        Fd second = opened.get(1)) {
      assertTrue(file(first).startsWith("user:["), file(first));
      assertNotEquals(Files.readSymbolicLink(Path.of(OWN)).toString(), file(first));
      assertTrue(file(second).startsWith("net:["), file(second));
      assertEquals(
          Uapi.FD_CLOEXEC(), Syscall.call(Syscall.number("fcntl"), first.number(), Uapi.F_GETFD()));
    }
    assertEquals(2, opened.size());
    assertEquals(before, children());
  }

  @Test
  void initIsTheFirstOfItsNamespace() throws Exception {
    Slot status = Slot.named("status");
    List<String> before = children();
    List<Fd> opened =
        SetupProcess.run(
            Commands.namespaces(),
            SetupProgram.of(open("/proc/self/ns/pid", status)),
            List.of(status),
            Optional.of(Duration.ofSeconds(60)));
    try (Fd made = opened.getFirst()) {
      assertTrue(file(made).startsWith("pid:["), file(made));
      assertNotEquals(
          Files.readSymbolicLink(Path.of("/proc/thread-self/ns/pid")).toString(), file(made));
    }
    assertEquals(before, children());
  }

  @Test
  void aFailureNamesItsStepAndLeavesNothing() throws Exception {
    Slot slot = Slot.named("slot");
    Step missing = open("/cofferdam-has-no-such-file", slot);
    long descriptors = descriptors();
    List<String> before = children();
    for (boolean init : new boolean[] {false, true}) {
      SetupProgram first = init ? Commands.namespaces() : SetupProgram.of(missing);
      SetupProgram second = init ? SetupProgram.of(missing) : SetupProgram.empty();
      SetupException e =
          assertThrows(
              SetupException.class,
              () -> SetupProcess.run(first, second, List.of(slot), Optional.empty()));
      assertEquals(Errno.ENOENT, e.errno());
      assertTrue(
          String.valueOf(e.getMessage()).contains("/cofferdam-has-no-such-file"), e.getMessage());
    }
    assertEquals(before, children());
    assertEquals(descriptors, descriptors());
  }

  /** Its end is not taken for success because nothing was reported. */
  @Test
  void whatIsKilledHasFailed() throws Exception {
    Slot slot = Slot.named("slot");
    Step suicide = Step.of("kill", "end", Arg.of(0), Arg.of(Uapi.SIGKILL()));
    List<String> before = children();
    KernelException e =
        assertThrows(
            KernelException.class,
            () ->
                SetupProcess.run(
                    SetupProgram.of(open("/dev/null", slot), suicide),
                    SetupProgram.empty(),
                    List.of(slot),
                    Optional.empty()));
    assertTrue(String.valueOf(e.getMessage()).contains("wait status 0x9"), e.getMessage());
    assertEquals(before, children());
  }

  @Test
  void whatBlocksEndsAtTheDeadline() throws Exception {
    Commands.assumeNamespaces();
    Slot slot = Slot.named("slot");
    Step block = Step.of("ppoll", "block", Arg.of(0), Arg.of(0), Arg.of(0), Arg.of(0), Arg.of(8));
    List<String> before = children();
    for (boolean init : new boolean[] {false, true}) {
      SetupProgram steps = SetupProgram.of(open("/dev/null", slot), block);
      KernelException e =
          assertThrows(
              KernelException.class,
              () ->
                  SetupProcess.run(
                      init ? Commands.namespaces() : steps,
                      init ? steps : SetupProgram.empty(),
                      List.of(slot),
                      Optional.of(Duration.ofMillis(10))));
      assertEquals(Errno.ETIMEDOUT, e.errno());
    }
    assertEquals(before, children());
  }

  private static long descriptors() throws Exception {
    try (var all = Files.list(Path.of("/proc/self/fd"))) {
      return all.count();
    }
  }
}
