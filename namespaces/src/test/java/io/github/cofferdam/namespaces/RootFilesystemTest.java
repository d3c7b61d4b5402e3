package io.github.cofferdam.namespaces;

import static io.github.cofferdam.namespaces.Inside.python;
import static io.github.cofferdam.namespaces.Inside.sh;
import static io.github.cofferdam.namespaces.Inside.tools;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.launcher.SetupException;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.namespaces.Inside.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What a root holds and what it keeps out, on this machine's kernel, by both ways of mounting and
 * by template.
 */
@Tag("kernel")
class RootFilesystemTest {
  /** Not in {@code /tmp}, which a sandbox does not see. */
  private Path work;

  private String mountsBefore;
  private final List<Made> made = new ArrayList<>();

  @BeforeAll
  static void needNamespaces() throws Exception {
    Inside.assumeAvailable();
  }

  @BeforeEach
  void makeFiles() throws IOException {
    mountsBefore = Files.readString(Path.of("/proc/self/mountinfo"));
    work = Files.createTempDirectory(Path.of("/var/tmp").toRealPath(), "cofferdam-test-");
    Files.writeString(work.resolve("file"), "mine\n");
    Files.createDirectory(work.resolve("directory"));
    Files.writeString(work.resolve("directory/inner"), "inner\n");
  }

