package io.github.cofferdam.broker;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The TCP sockets of this thread's network namespace that are connected, or about to be, and that
 * somebody has open; of what has ended, such as those that wait for late packets, the kernel gives
 * no inode.
 *
 * <pre>
 *   sl  local_address rem_address   st tx_queue rx_queue tr tm-&gt;when retrnsmt   uid  timeout inode
 *    0: 0100007F:0277 0100007F:A3C4 01 00000000:00000000 00:00000000 00000000     0        0 7613 1 ...
 * </pre>
 *
 * <p>Documentation/networking/proc_net_tcp.rst.
 */
final class TcpSockets {
  private static final List<Path> TABLES =
      List.of(Path.of("/proc/thread-self/net/tcp"), Path.of("/proc/thread-self/net/tcp6"));

  private static final Pattern FIELD_ENDS = Pattern.compile(" +");
  private static final int INODE = 9;

  private TcpSockets() {}

  /**
   * {@return the inodes of all of them}
   *
   * @throws IOException if they cannot be read
   */
  static Set<Long> inodes() throws IOException {
    var found = new HashSet<Long>();
    for (Path table : TABLES) {
      try (BufferedReader lines = Files.newBufferedReader(table, StandardCharsets.US_ASCII)) {
        var _ = lines.readLine();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          found.add(inode(line));
        }
      } catch (NoSuchFileException e) {
        if (table.equals(TABLES.getFirst())) {
          throw e;
        }
        // A kernel without IPv6.
      }
    }
    return found;
  }

  /** {@return the inode in a line of the table} */
  static long inode(String line) throws IOException {
    String[] fields = FIELD_ENDS.split(line.strip(), -1);
    try {
      if (fields.length > INODE) {
        return Long.parseLong(fields[INODE]);
      }
    } catch (NumberFormatException e) {
      // Nothing that is known to stand there.
    }
    throw new IOException("not a line of a table of TCP sockets: " + line);
  }
}
