package io.github.cofferdam.documents;

import io.github.cofferdam.bindings.Directory;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.FdInputStream;
import io.github.cofferdam.bindings.FileStatus;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.bindings.WorkingDirectory;
import io.github.cofferdam.bindings.uapi.Uapi;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Objects;

/**
 * Reads a policy file, and nothing that only looks like one: no FIFO to hang on, no device without
 * an end, no text that is not UTF-8. Policy files are never written.
 */
public final class DocumentFile {
  /** A policy of a megabyte is not one that a person wrote. */
  public static final int MAX_BYTES = 1 << 20;

  /** A FIFO that was put in its place is not waited for. */
  private static final int READ = Uapi.O_RDONLY() | Uapi.O_NONBLOCK() | Uapi.O_NOCTTY();

  private DocumentFile() {}

  /**
   * Reads a file.
   *
   * @param file the file; symbolic links are followed
   * @return its text, without a byte order mark
   * @throws DocumentException when it is missing, is not a regular file, may be changed by
   *     everyone, is larger than {@link #MAX_BYTES}, changes while it is read, or is not UTF-8
   */
  public static String read(Path file) throws DocumentException {
    return decode(OsText.show(file), readBytes(file));
  }

  /**
   * Reads a file that may be something else than text.
   *
   * @throws DocumentException as {@link #read}, save for UTF-8
   */
  public static ByteBuffer readBytes(Path named) throws DocumentException {
    String source = OsText.show(named);
    try {
      Path file = WorkingDirectory.reach(named);
      PosixFileAttributes before = Files.readAttributes(file, PosixFileAttributes.class);
      checkKind(source, before);
      ByteBuffer bytes = readBytes(file, source);
      // Whoever may write to the directory can swap it between the check and here, for another file
      // as well, which is seen here.
      PosixFileAttributes after = Files.readAttributes(file, PosixFileAttributes.class);
      if (!Objects.equals(before.fileKey(), after.fileKey())
          || !before.lastModifiedTime().equals(after.lastModifiedTime())) {
        throw changed(source);
      }
      return bytes;
    } catch (DocumentException e) {
      throw e;
    } catch (NoSuchFileException e) {
      throw new DocumentException(source, "no such file", e);
    } catch (AccessDeniedException e) {
      throw new DocumentException(source, "permission denied", e);
    } catch (FileSystemException e) {
      throw new DocumentException(
          source, "cannot be read: " + Objects.requireNonNullElse(e.getReason(), "I/O error"), e);
    } catch (IOException e) {
      throw new DocumentException(source, "cannot be read: " + e.getMessage(), e);
    }
  }

  private static void checkKind(String source, PosixFileAttributes attributes)
      throws DocumentException {
    if (attributes.isDirectory()) {
      throw new DocumentException(source, "is a directory; expected a regular file");
    }
    if (!attributes.isRegularFile()) {
      throw new DocumentException(
          source, "is a FIFO, a socket or a device; expected a regular file");
    }
    if (attributes.permissions().contains(PosixFilePermission.OTHERS_WRITE)) {
      throw new DocumentException(
          source, "every user of this host may change this policy; run: chmod o-w " + source);
    }
    if (attributes.size() > MAX_BYTES) {
      throw tooLarge(source);
    }
  }

  private static ByteBuffer readBytes(Path file, String source) throws IOException {
    Path real = file.toRealPath();
    try (Directory directory = Directory.open(Objects.requireNonNull(real.getParent()));
        Fd opened = directory.openFile(OsText.of(real.getFileName()), READ, 0);
        InputStream in = new FdInputStream(opened)) {
      if (!FileStatus.of(opened).isRegularFile()) {
        throw changed(source);
      }
      // The size that was checked can have grown since: count what is read, not what was promised.
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        throw tooLarge(source);
      }
      return ByteBuffer.wrap(bytes);
    } catch (KernelException e) {
      throw e.errno() == Errno.EACCES
          ? new AccessDeniedException(source)
          : new IOException(e.errno().text(), e);
    }
  }

  private static DocumentException changed(String source) {
    return new DocumentException(source, "the file changed while it was read; try again");
  }

  private static DocumentException tooLarge(String source) {
    return new DocumentException(
        source, "is larger than " + MAX_BYTES + " bytes, the most that a policy may have");
  }

  /**
   * {@return strictly decoded text}, without a byte order mark
   *
   * @param source what messages call the file
   * @param bytes from its beginning to its end
   * @throws DocumentException at the first byte that is not UTF-8
   */
  public static String decode(String source, ByteBuffer bytes) throws DocumentException {
    CharBuffer text = CharBuffer.allocate(bytes.remaining());
    CoderResult result =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT)
            .decode(bytes, text, true);
    String decoded = withoutMark(text.flip().toString());
    if (!result.isError()) {
      return decoded;
    }
    int lineStart = decoded.lastIndexOf('\n') + 1;
    int line = 1;
    for (int i = 0; i < lineStart; i++) {
      line += decoded.charAt(i) == '\n' ? 1 : 0;
    }
    Problems problems = new Problems(source);
    problems.add(
        line,
        decoded.codePointCount(lineStart, decoded.length()) + 1,
        null,
        "not UTF-8: the byte at offset "
            + bytes.position()
            + " is 0x"
            + Integer.toHexString((bytes.get(bytes.position()) & 0xFF) | 0x100).substring(1)
            + (isUtf16(bytes) ? "; the file looks like UTF-16, save it as UTF-8" : ""));
    problems.throwIfAny();
    return decoded;
  }

  /** {@return whether bytes begin with the byte order mark of UTF-16, in either order} */
  public static boolean isUtf16(ByteBuffer bytes) {
    if (bytes.limit() < 2) {
      return false;
    }
    int mark = (bytes.get(0) & 0xFF) << 8 | (bytes.get(1) & 0xFF);
    return mark == 0xFFFE || mark == 0xFEFF;
  }

  /** {@return the text without the byte order mark that some editors put before it} */
  public static String withoutMark(String text) {
    return text.startsWith("\uFEFF") ? text.substring(1) : text;
  }
}
