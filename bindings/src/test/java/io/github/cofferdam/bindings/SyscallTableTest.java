package io.github.cofferdam.bindings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SyscallTableTest {
  private static final int X32_BIT = 0x40000000;

  @Test
  void numbersDifferByArchitecture() {
    assertEquals(OptionalInt.of(59), SyscallTable.number(Arch.X86_64, "execve"));
    assertEquals(OptionalInt.of(11), SyscallTable.number(Arch.I386, "execve"));
    assertEquals(OptionalInt.of(X32_BIT + 520), SyscallTable.number(Arch.X32, "execve"));
    assertEquals(OptionalInt.of(221), SyscallTable.number(Arch.AARCH64, "execve"));
    assertEquals(OptionalInt.of(221), SyscallTable.number(Arch.RISCV64, "execve"));
    assertEquals(OptionalInt.of(0), SyscallTable.number(Arch.X86_64, "read"), "0 is a number");
  }

  @Test
  void whatAnArchitectureLacksIsEmpty() {
    assertEquals(OptionalInt.empty(), SyscallTable.number(Arch.AARCH64, "open"));
    assertEquals(OptionalInt.empty(), SyscallTable.number(Arch.X86_64, "_llseek"), "first line");
    assertEquals(OptionalInt.of(140), SyscallTable.number(Arch.I386, "_llseek"));
    var e =
        assertThrows(
            IllegalArgumentException.class, () -> SyscallTable.require(Arch.AARCH64, "open"));
    assertEquals("no system call open on aarch64", e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "\n",
        "#",
        "# ",
        "name",
        "nosuchcall",
        "rea",
        "ead",
        "READ",
        "read ",
        " read",
        "read 0",
        "read\n",
        "\nread",
        "read\nreadahead",
        "-",
        "accept 43 - 1073741867 202 202",
        "linux-libc-dev",
        "# Generated"
      })
  void whatIsNoNameHasNoNumber(String name) {
    for (Arch arch : Arch.values()) {
      assertEquals(OptionalInt.empty(), SyscallTable.number(arch, name), arch::toString);
    }
  }

  @ParameterizedTest
  @EnumSource
  void namesAndNumbersAreInverse(Arch arch) {
    var numbers = SyscallTable.numbers(arch);
    assertTrue(numbers.size() > 300, () -> numbers.size() + " calls");
    assertEquals(numbers.size(), numbers.values().stream().distinct().count());
    numbers.forEach((name, number) -> {
      assertEquals(OptionalInt.of(number), SyscallTable.number(arch, name), name);
      assertEquals(number, SyscallTable.require(arch, name), name);
      assertEquals(arch == Arch.X32, (number & X32_BIT) != 0, name);
    });
    for (int number : new int[] {numbers.get("read"), numbers.get("landlock_restrict_self")}) {
      String name = SyscallTable.name(arch, number).orElseThrow();
      assertEquals(number, numbers.get(name));
    }
    assertEquals(Optional.empty(), SyscallTable.name(arch, 99_999));
    assertEquals(Optional.empty(), SyscallTable.name(arch, -1));
  }

  @Test
  void bothCallConventionsOfX86HaveTheirOwnNames() {
    assertEquals(Optional.of("read"), SyscallTable.name(Arch.X86_64, 0));
    assertEquals(Optional.of("restart_syscall"), SyscallTable.name(Arch.I386, 0));
    assertEquals(Optional.of("read"), SyscallTable.name(Arch.X32, X32_BIT));
    assertEquals(Optional.empty(), SyscallTable.name(Arch.X32, 0));
  }
}
