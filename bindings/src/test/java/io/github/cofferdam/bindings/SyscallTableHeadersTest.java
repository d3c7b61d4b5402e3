package io.github.cofferdam.bindings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Holds syscalls.txt against this machine's own kernel headers. */
class SyscallTableHeadersTest {
  private static final List<String> COLUMNS =
      List.of("name", "x86_64", "i386", "x32", "aarch64", "riscv64");
  private static final Pattern X32 = Pattern.compile("\\(__X32_SYSCALL_BIT \\+ (\\d+)\\)");

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "amd64, x86_64, asm/unistd_64.h",
    "amd64, i386, asm/unistd_32.h",
    "amd64, x32, asm/unistd_x32.h",
    "aarch64, aarch64, asm/unistd.h",
    "riscv64, riscv64, asm/unistd.h",
  })
  void numbersAreTheSystems(String machine, String column, String header) throws Exception {
    if (!System.getProperty("os.arch").equals(machine)) {
      abort("this machine is not " + machine);
    }
    HostCompiler compiler = HostCompiler.findOrSkip(folder);
    Map<String, Long> table = table(column);
    Map<String, String> macros = compiler.macros(header);
    List<String> wrong = new ArrayList<>();
    List<String> unknown = new ArrayList<>();
    int compared = 0;
    for (String macro : macros.keySet()) {
      if (!macro.startsWith("__NR_") || isNoCall(macro)) {
        continue;
      }
      String name = macro.substring("__NR_".length());
      long expected = number(macros, macro);
      Long actual = table.get(name);
      if (actual == null) {
        unknown.add(name);
        continue;
      }
      compared++;
      if (actual != expected) {
        wrong.add(name + " is " + actual + ", in the system's headers " + expected);
      }
    }
    System.out.printf(
        "Compared %d system call numbers of %s with Linux %s headers, the table has %d%n",
        compared, column, compiler.versionName(), table.size());
    assertEquals(List.of(), wrong);
    if (!compiler.newerVersion()) {
      assertEquals(List.of(), unknown);
    }
    if (compiler.sameVersion()) {
      assertEquals(table.size(), compared);
    }
    assertTrue(compared >= 250, "only " + compared + " numbers compared");
  }

  @Test
  void recordsStartALineAndAreSorted() throws Exception {
    String text = HostCompiler.syscallTable();
    assertTrue(text.startsWith("#"), "each record must follow a line feed");
    assertTrue(text.endsWith("\n"), "the last line must end");
    List<String> records = text.lines().filter(line -> !line.startsWith("#")).toList();
    assertEquals(records.stream().sorted().distinct().toList(), records);
    for (String record : records) {
      assertTrue(record.matches("[a-z0-9_]+( (\\d+|-)){5}"), record);
    }
    assertTrue(text.contains("\nread 0 3 1073741824 63 63\n"), "read");
    assertTrue(text.contains("\nexecve 59 11 1073742344 221 221\n"), "execve");
  }

  private static Map<String, Long> table(String column) throws Exception {
    int index = COLUMNS.indexOf(column);
    Map<String, Long> table = new TreeMap<>();
    for (String line : HostCompiler.syscallTable().lines().toList()) {
      String[] fields = line.split(" ", -1);
      if (!line.startsWith("#") && !fields[index].equals("-")) {
        table.put(fields[0], Long.valueOf(fields[index]));
      }
    }
    return table;
  }

  /** Macros of asm-generic/unistd.h that are named like calls. */
  private static boolean isNoCall(String macro) {
    return macro.equals("__NR_syscalls") || macro.equals("__NR_arch_specific_syscall");
  }

  /** The value of a macro: a number, a number with the x32 bit, or another macro's name. */
  private static long number(Map<String, String> macros, String macro) {
    String value = macros.getOrDefault(macro, "");
    Matcher x32 = X32.matcher(value);
    if (x32.matches()) {
      return 0x40000000L + Long.parseLong(x32.group(1));
    }
    return macros.containsKey(value) ? number(macros, value) : Long.parseLong(value);
  }
}
