package io.github.cofferdam.sandbox;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.SyscallTable;
import java.util.Set;
import java.util.TreeSet;

/** Names of system calls, of whatever architecture. */
final class SyscallNames {
  private SyscallNames() {}

  private static final class Table {
    static final Set<String> ALL = all();

    private static Set<String> all() {
      var all = new TreeSet<String>();
      for (Arch arch : Arch.values()) {
        all.addAll(SyscallTable.numbers(arch).keySet());
      }
      return all;
    }
  }

  static boolean known(String name) {
    return Table.ALL.contains(name);
  }

  /** What a message says of a name that no architecture has. */
  static String unknown(String name) {
    return "unknown system call "
        + Text.quote(name)
        + Nearest.of(name, Table.ALL).map(near -> "; did you mean \"" + near + "\"?").orElse("");
  }
}
