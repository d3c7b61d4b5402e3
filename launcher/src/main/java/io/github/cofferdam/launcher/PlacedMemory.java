package io.github.cofferdam.launcher;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.IdentityHashMap;
import org.jspecify.annotations.Nullable;

/** Copies of a program's memory in this process, at addresses that system calls can be given. */
final class PlacedMemory {
  private final Arena arena;
  private static final int BLOCK = 4096;

  private final IdentityHashMap<Memory, MemorySegment> segments = new IdentityHashMap<>();
  private @Nullable MemorySegment block;
  private int used;

  PlacedMemory(Arena arena) {
    this.arena = arena;
  }

  /** One allocation for many small pieces: each costs as much as a system call. */
  private MemorySegment reserve(int size) {
    int rounded = (size + 15) & ~15;
    if (rounded > BLOCK) {
      return arena.allocate(rounded, 16);
    }
    if (block == null || used + rounded > BLOCK) {
      block = arena.allocate(BLOCK, 16);
      used = 0;
    }
    MemorySegment segment = block.asSlice(used, rounded);
    used += rounded;
    return segment;
  }

  /** A number that a call has written. */
  int int32(Memory memory, int offset) {
    MemorySegment segment = segments.get(memory);
    if (segment == null) {
      throw new IllegalStateException("no call was given " + memory);
    }
    return segment.get(ValueLayout.JAVA_INT_UNALIGNED, offset);
  }

  /** Address of some memory, with everything filled in that is known by now. */
  long address(Memory memory, Descriptors descriptors) {
    MemorySegment known = segments.get(memory);
    MemorySegment segment;
    if (known == null) {
      segment = reserve(Math.max(memory.size(), 1));
      MemorySegment.copy(memory.sharedBytes(), 0, segment, ValueLayout.JAVA_BYTE, 0, memory.size());
      segments.put(memory, segment);
    } else {
      segment = known;
    }
    for (Memory.Fixup fixup : memory.fixups()) {
      switch (fixup) {
        case Memory.Fixup.Descriptor(int offset, Slot slot) ->
            segment.set(ValueLayout.JAVA_INT_UNALIGNED, offset, descriptors.number(slot));
        case Memory.Fixup.Pointer(int offset, Memory target) ->
            segment.set(ValueLayout.JAVA_LONG_UNALIGNED, offset, address(target, descriptors));
        case Memory.Fixup.Inside(int offset, int target) ->
            segment.set(ValueLayout.JAVA_LONG_UNALIGNED, offset, segment.address() + target);
      }
    }
    return segment.address();
  }
}
