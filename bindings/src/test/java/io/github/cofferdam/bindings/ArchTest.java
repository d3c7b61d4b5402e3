package io.github.cofferdam.bindings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ArchTest {

  @ParameterizedTest
  @CsvSource({"amd64,X86_64", "x86_64,X86_64", "aarch64,AARCH64"})
  void knowsTheNamesOfTheJvm(String name, Arch arch) {
    assertEquals(arch, Arch.of("Linux", name));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Windows 11", "Mac OS X", "FreeBSD", "linux", ""})
  void namesOtherSystems(String system) {
    var e = assertThrows(UnsupportedPlatformException.class, () -> Arch.of(system, "amd64"));
    assertEquals(
        "Cofferdam is built from Linux kernel features and does not run on " + system + ".",
        e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"riscv64", "i386", "arm", "s390x", ""})
  void namesOtherArchitectures(String arch) {
    var e = assertThrows(UnsupportedPlatformException.class, () -> Arch.of("Linux", arch));
    assertEquals(
        "Cofferdam runs on Linux for x86_64 and aarch64; this is " + arch + ".", e.getMessage());
  }

  @Test
  void theHostCanLaunch() {
    assertTrue(Arch.host().launchable());
    assertEquals(
        List.of(Arch.X86_64, Arch.AARCH64),
        Arrays.stream(Arch.values()).filter(Arch::launchable).toList());
  }

  @Test
  void auditValuesAreMachineAndFlags() {
    // linux/audit.h: EM_* | __AUDIT_ARCH_64BIT | __AUDIT_ARCH_LE
    assertEquals(0xc000003e, Arch.X86_64.auditArch());
    assertEquals(0xc000003e, Arch.X32.auditArch());
    assertEquals(0x40000003, Arch.I386.auditArch());
    assertEquals(0xc00000b7, Arch.AARCH64.auditArch());
    assertEquals(0xc00000f3, Arch.RISCV64.auditArch());
    for (Arch arch : Arch.values()) {
      assertEquals(arch.elfMachine(), arch.auditArch() & 0xffff, arch::toString);
    }
  }

  @Test
  void columnsAreThoseOfTheTable() throws Exception {
    // "# name x86_64 i386 x32 aarch64 riscv64", whose first word is no column.
    List<String> columns =
        Arrays.stream(Arch.values())
            .sorted(Comparator.comparingInt(Arch::column))
            .map(Arch::toString)
            .toList();
    String header =
        HostCompiler.syscallTable()
            .lines()
            .filter(line -> line.startsWith("# name "))
            .findFirst()
            .orElseThrow();
    assertEquals("# name " + String.join(" ", columns), header);
    for (int i = 0; i < columns.size(); i++) {
      assertEquals(i, Arch.valueOf(columns.get(i).toUpperCase(Locale.ROOT)).column());
    }
    assertEquals("x86_64", Arch.X86_64.toString());
  }
}
