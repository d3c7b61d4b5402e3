package io.github.cofferdam.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class SetupProgramTest {
  private static final Slot FILE = Slot.named("file");
  private static final Slot OTHER = Slot.named("other");
  private static final Step OPEN =
      Step.of("openat", "open a file", Arg.of(-100, "AT_FDCWD"), Memory.text("/x")).opening(FILE);
  private static final Step OPEN_OTHER = Step.of("dup", "copy a file", FILE).opening(OTHER);
  private static final Step USE = Step.of("fchdir", "use a file", FILE);

  /** Answers from a list, then with 0; remembers what it was asked. */
  private static final class FakeKernel implements Kernel {
    private final List<Long> answers = new ArrayList<>();
    private final List<String> calls = new ArrayList<>();

    FakeKernel(long... answers) {
      for (long answer : answers) {
        this.answers.add(answer);
      }
    }

    @Override
    public long call(Step step, long[] args) {
      assertEquals(6, args.length);
      // Addresses differ from run to run.
      boolean pointer = step.args().stream().anyMatch(Memory.class::isInstance);
      calls.add(step.syscall() + (pointer ? "" : " " + args[0]));
      return answers.isEmpty() ? 0 : answers.removeFirst();
    }
  }

  @Test
  void descriptorsAreWhatTheKernelGaveAndAreClosedAtTheEnd() throws Exception {
    var kernel = new FakeKernel(17);
    SetupProgram.of(OPEN, USE, Step.close(FILE), Step.of("setsid", "x")).run(kernel);
    assertEquals(List.of("openat", "fchdir 17", "close 17", "setsid 0"), kernel.calls);

    kernel = new FakeKernel(18);
    SetupProgram.of(OPEN, USE).run(kernel);
    assertEquals(List.of("openat", "fchdir 18", "close 18"), kernel.calls);
  }

  @Test
  void aFailureEndsTheProgramClosesItsDescriptorsAndNamesTheStep() {
    var kernel = new FakeKernel(17, 9, -Errno.EPERM.number());
    var e =
        assertThrows(
            SetupException.class,
            () -> SetupProgram.of(OPEN, OPEN_OTHER, USE, Step.of("setsid", "x")).run(kernel));
    assertEquals(List.of("openat", "dup 17", "fchdir 17"), kernel.calls.subList(0, 3));
    assertEquals(Set.of("close 17", "close 9"), Set.copyOf(kernel.calls.subList(3, 5)));
    assertEquals(5, kernel.calls.size());
    assertEquals("cannot use a file: fchdir: Operation not permitted (EPERM)", e.getMessage());
    assertEquals("fchdir(file)", e.call());
    assertEquals(Errno.EPERM, e.errno());
    assertEquals("fchdir", e.syscall());
  }

  @Test
  void aFailedOpenLeavesNothingToClose() {
    var kernel = new FakeKernel(-Errno.ENOENT.number());
    assertThrows(SetupException.class, () -> SetupProgram.of(OPEN, USE).run(kernel));
    assertEquals(List.of("openat"), kernel.calls);
  }

  @Test
  void onlyToleratedErrorsAreTolerated() throws Exception {
    Step tolerant = Step.of("prctl", "x", Arg.of(1)).tolerating(Errno.EINVAL, Errno.ENOSYS);
    for (Errno errno : Errno.values()) {
      if (errno == Errno.UNKNOWN) {
        continue;
      }
      var kernel = new FakeKernel(-errno.number());
      SetupProgram program = SetupProgram.of(tolerant, Step.of("setsid", "x"));
      if (errno == Errno.EINVAL || errno == Errno.ENOSYS) {
        program.run(kernel);
        assertEquals(List.of("prctl 1", "setsid 0"), kernel.calls);
      } else {
        assertThrows(SetupException.class, () -> program.run(kernel));
        assertEquals(List.of("prctl 1"), kernel.calls);
      }
    }
  }

  @Test
  void addressesAreNoErrors() throws Exception {
    SetupProgram.of(Step.of("mmap", "map")).run(new FakeKernel(-4096));
    var e =
        assertThrows(
            SetupException.class,
            () -> SetupProgram.of(Step.of("mmap", "map")).run(new FakeKernel(-4095)));
    assertEquals(Errno.UNKNOWN, e.errno());
  }

  @Test
  void aStepThatOpensCannotTolerateAnError() {
    assertThrows(IllegalArgumentException.class, () -> OPEN.tolerating(Errno.ENOENT));
    Step tolerant = Step.of("openat", "x").tolerating(Errno.ENOENT);
    assertThrows(IllegalArgumentException.class, () -> tolerant.opening(FILE));
  }

  @Test
  void aStepHasAtMostSixArguments() {
    Arg one = Arg.of(1);
    assertEquals(6, Step.of("futex", "x", one, one, one, one, one, one).args().size());
    assertThrows(
        IllegalArgumentException.class,
        () -> Step.of("futex", "x", one, one, one, one, one, one, one));
  }

  @Test
  void misuseOfSlotsIsAnErrorAndStillClosesWhatIsOpen() {
    var kernel = new FakeKernel(17);
    assertThrows(
        IllegalStateException.class,
        () -> SetupProgram.of(OPEN, Step.of("fchdir", "x", OTHER)).run(kernel));
    assertEquals(List.of("openat", "close 17"), kernel.calls);
    assertThrows(IllegalStateException.class, () -> SetupProgram.of(USE).run(new FakeKernel()));
  }

  @Test
  void programsAreJoinedInOrder() {
    var one = SetupProgram.of(Step.of("setsid", "x"));
    var two = SetupProgram.of(Step.of("getpid", "x"), Step.of("getppid", "x"));
    assertEquals("setsid()\ngetpid()\ngetppid()\n", one.then(two).toString());
    assertSame(one, one.then(SetupProgram.empty()));
    assertSame(one, SetupProgram.empty().then(one));
    assertTrue(SetupProgram.empty().isEmpty());
  }

  @Test
  void stepsPrintAsStracePrintsThem() {
    assertEquals("openat(AT_FDCWD, \"/x\") = file", OPEN.toString());
    assertEquals("close(file)", Step.close(FILE).toString());
    assertEquals("prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)\n", NoNewPrivileges.program().toString());
  }

  @Test
  @Tag("kernel")
  void memoryIsAtRealAddressesWithDescriptorsFilledIn() throws Exception {
    // struct pollfd of a descriptor of /dev/null, which is always ready to be written.
    var poll = Memory.ofSize(8).descriptor(0, FILE).int16(4, Uapi.POLLOUT()).build("{file}");
    Step open =
        Step.of(
                "openat",
                "open /dev/null",
                Arg.of(Uapi.AT_FDCWD(), "AT_FDCWD"),
                Memory.text("/dev/null"),
                Arg.of(Uapi.O_RDWR() | Uapi.O_CLOEXEC()))
            .opening(FILE);
    Step wait = Step.of("ppoll", "poll", poll, Arg.of(1), Arg.of(0), Arg.of(0), Arg.of(8));
    var results = new ArrayList<Long>();
    Kernel host = Kernel.host();
    SetupProgram.of(open, wait)
        .run((step, args) -> {
          long result = host.call(step, args);
          results.add(result);
          return result;
        });
    assertEquals(3, results.size());
    assertTrue(results.get(0) > 2);
    assertEquals(1, results.get(1), "one descriptor is ready");
    assertEquals(0, results.get(2), "closed");
  }

  @Test
  @Tag("kernel")
  void failuresOfTheHostsKernelAreNamed() {
    Step open =
        Step.of(
            "openat",
            "open a file that is missing",
            Arg.of(Uapi.AT_FDCWD(), "AT_FDCWD"),
            Memory.text("/nonexistent/file"),
            Arg.of(Uapi.O_RDONLY(), "O_RDONLY"));
    var e = assertThrows(SetupException.class, () -> SetupProgram.of(open).run());
    assertEquals(Errno.ENOENT, e.errno());
    assertEquals("openat(AT_FDCWD, \"/nonexistent/file\", O_RDONLY)", e.call());
  }
}
