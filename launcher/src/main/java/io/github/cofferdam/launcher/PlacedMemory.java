package io.github.cofferdam.launcher;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.IdentityHashMap;

/** Copies of a program's memory in this process, at addresses that system calls can be given. */
final class PlacedMemory {
  private final Arena arena;
  private final IdentityHashMap<Memory, MemorySegment> segments = new IdentityHashMap<>();

  PlacedMemory(Arena arena) {
    this.arena = arena;
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
      segment = arena.allocate(Math.max(memory.size(), 1), 16);
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
