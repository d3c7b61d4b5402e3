package io.github.cofferdam.launcher;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.IdentityHashMap;

/**
 * The data of an image: everything that its system calls point to, at addresses that are known when
 * it is written.
 */
final class ImageData {
  private final long base;
  private final IdentityHashMap<Memory, Integer> placed = new IdentityHashMap<>();
  private byte[] bytes = new byte[8192];
  private int size;

  ImageData(long base) {
    this.base = base;
  }

  /** Reserves zeroed space; the result is an offset. */
  int reserve(int length) {
    int offset = (size + 15) & ~15;
    if (offset + length > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, offset + length));
    }
    size = offset + length;
    return offset;
  }

  /** Address of an offset. */
  long address(int offset) {
    return base + offset;
  }

  void int32(int offset, int value) {
    buffer().putInt(offset, value);
  }

  /** Copies memory into the image, everything filled in; the result is its address. */
  long place(Memory memory, DescriptorNumbers numbers) {
    Integer known = placed.get(memory);
    if (known != null && !holdsDescriptors(memory)) {
      return address(known);
    }
    int offset = reserve(memory.size());
    placed.put(memory, offset);
    System.arraycopy(memory.sharedBytes(), 0, bytes, offset, memory.size());
    for (Memory.Fixup fixup : memory.fixups()) {
      int at = offset + fixup.offset();
      if (fixup instanceof Memory.Fixup.Descriptor descriptor) {
        buffer().putInt(at, numbers.number(descriptor.slot()));
      } else if (fixup instanceof Memory.Fixup.Pointer pointer) {
        // First: it may make the buffer a larger one.
        long address = place(pointer.target(), numbers);
        buffer().putLong(at, address);
      } else {
        var inside = (Memory.Fixup.Inside) fixup;
        buffer().putLong(at, address(offset + inside.target()));
      }
    }
    return address(offset);
  }

  /** Address of memory that a call has been given and that the kernel writes to. */
  long writable(Memory memory) {
    Integer known = placed.get(memory);
    if (known == null || holdsDescriptors(memory)) {
      throw new IllegalStateException("not the one copy of " + memory);
    }
    return address(known);
  }

  /** Such memory gets a new copy each time: its slots may have other numbers by then. */
  private static boolean holdsDescriptors(Memory memory) {
    for (Memory.Fixup fixup : memory.fixups()) {
      if (fixup instanceof Memory.Fixup.Descriptor
          || (fixup instanceof Memory.Fixup.Pointer pointer
              && holdsDescriptors(pointer.target()))) {
        return true;
      }
    }
    return false;
  }

  byte[] bytes() {
    return Arrays.copyOf(bytes, size);
  }

  private ByteBuffer buffer() {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
