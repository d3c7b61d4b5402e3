package io.github.cofferdam.launcher;

import io.github.cofferdam.bindings.OsText;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Prepared memory that a system call's pointer argument points to: bytes, and the places in them
 * where an address or a descriptor number has to be filled in once those are known.
 *
 * <p>Numbers are little-endian, as on every architecture that {@link
 * io.github.cofferdam.bindings.Arch#launchable} has.
 */
public final class Memory implements Arg {
  private final byte[] bytes;
  private final List<Fixup> fixups;
  private final String display;

  private Memory(byte[] bytes, List<Fixup> fixups, String display) {
    this.bytes = bytes;
    this.fixups = fixups;
    this.display = display;
  }

  /** {@return a copy of some bytes} */
  public static Memory of(byte[] bytes, String display) {
    return new Memory(bytes.clone(), List.of(), display);
  }

  /**
   * {@return a NUL-terminated string}
   *
   * @throws IllegalArgumentException if the text holds a NUL
   */
  public static Memory text(String text) {
    byte[] encoded = encode(text);
    return new Memory(terminated(encoded), List.of(), quote(text));
  }

  /** {@return a NULL-terminated array of pointers to strings, as execve(2) takes} */
  public static Memory strings(List<String> texts, String display) {
    // | pointer 0 | ... | pointer n-1 | NULL | text 0 NUL | ... | text n-1 NUL |
    var encoded = new ArrayList<byte[]>(texts.size());
    int size = (texts.size() + 1) * Long.BYTES;
    for (String text : texts) {
      byte[] one = encode(text);
      encoded.add(one);
      size += one.length + 1;
    }
    var bytes = new byte[size];
    var fixups = new ArrayList<Fixup>(texts.size());
    int at = (texts.size() + 1) * Long.BYTES;
    for (int i = 0; i < encoded.size(); i++) {
      byte[] one = encoded.get(i);
      System.arraycopy(one, 0, bytes, at, one.length);
      fixups.add(new Fixup.Inside(i * Long.BYTES, at));
      at += one.length + 1;
    }
    return new Memory(bytes, List.copyOf(fixups), display);
  }

  /** {@return a builder of zeroed memory} */
  public static Builder ofSize(long size) {
    return new Builder(Math.toIntExact(size));
  }

  /** {@return number of bytes} */
  public int size() {
    return bytes.length;
  }

  /** {@return a copy of the bytes, with zeros where something is to be filled in} */
  public byte[] bytes() {
    return bytes.clone();
  }

  /** Without a copy; callers only read. */
  byte[] sharedBytes() {
    return bytes;
  }

  /** A number as it is before anything is filled in. */
  long int64(int offset) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(offset);
  }

  List<Fixup> fixups() {
    return fixups;
  }

  @Override
  public String display() {
    return display;
  }

  @Override
  public String toString() {
    return display;
  }

  private static byte[] encode(String text) {
    if (text.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("text for the kernel holds a NUL: " + quote(text));
    }
    return OsText.encode(text);
  }

  private static byte[] terminated(byte[] text) {
    var bytes = new byte[text.length + 1];
    System.arraycopy(text, 0, bytes, 0, text.length);
    return bytes;
  }

  /** A string as it prints in one line: quoted, with everything unprintable escaped. */
  static String quote(String text) {
    var quoted = new StringBuilder(text.length() + 2).append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> quoted.append("\\\"");
        case '\\' -> quoted.append("\\\\");
        case '\n' -> quoted.append("\\n");
        case '\t' -> quoted.append("\\t");
        default -> {
          boolean plain = (c >= ' ' && c < 0x7f) || (c > 0xa0 && Character.isLetterOrDigit(c));
          if (plain) {
            quoted.append(c);
          } else {
            quoted.append("\\u").append(Integer.toHexString(0x10000 | c), 1, 5);
          }
        }
      }
    }
    return quoted.append('"').toString();
  }

  /** A place that is filled in when addresses and descriptors are known. */
  sealed interface Fixup {
    /** Where in the memory. */
    int offset();

    /** 32-bit number of a descriptor. */
    record Descriptor(int offset, Slot slot) implements Fixup {}

    /** 64-bit address of other memory. */
    record Pointer(int offset, Memory target) implements Fixup {}

    /** 64-bit address of a place in this memory. */
    record Inside(int offset, int target) implements Fixup {}
  }

  /** Fills memory in. Offsets are in bytes. */
  public static final class Builder {
    private final ByteBuffer bytes;
    private final List<Fixup> fixups = new ArrayList<>();

    private Builder(int size) {
      bytes = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Sets an 8-bit number. */
    public Builder int8(long offset, int value) {
      bytes.put((int) offset, (byte) value);
      return this;
    }

    /** Sets a 16-bit number. */
    public Builder int16(long offset, int value) {
      bytes.putShort((int) offset, (short) value);
      return this;
    }

    /** Sets a 32-bit number. */
    public Builder int32(long offset, int value) {
      bytes.putInt((int) offset, value);
      return this;
    }

    /** Sets a 64-bit number. */
    public Builder int64(long offset, long value) {
      bytes.putLong((int) offset, value);
      return this;
    }

    /** Copies bytes. */
    public Builder bytes(long offset, byte[] value) {
      bytes.put((int) offset, value);
      return this;
    }

    /** Leaves a place for a descriptor's 32-bit number. */
    public Builder descriptor(long offset, Slot slot) {
      fixups.add(new Fixup.Descriptor((int) offset, slot));
      return this;
    }

    /** Leaves a place for the 64-bit address of other memory. */
    public Builder pointer(long offset, Memory target) {
      fixups.add(new Fixup.Pointer((int) offset, target));
      return this;
    }

    /** {@return the memory} */
    public Memory build(String display) {
      return new Memory(bytes.array().clone(), List.copyOf(fixups), display);
    }
  }
}
