package io.github.cofferdam.launcher;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.SyscallTable;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Assembler.Reg;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Runs images as files, with a shell in place of the virtual machine: this machine's as a control,
 * aarch64's under qemu-user.
 *
 * <p>qemu-user makes a fork of clone(CLONE_VM|CLONE_VFORK): a supervisor neither waits for the
 * command's execve there nor shares its memory. So supervised launches that succeed can be tested
 * under it, and those that fail in the command's process cannot, as the reports of both processes
 * race. It knows no PR_SET_CHILD_SUBREAPER either (EINVAL): that step is left out there, and only
 * children of the supervisor itself can be killed. And it has a thread of its own, so
 * unshare(CLONE_NEWUSER) is impossible.
 */
@Tag("kernel")
class StandaloneImageTest {
  @TempDir Path folder;
  private Path status;

  @BeforeEach
  void open() throws Exception {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    status = folder.resolve("status");
  }

  /** What an image left behind. */
  private record Finished(int exit, String output, List<ByteBuffer> records) {
    int field(int record, int offset) {
      return records.get(record).getInt(offset);
    }
  }

  private static List<String> runner(Arch arch) {
    if (arch == Arch.host()) {
      return List.of();
    }
    Path qemu = Path.of("/usr/bin/qemu-" + arch + "-static");
    if (!Files.isExecutable(qemu)) {
      String reason = "Not running " + arch + " images: " + qemu + " is not installed";
      System.out.println(reason);
      return Assumptions.abort(reason);
    }
    return List.of(qemu.toString());
  }

  private Path executable(String name, byte[] image) throws Exception {
    Path file = folder.resolve(name);
    Files.write(file, image);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    return file;
  }

  /** A program that prints its text, without a C library, and exits 42. */
  private Path hello(Arch arch) throws Exception {
    byte[] text = ("hello from " + arch + "\n").getBytes(US_ASCII);
    Assembler code = Assembler.of(arch);
    code.load(Reg.A0, 1);
    code.load(Reg.A1, ElfImage.dataAddress());
    code.load(Reg.A2, text.length);
    code.syscall(SyscallTable.require(arch, "write"));
    code.load(Reg.A0, 42);
    code.syscall(SyscallTable.require(arch, "exit_group"));
    return executable("hello", ElfImage.write(arch, code.assemble(), text));
  }

  /**
   * A plan that executes the program; the kernel under qemu-user is the host's and knows host
   * programs only.
   */
  private LaunchPlan.Builder planFor(Arch arch, Path program) {
    var argv = new ArrayList<>(runner(arch));
    argv.add(program.toString());
    return LaunchPlan.of(argv.getFirst(), argv);
  }

  /**
   * Stands for the virtual machine: the descriptors, and what is read from the one received. It
   * prints once the command has ended, so that no two write at the same time.
   */
  private static final String RECEIVER =
      """
      import fcntl, os, socket, subprocess, sys
      ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
      ours = socket.socket(fileno=fcntl.fcntl(ours.detach(), fcntl.F_DUPFD_CLOEXEC, 20))
      theirs = fcntl.fcntl(theirs.detach(), fcntl.F_DUPFD_CLOEXEC, 20)
      os.dup2(os.open(sys.argv[1], os.O_WRONLY), 3)
      os.dup2(os.open(sys.argv[2], os.O_RDWR), 4)
      os.dup2(theirs, 5)
      child = subprocess.Popen(sys.argv[3:], pass_fds=(3, 4, 5))
      os.close(5)
      os.close(theirs)
      message, received, flags, sender = socket.recv_fds(ours, 1, 1)
      ended = child.wait()
      print('received', len(message), os.read(received[0], 100).decode())
      sys.exit(ended)
      """;

  private static LaunchSequence sequence(Arch arch, LaunchPlan plan) {
    var sequence = new LaunchSequence(plan.parts());
    if (arch != Arch.host()) {
      sequence.supervise.removeIf(step -> step.toString().contains("PR_SET_CHILD_SUBREAPER"));
    }
    return sequence;
  }

  /** Starts an image with the status pipe's and the lifeline's numbers open. */
  private Finished run(Arch arch, LaunchPlan plan) throws Exception {
    return run(
        arch,
        plan,
        List.of("/bin/sh", "-c", "exec 3>\"$1\" 4<>\"$2\"; shift 2; exec \"$@\"", "sh"));
  }

