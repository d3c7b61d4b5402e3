package io.github.cofferdam.sandbox;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.launcher.Kernel;
import io.github.cofferdam.launcher.LaunchPlan;
import io.github.cofferdam.launcher.Launcher;
import io.github.cofferdam.launcher.MemoryExecution;
import io.github.cofferdam.launcher.Stdio;
import io.github.cofferdam.launcher.StdioSet;
import io.github.cofferdam.rlimit.Limit;
import io.github.cofferdam.rlimit.Resource;
import io.github.cofferdam.rlimit.Rlimits;
import io.github.cofferdam.seccomp.SeccompSupport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** The machine that this virtual machine runs on, as its user sees it. */
final class ThisMachine implements Machine {
  @Override
  public String read(String file) throws IOException {
    return Files.readString(Path.of(file), StandardCharsets.ISO_8859_1);
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
    Map<String, String> environment = System.getenv();
    Path directory = Path.of("").toAbsolutePath();
    try {
      for (String candidate : CommandSearch.candidates(name, environment, directory)) {
        Path file = directory.resolve(candidate);
        if (Files.isRegularFile(file) && Files.isExecutable(file)) {
          return Optional.of(file.toString());
        }
      }
    } catch (NotExecutedException | InvalidPathException e) {
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
