package io.github.cofferdam.sandbox;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.Directory;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.confinement.ConfinementCompiler;
import io.github.cofferdam.confinement.FileGrants;
import io.github.cofferdam.confinement.Host;
import io.github.cofferdam.confinement.LimitPlan;
import io.github.cofferdam.confinement.Refusal;
import io.github.cofferdam.confinement.VirtualMachineReach;
import io.github.cofferdam.policy.Network;
import io.github.cofferdam.policy.Policy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.io.TempDirFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("kernel")
class PrivateTempTest {

  @Test
  void eachIsItsOwnAndClosedToOthers() throws Exception {
    var open = new ArrayList<PrivateTemp>();
    var paths = new HashSet<Path>();
    try {
      for (int i = 0; i < 20; i++) {
        PrivateTemp temp = PrivateTemp.create();
        open.add(temp);
        assertTrue(paths.add(temp.path()));
        assertEquals(
            "rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(temp.path())));
        assertEquals(temp.path(), temp.path().toRealPath());
      }
    } finally {
      for (PrivateTemp temp : open) {
        temp.close();
      }
    }
    for (Path path : paths) {
      assertFalse(Files.exists(path));
    }
  }

  @Test
  void closingTwiceDoesNotTouchAnothersDirectory() throws Exception {
    PrivateTemp temp = PrivateTemp.create();
    temp.close();
    Files.createDirectory(temp.path());
    try {
      temp.close();
      assertTrue(Files.exists(temp.path()));
    } finally {
      Files.delete(temp.path());
    }
  }

  /** Names as the removal itself makes them, in paths long enough that it has to. */
  @Test
  void removalIsNotConfusedByNames(@TempDir Path outside) throws Exception {
    Path victim = Files.writeString(outside.resolve("victim"), "kept");
    PrivateTemp temp = PrivateTemp.create();
    for (String name : List.of("0", "2", "4")) {
      Files.writeString(Files.createDirectory(temp.path().resolve(name)).resolve("0"), "");
    }
    Files.createSymbolicLink(temp.path().resolve("1"), outside);
    Files.createSymbolicLink(temp.path().resolve("3"), temp.path());
    for (String top : List.of("a", "b")) {
      Path deep = temp.path().resolve(top);
      for (int i = 0; i < 6; i++) {
        deep = deep.resolve(top.repeat(250));
        Files.createDirectories(deep.resolve("0"));
        Files.createSymbolicLink(deep.resolve("1"), outside);
      }
    }

    temp.close();

    assertFalse(Files.exists(temp.path(), LinkOption.NOFOLLOW_LINKS));
    assertEquals("kept", Files.readString(victim));
  }

  /** What the removal opens is what it noted, or nothing. */
  @Test
  void whatTookItsPlaceIsNotTouched(@TempDir Path outside) throws Exception {
    Path victim = Files.createDirectory(outside.resolve("victim"));
    Files.writeString(victim.resolve("file"), "kept");
    Files.setPosixFilePermissions(victim, PosixFilePermissions.fromString("r-xr-x---"));
    PrivateTemp temp = PrivateTemp.create();
    Files.writeString(temp.path().resolve("left"), "");
    Path away = temp.path().resolveSibling(temp.path().getFileName() + ".away");
    Files.move(temp.path(), away);
    Files.createSymbolicLink(temp.path(), victim);
    try {
      IOException e = assertThrows(IOException.class, temp::close);

      assertTrue(
          String.valueOf(e.getMessage()).contains("was moved away or replaced"), e::toString);
      assertEquals("kept", Files.readString(victim.resolve("file")));
      assertEquals(
          "r-xr-x---", PosixFilePermissions.toString(Files.getPosixFilePermissions(victim)));
      // It is still ours, wherever it is.
      assertArrayEquals(new String[0], away.toFile().list());
    } finally {
      Files.setPosixFilePermissions(victim, PosixFilePermissions.fromString("rwx------"));
      Files.delete(temp.path());
      Files.delete(away);
    }
  }

  /** The command took our own right to list, to enter and to write what it made. */
  @ParameterizedTest
  @ValueSource(strings = {"---------", "r--------", "-wx------", "r-x------"})
  void modesDoNotKeepAnything(String mode) throws Exception {
    PrivateTemp temp = PrivateTemp.create();
    Path deep = temp.path();
    var made = new ArrayList<Path>();
    made.add(deep);
    for (int i = 0; i < 60; i++) {
      Files.writeString(deep.resolve("file"), "");
      deep = Files.createDirectory(deep.resolve("d"));
      made.add(deep);
    }
    for (Path directory : made.reversed()) {
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString(mode));
    }

    temp.close();

    assertFalse(Files.exists(temp.path(), LinkOption.NOFOLLOW_LINKS));
  }

