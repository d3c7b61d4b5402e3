package io.github.cofferdam.documents;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.cofferdam.bindings.OsText;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class RawTextTest {

  @Property(tries = 500)
  void bytesSurvive(@ForAll byte[] bytes) {
    assertArrayEquals(bytes, RawText.encode(OsText.decode(bytes, 0, bytes.length)));
  }

  @Test
  void validTextIsItself() {
    byte[] bytes = {'a', (byte) 0xC3, (byte) 0xA9};

    assertEquals("a\u00e9", OsText.decode(bytes, 0, bytes.length));
  }

  @Test
  void anInvalidByteBecomesASurrogate() {
    assertEquals("a\uDCFFb", OsText.decode(new byte[] {'a', (byte) 0xFF, 'b'}, 0, 3));
  }

  @Test
  void otherSurrogatesBecomeThreeBytes() {
    assertArrayEquals(
        new byte[] {(byte) 0xED, (byte) 0xA0, (byte) 0x80, 'x'}, RawText.encode("\uD800x"));
  }
}
