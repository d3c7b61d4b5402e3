package io.github.cofferdam.policy;

import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.bindings.Syscall;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The user's entry in the password database.
 *
 * <p>The virtual machine asks {@code getpwuid} at its start, but keeps what the locale's encoding
 * knows of the answer, and takes {@code $HOME} where there is no answer or it is {@code /}. So
 * {@code /etc/passwd} comes first; users who are not in it are known to the virtual machine only.
 */
final class PasswordDatabase {
  private static final Path FILE = Path.of("/etc/passwd");

  /** What it says; null as long as nobody could read it. */
  private static volatile @Nullable Entry known;

  private record Entry(Optional<Path> home) {}

  private PasswordDatabase() {}

  /** {@return the user's home directory}; looked up until the file could be read once. */
  static Optional<Path> home() {
    Entry entry = known;
    if (entry != null) {
      return entry.home();
    }
    try {
      Optional<Path> home = look();
      known = new Entry(home);
      return home;
    } catch (IOException e) {
      // A thread that is confined itself perhaps may not.
      return ofVirtualMachine();
    }
  }

  /**
   * {@return the home directory of a user in a file like {@code /etc/passwd}}
   *
   * @param file text of {@link OsText}
   */
  static Optional<Path> home(String file, long user) {
    for (String line : file.split("\n", -1)) {
      // name:password:user:group:comment:home:shell, see passwd(5)
      String[] fields = line.split(":", -1);
      if (fields.length >= 6 && fields[2].equals(Long.toString(user))) {
        return PolicyPath.home(fields[5]);
      }
    }
    return Optional.empty();
  }

  private static Optional<Path> look() throws IOException {
    long user = Syscall.call(Syscall.number("getuid"));
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(FILE);
    } catch (NoSuchFileException e) {
      // Not all systems have the file.
      return ofVirtualMachine();
    }
    Optional<Path> home = home(OsText.decode(bytes, 0, bytes.length), user);
    return home.isPresent() ? home : ofVirtualMachine();
  }

  private static Optional<Path> ofVirtualMachine() {
    return PolicyPath.home(System.getProperty("user.home", ""));
  }
}