  @Test
  void depthHasNoBound(@TempDir(factory = InMemory.class) Path directory) throws Exception {
    PrivateTemp temp = createIn(directory);
    Directory deep = Directory.open(temp.path());
    for (int i = 0; i < 20_000; i++) {
      Directory next = deep.make("d");
      deep.close();
      deep = next;
    }
    deep.close();

    temp.close();

    assertFalse(Files.exists(temp.path(), LinkOption.NOFOLLOW_LINKS));
  }

  /**
   * Another run may write to the directory in which this one's temporary directories are, and swaps
   * what is in them for links all the time.
   */
  @Test
  void anotherRunCannotLeadTheRemovalOutside(@TempDir(factory = InMemory.class) Path directory)
      throws Exception {
    assumeTrue(Files.isExecutable(Path.of(Sandboxed.PYTHON)), "no " + Sandboxed.PYTHON);
    Path root = directory.toRealPath();
    Path shared = Files.createDirectory(root.resolve("tmp"));
    Path victim = root.resolve("victim");
    Files.createDirectories(victim.resolve("a/b"));
    var kept = List.of(victim.resolve("0"), victim.resolve("a/0"), victim.resolve("a/b/0"));
    for (Path file : kept) {
      Files.writeString(file, "kept");
      Files.setPosixFilePermissions(file.getParent(), PosixFilePermissions.fromString("rwxr-x---"));
    }
    try (SandboxProcess racer =
        Sandboxed.of(Sandboxed.workspace().workspace(shared.toString()).build())
            .command(Sandboxed.PYTHON, "-Ic", RACER, shared.toString(), victim.toString())
            .directory(shared)
            .start()) {
      assertEquals('r', racer.getInputStream().read());
      for (int round = 0; round < 25; round++) {
        spoiled(createIn(shared));
      }
      assertTrue(racer.isAlive());
    }
    for (Path file : kept) {
      assertEquals("kept", Files.readString(file));
      assertEquals(
          "rwxr-x---",
          PosixFilePermissions.toString(Files.getPosixFilePermissions(file.getParent())));
    }
  }

  /** Where many directories are made and removed in no time. */
  static final class InMemory implements TempDirFactory {
    @Override
    public Path createTempDirectory(AnnotatedElementContext element, ExtensionContext context)
        throws IOException {
      Path memory = Path.of("/dev/shm");
      return Files.isWritable(memory)
          ? Files.createTempDirectory(memory, "cofferdam-test-")
          : Files.createTempDirectory("cofferdam-test-");
    }
  }

  private static PrivateTemp createIn(Path directory) throws IOException {
    String before = System.setProperty("java.io.tmpdir", directory.toString());
    try {
      return PrivateTemp.create();
    } finally {
      System.setProperty("java.io.tmpdir", before);
    }
  }

  /** A run's end, when somebody else may change what it left. */
  private static void spoiled(PrivateTemp temp) throws Exception {
    // By descriptors here as well: the test must not be led astray either.
    try (Directory parent = Directory.open(Objects.requireNonNull(temp.path().getParent()));
        Directory top = parent.open(temp.path().getFileName().toString())) {
      fill(top, 2);
    } catch (IOException e) {
      // The racer was faster.
    }
    try {
      temp.close();
    } catch (IOException e) {
      // It may spoil what it may write.
    }
  }

  private static void fill(Directory directory, int depth) throws IOException {
    for (String name : List.of("a", "d", "h", "m")) {
      directory.openFile(name + "0", Uapi.O_WRONLY() | Uapi.O_CREAT(), 0600).close();
      if (depth > 0) {
        try (Directory inner = directory.make(name)) {
          fill(inner, depth - 1);
        }
      }
    }
  }

  private static final String RACER =
      """
      import os, sys
      shared, victim = sys.argv[1:3]
      print('ready', flush=True)
      while True:
          for temp in os.listdir(shared):
              if not temp.startswith('cofferdam-') or temp.endswith('.x'): continue
              for way in (temp + '/a', temp + '/d/a', temp + '/h', temp):
                  path = shared + '/' + way
                  try:
                      os.rename(path, path + '.x')
                      os.symlink(victim + ('/a' if way.endswith('/a') else ''), path)
                      os.stat(path)
                      os.unlink(path)
                      os.rename(path + '.x', path)
                  except OSError:
                      pass
      """;

  /** Between the look-up of what is granted and the making of the wall. */
  @Test
  void aLinkInItsPlaceIsNotGranted(@TempDir Path outside) throws Exception {
    Path link = Files.createSymbolicLink(outside.toRealPath().resolve("temp"), Path.of("/etc"));
    Policy policy = Sandboxed.readonly().build();
    FileGrants files = FileGrants.of(policy, outside.toRealPath(), link, Set.of());

    Refusal e =
        assertThrows(
            Refusal.class,
            () ->
                ConfinementCompiler.compile(
                    policy,
                    Network.Access.NONE,
                    Host.current(policy),
                    files,
                    null,
                    new VirtualMachineReach(policy),
                    LimitPlan.of(policy, false),
                    Optional.empty()));

    assertEquals(link + " has become a link to /etc since it was looked up", e.getMessage());
  }
}
