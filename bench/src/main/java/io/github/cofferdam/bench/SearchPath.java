package io.github.cofferdam.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Where programs are looked for.
 *
 * @param folders in their order
 */
record SearchPath(List<Path> folders) {
  SearchPath {
    folders = List.copyOf(folders);
  }

  /**
   * {@return the folders of the variable PATH, and those for administrators, which an ordinary
   * user's PATH lacks on Debian: runc and others are there}
   */
  static SearchPath ofEnvironment() {
    String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
    return of(path + ":/usr/local/sbin:/usr/sbin:/sbin");
  }

  /** {@return folders, from text as in the variable PATH; relative ones do not count} */
  static SearchPath of(String path) {
    return new SearchPath(
        List.of(path.split(":", -1)).stream()
            .filter(folder -> folder.startsWith("/"))
            .map(Path::of)
            .toList());
  }

  /** {@return the first program of that name that this user may execute} */
  Optional<Path> find(String program) {
    return folders.stream()
        .map(folder -> folder.resolve(program))
        .filter(file -> Files.isRegularFile(file) && Files.isExecutable(file))
        .findFirst();
  }

  /** {@return the folders as in the variable PATH} */
  @Override
  public String toString() {
    return String.join(":", folders.stream().map(Path::toString).toList());
  }
}
