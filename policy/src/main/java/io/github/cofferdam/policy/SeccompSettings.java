package io.github.cofferdam.policy;

import io.github.cofferdam.documents.Nearest;
import io.github.cofferdam.documents.Text;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A seccomp profile that stands behind the baseline filter, which every command has: the table
 * {@code [seccomp]}. What either refuses is refused.
 *
 * @param file a file with profiles, JSON of the OCI or TOML, as written; empty for those that come
 *     with this program
 * @param profile which profile: of the file, where that has several; else one of {@link #NAMES}
 */
public record SeccompSettings(Optional<String> file, Optional<String> profile) {
  /** The profiles that come with this program. */
  public static final List<String> NAMES =
      List.of("default", "compute_only", "data_processing", "network_client", "blocked_dangerous");

  /** No profile: the baseline alone. */
  public static final SeccompSettings NONE =
      new SeccompSettings(Optional.empty(), Optional.empty());

  /**
   * Checks the form.
   *
   * @throws IllegalArgumentException when the path has a wrong form, or no such profile comes with
   *     this program and no file is named
   */
  public SeccompSettings {
    file = file.map(PolicyPath::canonical);
    file.ifPresent(PolicyPath::check);
    if (file.isEmpty() && profile.isPresent() && !NAMES.contains(profile.get())) {
      String near =
          Nearest.of(profile.get(), NAMES)
              .map(name -> "; did you mean " + Text.quote(name) + "?")
              .orElse("; there are " + String.join(", ", NAMES) + ", and those of a file");
      throw new IllegalArgumentException(
          "no profile " + Text.quote(profile.get()) + " comes with this program" + near);
    }
  }

  /** {@return whether there is a profile} */
  public boolean isAny() {
    return file.isPresent() || profile.isPresent();
  }

  /** {@return these with a file} */
  public SeccompSettings withFile(String value) {
    return new SeccompSettings(Optional.of(value), profile);
  }

  /** {@return these with exactly this file} */
  public SeccompSettings withFile(Path value) {
    return withFile(Filesystem.text(value));
  }

  /** {@return these with a profile} */
  public SeccompSettings withProfile(String value) {
    return new SeccompSettings(file, Optional.of(value));
  }

  /** What messages call the profile. */
  @Override
  public String toString() {
    return profile
        .map(name -> file.map(path -> path + ": " + name).orElse(name))
        .or(() -> file)
        .orElse("none");
  }
}
