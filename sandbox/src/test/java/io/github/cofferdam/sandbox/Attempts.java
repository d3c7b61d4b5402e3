package io.github.cofferdam.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.SyscallTable;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Policy;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Python scripts that try things and say what came of each: a script makes calls of {@code
 * attempt(name, function)}, and each prints its name and {@code ok} with a result, or an error.
 */
final class Attempts {
  /** Ways in which the kernel says no, or that there is no such thing here. */
  static final Set<String> NO =
      Set.of("EACCES", "EPERM", "EROFS", "ENOENT", "EXDEV", "EBUSY", "ENOSYS", "ESRCH", "ENOTDIR");

  static final String PRELUDE =
      """
      import ctypes, errno, os, sys
      libc = ctypes.CDLL(None, use_errno=True)
      def call(number, *arguments):
          ctypes.set_errno(0)
          result = libc.syscall(ctypes.c_long(number), *[
              ctypes.c_long(a) if isinstance(a, int) else a for a in arguments])
          if result == -1:
              raise OSError(ctypes.get_errno(), '')
          return result
      def attempt(name, action):
          try:
              print(name, 'ok', action(), flush=True)
          except OSError as e:
              print(name, errno.errorcode[e.errno], flush=True)
      def read(path):
          with open(path) as file: return file.read().strip()
      def write(path):
          with open(path, 'w') as file: file.write('overwritten')
      """;

  private Attempts() {}

  /** {@return what came of each attempt, by name}; the script's parameters are sys.argv[1]... */
  static Map<String, String> confined(
      Policy policy, Path directory, String script, Object... arguments)
      throws IOException, InterruptedException {
    Outcome outcome = Sandboxed.python(policy, directory, PRELUDE + script, arguments);
    assertEquals(new Ending.Exited(0), outcome.ending(), () -> Sandboxed.text(outcome));
    return results(Sandboxed.text(outcome));
  }

  /** As {@link #confined}, without a sandbox: what would happen otherwise. */
  static Map<String, String> free(Path directory, String script, Object... arguments)
      throws IOException, InterruptedException {
    var command = new ArrayList<>(List.of(Sandboxed.PYTHON, "-Ic", PRELUDE + script));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    Process process =
        new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true).start();
    var text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), text);
    return results(text);
  }

  private static Map<String, String> results(String text) {
    var results = new LinkedHashMap<String, String>();
    for (String line : text.lines().toList()) {
      String[] words = line.split(" ", 2);
      results.put(words[0], words.length > 1 ? words[1] : "");
    }
    return results;
  }

  /** Every attempt was made, and none had success. */
  static void assertAllRefused(int count, Map<String, String> results) {
    assertEquals(count, results.size(), results::toString);
    results.forEach((name, result) -> assertTrue(NO.contains(result), results::toString));
  }

  static void assertAll(String expected, Map<String, String> results) {
    assertTrue(!results.isEmpty());
    results.forEach((name, result) -> assertEquals(expected, result, results::toString));
  }

  /** {@return the number of a system call of this machine} */
  static int number(String name) {
    return SyscallTable.require(Arch.host(), name);
  }

  /** Grants what programs consist of, and nothing else: not what others have in /etc or /tmp. */
  static Policy.Builder tools(Isolation isolation) {
    Policy.Builder builder = Policy.builder().isolation(isolation).readExecute("/usr");
    for (String path : List.of("/bin", "/lib", "/lib64")) {
      if (Files.exists(Path.of(path))) {
        builder.readExecute(path);
      }
    }
    return builder.readOnly("/proc");
  }
}
