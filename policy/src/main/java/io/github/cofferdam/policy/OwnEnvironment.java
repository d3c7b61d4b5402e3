package io.github.cofferdam.policy;

import io.github.cofferdam.bindings.OsText;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * This process's environment as the kernel has it, as text of {@link OsText}. The virtual machine's
 * own copy went through the locale's encoding, which loses bytes.
 */
public final class OwnEnvironment {
  private static final Path FILE = Path.of("/proc/self/environ");

  private OwnEnvironment() {}

  /** {@return the variables that this process was started with} */
  public static Map<String, String> variables() {
    return Started.VARIABLES;
  }

  /**
   * {@return an environment that began as the virtual machine's copy of this process's own, with
   * the bytes back in what has not been changed since}
   */
  public static Map<String, String> restored(Map<String, String> copy) {
    return isAscii(copy) ? copy : restored(copy, raw(), locale());
  }

  /**
   * {@return the same}
   *
   * @param raw what the process was started with
   * @param locale the encoding through which the copy went
   */
  static Map<String, String> restored(
      Map<String, String> copy, Map<String, String> raw, Charset locale) {
    var restored = new HashMap<>(copy);
    raw.forEach((name, value) -> {
      String copied = new String(OsText.encode(name), locale);
      if (new String(OsText.encode(value), locale).equals(copy.get(copied))) {
        restored.remove(copied);
        restored.put(name, value);
      }
    });
    return restored;
  }

  private static Charset locale() {
    return Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));
  }

  private static Map<String, String> raw() {
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(FILE);
    } catch (IOException e) {
      // A process that is closed to debuggers may not even look at itself.
      return Map.of();
    }
    var variables = new HashMap<String, String>();
    int start = 0;
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == 0) {
        String entry = OsText.decode(bytes, start, i - start);
        int equals = entry.indexOf('=', 1);
        if (equals > 0) {
          variables.put(entry.substring(0, equals), entry.substring(equals + 1));
        }
        start = i + 1;
      }
    }
    return variables;
  }

  private static boolean isAscii(Map<String, String> variables) {
    for (Map.Entry<String, String> entry : variables.entrySet()) {
      if (!isAscii(entry.getKey()) || !isAscii(entry.getValue())) {
        return false;
      }
    }
    return true;
  }

  private static boolean isAscii(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) >= 0x80) {
        return false;
      }
    }
    return true;
  }

  private static final class Started {
    static final Map<String, String> VARIABLES = Map.copyOf(restored(System.getenv()));

    private Started() {}
  }
}
