package io.github.cofferdam.bindings;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The entries of an open directory, as bytes, with what the file system says of their kind: one
 * system call for hundreds of them.
 *
 * <pre>
 * struct linux_dirent64: 0 | d_ino 64 | d_off 64 | 16 d_reclen 16 | 18 d_type 8 | 19 d_name, NUL |
 * </pre>
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/getdents.2.html">getdents64(2)</a>
 */
public final class DirectoryEntries {
  private static final int GETDENTS64 = Syscall.number("getdents64");

  private static final int RECORD_LENGTH = 16;
  private static final int RECORD_TYPE = 18;
  private static final int RECORD_NAME = 19;

  private static final int BUFFER = 32 << 10;

  /** {@code DT_*} of readdir(3). */
  private static final int UNKNOWN = 0;

  private static final int DIRECTORY = 4;

  private final Fd directory;
  private final MemorySegment buffer;

  /** What an entry is, as far as the file system says. */
  public enum Kind {
    /** A directory, and no link to one. */
    DIRECTORY,
    /** Something else. */
    OTHER,
    /** Some file systems leave it out. */
    UNKNOWN
  }

  /**
   * Is told the entries.
   *
   * @param <E> what it may throw
   */
  public interface Visitor<E extends Exception> {
    /** Looks at one entry; {@code .} and {@code ..} are left out. */
    void entry(byte[] name, Kind kind) throws E;
  }

  /**
   * The entries from where the descriptor is.
   *
   * @param directory open for reading
   * @param arena has the buffer, which lives as long
   */
  public DirectoryEntries(Fd directory, Arena arena) {
    this.directory = directory;
    buffer = arena.allocate(BUFFER, Long.BYTES);
  }

  /**
   * Reads some entries.
   *
   * @param doing what this is for, for the message of a failure
   * @return false at the end
   * @throws KernelException ENOENT if the directory was removed meanwhile
   */
  public <E extends Exception> boolean read(String doing, Visitor<E> visitor)
      throws KernelException, E {
    long size =
        Syscall.check(
            Syscall.call(GETDENTS64, directory.number(), buffer.address(), BUFFER),
            "getdents64",
            doing);
    for (long at = 0; at < size; ) {
      int length =
          Short.toUnsignedInt(buffer.get(ValueLayout.JAVA_SHORT_UNALIGNED, at + RECORD_LENGTH));
      byte[] name = name(buffer.asSlice(at + RECORD_NAME, length - RECORD_NAME));
      if (!isDots(name)) {
        visitor.entry(name, kind(buffer.get(ValueLayout.JAVA_BYTE, at + RECORD_TYPE)));
      }
      at += length;
    }
    return size > 0;
  }

  private static Kind kind(int type) {
    return switch (type) {
      case UNKNOWN -> Kind.UNKNOWN;
      case DIRECTORY -> Kind.DIRECTORY;
      default -> Kind.OTHER;
    };
  }

  private static byte[] name(MemorySegment record) {
    long size = 0;
    while (size < record.byteSize() && record.get(ValueLayout.JAVA_BYTE, size) != 0) {
      size++;
    }
    return record.asSlice(0, size).toArray(ValueLayout.JAVA_BYTE);
  }

  private static boolean isDots(byte[] name) {
    return name[0] == '.' && (name.length == 1 || (name.length == 2 && name[1] == '.'));
  }
}
