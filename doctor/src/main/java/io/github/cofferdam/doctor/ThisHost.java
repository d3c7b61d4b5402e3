package io.github.cofferdam.doctor;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.bindings.WorkingDirectory;
import io.github.cofferdam.confinement.BrokerSupport;
import io.github.cofferdam.launcher.ExecutableSearch;
import io.github.cofferdam.launcher.Kernel;
import io.github.cofferdam.launcher.LaunchPlan;
import io.github.cofferdam.launcher.Launcher;
import io.github.cofferdam.launcher.MemoryExecution;
import io.github.cofferdam.launcher.Stdio;
import io.github.cofferdam.launcher.StdioSet;
import io.github.cofferdam.policy.OwnEnvironment;
import io.github.cofferdam.rlimit.Limit;
import io.github.cofferdam.rlimit.Resource;
import io.github.cofferdam.rlimit.Rlimits;
import io.github.cofferdam.seccomp.SeccompSupport;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** The machine that this virtual machine runs on, as its user sees it. */
final class ThisHost implements HostProbe {
  /** More than any sysctl, and large reads for the rest. */
  private static final int CHUNK = 1 << 16;

  /**
   * A number beneath /proc/sys is given to the first read only (kernel/sysctl.c, {@code
   * do_proc_dointvec}). {@link Files#readString} begins with one of a single byte where a file says
   * that its size is 0, and would take 96365 for 9.
   */
  @Override
  public String read(String file) throws IOException {
    var content = new ByteArrayOutputStream();
    var chunk = new byte[CHUNK];
    try (InputStream in = Files.newInputStream(Path.of(file))) {
      for (int size = in.read(chunk); size >= 0; size = in.read(chunk)) {
        content.write(chunk, 0, size);
      }
    }
    return content.toString(StandardCharsets.ISO_8859_1);
  }

  @Override
  public boolean exists(String file) {
    return Files.exists(Path.of(file), LinkOption.NOFOLLOW_LINKS);
  }

  @Override
  public boolean writable(String file) {
    return Files.isWritable(Path.of(file));
  }

  @Override
  public Optional<String> program(String name) {
    Map<String, String> environment = OwnEnvironment.variables();
    try {
      Path directory = WorkingDirectory.path();
      for (String candidate : ExecutableSearch.candidates(name, environment, directory)) {
        Path file = directory.resolve(OsText.path(candidate));
        if (Files.isRegularFile(file) && Files.isExecutable(file)) {
          return Optional.of(OsText.of(file));
        }
      }
    } catch (IOException | InvalidPathException e) {
      // Not found is the answer; where a name cannot even be written, nothing can be found either.
      return Optional.empty();
    }
    return Optional.empty();
  }

  @Override
  public Kernel kernel() {
    return Kernel.host();
  }

  @Override
  public SeccompSupport seccomp() {
    return SeccompSupport.probe();
  }

  @Override
  public Optional<String> brokerObstacle() throws IOException {
    return BrokerSupport.obstacle();
  }

  @Override
  public Limit limit(Resource resource) throws IOException {
    return Rlimits.get(resource);
  }

  @Override
  public boolean mayRaiseHardLimits() throws IOException {
    return Rlimits.mayRaiseHardLimits();
  }

  @Override
  public Optional<Errno> memoryRefusal() throws IOException {
    return MemoryExecution.refusal();
  }

  @Override
  public void launch(LaunchPlan plan) throws IOException {
    Stdio nowhere = Stdio.discard();
    Launcher.start(plan, new StdioSet(nowhere, nowhere, Optional.of(nowhere))).close();
  }
}