  /** Whatever a test does, the host's mounts stay as they were. */
  @AfterEach
  void removeFiles() throws IOException {
    made.forEach(Made::close);
    assertEquals(mountsBefore, Files.readString(Path.of("/proc/self/mountinfo")));
    try (var all = Files.walk(work)) {
      for (Path path : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  private static void assertPrints(String expected, Result result) {
    assertEquals(new Result(0, expected), result);
  }

  private static void assertDenied(String expected, Result result) {
    assertTrue(result.code() != 0, result::toString);
    assertTrue(result.output().contains(expected), result::toString);
  }

  private Made program(RootFilesystem.Builder root, Way way) throws IOException {
    return program(root, way, Inside.namespaces());
  }

  private Made program(RootFilesystem.Builder root, Way way, NamespacePolicy namespaces)
      throws IOException {
    var one = new Made(root.build(), way, namespaces);
    made.add(one);
    return one;
  }

  private BindMount readOnly(String inside) {
    return BindMount.readOnly(work, Path.of(inside));
  }

  private BindMount writable(String inside) {
    return BindMount.writable(work, Path.of(inside));
  }

  // ---------------------------------------------------------------- what there is

  @ParameterizedTest
  @EnumSource
  void anEmptyRootHasWhatIsBoundAndNothingElse(Way way) throws Exception {
    Made root = program(tools().bind(readOnly("/data/here")), way);

    var names = new TreeSet<>(List.of("data", "dev", "proc", "tmp"));
    names.addAll(Inside.toolNames());
    assertPrints(String.join("\n", names) + "\n", sh(root, "LC_ALL=C ls /"));
    assertPrints("here\n", sh(root, "ls -A /data"));
    assertPrints("mine\n", sh(root, "cat /data/here/file"));
    assertPrints("", sh(root, "ls -A /tmp; ls -A /dev/shm"));
    assertDenied("No such file", sh(root, "cat " + work + "/file"));
    assertDenied("No such file", sh(root, "ls /etc"));
  }

  @ParameterizedTest
  @EnumSource
  void aHostsRootHasTheHostsFilesButItsOwnDevicesProcessesAndTemporaryFiles(Way way)
      throws Exception {
    Made root = program(RootFilesystem.host(), way);
    Path outside = Files.createTempFile(Path.of("/tmp"), "cofferdam-test-", "");
    try {
      assertPrints("mine\n", sh(root, "cat $1/file", work));
      assertPrints("", sh(root, "ls -A /tmp /dev/shm | grep -v : | grep ." + " || true"));
      assertDenied("No such file", sh(root, "cat $1", outside));
      assertPrints("1\n2\n", sh(root, "ls /proc | grep '^[12]$'"));
    } finally {
      Files.delete(outside);
    }
  }

  @ParameterizedTest
  @EnumSource
  void devicesAreTheMinimalOnes(Way way) throws Exception {
    for (RootFilesystem.Builder builder :
        List.of(tools(), RootFilesystem.host(), RootFilesystem.host().writable(true))) {
      Made root = program(builder, way);

      assertPrints(
          "fd\nfull\nnull\nptmx\npts\nrandom\nshm\nstderr\nstdin\nstdout\nurandom\nzero\n",
          sh(root, "ls -A /dev"));
      assertPrints(
          "4\n4\n4\nout\nerr\n",
          sh(
              root,
              "echo gone > /dev/null; for d in zero random urandom; do head -c 4 /dev/$d | wc -c;"
                  + " done; echo out > /dev/stdout; echo err > /dev/stderr; cat /dev/null"));
      assertDenied("No space left", sh(root, "cat /dev/zero > /dev/full"));
      assertDenied("Read-only", sh(root, "touch /dev/new"));
      assertDenied("Read-only", sh(root, "rm /dev/null"));
      // Its mode as it is: should this succeed, the host's device must not have changed.
      assertDenied("Read-only", sh(root, "chmod 666 /dev/null"));
    }
  }

  @Test
  void theTerminalIsThereWhereItIsWanted() throws Exception {
    SetupProgram root = tools().terminal(true).build().program();

    assertPrints("tty\n", sh(root, "ls /dev | grep tty"));
    assertDenied("No such device or address", sh(root, "echo x > /dev/tty"));
  }

  @ParameterizedTest
  @EnumSource
  void pseudoTerminalsAreItsOwn(Way way) throws Exception {
    for (RootFilesystem.Builder builder : List.of(tools(), RootFilesystem.host())) {
      assertPrints(
          "/dev/pts/0\nhello\n",
          python(
              program(builder, way),
              """
              import os, pty
              master, slave = pty.openpty()
              print(os.ttyname(slave))
              os.write(slave, b'hello\\n')
              print(os.read(master, 100).decode().strip())
              """));
    }
  }

  // ---------------------------------------------------------------- what can be changed

  @ParameterizedTest
  @EnumSource
  void whatIsBoundReadOnlyCannotBeChangedInAnyWay(Way way) throws Exception {
    Made root = program(tools().bind(readOnly("/data")), way);

    for (String attempt :
        List.of(
            "echo no > /data/file",
            "touch /data/new",
            "rm -f /data/file",
            "mv /data/file /data/other",
            "ln /data/file /data/other",
            "chmod 777 /data/file",
            "touch -d 2001-01-01 /data/file",
            "mkdir /data/new",
            "touch /new",
            "rmdir /data",
            "touch /usr/new")) {
      assertDenied("Read-only file system", sh(root, attempt));
    }
    assertEquals("mine\n", Files.readString(work.resolve("file")));
  }

  @ParameterizedTest
  @EnumSource
  void whatIsBoundWritableCanBeChanged(Way way) throws Exception {
    Made root =
        program(
            tools()
                .bind(writable("/data"))
                .bind(BindMount.readOnly(work.resolve("directory"), Path.of("/data/directory"))),
            way);

    assertPrints("", sh(root, "echo new > /data/file && chmod 600 /data/file && mkdir /data/d"));
    assertEquals("new\n", Files.readString(work.resolve("file")));
    assertDenied("Read-only", sh(root, "echo no > /data/directory/inner"));
    assertDenied("busy", sh(root, "mv /data/directory /data/moved"));
    assertEquals("inner\n", Files.readString(work.resolve("directory/inner")));
  }

  @ParameterizedTest
  @EnumSource
  void inAHostsRootOnlyWhatIsBoundWritableCanBeChanged(Way way) throws Exception {
    Path directory = work.resolve("directory");
    Made root = program(RootFilesystem.host().bind(BindMount.writable(directory, directory)), way);

    assertPrints("", sh(root, "echo new > $1/new && touch /tmp/f /dev/shm/f", directory));
    assertDenied("Read-only", sh(root, "echo no > $1/file", work));
    assertDenied("Read-only", sh(root, "mv $1/new $1/../new", directory));
    assertDenied("Read-only", sh(root, "touch /var/tmp/cofferdam-no"));
    assertTrue(Files.exists(directory.resolve("new")));
    assertPrints("", sh(root, "ls -A /tmp"));
  }

  @ParameterizedTest
  @EnumSource
  void somethingInTheHostsTemporaryDirectoryCanBeBound(Way way) throws Exception {
    Path shared = Files.createTempDirectory(Path.of("/tmp"), "cofferdam-test-").toRealPath();
    Path file = Files.writeString(shared.resolve("file"), "shared\n");
    try {
      for (RootFilesystem.Builder builder : List.of(tools(), RootFilesystem.host())) {
        Made root = program(builder.bind(BindMount.writable(shared, shared)), way);

        assertPrints("shared\n", sh(root, "cat $1", file));
        assertPrints("", sh(root, "touch $1/new && touch /tmp/other && rm $1/new", shared));
        assertPrints(shared.getFileName() + "\n", sh(root, "ls -A /tmp"));
      }
      Made one = program(RootFilesystem.host().bind(BindMount.readOnly(file, file)), way);
      assertPrints("shared\n", sh(one, "cat $1", file));
      assertDenied("Read-only", sh(one, "echo no > $1", file));
    } finally {
      Files.deleteIfExists(file);
      Files.delete(shared);
    }
  }

  /** The host's own devices, in a mount beneath what is bound: none can be opened. */
  @ParameterizedTest
  @EnumSource
  void devicesWorkOnlyInDev(Way way) throws Exception {
    Path directory = work.resolve("directory");
    // By the classic way, what is copied has over it by then what the sandbox has in its place: in
    // an empty root the new root directory, in the host's root the sandbox's own devices.
    Path source = Path.of(way == Way.CLASSIC ? "/dev" : "/");
    Path devices = directory.resolve(source.relativize(Path.of("/dev")));
    List<Supplier<RootFilesystem.Builder>> bases =
        way == Way.CLASSIC
            ? List.of(Inside::tools)
            : List.of(
                Inside::tools, RootFilesystem::host, () -> RootFilesystem.host().writable(true));
    for (Supplier<RootFilesystem.Builder> base : bases) {
      for (boolean writable : new boolean[] {false, true}) {
        BindMount everything = new BindMount(source, directory, writable);
        Made made = program(base.get().bind(everything), way);

        for (String device : List.of("null", "zero", "urandom")) {
          assertDenied("Permission denied", sh(made, "head -c 1 $1/$2 && echo", devices, device));
        }
        assertPrints("1\n", sh(made, "head -c 1 /dev/zero | wc -c"));
      }
    }
    for (String inside : List.of("/dev/shm/host", "/tmp/host")) {
      Made made = program(tools().bind(BindMount.writable(Path.of("/dev"), Path.of(inside))), way);
      assertDenied("Permission denied", sh(made, "head -c 1 $1/zero && echo", inside));
    }
    // Whoever binds something into /dev means the device.
    Made meant =
        program(
            tools().bind(BindMount.readOnly(Path.of("/dev/zero"), Path.of("/dev/nothing"))), way);
    assertPrints("1\n", sh(meant, "head -c 1 /dev/nothing | wc -c"));
  }

  /** A namespace within gives us something mounted beneath what is bound. */
  @ParameterizedTest
  @EnumSource
  void whatIsMountedBeneathAReadOnlyBindIsReadOnlyToo(Way way) throws Exception {
    // /dev/shm and /dev/pts are mounts beneath /dev nearly everywhere; /sys and /proc have some.
    assumeTrue(
        Files.readString(Path.of("/proc/self/mountinfo")).contains(" /dev/shm "),
        "nothing is mounted on /dev/shm");
    Made root = program(tools().bind(BindMount.readOnly(Path.of("/dev"), Path.of("/host"))), way);

    for (String path : List.of("/host", "/host/shm")) {
      // Several may be mounted there; the last one is seen.
      String test = "grep \" $1 \" /proc/self/mountinfo | tail -n 1";
      Result mount = sh(root, test, path);
      assertTrue(mount.output().contains(" ro,nosuid,nodev"), mount::toString);
    }
    assertDenied("Read-only", sh(root, "touch /host/shm/cofferdam-no"));
    assertDenied("Permission denied", sh(root, "cat /host/null"));
  }

  @ParameterizedTest
  @EnumSource
  void everyMountIsWithoutSetUserIdAndDevices(Way way) throws Exception {
    RootFilesystem.Builder empty = tools().bind(writable("/data"));
    // The classic way leaves what is hidden behind other mounts as it is.
    for (RootFilesystem.Builder builder :
        way != Way.CLASSIC ? List.of(empty, RootFilesystem.host()) : List.of(empty)) {
      Result mounts = sh(program(builder, way), "cut -d' ' -f5,6,7 /proc/self/mountinfo");

      for (String line : mounts.output().split("\n", -1)) {
        if (!line.isEmpty()) {
          boolean device = line.startsWith("/dev/");
          assertTrue(line.contains("nosuid") || device, line);
          assertTrue(line.contains("nodev") || line.startsWith("/dev"), line);
          assertFalse(line.contains("shared") || line.contains("master"), line);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void theSizeIsALimit(Way way) throws Exception {
    Made root = program(tools().size(1 << 20), way);

    assertDenied("No space left", sh(root, "head -c 2000000 /dev/zero > /tmp/f"));
    assertDenied("No space left", sh(root, "head -c 2000000 /dev/zero > /dev/shm/f"));
    assertDenied("No space left", sh(root, "for i in $(seq 2000); do : > /tmp/$i || exit 1; done"));
  }

  // ---------------------------------------------------------------- ways out

  @ParameterizedTest
  @EnumSource
  void aSourceThatBecameALinkFailsTheLaunch(Way way) throws Exception {
    Made root =
        program(tools().bind(BindMount.readOnly(work.resolve("directory"), Path.of("/data"))), way);
    Files.move(work.resolve("directory"), work.resolve("moved"));
    Files.createSymbolicLink(work.resolve("directory"), Path.of("/etc"));

    var e = assertThrows(SetupException.class, () -> sh(root, "ls /data"));

    assertEquals(Errno.ELOOP, e.errno());
    assertTrue(e.toString().contains("without following links"), e::toString);
    assertTrue(e.toString().contains(work + "/directory"), e::toString);
  }

  @ParameterizedTest
  @EnumSource
  void aLinkInsideABindLeadsNowhereElse(Way way) throws Exception {
    Files.createSymbolicLink(work.resolve("link"), Path.of("/etc/passwd"));
    Made root = program(tools().bind(writable("/data")), way);

    assertDenied("No such file", sh(root, "cat /data/link"));
    assertDenied("No such file", sh(root, "ls /data/../../../etc"));
  }

  @ParameterizedTest
  @EnumSource
  void thereIsNoWayBackToTheOldRoot(Way way) throws Exception {
    Made root = program(tools(), way);

    assertPrints(
        "[]\n1\n",
        python(
            root,
            """
            import os
            found = []
            for way in ['/..', '/proc/..', '/proc/self/root', '/proc/1/root', '/proc/self/cwd/..',
                        '/proc/1/cwd', '/proc/1/cwd/..', '/usr/../..', '/tmp/../..']:
                try:
                    if 'etc' in os.listdir(way): found.append(way)
                except OSError: pass
            for fd in range(64):
                for process in ['self', '1']:
                    try:
                        if 'etc' in os.listdir('/proc/%s/fd/%d/..' % (process, fd)): found.append(fd)
                    except OSError: pass
            for i in range(40):
                os.chdir('..')
            if 'etc' in os.listdir('.'): found.append('..')
            print(found)
            print(sum(line.split()[4] == '/' for line in open('/proc/self/mountinfo')))
            """));
  }

  @ParameterizedTest
  @EnumSource
  void mountsOfTheSandboxNeverReachTheHost(Way way) throws Exception {
    // User id 0 keeps its capabilities, so that it can try.
    NamespacePolicy privileged =
        Inside.namespaces().toBuilder()
            .uidMap(IdMap.single(0, Syscall.call(Syscall.number("geteuid"))))
            .build();
    Result inside =
        Inside.run(
            program(tools().bind(writable("/data")), way, privileged),
            SetupProgram.empty(),
            List.of(
                "/bin/sh",
                "-c",
                "mount -t tmpfs none /data/directory 2>&1 && touch /data/directory/f"
                    + " && ls /data/directory"));

    assertPrints("f\n", inside);
    assertEquals(mountsBefore, Files.readString(Path.of("/proc/self/mountinfo")));
    assertFalse(Files.exists(work.resolve("directory/f")));
  }

  // ---------------------------------------------------------------- /proc

  @ParameterizedTest
  @EnumSource
  void procShowsOnlyItselfAndCannotBeWrittenTo(Way way) throws Exception {
    for (RootFilesystem.Builder builder : List.of(tools(), RootFilesystem.host())) {
      Made root = program(builder, way);

      assertPrints("1\n2\n", sh(root, "for p in /proc/[0-9]*; do echo ${p#/proc/}; done"));
      assertDenied("Read-only", sh(root, "echo core > /proc/sys/kernel/core_pattern"));
      if (Files.exists(Path.of("/proc/sysrq-trigger"))) {
        assertDenied("Read-only", sh(root, "echo h > /proc/sysrq-trigger"));
      }
      assertDenied("Read-only", sh(root, "echo 1 > /proc/self/oom_score_adj"));
      for (String name : List.of("kcore", "keys", "timer_list", "kpageflags")) {
        if (Files.isReadable(Path.of("/proc", name))) {
          assertDenied("Permission denied", sh(root, "cat /proc/" + name));
        }
      }
      for (String name : List.of("acpi", "asound", "scsi")) {
        assertPrints("", sh(root, "ls -A /proc/" + name + " 2>/dev/null || true"));
      }
    }
  }

  // ---------------------------------------------------------------- blocked

  @ParameterizedTest
  @EnumSource
  void whatIsBlockedCannotBeReadListedMovedOrLinked(Way way) throws Exception {
    Path file = work.resolve("file");
    Path directory = work.resolve("directory");
    for (RootFilesystem.Builder builder :
        List.of(
            tools().bind(BindMount.writable(work, work)),
            RootFilesystem.host().bind(BindMount.writable(work, work)),
            RootFilesystem.unchanged())) {
      Made root = program(builder.block(file).block(directory).block(work.resolve("missing")), way);

      assertDenied("Permission denied", sh(root, "cat $1", file));
      assertDenied("Permission denied", sh(root, "echo no > $1", file));
      assertDenied("Permission denied", sh(root, "ls $1", directory));
      assertDenied("Permission denied", sh(root, "cat $1/inner", directory));
      assertDenied("Read-only", sh(root, "chmod 777 $1", directory));
      assertDenied("Read-only", sh(root, "chmod 777 $1", file));
      assertDenied("busy", sh(root, "mv -T $1 $1.moved", directory));
      assertDenied("busy", sh(root, "rm -f $1", file));
      assertDenied("cross-device", sh(root, "ln $1 $1.linked", file));
      assertPrints("", sh(root, "umount $1 2>/dev/null || touch $2/new", directory, work));
    }
    assertEquals("mine\n", Files.readString(file));
    assertEquals("inner\n", Files.readString(directory.resolve("inner")));
    assertFalse(Files.exists(work.resolve("file.linked"), LinkOption.NOFOLLOW_LINKS));
  }

  @ParameterizedTest
  @EnumSource
  void whatIsBlockedStaysSoUnderTheNameItIsBoundTo(Way way) throws Exception {
    Made beneath = program(tools().bind(readOnly("/data")).block(work.resolve("directory")), way);
    Made above =
        program(
            tools()
                .bind(BindMount.readOnly(work.resolve("directory"), Path.of("/data")))
                .block(work),
            way);

    assertDenied("Permission denied", sh(beneath, "ls /data/directory"));
    assertPrints("mine\n", sh(beneath, "cat /data/file"));
    assertDenied("Permission denied", sh(above, "ls /data"));
  }

  // ---------------------------------------------------------------- values

  @Test
  void anUnchangedRootHasItsOwnProcAndNothingElse() throws Exception {
    SetupProgram root = RootFilesystem.unchanged().build().program();

    assertPrints("1\n2\n", sh(root, "for p in /proc/[0-9]*; do echo ${p#/proc/}; done"));
    assertPrints("", sh(root, "echo new > $1/file", work));
    assertEquals("new\n", Files.readString(work.resolve("file")));
  }

  @Test
  void whoBindsTwiceToOnePlaceIsRefused() {
    RootFilesystem.Builder builder = RootFilesystem.empty().bind(readOnly("/data"));

    builder.bind(readOnly("/data"));
    assertThrows(IllegalArgumentException.class, () -> builder.bind(writable("/data")));
    assertThrows(IllegalArgumentException.class, () -> builder.bind(readOnly("/proc/x")));
    assertThrows(IllegalArgumentException.class, () -> readOnly("/"));
    assertThrows(IllegalArgumentException.class, () -> readOnly("data"));
    assertThrows(IllegalArgumentException.class, () -> readOnly("/data/../etc"));
    assertThrows(
        IllegalArgumentException.class, () -> RootFilesystem.unchanged().bind(readOnly("/data")));
    assertThrows(
        IllegalArgumentException.class, () -> RootFilesystem.host().link(Path.of("/x"), "y"));
    assertThrows(IllegalArgumentException.class, () -> RootFilesystem.empty().size(0));
  }

  @Test
  void theKernelOfTheseTestsIsKnown() {
    // Otherwise the classic way would be tested twice and the other never.
    assumeTrue(
        Syscall.call(Syscall.number("mount_setattr"), -1, 0, 0, 0, 0) != -38, "Linux < 5.12");
    assertEquals(MountApi.TREES, MountApi.ofHost());
  }
}
