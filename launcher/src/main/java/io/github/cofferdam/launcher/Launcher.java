package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Pipe;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Starts commands that confine themselves before they run.
 *
 * {@snippet :
 * var plan = LaunchPlan.of("/usr/bin/id", List.of("id")).supervision(Supervision.CHILD_WALK).build();
 * try (Launched id = Launcher.start(plan, StdioSet.inherit())) {
 *   System.out.println(id.await());
 * }
 * }
 */
public final class Launcher {
  private Launcher() {}

  /**
   * Starts a command. When this returns, the command has been executed.
   *
   * @throws ExecException if the command could not be executed; everything before had worked
   * @throws SetupException if a step failed: nothing was executed
   * @throws KernelException if the launcher itself could not be started
   */
  public static Launched start(LaunchPlan plan, StdioSet stdio) throws IOException {
    return start(plan, stdio, Optional.empty());
  }

  /**
   * Starts from a file in a directory where one is given, for systems that do not let memfds be
   * executed.
   */
  static Launched start(LaunchPlan plan, StdioSet stdio, Optional<Path> imageDirectory)
      throws IOException {
    SignalDefaults.ensureChildrenCanBeWaitedFor();
    var ours = new LaunchStreams();
    try {
      if (plan.runsInPlace() && imageDirectory.isEmpty() && Vfork.isUsable()) {
        Vfork.Child child = startInPlace(stdio, plan, ours);
        if (child != null) {
          return new Launched(
              child.pid(),
              child.pid(),
              Supervision.NONE,
              Optional.empty(),
              Duration.ZERO,
              ours,
              child.pidfd());
        }
        ours.close();
        ours = new LaunchStreams();
      }
      LauncherImage image = image(plan);
      int pid = startImage(image, stdio, plan, imageDirectory, ours);
      return StartReport.confirm(pid, plan.parts(), image.steps(), ours);
    } catch (IOException | RuntimeException e) {
      ours.close();
      throw e;
    }
  }

  private static LauncherImage image(LaunchPlan plan) throws KernelException {
    try {
      return plan.image();
    } catch (CodeTooLongException e) {
      var tooLong =
          new KernelException(
              "execve",
              Errno.E2BIG,
              "start a launcher with that many steps (" + e.getMessage() + "; name fewer paths)");
      tooLong.initCause(e);
      throw tooLong;
    }
  }

  /** When this returns, this process holds no copy of what only the child should have. */
  private static Vfork.@Nullable Child startInPlace(
      StdioSet stdio, LaunchPlan plan, LaunchStreams ours) throws KernelException {
    try (var theirs = new Closing();
        Arena arena = Arena.ofConfined()) {
      var descriptors = new int[3 + plan.parts().passed().size()];
      theirs.standardStreams(stdio, ours, descriptors);
      int next = 3;
      for (Fd passed : plan.parts().passed().values()) {
        descriptors[next++] = theirs.hold(passed);
      }
      return Vfork.start(plan.table(arena), descriptors);
    }
  }

  /** When this returns, this process holds no copy of what only the child should have. */
  private static int startImage(
      LauncherImage image,
      StdioSet stdio,
      LaunchPlan plan,
      Optional<Path> imageDirectory,
      LaunchStreams ours)
      throws IOException {
    try (var theirs = new Closing()) {
      Pipe status = Pipe.open();
      ours.status(status.read());
      int report = theirs.add(status.write()).number();
      var more = new ArrayList<Integer>();
      if (plan.supervision() != Supervision.NONE) {
        Pipe lifeline = Pipe.open();
        ours.lifeline(lifeline.write());
        more.add(theirs.add(lifeline.read()).number());
      }
      if (plan.handOver().isPresent()) {
        HandOver.Sockets sockets = HandOver.open();
        ours.handOver(sockets.ours());
        more.add(theirs.add(sockets.theirs()).number());
      }
      for (Fd passed : plan.parts().passed().values()) {
        more.add(theirs.hold(passed));
      }
      int[] descriptors = new int[4 + more.size()];
      theirs.standardStreams(stdio, ours, descriptors);
      descriptors[3] = report;
      for (int i = 0; i < more.size(); i++) {
        descriptors[4 + i] = more.get(i);
      }
      return spawn(image, imageDirectory, descriptors);
    }
  }

