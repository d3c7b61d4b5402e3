package io.github.cofferdam.profiles;

import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.documents.DocumentException;
import io.github.cofferdam.documents.DocumentFile;
import io.github.cofferdam.documents.Text;
import io.github.cofferdam.seccomp.BpfProgram;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A file with seccomp profiles, or with a compiled program: which of the forms it has is told by
 * what is in it.
 *
 * @param source the file, as messages call it
 */
record ProfileFile(String source, ByteBuffer bytes) {
  /**
   * Reads a file.
   *
   * @throws DocumentException if it cannot be read
   */
  static ProfileFile read(Path file) throws DocumentException {
    return new ProfileFile(OsText.show(file), DocumentFile.readBytes(file));
  }

  /** No text has a NUL, and every program has one: the end of a filter is 06 00. */
  boolean isProgram() {
    if (DocumentFile.isUtf16(bytes)) {
      return false;
    }
    for (int i = bytes.position(); i < bytes.limit(); i++) {
      if (bytes.get(i) == 0) {
        return true;
      }
    }
    return false;
  }

  /**
   * {@return the program}
   *
   * @throws DocumentException if it is not one
   */
  BpfProgram program() throws DocumentException {
    try {
      var program = new byte[bytes.remaining()];
      bytes.get(program);
      return BpfProgram.of(program);
    } catch (IllegalArgumentException e) {
      throw new DocumentException(source, "not a seccomp filter: " + e.getMessage(), e);
    }
  }

  /**
   * {@return a profile}
   *
   * @param name which one, where there are several; null for the only one
   * @throws DocumentException if it is not a profile, or has none of that name
   */
  SeccompProfile profile(@Nullable String name) throws DocumentException {
    if (isProgram()) {
      throw new DocumentException(
          source, "is a compiled program, not a profile: JSON or TOML is expected");
    }
    return profile(DocumentFile.decode(source, bytes), source, name);
  }

  /** {@return a profile of a text}; see {@link #profile(String)} */
  static SeccompProfile profile(String text, String source, @Nullable String name)
      throws DocumentException {
    Map<String, SeccompProfile> profiles = profiles(DocumentFile.withoutMark(text), source);
    boolean several = !profiles.containsKey("");
    String names = String.join(", ", profiles.keySet());
    if (name == null) {
      if (profiles.size() > 1) {
        throw new DocumentException(source, "has several profiles; name one: " + names);
      }
      return profiles.values().iterator().next();
    }
    SeccompProfile profile = profiles.get(name);
    if (profile == null || !several) {
      throw new DocumentException(
          source,
          "has no profile "
              + Text.quote(name)
              + (several ? "; it has: " + names : ", it is one without a name"));
    }
    return profile;
  }

  /** By name; one without a name is called by the empty text. */
  private static Map<String, SeccompProfile> profiles(String text, String source)
      throws DocumentException {
    if (text.stripLeading().startsWith("{")) {
      return OciReader.read(text, source);
    }
    var one = new LinkedHashMap<String, SeccompProfile>();
    one.put("", TomlProfileReader.read(text, source));
    return one;
  }
}
