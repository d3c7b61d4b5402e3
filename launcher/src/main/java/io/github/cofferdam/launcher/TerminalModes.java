package io.github.cofferdam.launcher;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * How a terminal treats what goes through it; see {@code termios(3)}.
 *
 * <p>This is the kernel's structure, which TCGETS and TCSETS take; the C library's has another
 * layout. x86_64 and aarch64 share it (asm-generic/termbits.h).
 *
 * <pre>
 * struct termios
 *  0         4         8         12        16       17            36
 *  +---------+---------+---------+---------+--------+-------------+
 *  | c_iflag | c_oflag | c_cflag | c_lflag | c_line | c_cc[19]    |
 *  | u32     | u32     | u32     | u32     | u8     | u8 each     |
 *  +---------+---------+---------+---------+--------+-------------+
 * </pre>
 */
public final class TerminalModes {
  static final int SIZE = 36;
  static final int INPUT = 0;
  static final int OUTPUT = 4;
  static final int CONTROL = 8;
  static final int LOCAL = 12;
  static final int CHARACTERS = 17;

  // Input: asm-generic/termbits-common.h, IXON asm-generic/termbits.h
  static final int IGNBRK = 0x001;
  static final int BRKINT = 0x002;
  static final int PARMRK = 0x008;
  static final int ISTRIP = 0x020;
  static final int INLCR = 0x040;
  static final int IGNCR = 0x080;
  static final int ICRNL = 0x100;
  static final int IXON = 0x400;
  // Output: asm-generic/termbits-common.h
  static final int OPOST = 0x01;
  // Control: asm-generic/termbits.h
  static final int CSIZE = 0x30;
  static final int CS8 = 0x30;
  static final int PARENB = 0x100;
  // Local: asm-generic/termbits.h
  static final int ISIG = 0x1;
  static final int ICANON = 0x2;
  static final int ECHO = 0x8;
  static final int ECHONL = 0x40;
  static final int IEXTEN = 0x8000;
  // Places in c_cc: asm-generic/termbits.h
  static final int VEOF = 4;
  static final int VTIME = 5;
  static final int VMIN = 6;

  private final byte[] bytes;

  private TerminalModes(byte[] bytes) {
    this.bytes = bytes;
  }

  static TerminalModes copyOf(MemorySegment termios) {
    return new TerminalModes(termios.asSlice(0, SIZE).toArray(ValueLayout.JAVA_BYTE));
  }

  void copyTo(MemorySegment termios) {
    MemorySegment.copy(bytes, 0, termios, ValueLayout.JAVA_BYTE, 0, SIZE);
  }

  /**
   * {@return these modes, but every byte passes as it is in both directions}: no line editing, no
   * echo, no keys that send signals or stop the output. What {@code cfmakeraw(3)} does.
   */
  public TerminalModes raw() {
    byte[] raw = bytes.clone();
    clear(raw, INPUT, IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
    clear(raw, OUTPUT, OPOST);
    clear(raw, CONTROL, CSIZE | PARENB);
    MemorySegment control = MemorySegment.ofArray(raw);
    control.set(
        ValueLayout.JAVA_INT_UNALIGNED,
        CONTROL,
        control.get(ValueLayout.JAVA_INT_UNALIGNED, CONTROL) | CS8);
    clear(raw, LOCAL, ECHO | ECHONL | ICANON | ISIG | IEXTEN);
    raw[CHARACTERS + VMIN] = 1;
    raw[CHARACTERS + VTIME] = 0;
    return new TerminalModes(raw);
  }

  private static void clear(byte[] modes, int offset, int flags) {
    MemorySegment all = MemorySegment.ofArray(modes);
    int before = all.get(ValueLayout.JAVA_INT_UNALIGNED, offset);
    all.set(ValueLayout.JAVA_INT_UNALIGNED, offset, before & ~flags);
  }

  /** {@return whether the kernel edits lines, and passes them on when they are complete} */
  public boolean editsLines() {
    MemorySegment all = MemorySegment.ofArray(bytes);
    return (all.get(ValueLayout.JAVA_INT_UNALIGNED, LOCAL) & ICANON) != 0;
  }

  /** {@return the character that ends the input when it is typed, Ctrl-D as a rule; 0 for none} */
  public byte endOfFile() {
    return bytes[CHARACTERS + VEOF];
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TerminalModes modes && Arrays.equals(bytes, modes.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /** The four words of flags, in hexadecimal. */
  @Override
  public String toString() {
    MemorySegment all = MemorySegment.ofArray(bytes);
    return String.format(
        "input %x, output %x, control %x, local %x",
        all.get(ValueLayout.JAVA_INT_UNALIGNED, INPUT),
        all.get(ValueLayout.JAVA_INT_UNALIGNED, OUTPUT),
        all.get(ValueLayout.JAVA_INT_UNALIGNED, CONTROL),
        all.get(ValueLayout.JAVA_INT_UNALIGNED, LOCAL));
  }
}
