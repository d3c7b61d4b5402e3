package io.github.cofferdam.bindings;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("kernel")
class FdStreamsTest {
  private FdInputStream in;
  private FdOutputStream out;
  private Pipe pipe;

  @BeforeEach
  void open() throws Exception {
    pipe = Pipe.open();
    in = new FdInputStream(pipe.read());
    out = new FdOutputStream(pipe.write());
  }

  @org.junit.jupiter.api.AfterEach
  void close() {
    in.close();
    out.close();
  }

  @Test
  void fiveMegabytesArriveUnchanged() throws Exception {
    var data = new byte[5_000_001];
    new Random(1).nextBytes(data);
    try (var threads = Executors.newSingleThreadExecutor()) {
      Future<?> writer =
          threads.submit(() -> {
            try (var closed = out) {
              closed.write(data, 0, 3);
              closed.write(data, 3, data.length - 4);
              closed.write(data[data.length - 1]);
            }
            return null;
          });
      assertArrayEquals(data, in.readAllBytes());
      writer.get(30, TimeUnit.SECONDS);
      assertEquals(-1, in.read());
      assertEquals(-1, in.read(new byte[8]));
    }
  }

  @Test
  void everyByteValueIsReadAsUnsigned() throws Exception {
    for (int value = 0; value < 256; value++) {
      out.write(value);
    }
    for (int value = 0; value < 256; value++) {
      assertEquals(value, in.read());
    }
  }

  @Test
  void readsIntoTheAskedPartOnly() throws Exception {
    out.write("abc".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    var bytes = new byte[] {9, 9, 9, 9, 9};
    assertEquals(2, in.read(bytes, 1, 2));
    assertArrayEquals(new byte[] {9, 'a', 'b', 9, 9}, bytes);
    assertEquals(0, in.read(bytes, 0, 0));
    assertThrows(IndexOutOfBoundsException.class, () -> in.read(bytes, 4, 2));
    assertThrows(IndexOutOfBoundsException.class, () -> out.write(bytes, -1, 2));
    assertEquals('c', in.read());
  }

  @Test
  void availableCountsWhatCanBeReadWithoutBlocking() throws Exception {
    assertEquals(0, in.available());
    out.write(new byte[20_000]);
    assertEquals(20_000, in.available());
    in.readNBytes(19_999);
    assertEquals(1, in.available());
    out.close();
    in.read();
    assertEquals(0, in.available());
  }

  @Test
  void writingToAPipeThatNobodyReadsFailsWithEpipe() {
    in.close();
    var e = assertThrows(KernelException.class, () -> out.write(1));
    assertEquals(Errno.EPIPE, e.errno());
    assertTrue(
        String.valueOf(e.getMessage()).startsWith("cannot write to descriptor "), e.getMessage());
  }

  @Test
  void closingAStreamClosesItsDescriptor() {
    in.close();
    out.close();
    assertTrue(pipe.read().isClosed());
    assertTrue(pipe.write().isClosed());
    assertThrows(IOException.class, () -> in.read());
    assertThrows(IOException.class, () -> in.available());
    assertThrows(IOException.class, () -> out.write(1));
  }
}
