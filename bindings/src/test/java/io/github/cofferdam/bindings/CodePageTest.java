package io.github.cofferdam.bindings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class CodePageTest {
  /**
   * x86_64: {@code lea rax,[rdi+rdi+1]; ret}; aarch64: {@code add x0,x0,x0; add x0,x0,#1; ret},
   * each instruction with its low byte first.
   */
  private static final byte[] TWICE_AND_ONE =
      HexFormat.of()
          .parseHex(
              Arch.host() == Arch.X86_64 ? "488d443f01c3" : "0000008b" + "00040091" + "c0035fd6");

  @Test
  void codeIsCalledWithAnArgument() throws Exception {
    CodePage page = CodePage.of(TWICE_AND_ONE);
    assertEquals(43, page.call(21));
    assertEquals(-1, page.call(-1));
    assertEquals(0x2_0000_0001L, page.call(0x1_0000_0000L));
  }

  /** Neither through the mapping nor through the segment. */
  @Test
  void codeCanBeReadAndExecutedButNotWritten() throws Exception {
    CodePage page = CodePage.of(TWICE_AND_ONE);
    assertEquals(
        HexFormat.of().formatHex(TWICE_AND_ONE),
        HexFormat.of().formatHex(page.code().toArray(ValueLayout.JAVA_BYTE)));
    assertThrows(
        IllegalArgumentException.class, () -> page.code().set(ValueLayout.JAVA_BYTE, 0, (byte) 0));
    long address = page.code().address();
    try (var maps = Files.lines(Path.of("/proc/self/maps"))) {
      String mapping = maps.filter(line -> holds(line, address)).findAny().orElseThrow();
      assertTrue(mapping.contains(" r-xp "), mapping);
    }
  }

  private static boolean holds(String mapping, long address) {
    String[] range = mapping.substring(0, mapping.indexOf(' ')).split("-", 2);
    return Long.compareUnsigned(Long.parseUnsignedLong(range[0], 16), address) <= 0
        && Long.compareUnsigned(address, Long.parseUnsignedLong(range[1], 16)) < 0;
  }
}
