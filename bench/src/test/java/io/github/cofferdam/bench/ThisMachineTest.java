package io.github.cofferdam.bench;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bench.result.Machine;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ThisMachineTest {
  @TempDir private Path root;

  private void file(String name, String text) throws Exception {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  @Test
  void whatTheKernelAndTheDistributionSayIsRead() throws Exception {
    file(
        "proc/cpuinfo",
        """
        processor\t: 0
        model name\t: Z80 @ 4 MHz: fast
        flags\t\t: fpu hypervisor lm
        processor\t: 1
        model name\t: other
        """);
    file("proc/meminfo", "MemTotal:       24684096 kB\nMemFree: 1 kB\n");
    file("proc/sys/kernel/osrelease", "6.18.44\n");
    file("proc/loadavg", "0.52 0.58 0.59 1/389 12345\n");
    file("proc/sys/kernel/sched_autogroup_enabled", "1\n");
    file("etc/os-release", "NAME=x\nPRETTY_NAME=\"Some Linux 12 (worm)\"\n");
    file("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave\n");
    Machine machine = new ThisMachine(root).look("1.0");
    assertAll(
        () -> assertEquals("Z80 @ 4 MHz: fast", machine.cpu()),
        () -> assertEquals(24684096L * 1024, machine.memory()),
        () -> assertEquals("6.18.44", machine.kernel()),
        () -> assertEquals("Some Linux 12 (worm)", machine.distribution()),
        () -> assertEquals("1.0", machine.cofferdam()),
        () -> assertTrue(machine.cpus() > 0),
        () -> assertTrue(machine.java().startsWith("25"), machine::java),
        () -> assertEquals("load average when the run began: 0.52", machine.notes().get(0)),
        () -> assertEquals("CPU frequency governor: powersave", machine.notes().get(1)),
        () ->
            assertTrue(
                machine.notes().get(2).startsWith("sessions are scheduled"), machine::toString),
        () -> assertEquals("in a virtual machine", machine.notes().get(3)),
        () -> assertEquals(Ids.user() == 0, machine.notes().contains("run by root")));
  }

  @Test
  void whatCannotBeReadIsUnknown() {
    Machine machine = new ThisMachine(root).look("1.0");
    assertEquals("unknown", machine.kernel());
    assertEquals("unknown", machine.distribution());
    assertEquals(0, machine.memory());
    assertTrue(machine.cpu().endsWith(" processor"), machine::cpu);
  }

  @Test
  void withoutGitTheVersionIsThatOfTheJar() throws Exception {
    assertEquals("1.0", ThisMachine.version("1.0", Optional.of(root), SearchPath.of("")));
    assertEquals("1.0", ThisMachine.version("1.0", Optional.empty(), SearchPath.ofEnvironment()));
  }
}
