package io.github.cofferdam.checks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The Debian package, installed by dpkg on a root that has nothing but busybox, the C library and a
 * JDK, which is mounted there, and removed again.
 */
class DebianPackageTest {
  /** What ldd prints of a library: its file, behind its name or alone. */
  private static final Pattern LIBRARY = Pattern.compile("(/\\S+) \\(0x");

  @TempDir private Path folder;

  private Path root = Path.of("/");
  private Path debianPackage = Path.of("/");

  @BeforeEach
  void makeRoot() throws Exception {
    String version =
        Xml.childText(Xml.read(Repository.ROOT.resolve("pom.xml")), "version").orElseThrow();
    debianPackage =
        Machine.assumeBuilt("cofferdam_" + version + "_all.deb", "mvn -Pdist verify makes it");
    Machine.assumePrograms("dpkg", "busybox", "unshare", "mount", "ldd");
    assumeTrue(
        Objects.equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"), 0),
        "only root can install a package");
    Process mounts = new ProcessBuilder("unshare", "--mount", "true").inheritIO().start();
    assumeTrue(mounts.waitFor() == 0, "this root has no mounts of its own");
    root = Files.createDirectory(folder.toRealPath().resolve("root"));
    for (String directory :
        List.of("bin", "dev", "etc", "old", "opt/jdk", "proc", "sys", "tmp", "var/lib/dpkg/info")) {
      Files.createDirectories(root.resolve(directory));
    }
    for (String file : List.of("status", "available")) {
      Files.createFile(root.resolve("var/lib/dpkg").resolve(file));
    }
    Files.writeString(
        root.resolve("etc/passwd"), "root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n");
    Path busybox = Path.of(Files.exists(Path.of("/bin/busybox")) ? "/bin" : "/usr/bin", "busybox");
    Files.copy(busybox, root.resolve("bin/busybox"));
    for (String applet :
        Machine.output(folder, List.of(busybox.toString(), "--list")).lines().toList()) {
      if (!applet.equals("busybox")) {
        Files.createSymbolicLink(root.resolve("bin").resolve(applet), Path.of("busybox"));
      }
    }
    copyLibraries(busybox);
    copyLibraries(Machine.jdk().resolve("bin/java"));
    copyLibraries(Machine.jdk().resolve("lib/server/libjvm.so"));
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private void copyLibraries(Path program) throws Exception {
    Process ldd = new ProcessBuilder("ldd", program.toString()).redirectErrorStream(true).start();
    ldd.getOutputStream().close();
    String output = new String(ldd.getInputStream().readAllBytes(), Repository.CHARSET);
    // It fails for a static one, which has none.
    ldd.waitFor();
    Matcher library = LIBRARY.matcher(output);
    while (library.find()) {
      Path file = Path.of(library.group(1));
      Path copy = root.resolve(file.toString().substring(1));
      if (!file.startsWith(Machine.jdk()) && Files.notExists(copy)) {
        Files.createDirectories(Objects.requireNonNull(copy.getParent()));
        Files.copy(file.toRealPath(), copy);
      }
    }
  }

  /** In mounts of its own, which end with it. */
  private String onRoot(String before, String inside) throws Exception {
    String script =
        """
        set -eu
        root=$1 jdk=$2 package=$3
        mount --bind "$root" "$root"
        mount --bind "$jdk" "$root/opt/jdk"
        for directory in proc dev sys; do mount --rbind "/$directory" "$root/$directory"; done
        BEFORE
        cd "$root"
        # Where that cannot be, chroot is enough for what is tried here.
        pivot_root . old || true
        exec /bin/chroot . /bin/sh -eu /tmp/inside
        """
            .replace("BEFORE", before);
    Files.writeString(
        root.resolve("tmp/inside"),
        "umount -l /old || true; unset JAVA_HOME; cd /\n" + inside + "\n");
    return Machine.output(
        folder,
        List.of(
            "unshare",
            "--mount",
            "--propagation",
            "private",
            "sh",
            "-c",
            script,
            "sh",
            root.toString(),
            Machine.jdk().toString(),
            debianPackage.toString()));
  }

  private Set<String> files() throws Exception {
    var found = new TreeSet<String>();
    try (Stream<Path> all = Files.walk(root)) {
      all.filter(path -> !Files.isDirectory(path) || Files.isSymbolicLink(path))
          .map(path -> root.relativize(path).toString())
          .filter(path -> !path.startsWith("var/") && !path.startsWith("tmp/"))
          .forEach(found::add);
    }
    return found;
  }

  @Test
  void itIsInstalledRunsForEverybodyAndIsRemoved() throws Exception {
    Set<String> before = files();
    String run = "cofferdam run -- sh -c 'echo run by $(id -u)'";
    String said =
        onRoot(
            "dpkg --root=\"$root\" -i \"$package\"",
            run + "\nsu nobody -c \"" + run.replace("$", "\\$") + "\"");
    assertTrue(said.contains("run by 0\n"), said);
    assertTrue(said.contains("run by 65534\n"), said);

    Set<String> installed = files();
    var cache = FileSystems.getDefault().getPathMatcher("glob:usr/lib/cofferdam/*.aot");
    List<Path> caches = installed.stream().map(Path::of).filter(cache::matches).toList();
    assertEquals(1, caches.size(), installed::toString);
    assertTrue(Files.size(root.resolve(caches.getFirst())) > 0, "the cache could not be made");

    onRoot("dpkg --root=\"$root\" -r cofferdam", "true");
    assertEquals(before, files());
  }

  /** It waits for one. */
  @Test
  void itIsInstalledWithoutJava() throws Exception {
    String said =
        onRoot(
            "umount \"$root/opt/jdk\"; dpkg --root=\"$root\" -i \"$package\"", "cofferdam || true");
    assertTrue(said.contains("there is no JDK 25 yet"), said);
    assertTrue(said.contains("no JDK 25 found"), said);
  }
}