  /** Starts an image by a command that is told the status pipe, the lifeline and the rest. */
  private Finished run(Arch arch, LaunchPlan plan, List<String> starter) throws Exception {
    LaunchSequence sequence = sequence(arch, plan);
    Path image = executable("image", ImageCompiler.compile(arch, sequence).bytes());
    Path lifeline = folder.resolve("lifeline");
    var mkfifo = new ProcessBuilder("mkfifo", lifeline.toString()).start();
    assertEquals(0, mkfifo.waitFor());
    Files.write(status, new byte[0]);
    var command = new ArrayList<>(starter);
    command.add(status.toString());
    command.add(lifeline.toString());
    command.addAll(runner(arch));
    command.add(image.toString());
    Path output = folder.resolve("output");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertTrue(process.waitFor(60, TimeUnit.SECONDS), "does not end");
    } finally {
      process.destroyForcibly().waitFor();
      Files.delete(lifeline);
    }
    return new Finished(
        process.exitValue(), Files.readString(output), records(Files.readAllBytes(status)));
  }

  private static List<ByteBuffer> records(byte[] bytes) {
    var all = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    var records = new ArrayList<ByteBuffer>();
    for (int at = 0; at < bytes.length; ) {
      int size = all.getInt(at) == StatusRecord.ENDED ? StatusRecord.LONG : StatusRecord.SHORT;
      records.add(all.slice(at, size).order(ByteOrder.LITTLE_ENDIAN));
      at += size;
    }
    return records;
  }

  /** Steps with numbers, text, memory with a descriptor in it, opening and closing. */
  private static SetupProgram steps() {
    var file = Slot.named("file");
    var other = Slot.named("other");
    var poll = Memory.ofSize(8).descriptor(0, other).int16(4, Uapi.POLLOUT()).build("{other}");
    Step open =
        Step.of(
            "openat",
            "open the null device",
            Arg.of(Uapi.AT_FDCWD()),
            Memory.text("/dev/null"),
            Arg.of(Uapi.O_RDWR() | Uapi.O_CLOEXEC()));
    return NoNewPrivileges.program()
        .then(
            SetupProgram.of(
                open.opening(file),
                open.opening(other),
                Step.close(file),
                Step.of("ppoll", "poll", poll, Arg.of(1), Arg.of(0), Arg.of(0), Arg.of(8)),
                Step.close(other),
                Step.of("close", "tolerate", Arg.of(999))
                    .tolerating(io.github.cofferdam.bindings.Errno.EBADF)));
  }

  @ParameterizedTest
  @EnumSource(names = {"X86_64", "AARCH64"})
  void withoutSupervisionTheImageBecomesTheCommand(Arch arch) throws Exception {
    Finished finished =
        run(arch, planFor(arch, hello(arch)).directory("/").commandSteps(steps()).build());
    assertEquals("hello from " + arch + "\n", finished.output());
    assertEquals(42, finished.exit());
    assertEquals(List.of(), finished.records());
  }

  @ParameterizedTest
  @EnumSource(names = {"X86_64", "AARCH64"})
  void aFailureIsReported(Arch arch) throws Exception {
    runner(arch);
    var plan = planFor(arch, hello(arch)).directory("/nonexistent").build();
    Finished finished = run(arch, plan);
    assertEquals("", finished.output());
    assertEquals(125, finished.exit());
    assertEquals(1, finished.records().size());
    assertEquals(StatusRecord.FAILED, finished.field(0, Scratch.KIND));
    assertEquals(-2, finished.field(0, Scratch.RESULT));
    var image = ImageCompiler.compile(arch, new LaunchSequence(plan.parts()));
    assertEquals("chdir", image.steps().get(finished.field(0, Scratch.VALUE)).syscall());
  }

  @ParameterizedTest
  @EnumSource(names = {"X86_64", "AARCH64"})
  void aSupervisorReportsBeginAndEnd(Arch arch) throws Exception {
    Finished finished =
        run(
            arch,
            planFor(arch, hello(arch))
                .commandSteps(steps())
                .supervision(Supervision.CHILD_WALK)
                .build());
    assertEquals("hello from " + arch + "\n", finished.output());
    assertEquals(0, finished.exit());
    assertEquals(2, finished.records().size());
    assertEquals(StatusRecord.STARTED, finished.field(0, Scratch.KIND));
    assertTrue(finished.field(0, Scratch.VALUE) > 0);
    assertEquals(StatusRecord.ENDED, finished.field(1, Scratch.KIND));
    assertEquals(42 << 8, finished.field(1, Scratch.VALUE));
    assertEquals(StatusRecord.BY_ITSELF, finished.field(1, Scratch.RESULT));
  }

  /**
   * The descriptor is opened before the command's process is made, since qemu-user cannot share a
   * table of descriptors.
   */
  @ParameterizedTest
  @EnumSource(names = {"X86_64", "AARCH64"})
  void aSupervisorHandsADescriptorOver(Arch arch) throws Exception {
    Path python = Path.of("/usr/bin/python3");
    Assumptions.assumeTrue(Files.isExecutable(python), () -> "no " + python + " here");
    Finished finished = run(arch, handingOver(arch), List.of(python.toString(), "-c", RECEIVER));
    assertEquals("hello from " + arch + "\nreceived 1 content\n", finished.output());
    assertEquals(0, finished.exit());
    assertEquals(2, finished.records().size());
    assertEquals(StatusRecord.STARTED, finished.field(0, Scratch.KIND));
    assertEquals(42 << 8, finished.field(1, Scratch.VALUE));
  }

  /** There is a file in place of the socket. */
  @ParameterizedTest
  @EnumSource(names = {"X86_64", "AARCH64"})
  void whatCannotBeHandedOverEndsTheCommand(Arch arch) throws Exception {
    runner(arch);
    LaunchPlan plan = handingOver(arch);
    Finished finished =
        run(
            arch,
            plan,
            List.of(
                "/bin/sh",
                "-c",
                "exec 3>\"$1\" 4<>\"$2\" 5>/dev/null; shift 2; exec \"$@\"",
                "sh"));
    assertEquals(2, finished.records().size());
    assertEquals(StatusRecord.FAILED, finished.field(0, Scratch.KIND));
    assertEquals(-88, finished.field(0, Scratch.RESULT)); // ENOTSOCK
    var image = ImageCompiler.compile(arch, sequence(arch, plan));
    assertEquals("sendmsg", image.steps().get(finished.field(0, Scratch.VALUE)).syscall());
    assertEquals(StatusRecord.ENDED, finished.field(1, Scratch.KIND));
    assertEquals(StatusRecord.CLOSED, finished.field(1, Scratch.RESULT));
  }

  private LaunchPlan handingOver(Arch arch) throws Exception {
    var slot = Slot.named("content");
    Path content = Files.writeString(folder.resolve("content"), "content");
    Step open =
        Step.of(
                "openat",
                "open the content",
                Arg.of(Uapi.AT_FDCWD()),
                Memory.text(content.toString()),
                Arg.of(Uapi.O_RDONLY() | Uapi.O_CLOEXEC()))
            .opening(slot);
    return planFor(arch, hello(arch))
        .supervision(Supervision.CHILD_WALK)
        .launcherSteps(SetupProgram.of(open))
        .handOver(slot)
        .build();
  }

  /** The walk over children, whose code reads decimal numbers. */
  @ParameterizedTest
  @EnumSource(names = {"X86_64", "AARCH64"})
  void aSupervisorKillsWhatIsLeftAtTheDeadline(Arch arch) throws Exception {
    runner(arch);
    String orphans = arch == Arch.host() ? "(setsid sleep 1000 &); (setsid sleep 1001 &); " : "";
    String script = orphans + "echo ready; exec sleep 1002";
    var plan =
        Commands.shell(Supervision.CHILD_WALK, script)
            .deadline(java.time.Duration.ofSeconds(1))
            .build();
    Finished finished = run(arch, plan);
    assertEquals("ready\n", finished.output());
    assertEquals(2, finished.records().size());
    assertEquals(9, finished.field(1, Scratch.VALUE));
    assertEquals(StatusRecord.DEADLINE, finished.field(1, Scratch.RESULT));
  }
}
