package io.github.cofferdam.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.io.TempDirFactory;

/**
 * Tests put programs into their temporary directories. Where {@code /tmp} is mounted noexec, as
 * some hosts have it, those are made in {@code /var/tmp}.
 */
public final class ExecutableTempDir implements TempDirFactory {
  /** The configuration parameter of JUnit that names the factory. */
  static final String PARAMETER = TempDir.DEFAULT_FACTORY_PROPERTY_NAME;

  /** For JUnit. */
  public ExecutableTempDir() {}

  private static final class Base {
    private static final Path PATH = find();

    private static Path find() {
      Path usual = Path.of(System.getProperty("java.io.tmpdir"));
      return Stream.of(usual, Path.of("/var/tmp"))
          .filter(Base::canExecute)
          .findFirst()
          .orElse(usual);
    }

    private static boolean canExecute(Path directory) {
      try {
        Path script = Files.createTempFile(directory, "cofferdam-test-", ".sh");
        try {
          Files.writeString(script, "#!/bin/sh\nexit 0\n");
          Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
          return new ProcessBuilder(script.toString()).start().waitFor() == 0;
        } finally {
          Files.delete(script);
        }
      } catch (IOException e) {
        return false;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
  }

  @Override
  public Path createTempDirectory(AnnotatedElementContext element, ExtensionContext extension)
      throws IOException {
    return Files.createTempDirectory(Base.PATH, "junit-");
  }
}
