package io.github.cofferdam.cli;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Variables that steer every Java, this one included, and that the start script has renamed for
 * that reason. They are the caller's all the same: whether a command gets them is the policy's
 * choice, as with every variable that loads code.
 */
final class CallersJavaOptions {
  private static final List<String> NAMES =
      List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS");

  /** As the script named {@code cofferdam} has it. */
  private static final String PREFIX = "COFFERDAM_CALLERS_";

  private CallersJavaOptions() {}

  /** {@return an environment as the caller had it} */
  static Map<String, String> restored(Map<String, String> environment) {
    var restored = new HashMap<>(environment);
    for (String name : NAMES) {
      String value = restored.remove(PREFIX + name);
      if (value != null) {
        restored.put(name, value);
      }
    }
    return restored;
  }
}
