package io.github.cofferdam.launcher;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@link Memory} and how an image holds it; {@link SetupProgramTest} has the other use of it. */
class MemoryTest {
  private static final long BASE = 0x440000;

  private final ImageData data = new ImageData(BASE);
  private final DescriptorNumbers numbers = new DescriptorNumbers(5);

  @Test
  void numbersAreLittleEndian() {
    var memory =
        Memory.ofSize(16)
            .int8(0, 0x1ff)
            .int16(1, 0x2345)
            .int32(3, 0x6789abcd)
            .int64(7, 0x1122334455667788L)
            .bytes(15, new byte[] {9})
            .build("numbers");
    assertEquals("ff4523cdab8967887766554433221109", HexFormat.of().formatHex(memory.bytes()));
    assertEquals(16, memory.size());
    assertEquals("numbers", memory.display());
  }

  @Test
  void placesOutsideTheMemoryAreRefused() {
    assertThrows(IndexOutOfBoundsException.class, () -> Memory.ofSize(4).int64(0, 1));
    assertThrows(IndexOutOfBoundsException.class, () -> Memory.ofSize(4).int32(-1, 1));
    assertThrows(IndexOutOfBoundsException.class, () -> Memory.ofSize(4).int8(4, 1));
  }

  @Test
  void aBuildersLaterChangesDoNotReachWhatItBuilt() {
    var builder = Memory.ofSize(1).int8(0, 1);
    var first = builder.build("first");
    builder.int8(0, 2);
    assertArrayEquals(new byte[] {1}, first.bytes());
    first.bytes()[0] = 7;
    assertArrayEquals(new byte[] {1}, first.bytes());
  }

  @Test
  void textEndsInNulAndHoldsNone() {
    assertArrayEquals(new byte[] {'a', (byte) 0xff, 0}, Memory.text("a\udcff").bytes());
    assertArrayEquals(new byte[] {0}, Memory.text("").bytes());
    var e = assertThrows(IllegalArgumentException.class, () -> Memory.text("/etc\0/x"));
    assertEquals("text for the kernel holds a NUL: \"/etc\\u0000/x\"", e.getMessage());
    assertThrows(IllegalArgumentException.class, () -> Memory.strings(List.of("a", "\0"), ""));
  }

  @Test
  void quotedTextStaysOnOneLineAndShowsWhatCannotBeSeen() {
    assertEquals("\"a b\"", Memory.quote("a b"));
    assertEquals("\"\\\"\\\\\\n\\t\\u001b\\u007f\"", Memory.quote("\"\\\n\t\u001b\u007f"));
    assertEquals("\"\u00e9\\udcff\\u202e\\u00a0\"", Memory.quote("\u00e9\udcff\u202e\u00a0"));
  }

  @Test
  void stringsAreAnArrayOfPointersThatEndsInNull() {
    var memory = Memory.strings(List.of("one", "", "three"), "argv");
    long address = data.place(memory, numbers);
    var bytes = image();
    int at = (int) (address - BASE);
    assertEquals("one", text(bytes, bytes.getLong(at)));
    assertEquals("", text(bytes, bytes.getLong(at + 8)));
    assertEquals("three", text(bytes, bytes.getLong(at + 16)));
    assertEquals(0, bytes.getLong(at + 24));
  }

  @Test
  void noStringsAreOneNull() {
    data.place(Memory.strings(List.of(), "environment"), numbers);
    assertEquals(0, image().getLong(0));
  }

  @Test
  void fixupsAreFilledInAndEverythingIsAligned() {
    data.reserve(3);
    var slot = Slot.named("slot");
    numbers.open(Slot.named("other"));
    numbers.open(slot);
    var target = Memory.text("target");
    var memory =
        Memory.ofSize(24)
            .int32(0, 77)
            .descriptor(4, slot)
            .pointer(8, target)
            .pointer(16, target)
            .build("both");
    long address = data.place(memory, numbers);
    assertEquals(BASE + 16, address);
    var bytes = image();
    assertEquals(77, bytes.getInt(16));
    assertEquals(6, bytes.getInt(20));
    assertEquals(bytes.getLong(24), bytes.getLong(32), "placed once");
    assertEquals(0, bytes.getLong(24) % 16);
    assertEquals("target", text(bytes, bytes.getLong(24)));
    assertEquals(bytes.getLong(24), data.place(target, numbers), "placed once");
  }

  @Test
  void memoryThatIsUsedAgainHoldsTheDescriptorsOfThatTime() {
    var slot = Slot.named("slot");
    numbers.open(slot);
    var memory = Memory.ofSize(4).descriptor(0, slot).build("slot");
    var outer = Memory.ofSize(8).pointer(0, memory).build("pointer");
    long first = data.place(memory, numbers);
    long firstOuter = data.place(outer, numbers);
    long firstInner = image().getLong((int) (firstOuter - BASE));
    assertEquals(5, image().getInt((int) (firstInner - BASE)));
    numbers.close(slot);
    numbers.open(Slot.named("another"));
    numbers.open(slot);
    long second = data.place(memory, numbers);
    long secondOuter = data.place(outer, numbers);
    assertEquals(5, image().getInt((int) (first - BASE)), "what the earlier call reads");
    assertEquals(6, image().getInt((int) (second - BASE)));
    long inner = image().getLong((int) (secondOuter - BASE));
    assertEquals(6, image().getInt((int) (inner - BASE)));
  }

  @Test
  void memoryGrowsBeyondItsFirstSize() {
    var large = new byte[100_000];
    large[99_999] = 42;
    var target = Memory.of(large, "large");
    long address = data.place(Memory.ofSize(8).pointer(0, target).build("pointer"), numbers);
    long place = image().getLong((int) (address - BASE));
    assertEquals(42, image().get((int) (place - BASE) + 99_999));
  }

  @Test
  void aSlotMustBeOpenWhenItsNumberIsFilledIn() {
    var memory = Memory.ofSize(4).descriptor(0, Slot.named("closed")).build("memory");
    assertThrows(IllegalStateException.class, () -> data.place(memory, numbers));
  }

  private ByteBuffer image() {
    return ByteBuffer.wrap(data.bytes()).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static String text(ByteBuffer image, long address) {
    var text = new StringBuilder();
    for (int at = (int) (address - BASE); image.get(at) != 0; at++) {
      text.append(new String(new byte[] {image.get(at)}, US_ASCII));
    }
    return text.toString();
  }
}
