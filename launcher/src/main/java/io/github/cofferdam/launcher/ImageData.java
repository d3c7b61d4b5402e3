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
      switch (fixup) {
        case Memory.Fixup.Descriptor(int at, Slot slot) ->
            buffer().putInt(offset + at, numbers.number(slot));
        case Memory.Fixup.Pointer(int at, Memory target) -> {
          long address = place(target, numbers);
          buffer().putLong(offset + at, address);
        }
        case Memory.Fixup.Inside(int at, int target) ->
            buffer().putLong(offset + at, address(offset + target));
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
      boolean holds =
          switch (fixup) {
            case Memory.Fixup.Descriptor descriptor -> true;
            case Memory.Fixup.Pointer pointer -> holdsDescriptors(pointer.target());
            case Memory.Fixup.Inside inside -> false;
          };
      if (holds) {
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
