package io.github.cofferdam.doctor;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.launcher.Kernel;
import io.github.cofferdam.launcher.LaunchPlan;
import io.github.cofferdam.rlimit.Limit;
import io.github.cofferdam.rlimit.Resource;
import io.github.cofferdam.seccomp.SeccompSupport;
import java.io.IOException;
import java.util.Optional;

/** What a {@link HostReport} asks: this machine, or a test's model of another one. */
interface HostProbe {
  /**
   * {@return the content of a small file}
   *
   * @throws java.nio.file.NoSuchFileException if there is none
   */
  String read(String file) throws IOException;

  /** {@return whether a file exists; a link counts as itself} */
  boolean exists(String file);

  /** {@return whether this user may write to a file or make files in a directory} */
  boolean writable(String file);

  /** {@return where a program is found, as execvp(3) does with PATH} */
  Optional<String> program(String name);

  /** {@return what answers system calls} */
  Kernel kernel();

  /** {@return what seccomp can do} */
  SeccompSupport seccomp();

  /** {@return what keeps a broker from answering for a command's sockets; empty if nothing} */
  Optional<String> brokerObstacle() throws IOException;

  /** {@return a limit of this process} */
  Limit limit(Resource resource) throws IOException;

  /** {@return whether this user may raise hard limits} */
  boolean mayRaiseHardLimits() throws IOException;

  /** {@return the error with which executing from memory is refused, empty if it works} */
  Optional<Errno> memoryRefusal() throws IOException;

  /** Starts what a plan says and ends it. */
  void launch(LaunchPlan plan) throws IOException;
}
