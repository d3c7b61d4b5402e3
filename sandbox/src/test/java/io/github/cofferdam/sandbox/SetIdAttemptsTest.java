package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Attempts.number;
import static io.github.cofferdam.sandbox.Sandboxed.assumeAvailable;
import static io.github.cofferdam.sandbox.Sandboxed.fullAccess;
import static io.github.cofferdam.sandbox.Sandboxed.readonly;
import static io.github.cofferdam.sandbox.Sandboxed.workspace;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.SyscallTable;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Policy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;

/**
 * A run leaves no program behind that gives whoever executes it the rights of the user whom it ran
 * as: every call that can set the set-user-id or the set-group-id bit, on files and directories.
 */
@Tag("kernel")
class SetIdAttemptsTest {
  /** Those that have a mode; aarch64 lacks some. */
  private static final List<String> CALLS =
      Stream.of(
              "chmod",
              "fchmod",
              "fchmodat",
              "fchmodat2",
              "open",
              "openat",
              "openat2",
              "creat",
              "mkdir",
              "mkdirat",
              "mknod",
              "mknodat")
          .filter(name -> SyscallTable.number(Arch.host(), name).isPresent())
          .toList();

  private static final String SCRIPT =
      """
      import struct
      N = dict((w[0], int(w[1])) for w in (line.split() for line in sys.argv[1].splitlines()))
      AT_FDCWD, O_TMPFILE = -100, 0o20200000
      path = lambda name: ctypes.create_string_buffer(name.encode())
      open_ = lambda name: os.open(name, os.O_RDWR | os.O_CREAT, 0o755)
      try: os.close(open_('file'))
      except OSError: pass
      def fchmod(mode):
          fd = os.open(sys.argv[2], os.O_RDONLY)
          try: return call(N['fchmod'], fd, mode)
          finally: os.close(fd)
      WRITING = os.O_WRONLY | os.O_CREAT | os.O_EXCL
      # Bits above 15 of a mode are not read by the kernel; a register may hold anything.
      for bits in (0o4755, 0o2755, 0o6711, 0xdead00000000 | 0o4755, 0xffff0000 | 0o2755):
          every = {
              'chmod': lambda: call(N['chmod'], path('file'), bits),
              'fchmod': lambda: fchmod(bits),
              'fchmodat': lambda: call(N['fchmodat'], AT_FDCWD, path('file'), bits),
              'fchmodat2': lambda: call(N['fchmodat2'], AT_FDCWD, path('file'), bits, 0),
              'open': lambda: call(N['open'], path('a%o' % bits), WRITING, bits),
              'openat': lambda: call(N['openat'], AT_FDCWD, path('b%o' % bits), WRITING, bits),
              'creat': lambda: call(N['creat'], path('c%o' % bits), bits),
              'mkdir': lambda: call(N['mkdir'], path('d%o' % bits), bits),
              'mkdirat': lambda: call(N['mkdirat'], AT_FDCWD, path('e%o' % bits), bits),
              'mknod': lambda: call(N['mknod'], path('f%o' % bits), 0o100000 | bits, 0),
              'mknodat': lambda: call(N['mknodat'], AT_FDCWD, path('g%o' % bits), 0o100000 | bits, 0),
          }
          for name, action in every.items():
              if name in N: attempt('%s:%x' % (name, bits), action)
          attempt('unnamed:%x' % bits,
                  lambda: call(N['openat'], AT_FDCWD, path('.'), os.O_WRONLY | O_TMPFILE, bits))
      how = ctypes.create_string_buffer(struct.pack('QQQ', WRITING, 0o4755, 0), 24)
      attempt('openat2:', lambda: call(N['openat2'], AT_FDCWD, path('h'), how, 24))
      """;

  @TempDir private Path temporary;
  private Path work;
  private Path program;

  @BeforeEach
  void makeProgram() throws IOException {
    work = temporary.toRealPath();
    program = Files.writeString(work.resolve("file"), "#!/bin/sh\n");
    Files.setAttribute(program, "unix:mode", 0755);
  }

  private static String numbers() {
    var lines = new StringBuilder();
    for (String name : CALLS) {
      lines.append(name).append(' ').append(number(name)).append('\n');
    }
    return lines.toString();
  }

  private static List<Policy> policies(Isolation isolation) {
    return List.of(
        readonly().isolation(isolation).build(),
        workspace().isolation(isolation).build(),
        fullAccess().isolation(isolation).build());
  }

  /** Files and directories with one of the two bits. */
  private List<Path> withSetId() throws IOException {
    var found = new ArrayList<Path>();
    try (Stream<Path> all = Files.walk(work)) {
      for (Path path : all.toList()) {
        if (((int) Files.getAttribute(path, "unix:mode") & 06000) != 0) {
          found.add(path);
        }
      }
    }
    return found;
  }

  @ParameterizedTest
  @EachIsolation
  void noCallSetsThem(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    for (Policy policy : policies(isolation)) {
      Map<String, String> results = Attempts.confined(policy, work, SCRIPT, numbers(), program);

      assertEquals(5 * CALLS.size() + 1, results.size(), results::toString);
      results.forEach((name, result) ->
          assertEquals(
              name.startsWith("openat2") ? "ENOSYS" : "EPERM", result, () -> name + results));
      assertEquals(List.of(), withSetId());
    }
    Map<String, String> free = Attempts.free(work, SCRIPT, numbers(), program);
    for (String name : CALLS) {
      if (name.equals("fchmodat2") && "ENOSYS".equals(free.get("fchmodat2:9ed"))) {
        // Linux 6.6
        continue;
      }
      assertTrue(
          free.entrySet().stream()
              .anyMatch(e -> e.getKey().startsWith(name + ":") && e.getValue().startsWith("ok")),
          () -> name + " in " + free);
    }
    assertTrue(withSetId().size() > 5);
  }

  /** The group of a shared directory stays; so does what its new directories get from it. */
  @ParameterizedTest
  @EachIsolation
  void whatADirectoryPassesOnStays(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    Path shared = Files.createDirectory(work.resolve("shared"));
    Files.setAttribute(shared, "unix:mode", 02775);
    for (Policy policy :
        List.of(
            workspace().isolation(isolation).build(), fullAccess().isolation(isolation).build())) {
      Map<String, String> results =
          Attempts.confined(
              policy,
              work,
              """
              attempt('directory', lambda: os.mkdir('shared/new'))
              attempt('inherited', lambda: os.stat('shared/new').st_mode & 0o2000)
              attempt('end', lambda: os.rmdir('shared/new'))
              """);
      assertEquals(
          Map.of("directory", "ok None", "inherited", "ok 1024", "end", "ok None"), results);
    }
  }

  /** A file capability is the same by another name, and needs CAP_SETFCAP. */
  @ParameterizedTest
  @EachIsolation
  void noFileGetsCapabilities(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    String script =
        """
        import struct
        # struct vfs_cap_data of linux/capability.h: versions 2 and 3, CAP_SYS_ADMIN.
        two = struct.pack('<IIIII', 0x02000001, 1 << 21, 0, 0, 0)
        three = struct.pack('<IIIIII', 0x03000001, 1 << 21, 0, 0, 0, 0)
        attempt('two', lambda: os.setxattr(sys.argv[1], 'security.capability', two))
        attempt('three', lambda: os.setxattr(sys.argv[1], 'security.capability', three))
        """;
    for (Policy policy : policies(isolation)) {
      Attempts.assertAllRefused(2, Attempts.confined(policy, work, script, program));
    }
  }
}
