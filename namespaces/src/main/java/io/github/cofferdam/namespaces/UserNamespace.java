package io.github.cofferdam.namespaces;

import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.LaunchPlan;
import io.github.cofferdam.launcher.Launched;
import io.github.cofferdam.launcher.Launcher;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.launcher.Stdio;
import io.github.cofferdam.launcher.StdioSet;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A user namespace that was made beforehand, with any id maps, for sandboxes to enter: {@link
 * NamespacePolicy.Builder#user}.
 *
 * <p>A process can give itself no more than a map of its own id. Maps of ranges are written from
 * outside: by this process if it may (CAP_SETUID and CAP_SETGID), else by {@code newuidmap} and
 * {@code newgidmap}, which look into {@code /etc/subuid} and {@code /etc/subgid}. So a process that
 * does nothing is started in a new user namespace, gets its maps, and ends; the namespace stays as
 * long as this is open. Whoever is user id 0 outside and is mapped has that id's files inside.
 *
 * {@snippet lang="java" :
 * try (UserNamespace users =
 *     UserNamespace.create(
 *         List.of(IdMap.single(0, 1000), new IdMap(1, 100000, 65536)),
 *         List.of(IdMap.single(0, 1000), new IdMap(1, 100000, 65536)))) {
 *   NamespacePolicy policy = NamespacePolicy.builder().user(users).build();
 * }
 * }
 */
public final class UserNamespace implements AutoCloseable {
  /** Waits for the end of its standard input. */
  private static final List<String> HOLDERS = List.of("/bin/cat", "/usr/bin/cat");

  /** Not looked for in PATH, in which somebody may have put another program of that name. */
  private static final String HELPERS = "/usr/bin/";

  private final Fd file;

  private UserNamespace(Fd file) {
    this.file = file;
  }

  /**
   * Makes a user namespace.
   *
   * @param users maps of user ids; at least one
   * @param groups maps of group ids; at least one
   * @throws IOException if it cannot be made or the maps are refused: the message says by whom
   * @throws IllegalArgumentException if there are no maps
   */
  public static UserNamespace create(List<IdMap> users, List<IdMap> groups) throws IOException {
    if (users.isEmpty() || groups.isEmpty()) {
      throw new IllegalArgumentException("a user namespace needs maps of user and group ids");
    }
    LaunchPlan plan =
        LaunchPlan.of(HOLDERS, List.of("cat"))
            .launcherSteps(SetupProgram.of(NamespaceSteps.unshare(EnumSet.of(Namespace.USER))))
            .build();
    try (Launched holder =
        Launcher.start(plan, new StdioSet(Stdio.pipe(), Stdio.discard(), Optional.empty()))) {
      writeMap(holder.pid(), "uid", users, Capability.SETUID);
      writeMap(holder.pid(), "gid", groups, Capability.SETGID);
      return new UserNamespace(open("/proc/" + holder.pid() + "/ns/user"));
    }
  }

  private static Fd open(String path) throws KernelException {
    byte[] name = path.getBytes(StandardCharsets.US_ASCII);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocate(name.length + 1L);
      text.asByteBuffer().put(name);
      return Fd.owning(
          Syscall.call(
              Syscall.number("openat"),
              Uapi.AT_FDCWD(),
              text.address(),
              Uapi.O_RDONLY() | Uapi.O_CLOEXEC()),
          "openat",
          "open the user namespace");
    }
  }

  /** {@return the file to enter it by, as long as this is open} */
  Path path() {
    return Path.of("/proc/" + ProcessHandle.current().pid() + "/fd/" + file.number());
  }

  private static void writeMap(int pid, String kind, List<IdMap> maps, Capability needed)
      throws IOException {
    if (Capabilities.holds(needed.number())) {
      var text = new StringBuilder();
      for (IdMap map : maps) {
        text.append(map);
      }
      // The kernel takes the whole map in one write.
      Files.writeString(Path.of("/proc/" + pid + "/" + kind + "_map"), text);
      return;
    }
    var command = new ArrayList<String>();
    command.add(HELPERS + "new" + kind + "map");
    command.add(Integer.toString(pid));
    for (IdMap map : maps) {
      command.add(Long.toString(map.inside()));
      command.add(Long.toString(map.outside()));
      command.add(Long.toString(map.count()));
    }
    run(command, kind);
  }

  private static void run(List<String> command, String kind) throws IOException {
    Process process;
    try {
      var builder = new ProcessBuilder(command).redirectErrorStream(true);
      builder.environment().clear();
      process = builder.start();
    } catch (IOException e) {
      throw new IOException(
          "maps of several ids need CAP_SET"
              + kind.toUpperCase(Locale.ROOT)
              + " or the program "
              + command.getFirst()
              + " (package uidmap): "
              + e.getMessage(),
          e);
    }
    try {
      process.getOutputStream().close();
      byte[] output = process.getInputStream().readAllBytes();
      if (process.waitFor() != 0) {
        throw new IOException(
            String.join(" ", command)
                + ": "
                + new String(output, StandardCharsets.UTF_8).strip()
                + " (ranges have to stand in /etc/sub"
                + kind
                + ")");
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /**
   * {@return the ranges of ids that a user may map, each to the first free ids from 1 on} Empty if
   * there are none.
   *
   * @param file {@code /etc/subuid} or {@code /etc/subgid}; lines are {@code user:first:count}
   * @param user name or number
   * @throws IOException if the file cannot be read, or one of the user's lines is no range
   */
  public static List<IdMap> subordinateIds(Path file, String user) throws IOException {
    var maps = new ArrayList<IdMap>();
    long inside = 1;
    List<String> lines;
    try {
      lines = Files.readAllLines(file);
    } catch (NoSuchFileException e) {
      return maps;
    }
    for (String line : lines) {
      String[] fields = line.strip().split(":", -1);
      if (fields.length == 3 && fields[0].equals(user)) {
        try {
          long count = Long.parseLong(fields[2]);
          maps.add(new IdMap(inside, Long.parseLong(fields[1]), count));
          inside += count;
        } catch (IllegalArgumentException e) {
          throw new IOException(file + " has a line that is no range: " + line, e);
        }
      }
    }
    return maps;
  }

  /** Lets go of it; sandboxes that are in it stay there. */
  @Override
  public void close() {
    file.close();
  }
}
