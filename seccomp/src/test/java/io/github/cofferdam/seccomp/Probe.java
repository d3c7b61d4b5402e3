package io.github.cofferdam.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.SyscallTable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A C program that makes system calls as told. */
final class Probe {
  /**
   * Makes each call in a process of its own: {@code name(a,b,...)}, with {@code buf} for 4096 zero
   * bytes.
   */
  private static final String SOURCE =
      """
      #define _GNU_SOURCE
      #include <errno.h>
      #include <pthread.h>
      #include <stdio.h>
      #include <stdlib.h>
      #include <string.h>
      #include <sys/wait.h>
      #include <unistd.h>

      static char buffer[4096] __attribute__((aligned(4096)));
      static void *nothing(void *p) { return p; }

      static int attempt(char *text) {
        long number = strtol(text, &text, 0), args[6] = {0}, result;
        for (int i = 0; i < 6 && *text; i++) {
          text++;
          if (!strncmp(text, "buf", 3)) { args[i] = (long) buffer; text += 3; }
          else args[i] = (long) strtoull(text, &text, 0);
        }
        if (number == -1) {
          pthread_t thread;
          result = pthread_create(&thread, 0, nothing, 0);
          errno = result;
          if (result == 0) pthread_join(thread, 0); else result = -1;
        } else if (number == -2) {
      #ifdef __x86_64__
          __asm__ volatile ("int $0x80" : "=a" (result) : "a" (20L) : "memory", "r8", "r9", "r10", "r11");
          if (result < 0) { errno = -result; result = -1; }
      #else
          result = -1; errno = ENOSYS;
      #endif
        } else {
          errno = 0;
          result = syscall(number, args[0], args[1], args[2], args[3], args[4], args[5]);
        }
        return result == -1 ? errno : 0;
      }

      int main(int argc, char **argv) {
        for (int i = 1; i < argc; i++) {
          int status;
          pid_t pid = fork();
          if (pid == 0) _exit(attempt(argv[i]));
          if (pid < 0 || waitpid(pid, &status, 0) != pid) return 1;
          if (WIFSIGNALED(status)) printf("signal %d\\n", WTERMSIG(status));
          else if (WEXITSTATUS(status)) printf("errno %d\\n", WEXITSTATUS(status));
          else printf("ok\\n");
        }
        return 0;
      }
      """;

  private Probe() {}

  /** Puts the program into a folder, or skips the test. */
  static void compile(Path folder) throws Exception {
    Path source = Files.writeString(folder.resolve("probe.c"), SOURCE);
    String gcc = Command.find("gcc");
    Command compiled =
        Command.free(
            folder, gcc, "-O1", "-pthread", "-o", "probe", source.getFileName().toString());
    assumeTrue(compiled.exit().code() == 0, "gcc does not work here: " + compiled.output());
  }

  static String in(Path folder) {
    return folder.resolve("probe").toString();
  }

  /**
   * Makes attempts such as {@code unshare 0} and {@code #39}.
   *
   * @param end {@code ok}, {@code errno 1} or {@code signal 31}
   * @param otherwiseWithout whether they have to end in another way without a filter
   */
  static void assertEnds(
      Path folder,
      SeccompFilter filter,
      String end,
      List<String> attempts,
      boolean otherwiseWithout)
      throws Exception {
    String[] command = new String[attempts.size() + 1];
    command[0] = in(folder);
    for (int i = 0; i < attempts.size(); i++) {
      command[i + 1] = number(attempts.get(i));
    }
    List<String> confined = ends(Command.confined(filter, folder, command));
    var expected = new LinkedHashMap<String, String>();
    attempts.forEach(attempt -> expected.put(attempt, end));
    assertEquals(expected, zip(attempts, confined));
    if (otherwiseWithout) {
      zip(attempts, ends(Command.free(folder, command)))
          .forEach((attempt, free) -> assertNotEquals(end, free, attempt + " without a filter"));
    }
  }

  /** {@code "unshare 0"} to {@code "272,0"}; a number sign begins a number. */
  private static String number(String attempt) {
    if (attempt.startsWith("#")) {
      return attempt.substring(1);
    }
    String[] parts = attempt.split(" ", 2);
    int number = SyscallTable.require(Arch.host(), parts[0]);
    return parts.length == 1 ? "" + number : number + "," + parts[1];
  }

  static List<String> ends(Command command) {
    assertEquals(0, command.exit().status(), command::toString);
    return command.output().lines().toList();
  }

  private static Map<String, String> zip(List<String> attempts, List<String> ends) {
    assertEquals(attempts.size(), ends.size());
    var zipped = new LinkedHashMap<String, String>();
    for (int i = 0; i < attempts.size(); i++) {
      zipped.put(attempts.get(i), ends.get(i));
    }
    return zipped;
  }
}
