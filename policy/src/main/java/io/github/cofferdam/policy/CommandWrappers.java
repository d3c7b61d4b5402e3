package io.github.cofferdam.policy;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Programs that run another program named in their arguments, and where in the arguments it starts.
 *
 * <p>The option lists are those of GNU coreutils, findutils, util-linux and sudo: only options with
 * a separate value matter, since the value must not be taken for the command.
 */
final class CommandWrappers {
  private CommandWrappers() {}

  /**
   * How a wrapper's arguments are laid out.
   *
   * @param valueOptions options whose value is the next argument, each between spaces
   * @param operands arguments of the wrapper itself between its options and the command
   */
  private record Layout(String valueOptions, int operands) {}

  /**
   * {@return where the wrapped command starts in the words, -1 when the program wraps nothing}
   *
   * @param words the words of the command; the first is the program's base name
   */
  static int commandStart(List<String> words) {
    Layout layout = layout(words.getFirst());
    if (layout == null) {
      return -1;
    }
    int at = 1;
    int operands = layout.operands();
    boolean options = true;
    while (at < words.size()) {
      String word = words.get(at);
      if (options && word.equals("--")) {
        options = false;
      } else if (options && word.length() > 1 && word.charAt(0) == '-') {
        at += layout.valueOptions().contains(" " + word + " ") ? 1 : 0;
      } else if (!isAssignment(word)) {
        options = false;
        if (operands-- == 0) {
          return at;
        }
      }
      at++;
    }
    return -1;
  }

  private static @Nullable Layout layout(String program) {
    return switch (program) {
      case "nohup", "setsid", "builtin", "busybox", "toybox", "unbuffer", "fakeroot", "then" ->
          new Layout("", 0);
      case "command", "time" -> new Layout(" -f -o --format --output ", 0);
      case "exec" -> new Layout(" -a ", 0);
      case "env" -> new Layout(" -u --unset -C --chdir ", 0);
      case "nice" -> new Layout(" -n --adjustment ", 0);
      case "ionice" -> new Layout(" -c -n --class --classdata ", 0);
      case "stdbuf" -> new Layout(" -i -o -e --input --output --error ", 0);
      case "timeout" -> new Layout(" -k -s --kill-after --signal ", 1);
      case "chroot" -> new Layout(" ", 1);
      case "chrt", "taskset" -> new Layout(" -p -T -P -D ", 1);
      case "flock" -> new Layout(" -w -E --timeout --wait --conflict-exit-code ", 1);
      case "unshare", "nsenter" -> new Layout(" -t -S -G -w -R -r --target --wd --root ", 0);
      case "strace", "ltrace" -> new Layout(" -o -e -p -s -u -a -E -I -O -P -S ", 0);
      case "watch" -> new Layout(" -n --interval ", 0);
      case "prlimit" -> new Layout(" -p --pid -o --output ", 0);
      case "setpriv" -> new Layout(" --reuid --regid --groups --inh-caps --bounding-set ", 0);
      case "xargs" ->
          new Layout(" -a -d -E -I -L -n -P -s --arg-file --delimiter --max-args --max-procs ", 0);
      case "sudo" ->
          new Layout(" -C -D -g -h -p -R -r -t -T -U -u --user --group --host --chdir --role ", 0);
      case "doas" -> new Layout(" -C -u ", 0);
      default -> null;
    };
  }

  /** {@return whether a word sets a variable, as before a command or after env} */
  static boolean isAssignment(String word) {
    int equals = word.indexOf('=');
    if (equals <= 0 || Character.isDigit(word.charAt(0))) {
      return false;
    }
    for (int i = 0; i < equals; i++) {
      char c = word.charAt(i);
      if (!Character.isLetterOrDigit(c) && c != '_' && !(c == '+' && i == equals - 1)) {
        return false;
      }
    }
    return true;
  }

  /** {@return whether a program is a shell} */
  static boolean isShell(String program) {
    return switch (program) {
      case "sh", "bash", "dash", "ash", "zsh", "ksh", "mksh", "rbash", "fish", "posh", "yash" ->
          true;
      default -> false;
    };
  }

  /**
   * {@return whether a word is one of the shell's own, before which or after which a command
   * stands}
   */
  static boolean isKeyword(String word) {
    return switch (word) {
      case "if",
          "then",
          "elif",
          "else",
          "while",
          "until",
          "do",
          "{",
          "}",
          "!",
          "time",
          "fi",
          "done",
          "coproc" ->
          true;
      default -> false;
    };
  }
}
