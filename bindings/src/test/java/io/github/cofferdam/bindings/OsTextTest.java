package io.github.cofferdam.bindings;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CodingErrorAction;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OsTextTest {
  /** Bytes at which decoders err: borders of sequence lengths, overlong forms, surrogates. */
  private static final int[] BORDERS = {
    0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed,
    0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff
  };

  @Test
  void everyPairOfBytesComesBack() {
    for (int first = 0; first < 256; first++) {
      for (int second = 0; second < 256; second++) {
        assertComesBack(new byte[] {(byte) first, (byte) second});
      }
    }
  }

  @Test
  void everySequenceOfBordersComesBackAndIsValidExactlyIfTheJdkSaysSo() {
    for (int a : BORDERS) {
      for (int b : BORDERS) {
        for (int c : BORDERS) {
          for (int d : BORDERS) {
            byte[] bytes = {(byte) a, (byte) b, (byte) c, (byte) d};
            assertComesBack(bytes);
            if (isUtf8(bytes)) {
              assertEquals(new String(bytes, UTF_8), decode(bytes));
            }
          }
        }
      }
    }
  }

  @Test
  void randomBytesComeBack() {
    var random = new Random(1);
    for (int i = 0; i < 20_000; i++) {
      var bytes = new byte[random.nextInt(40)];
      random.nextBytes(bytes);
      assertComesBack(bytes);
    }
  }

  @Test
  void everyCodePointIsItsUtf8() {
    for (int point = 0; point <= Character.MAX_CODE_POINT; point++) {
      if (point < Character.MIN_SURROGATE || point > Character.MAX_SURROGATE) {
        String text = Character.toString(point);
        byte[] bytes = OsText.encode(text);
        assertArrayEquals(text.getBytes(UTF_8), bytes);
        assertEquals(text, decode(bytes));
      }
    }
  }

  @Test
  void invalidBytesBecomeLoneLowSurrogates() {
    assertEquals("a\udcffb", decode(bytes("61 ff 62")));
    assertEquals("\udcc0\udc80", decode(bytes("c0 80")), "overlong NUL");
    assertEquals("\udced\udca0\udc80", decode(bytes("ed a0 80")), "an encoded surrogate");
    assertEquals("\udcf4\udc90\udc80\udc80", decode(bytes("f4 90 80 80")), "above U+10FFFF");
    assertEquals("\udce2\udc82", decode(bytes("e2 82")), "cut off");
    assertEquals("\u20ac", decode(bytes("e2 82 ac")));
  }

  @Test
  void decodesPartOfAnArray() {
    byte[] bytes = bytes("78 e2 82 ac 78");
    assertEquals("\u20ac", OsText.decode(bytes, 1, 3));
    assertEquals("\udce2\udc82", OsText.decode(bytes, 1, 2), "what follows the part is not read");
    assertEquals("", OsText.decode(bytes, 2, 0));
  }

  @Test
  void loneSurrogatesThatStandForNoByteAreRefused() {
    for (char c = Character.MIN_SURROGATE; c <= Character.MAX_SURROGATE; c++) {
      String text = "a" + c + "b";
      if (c >= 0xdc80 && c <= 0xdcff) {
        assertArrayEquals(new byte[] {'a', (byte) (c - 0xdc00), 'b'}, OsText.encode(text));
      } else {
        var e = assertThrows(IllegalArgumentException.class, () -> OsText.encode(text));
        assertEquals(
            "text holds a lone surrogate U+" + Integer.toHexString(c) + ", which has no bytes",
            e.getMessage());
      }
    }
  }

  @Test
  void escapesNextToRealPairsAreKeptApart() {
    String text = "\ud83d\ude00\udcff\ud83d\ude00";
    assertArrayEquals(bytes("f0 9f 98 80 ff f0 9f 98 80"), OsText.encode(text));
    assertEquals(text, decode(OsText.encode(text)));
  }

  /** What {@link PathsMain} prints, and what it has to print in every locale. */
  private static final String PATHS =
      """
      /tmp/caf\\xff back
      /tmp/gr\u00fcn back
      gr\u00fcn back
      ../\\x80/b back
      /\\x80/b back
      /a b%41?#\u20ac back
      /a\\xe2\\x80\\xaeb back
      /a\\\\xff\\x0ab back
      found
      """;

  /** Paths from text to text, and to a file in a directory that is the first argument. */
  static final class PathsMain {
    private PathsMain() {}

    public static void main(String[] args) throws Exception {
      String[] texts = {
        "/tmp/caf\udcff",
        "/tmp/gr\u00fcn",
        "gr\u00fcn",
        "../\udc80/b",
        "//\udc80//b/",
        "/a b%41?#\u20ac",
        "/a\u202eb",
        "/a\\xff\nb"
      };
      var out = new StringBuilder();
      for (String text : texts) {
        Path path = OsText.path(text);
        out.append(OsText.show(path));
        boolean back = OsText.of(path).equals(text.replace("//", "/").replace("b/", "b"));
        out.append(back ? " back\n" : " lost\n");
      }
      Path file = OsText.path(args[0] + "/x\udcff\u00e9");
      Files.createFile(file);
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(Path.of(args[0]))) {
        for (Path entry : entries) {
          out.append(entry.equals(file) ? "found\n" : "another\n");
        }
      }
      Files.delete(file);
      System.out.write(out.toString().getBytes(UTF_8));
      System.out.flush();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"C", "C.UTF-8", "POSIX", "xx_XX.ISO8859-1"})
  void pathsKeepTheirBytesInEveryLocale(String locale, @TempDir Path directory) throws Exception {
    var builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            PathsMain.class.getName(),
            directory.toString());
    builder.environment().keySet().removeIf(name -> name.startsWith("LC_") || name.equals("LANG"));
    builder.environment().put("LC_ALL", locale);
    Process process = builder.redirectErrorStream(true).start();
    String printed = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertEquals(0, process.waitFor(), printed);
    assertEquals(PATHS, printed);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/a\0b", "/\u00e9\0b", "/\ud800", "/a\udc7f"})
  void whatNoPathCanHoldIsRefused(String text) {
    assertThrows(InvalidPathException.class, () -> OsText.path(text));
  }

  @Test
  void everyNameComesBackAsAPath() {
    var random = new Random(2);
    for (int i = 0; i < 5_000; i++) {
      var bytes = new byte[1 + random.nextInt(12)];
      random.nextBytes(bytes);
      String text = "/" + decode(bytes).replace('\0', 'n').replace('/', 's');
      assertEquals(text, OsText.of(OsText.path(text)));
      assertEquals(text.substring(1), OsText.of(OsText.path(text.substring(1))));
    }
  }

  private static void assertComesBack(byte[] bytes) {
    byte[] back = OsText.encode(decode(bytes));
    assertArrayEquals(bytes, back, () -> HexFormat.ofDelimiter(" ").formatHex(bytes));
  }

  private static boolean isUtf8(byte[] bytes) {
    return !UTF_8
        .newDecoder()
        .onMalformedInput(CodingErrorAction.REPORT)
        .decode(ByteBuffer.wrap(bytes), CharBuffer.allocate(bytes.length), true)
        .isError();
  }

  private static String decode(byte[] bytes) {
    return OsText.decode(bytes, 0, bytes.length);
  }

  private static byte[] bytes(String hex) {
    return HexFormat.ofDelimiter(" ").parseHex(hex);
  }
}
