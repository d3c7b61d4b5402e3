package io.github.cofferdam.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Arch;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real programs behind the strictest baseline: they work, and fail only as documented. */
@Tag("kernel")
final class ProgramsTest {
  private static final SeccompFilter STRICT = Baseline.of(Arch.host()).filter();

  @TempDir private Path folder = Path.of("");

  @Test
  void shell() throws Exception {
    assertWorks("a b\n3\n", "/bin/sh", "-c", "echo a b | cat; (exit 3); echo $?");
  }

  @Test
  void theFilterIsThere() throws Exception {
    String status = "grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status";
    assertWorks("NoNewPrivs:\t1\nSeccomp:\t2\n", "/bin/sh", "-c", status);
    assertEquals(
        "NoNewPrivs:\t0\nSeccomp:\t0\n", Command.free(folder, "/bin/sh", "-c", status).output());
  }

  @Test
  void git() throws Exception {
    Command.find("git");
    Command log =
        Command.confined(
            STRICT,
            folder,
            "/bin/sh",
            "-ec",
            """
            git --version
            git init -q .
            echo text > file
            git add file
            git -c user.name=n -c user.email=e commit -qm message
            git log --format=%s
            git gc -q
            """);
    assertTrue(log.exit().code() == 0 && log.output().contains("message\n"), log::toString);
  }

  @Test
  void python() throws Exception {
    assertWorks(
        "4\nout\nmain\n[1, 4, 9]\n",
        "python3",
        "-c",
        """
        import subprocess, threading, os, mmap, asyncio, multiprocessing
        results = []
        threads = [threading.Thread(target=results.append, args=(i,)) for i in range(4)]
        for t in threads: t.start()
        for t in threads: t.join()
        print(len(results), flush=True)
        subprocess.run(["/bin/echo", "out"], check=True)
        async def main(): return "main"
        print(asyncio.run(main()))
        with multiprocessing.get_context("fork").Pool(2) as pool: print(pool.map(pow2, [1, 2, 3]))
        """
            .replace("results = []", "def pow2(x): return x * x\nresults = []"));
  }

  @Test
  void javaVirtualMachine() throws Exception {
    String java = System.getProperty("java.home") + "/bin/java";
    Command version = Command.confined(STRICT, folder, java, "-version");
    assertTrue(
        version.exit().code() == 0 && version.output().contains("version"), version::toString);
  }

  @Test
  void tarAndCp() throws Exception {
    Command.find("tar");
    Command copied =
        Command.confined(
            STRICT,
            folder,
            "/bin/sh",
            "-ec",
            "mkdir a; echo text > a/f; chmod 640 a/f; touch -d 2001-01-01 a/f; tar cf a.tar a;"
                + " mkdir b; tar xf a.tar -C b; cp -p b/a/f c; ls -l --time-style=+%Y c");
    assertTrue(
        copied.exit().code() == 0 && copied.output().contains("-rw-r-----"), copied::toString);
    assertTrue(copied.output().contains("2001"), copied::toString);
  }

  /** Landlock's gap, closed: FS-12. */
  @Test
  void metadataStaysAsItIs() throws Exception {
    SeccompFilter filter = Baseline.of(Arch.host()).metadataChanges(false).filter();
    Command prepared = Command.free(folder, "/bin/sh", "-c", "echo text > f; chmod 600 f");
    assertEquals(0, prepared.exit().code());
    for (String change : new String[] {"chmod 777 f", "touch -d 2001-01-01 f", "cp -p f g"}) {
      Command refused = Command.confined(filter, folder, "/bin/sh", "-c", change);
      assertNotEquals(0, refused.exit().code(), change);
      assertTrue(refused.output().contains("Operation not permitted"), refused::toString);
      assertEquals(0, Command.confined(STRICT, folder, "/bin/sh", "-c", change).exit().code());
    }
    assertEquals(
        "text\n",
        Command.confined(filter, folder, "/bin/sh", "-c", "cp f h; rm -f f; mv h i; cat i")
            .output());
  }

  private void assertWorks(String output, String... command) throws Exception {
    Command done = Command.confined(STRICT, folder, command);
    assertEquals(output, done.output());
    assertTrue(done.exit().exited() && done.exit().code() == 0, done::toString);
  }
}
