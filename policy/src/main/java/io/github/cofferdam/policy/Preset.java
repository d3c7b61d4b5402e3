package io.github.cofferdam.policy;

import io.github.cofferdam.documents.Nearest;
import io.github.cofferdam.documents.Text;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.stream.Stream;

/**
 * Grants that a tool needs, under one name: a policy file that ships with this module, and that a
 * policy names in {@code sandbox.presets}. {@link PresetUnion} says what a policy and its presets
 * come to together.
 */
public enum Preset {
  /** Keys, tokens and passwords stay closed. Every other preset includes it. */
  SECRETS,
  /** JDKs. */
  JAVA,
  /** Maven. */
  MAVEN,
  /** Gradle. */
  GRADLE,
  /** npm. */
  NPM,
  /** pip. */
  PIP,
  /** Cargo. */
  CARGO,
  /** Go. */
  GO,
  /** git. */
  GIT,
  /** Programs that write code: the workspace is written, less what others run of it. */
  AGENT;

  /** {@return the name in policies, such as {@code maven}} */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** {@return what it is for, in one sentence}: the first line of its file */
  public String summary() {
    String text = text();
    return text.substring(2, text.indexOf('\n'));
  }

  /** {@return its file}: a policy, with a reason beside each line */
  public String text() {
    return file(key()).orElseThrow(() -> new IllegalStateException("no file of " + this));
  }

  /**
   * {@return the file of what it says with isolation basic besides}, which has no copy-on-write: as
   * a policy, too
   */
  public Optional<String> basicText() {
    return file(key() + "-basic");
  }

  /** {@return what its file says} */
  Policy policy() {
    return Read.POLICIES.computeIfAbsent(key(), name -> parse(text(), name));
  }

  /** {@return what it says with isolation basic besides} */
  Policy basicPolicy() {
    return Read.POLICIES.computeIfAbsent(
        key() + "-basic",
        name ->
            basicText().map(text -> parse(text, name)).orElseGet(() -> Policy.builder().build()));
  }

  private static Policy parse(String text, String name) {
    try {
      return PolicyReader.parse(text, "preset " + name);
    } catch (PolicyException e) {
      // They ship with this class, and are read by its tests.
      throw new IllegalStateException(e);
    }
  }

  private static Optional<String> file(String name) {
    try (InputStream in = Preset.class.getResourceAsStream("presets/" + name + ".toml")) {
      return in == null
          ? Optional.empty()
          : Optional.of(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * {@return what a name means}
   *
   * @throws IllegalArgumentException when there is no such preset; says which are meant, or are
   */
  public static Preset of(String name) {
    List<String> names = Stream.of(values()).map(Preset::key).toList();
    int index = names.indexOf(name);
    if (index < 0 && name.contains(",")) {
      throw new IllegalArgumentException(
          Text.quote(name) + " is no preset; each is named by itself");
    }
    if (index < 0) {
      throw new IllegalArgumentException(
          Text.quote(name)
              + Nearest.of(name, names)
                  .map(near -> " is no preset; did you mean \"" + near + "\"?")
                  .orElseGet(() -> " is none of: " + String.join(", ", names)));
    }
    return values()[index];
  }

  /** What was read of them. */
  private static final class Read {
    static final ConcurrentMap<String, Policy> POLICIES = new ConcurrentHashMap<>();

    private Read() {}
  }
}
