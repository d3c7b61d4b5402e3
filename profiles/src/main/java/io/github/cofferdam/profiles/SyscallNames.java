package io.github.cofferdam.profiles;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.SyscallTable;
import io.github.cofferdam.documents.Nearest;
import io.github.cofferdam.documents.Text;
import io.github.cofferdam.documents.TomlReader;
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

  /**
   * What a message says of a name that no architecture has.
   *
   * @param before how many such messages there are already: looking for a name that may be meant
   *     takes time, and nobody reads hundreds
   */
  static String unknown(String name, int before) {
    String unknown = "unknown system call " + Text.quote(name);
    if (before >= TomlReader.MAX_SUGGESTIONS) {
      return unknown;
    }
    return unknown
        + Nearest.of(name, Table.ALL).map(near -> "; did you mean \"" + near + "\"?").orElse("");
  }
}
