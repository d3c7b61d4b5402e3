package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Sandboxed.assumeAvailable;
import static io.github.cofferdam.sandbox.Sandboxed.readonly;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Policy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;

/** inotify(7) tells the names of what happens in a directory, and Landlock does not see it. */
@Tag("kernel")
class FileWatchAttemptsTest {
  /** What is watched is made busy from within, through another name for it where there is one. */
  private static final String SCRIPT =
      """
      IN_ALL = 0xfff
      def watch(path):
          fd = call(int(sys.argv[2]), 0o4000)
          try: return call(int(sys.argv[3]), fd, ctypes.create_string_buffer(path.encode()), IN_ALL)
          finally: os.close(fd)
      attempt('watch', lambda: watch(sys.argv[1]))
      attempt('stat', lambda: os.stat(sys.argv[1]).st_ino)
      """;

  @TempDir private Path temporary;
  private Path work;
  private Path directory;

  @BeforeEach
  void makeDirectory() throws IOException {
    work = temporary.toRealPath();
    directory = Files.createDirectory(work.resolve("secret"));
  }

  private Map<String, String> tried(Policy policy) throws Exception {
    return Attempts.confined(
        policy,
        Path.of("/usr"),
        SCRIPT,
        directory,
        Attempts.number("inotify_init1"),
        Attempts.number("inotify_add_watch"));
  }

  @ParameterizedTest
  @EachIsolation
  void aBlockedDirectoryIsNotWatched(Isolation isolation) throws Exception {
    assumeAvailable(isolation);
    // Only what the test made lies beside it: what is granted there must not vanish meanwhile.
    Policy policy =
        Attempts.tools(isolation).readOnly(work.toString()).blocked(directory.toString()).build();

    Map<String, String> results = tried(policy);

    if (isolation == Isolation.BASIC) {
      assertEquals("EPERM", results.get("watch"), results::toString);
    } else {
      // There it is another directory, which lies over it.
      String inode = "ok " + Files.getAttribute(directory, "unix:ino");
      assertTrue(!inode.equals(results.get("stat")), results::toString);
    }
    String free =
        String.valueOf(
            Attempts.free(
                    directory,
                    SCRIPT,
                    directory,
                    Attempts.number("inotify_init1"),
                    Attempts.number("inotify_add_watch"))
                .get("watch"));
    assertTrue(free.startsWith("ok"), free);
  }

  @ParameterizedTest
  @EachIsolation
  void whatIsNotGrantedIsNotWatched(Isolation isolation) throws Exception {
    assumeAvailable(isolation);

    Map<String, String> results = tried(Attempts.tools(isolation).readOnly("/").build());
    Map<String, String> listed = tried(Attempts.tools(isolation).readOnly("/sys").build());

    if (isolation == Isolation.BASIC) {
      assertEquals("EPERM", results.get("watch"), results::toString);
      assertEquals("EPERM", listed.get("watch"), listed::toString);
    } else {
      assertEquals("ENOENT", listed.get("watch"), listed::toString);
    }
  }

  /** Where nothing is hidden, tools that wait for changes work. */
  @ParameterizedTest
  @EachIsolation
  void whereNothingIsHiddenItWorks(Isolation isolation) throws Exception {
    assumeAvailable(isolation);

    Map<String, String> results = tried(readonly().isolation(isolation).build());

    if (isolation == Isolation.BASIC) {
      assertTrue(String.valueOf(results.get("watch")).startsWith("ok"), results::toString);
    }
  }
}
