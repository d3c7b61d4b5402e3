package io.github.cofferdam.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.launcher.Assembler.Label;
import io.github.cofferdam.launcher.Assembler.Reg;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AssemblerTest {

  @Test
  void thereIsOneForEachArchitectureThatCanLaunch() {
    assertInstanceOf(X86Assembler.class, Assembler.of(Arch.X86_64));
    assertInstanceOf(Aarch64Assembler.class, Assembler.of(Arch.AARCH64));
    for (Arch arch : Arch.values()) {
      if (!arch.launchable()) {
        assertThrows(IllegalArgumentException.class, () -> Assembler.of(arch));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"X86_64", "AARCH64"})
  void labelsAreBoundExactlyOnce(Arch arch) {
    var unbound = Assembler.of(arch);
    unbound.jump(new Label());
    assertThrows(IllegalStateException.class, unbound::assemble);

    var twice = Assembler.of(arch);
    var label = new Label();
    twice.bind(label);
    assertThrows(IllegalStateException.class, () -> twice.bind(label));
  }

  @Test
  void argumentsComeInTheOrderOfTheCallingConvention() {
    for (int i = 0; i < 6; i++) {
      assertEquals(Reg.valueOf("A" + i), Reg.arg(i));
    }
  }
}
