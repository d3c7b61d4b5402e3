package io.github.cofferdam.launcher;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.Arch;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ElfImageTest {
  private static final byte[] CODE = {1, 2, 3, 4};
  private static final byte[] DATA = "data".getBytes(US_ASCII);
  private static final int EXECUTE = 1;
  private static final int WRITE = 2;
  private static final int READ = 4;

  /** A program header (elf(5)). */
  record Segment(
      int type, int flags, long offset, long address, long fileSize, long size, long alignment) {
    static final int LOAD = 1;
    static final int STACK = 0x6474e551;

    static List<Segment> of(byte[] image) {
      var elf = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
      var segments = new Segment[elf.getShort(56)];
      for (int i = 0; i < segments.length; i++) {
        int at = (int) elf.getLong(32) + i * elf.getShort(54);
        segments[i] =
            new Segment(
                elf.getInt(at),
                elf.getInt(at + 4),
                elf.getLong(at + 8),
                elf.getLong(at + 16),
                elf.getLong(at + 32),
                elf.getLong(at + 40),
                elf.getLong(at + 48));
      }
      return List.of(segments);
    }
  }

  @Test
  void theHeaderIsThatOfAStaticExecutable() {
    byte[] image = ElfImage.write(Arch.X86_64, CODE, DATA);
    assertEquals(
        "7f454c46"
            + "02010100"
            + "0000000000000000" // ELF, 64 bit, little endian, version 1
            + "0200"
            + "3e00"
            + "01000000" // EXEC, x86_64, version 1
            + "e800400000000000" // entry: base and 232 bytes of headers
            + "4000000000000000"
            + "0000000000000000" // program headers, no sections
            + "00000000"
            + "4000"
            + "3800"
            + "0300"
            + "000000000000",
        HexFormat.of().formatHex(image, 0, 64));
    assertArrayEquals(CODE, Arrays.copyOfRange(image, 232, 232 + CODE.length));
  }

  @ParameterizedTest
  @EnumSource(names = {"X86_64", "AARCH64"})
  void segmentsAreWhatTheKernelAccepts(Arch arch) {
    byte[] image = ElfImage.write(arch, CODE, DATA);
    assertEquals(
        arch.elfMachine(), ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN).getShort(18));
    long page = arch == Arch.AARCH64 ? 0x10000 : 0x1000;
    List<Segment> segments = Segment.of(image);
    assertEquals(
        List.of(
            new Segment(Segment.LOAD, READ | EXECUTE, 0, 0x400000, 236, 236, page),
            new Segment(Segment.LOAD, READ | WRITE, page, ElfImage.dataAddress(), 4, 4, page),
            new Segment(Segment.STACK, READ | WRITE, 0, 0, 0, 0, 16)),
        segments);
    for (Segment segment : segments) {
      assertEquals(segment.address() % segment.alignment(), segment.offset() % segment.alignment());
    }
    assertEquals(page + 4, image.length);
    assertArrayEquals(DATA, Arrays.copyOfRange(image, (int) page, image.length));
  }

  @ParameterizedTest
  @EnumSource(names = {"X86_64", "AARCH64"})
  void noSegmentOfALauncherIsWritableAndExecutable(Arch arch) {
    var plan =
        LaunchPlan.of("/bin/true", List.of("true")).supervision(Supervision.CHILD_WALK).build();
    byte[] image = ImageCompiler.compile(arch, new LaunchSequence(plan.parts())).bytes();
    List<Segment> segments = Segment.of(image);
    assertTrue(segments.stream().anyMatch(segment -> segment.type() == Segment.STACK));
    for (Segment segment : segments) {
      assertTrue(
          (segment.flags() & (WRITE | EXECUTE)) != (WRITE | EXECUTE),
          () -> segment + " is writable and executable");
    }
  }

  @Test
  void codeThatWouldReachTheDataIsRefused() {
    int room = (int) (ElfImage.dataAddress() - 0x400000 - 232);
    assertEquals(0x100000 + DATA.length, ElfImage.write(Arch.X86_64, new byte[room], DATA).length);
    var e =
        assertThrows(
            IllegalStateException.class,
            () -> ElfImage.write(Arch.X86_64, new byte[room + 1], DATA));
    assertTrue(String.valueOf(e.getMessage()).contains("too long"), e.getMessage());
  }

  @ParameterizedTest
  @EnumSource(names = {"X86_64", "AARCH64"})
  void readelfAgrees(Arch arch, @TempDir Path folder) throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/readelf")), "readelf is not installed");
    Path file = folder.resolve("image");
    Files.write(file, ElfImage.write(arch, CODE, DATA));
    Process readelf =
        new ProcessBuilder("/usr/bin/readelf", "-hlW", file.toString())
            .redirectErrorStream(true)
            .start();
    String text = new String(readelf.getInputStream().readAllBytes(), US_ASCII);
    assertEquals(0, readelf.waitFor(), text);
    assertTrue(text.contains("EXEC (Executable file)"), text);
    assertTrue(
        text.contains(arch == Arch.AARCH64 ? "AArch64" : "Advanced Micro Devices X86-64"), text);
    assertTrue(text.contains("Entry point address:               0x4000e8"), text);
    assertTrue(text.contains(" R E "), text);
    assertTrue(!text.contains("RWE"), text);
    assertTrue(!text.contains("Warning") && !text.contains("Error"), text);
  }
}