  /**
   * Starts an image from memory, or from a file where memory may not be executed.
   *
   * @param descriptors the child's, from 0 on
   * @return its process id
   */
  static int spawn(LauncherImage image, Optional<Path> imageDirectory, int... descriptors)
      throws IOException {
    if (imageDirectory.isPresent()) {
      return spawnFromFile(imageDirectory.get(), image, descriptors);
    }
    Errno refusal;
    try {
      Fd file = image.memory().open();
      try {
        int pid = Vfork.isUsable() ? Vfork.start(file, descriptors) : 0;
        return pid != 0 ? pid : Spawn.start(file, descriptors);
      } finally {
        image.memory().done(file);
      }
    } catch (KernelException e) {
      // vm.memfd_noexec, or a security module that does not let memfds be executed.
      if (e.errno() != Errno.EACCES && e.errno() != Errno.EPERM) {
        throw e;
      }
      refusal = e.errno();
    }
    try {
      return spawnFromFile(Path.of(System.getProperty("java.io.tmpdir")), image, descriptors);
    } catch (IOException e) {
      e.addSuppressed(new KernelException("execve", refusal, "execute from memory either"));
      throw e;
    }
  }

  private static int spawnFromFile(Path directory, LauncherImage image, int... descriptors)
      throws IOException {
    for (int attempt = 1; ; attempt++) {
      try (Fd file = ImageFile.inDirectory(directory, image.bytes())) {
        return Spawn.start(file, descriptors);
      } catch (KernelException e) {
        // A process that another thread is just starting may still hold a copy that is open for
        // writing.
        if (e.errno() != Errno.ETXTBSY || attempt == 100) {
          throw e;
        }
        LockSupport.parkNanos(1_000_000);
      }
    }
  }

  /** Descriptors that are closed together, and such of others that must not be closed before. */
  private static final class Closing implements AutoCloseable {
    private final Deque<Fd> descriptors = new ArrayDeque<>();
    private final Deque<Fd> held = new ArrayDeque<>();
    private @Nullable Fd nullDevice;

    Fd add(Fd fd) {
      descriptors.push(fd);
      return fd;
    }

    /**
     * {@return the number of somebody else's descriptor}, which it keeps until this is closed. One
     * that is closed already has a number only as long as its owner holds it.
     */
    int hold(Fd fd) {
      if (fd.acquire()) {
        held.push(fd);
      }
      return fd.number();
    }

    /** Numbers of the child's ends of the standard streams. */
    void standardStreams(StdioSet stdio, LaunchStreams ours, int[] descriptors)
        throws KernelException {
      descriptors[0] = standardStream(stdio.in(), 0, ours);
      descriptors[1] = standardStream(stdio.out(), 1, ours);
      descriptors[2] =
          stdio.err().isPresent() ? standardStream(stdio.err().get(), 2, ours) : descriptors[1];
    }

    /** One for all the streams that lead there. */
    private Fd nullDevice() throws KernelException {
      if (nullDevice == null) {
        nullDevice = add(NullDevice.open());
      }
      return nullDevice;
    }

    private int standardStream(Stdio stdio, int index, LaunchStreams ours) throws KernelException {
      if (stdio instanceof Stdio.Inherit) {
        return index;
      }
      if (stdio instanceof Stdio.Descriptor descriptor) {
        return descriptor.fd().number();
      }
      if (stdio instanceof Stdio.Discard) {
        return nullDevice().number();
      }
      if (stdio instanceof Stdio.Closed) {
        return add(NullDevice.openClosed(index == 0)).number();
      }
      if (!(stdio instanceof Stdio.PipeToParent)) {
        throw new IllegalStateException(stdio.toString());
      }
      Pipe pipe = Pipe.open();
      ours.standard(index, index == 0 ? pipe.write() : pipe.read());
      return add(index == 0 ? pipe.read() : pipe.write()).number();
    }

    @Override
    public void close() {
      while (!descriptors.isEmpty()) {
        descriptors.pop().close();
      }
      while (!held.isEmpty()) {
        held.pop().release();
      }
    }
  }
}
