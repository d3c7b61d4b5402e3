package io.github.cofferdam.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.confinement.VirtualMachineFiles;
import io.github.cofferdam.confinement.VirtualMachineOptions;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Requirement;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A command that may write where a virtual machine's own files are. */
@Tag("kernel")
class VirtualMachineReachTest {
  private static final String TRUNCATE = "for file in /tmp/hsperfdata_*/$1; do : > $file; done";

  @TempDir(factory = VisibleDirectory.class)
  private Path temporary;

  private Path classes;

  /** What comes after them on the class path. */
  private String late = "";

  /** Of the virtual machine. */
  private final List<String> options = new ArrayList<>(List.of("-XX:+UsePerfData"));

  @BeforeEach
  void makeFiles() throws Exception {
    temporary = temporary.toRealPath();
    classes = Files.createDirectories(temporary.resolve("build/classes"));
  }

  private String run(Isolation isolation, Requirement requirement, Path workspace, String script)
      throws Exception {
    return run(isolation, requirement, workspace, script, List.of());
  }

  /** Runs a script that may write to a directory, from a machine that has classes there as well. */
  private String run(
      Isolation isolation,
      Requirement requirement,
      Path workspace,
      String script,
      List<Path> overlays)
      throws Exception {
    Sandboxed.assumeAvailable(isolation);
    ProcessBuilder builder =
        ChildMachine.builder(
            MappedMain.class,
            Files.createDirectories(temporary.resolve("tmp")),
            isolation.name(),
            requirement.name(),
            workspace.toString(),
            script);
    var command = new ArrayList<>(builder.command());
    command.addAll(1, options);
    int classPath = command.indexOf("-cp") + 1;
    command.set(classPath, command.get(classPath) + ":" + classes + late);
    overlays.forEach(overlay -> command.add(overlay.toString()));
    Process machine = builder.command(command).redirectErrorStream(true).start();
    var text = new String(machine.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, machine.waitFor(), text);
    Sandboxed.assumeLandlockSufficed(text);
    return text;
  }

  /** What the machine has mapped there is cut short: it dies of SIGBUS. */
  @Test
  void performanceCountersAreNotWithinReach() throws Exception {
    String text = run(Isolation.BASIC, Requirement.REQUIRE, Path.of("/tmp"), TRUNCATE);

    assertTrue(text.startsWith("Refused"), text);
    assertTrue(text.contains("virtual_machine: this virtual machine runs from "), text);
    assertTrue(text.contains("isolation = namespace"), text);
  }

  @Test
  void performanceCountersAreReadOnlyInARootOfItsOwn() throws Exception {
    String text = run(Isolation.NAMESPACE, Requirement.REQUIRE, Path.of("/tmp"), TRUNCATE);

    assertTrue(text.startsWith("Exited"), text);
    assertTrue(text.contains("Read-only file system"), text);
    assertTrue(text.contains("enforced"), text);
  }

  @Test
  void classesInTheWorkspaceAreRefused() throws Exception {
    String text =
        run(Isolation.BASIC, Requirement.REQUIRE, temporary, "touch build/classes/Forged.class");

    assertTrue(text.startsWith("Refused"), text);
    assertTrue(text.contains("runs from " + classes + ", which the command may change"), text);
    assertFalse(Files.exists(classes.resolve("Forged.class")));
  }

  /** What the command writes there is never the file that the machine runs from. */
  @ParameterizedTest
  @ValueSource(strings = {"build/classes", "build", "beside/../build/classes/.."})
  void classesInAnOverlayAreNotWithinReach(String overlay) throws Exception {
    Overlays.assumeAvailable();
    Path old = Files.writeString(classes.resolve("Old.class"), "old");
    Path workspace = Files.createDirectory(temporary.resolve("beside"));
    String script =
        "echo forged > ../build/classes/Forged.class;"
            + " echo forged > ../build/classes/Old.class && cat ../build/classes/Old.class";
    for (Path writable : List.of(workspace, temporary)) {
      String text =
          run(
              Isolation.NAMESPACE,
              Requirement.REQUIRE,
              writable,
              "cd " + workspace + " && " + script,
              List.of(temporary.resolve(overlay)));

      assertTrue(text.startsWith("Exited[code=0]\nforged\n"), text);
      assertTrue(text.contains("enforced"), text);
      assertEquals("old", Files.readString(old));
      assertFalse(Files.exists(classes.resolve("Forged.class")));
    }
  }

  /** Around a workspace in them as well, which no mount can help against. */
  @ParameterizedTest
  @EachIsolation
  void aWorkspaceWithinTheClassesIsRefused(Isolation isolation) throws Exception {
    Path inner = Files.createDirectory(classes.resolve("inner"));

    String text = run(isolation, Requirement.REQUIRE, inner, "touch Forged.class");

    assertTrue(text.startsWith("Refused"), text);
    assertFalse(Files.exists(inner.resolve("Forged.class")));
  }

  /** It is opened when a class is looked for that is nowhere else. */
  @ParameterizedTest
  @EachIsolation
  void aClassPathEntryThatTheCommandCouldMakeIsRefused(Isolation isolation) throws Exception {
    Path workspace = Files.createDirectory(temporary.resolve("workspace"));
    late = ":" + workspace.resolve("lib/late.jar");

    String text = run(isolation, Requirement.REQUIRE, workspace, "mkdir lib; touch lib/late.jar");

    assertTrue(text.startsWith("Refused"), text);
    assertTrue(
        text.contains(workspace.resolve("lib/late.jar") + ", which is not there and the"), text);
    assertFalse(Files.exists(workspace.resolve("lib")));
    text = run(isolation, Requirement.PREFER, workspace, "mkdir lib; touch lib/late.jar");
    assertTrue(text.startsWith("Exited[code=0]"), text);
    assertTrue(text.contains("partial"), text);
  }

  @ParameterizedTest
  @EachIsolation
  void whatAManifestNamesIsRefusedWhereTheCommandCouldMakeIt(Isolation isolation) throws Exception {
    Path workspace = Files.createDirectory(temporary.resolve("workspace"));
    Path first = jar(temporary.resolve("first.jar"), "more/second.jar");
    jar(
        Files.createDirectory(temporary.resolve("more")).resolve("second.jar"),
        "http://localhost/x.jar ../workspace/a%20b/");
    late = ":" + first;

    String text = run(isolation, Requirement.REQUIRE, workspace, "mkdir 'a b'");

    assertTrue(text.startsWith("Refused"), text);
    assertTrue(text.contains("looks for code in " + workspace.resolve("a b") + ","), text);
    assertFalse(Files.exists(workspace.resolve("a b")));
  }

  @ParameterizedTest
  @EachIsolation
  void whatAManifestNamesThroughALinkIsRefused(Isolation isolation) throws Exception {
    Path workspace = Files.createDirectory(temporary.resolve("workspace"));
    Files.createSymbolicLink(workspace.resolve("link"), temporary.resolve("build"));
    late = ":" + jar(temporary.resolve("first.jar"), "workspace/link/classes/");

    String text = run(isolation, Requirement.REQUIRE, workspace, "rm link");

    assertTrue(text.startsWith("Refused"), text);
    assertTrue(text.contains(workspace.resolve("link") + ", a link that the command"), text);
  }

  @Test
  void whatAManifestNamesIsReadOnlyInARootOfItsOwn() throws Exception {
    Path workspace = Files.createDirectory(temporary.resolve("workspace"));
    Path named = jar(workspace.resolve("named.jar"), "first.jar");
    late = ":" + jar(temporary.resolve("first.jar"), "workspace/named.jar");
    Files.writeString(workspace.resolve("first.jar"), "not a jar");

    String text =
        run(
            Isolation.NAMESPACE,
            Requirement.REQUIRE,
            workspace,
            "for jar in *.jar; do echo >> $jar && echo through; done; rm -f *.jar; true");

    assertTrue(text.startsWith("Exited[code=0]"), text);
    assertFalse(text.contains("through"), text);
    assertTrue(Files.exists(named));
  }

  /** By a class loader of its own, which may call its files what it likes. */
  @ParameterizedTest
  @CsvSource({
    "BASIC,plugin.jar,false", "NAMESPACE,plugin.jar,false",
    "BASIC,plugin.war,false", "NAMESPACE,plugin.war,false",
    "BASIC,plugin.so,true", "NAMESPACE,plugin.so,true"
  })
  void whatIsOpenedBetweenRunsIsKept(Isolation isolation, String name, boolean map)
      throws Exception {
    Sandboxed.assumeAvailable(isolation);
    Path workspace = Files.createDirectory(temporary.resolve("workspace"));
    Path file = jar(workspace.resolve(name), "none.jar");
    Process machine =
        ChildMachine.builder(
                LaterMain.class,
                Files.createDirectories(temporary.resolve("tmp")),
                isolation.name(),
                workspace.toString(),
                file.toString(),
                Boolean.toString(map))
            .redirectErrorStream(true)
            .start();

    var text = new String(machine.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertEquals(0, machine.waitFor(), text);
    Sandboxed.assumeLandlockSufficed(text);
    assertTrue(text.startsWith("before: Exited[code=0]\nbefore: Exited[code=0]\n"), text);
    assertTrue(
        text.contains("after: " + (isolation == Isolation.BASIC ? "Refused" : "Exited")), text);
    assertTrue(text.endsWith("unchanged\n"), text);
  }

  @ParameterizedTest
  @EachIsolation
  void aHardLinkInTheWorkspaceIsRefused(Isolation isolation) throws Exception {
    Path workspace = Files.createDirectory(temporary.resolve("workspace"));
    Path jar = jar(temporary.resolve("first.jar"), "none.jar");
    Files.createLink(workspace.resolve("innocent"), jar);
    late = ":" + jar;
    long size = Files.size(jar);

    String text = run(isolation, Requirement.REQUIRE, workspace, "echo >> innocent");

    assertTrue(text.startsWith("Refused"), text);
    assertTrue(text.contains(jar + ", which has more names than that"), text);
    assertEquals(size, Files.size(jar));
    text = run(isolation, Requirement.PREFER, workspace, "true");
    assertTrue(text.startsWith("Exited[code=0]"), text);
    assertTrue(text.contains("partial"), text);
    Files.delete(workspace.resolve("innocent"));
    text = run(isolation, Requirement.REQUIRE, workspace, "true");
    assertTrue(text.contains("enforced"), text);
  }

  /** No system property names the first two. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "--patch-module=java.logging=%s",
        "-Xbootclasspath/a:%s",
        "-Djava.library.path=%s"
      })
  void placesOfOptionsAreRefused(String option) throws Exception {
    Path workspace = Files.createDirectory(temporary.resolve("workspace"));
    options.add(option.formatted(workspace.resolve("made")));

    String text = run(Isolation.BASIC, Requirement.REQUIRE, workspace, "mkdir made");

    assertTrue(text.startsWith("Refused"), text);
    assertTrue(text.contains("looks for code in " + workspace.resolve("made")), text);
    assertFalse(Files.exists(workspace.resolve("made")));
  }

  @Test
  void optionsEndWhereTheProgramBegins() throws Exception {
    Path file = Files.writeString(temporary.resolve("options"), "# -p\n--patch-module 'c=/d e'\n");

    assertEquals(
        List.of("/a", "b", "/d e"),
        VirtualMachineOptions.places(
            List.of(
                "-cp", "x", "--patch-module=m=/a:b", "@" + file, "Main", "--patch-module=m=/f")));
    assertEquals(List.of(), VirtualMachineOptions.places(List.of("-jar", "--patch-module=m=/f")));
  }

  private static Path jar(Path file, String classPath) throws Exception {
    var manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().put(Attributes.Name.CLASS_PATH, classPath);
    new JarOutputStream(Files.newOutputStream(file), manifest).close();
    return file;
  }

  @Test
  void aBuildToolMayAllowIt() throws Exception {
    String text =
        run(Isolation.BASIC, Requirement.PREFER, temporary, "touch build/classes/Made.class");

    assertTrue(text.startsWith("Exited[code=0]"), text);
    assertTrue(text.contains("partial"), text);
    assertTrue(Files.exists(classes.resolve("Made.class")));
  }

  @Test
  void classesInTheWorkspaceAreReadOnlyInARootOfItsOwn() throws Exception {
    String text =
        run(
            Isolation.NAMESPACE,
            Requirement.REQUIRE,
            temporary,
            """
            touch build/classes/Forged.class && echo through
            mv build/classes build/moved && echo through
            mv build moved && echo through
            rm -rf build/classes 2>/dev/null && echo through
            touch build/other && echo written
            """);

    assertTrue(text.startsWith("Exited[code=0]"), text);
    assertFalse(text.contains("through"), text);
    assertTrue(text.contains("written"), text);
    assertTrue(text.contains("enforced"), text);
    assertEquals(List.of("classes", "other"), names(temporary.resolve("build")));
    assertEquals(List.of(), names(classes));
  }

  private static List<String> names(Path directory) throws Exception {
    try (var all = Files.list(directory)) {
      return all.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  /** Build tools write-protect what they have made; its owner can change that. */
  @Test
  void whatIsOnlyWriteProtectedIsChangeable() throws Exception {
    Files.setPosixFilePermissions(classes, PosixFilePermissions.fromString("r-xr-xr-x"));
    try {
      String script = "chmod u+w build/classes; touch build/classes/Forged.class && echo through";

      String refused = run(Isolation.BASIC, Requirement.REQUIRE, temporary, script);
      String covered = run(Isolation.NAMESPACE, Requirement.REQUIRE, temporary, script);

      assertTrue(refused.startsWith("Refused"), refused);
      assertFalse(covered.contains("through"), covered);
      assertEquals(List.of(), names(classes));
    } finally {
      Files.setPosixFilePermissions(classes, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
  }

  /** It is below /dev, but what is in it are files. */
  @Test
  void filesInSharedMemoryAreAmongThem() throws Exception {
    Path shared = Path.of("/dev/shm");
    assumeTrue(Files.isWritable(shared), "there is no /dev/shm to write to");
    Path directory = Files.createTempDirectory(shared, "cofferdam-test-");
    try {
      Path jar = jar(directory.resolve("boot.jar"), "");
      options.add("-Xbootclasspath/a:" + jar);

      String text = run(Isolation.BASIC, Requirement.REQUIRE, directory, ": > boot.jar");

      assertTrue(text.startsWith("Refused"), text);
      assertTrue(text.contains("runs from " + jar), text);
      assertTrue(Files.size(jar) > 0);
    } finally {
      Files.deleteIfExists(directory.resolve("boot.jar"));
      Files.delete(directory);
    }
  }

  /** What the start script builds and runs the next time, from the property that it sets. */
  private Path checkout() throws Exception {
    Path checkout = Files.createDirectory(temporary.resolve("checkout"));
    for (String directory : List.of(".mvn", "examples", "cli/src/main", "docs")) {
      Files.createDirectories(checkout.resolve(directory));
    }
    for (String file : List.of("cofferdam", "pom.xml", "cli/pom.xml", "examples/readonly.toml")) {
      Files.writeString(checkout.resolve(file), "as it was");
    }
    options.add("-Dcofferdam.home=" + checkout);
    return checkout;
  }

  /** All of it: the script believes what is written down there of its cache. */
  @Test
  void anInstalledCopyCannotBeChangedForTheNextStart() throws Exception {
    Path home = Files.createDirectories(temporary.resolve("prefix/lib/cofferdam"));
    for (String file : List.of("cofferdam", "cofferdam.jar", "cache.stamp")) {
      Files.writeString(home.resolve(file), "as it was");
    }
    options.add("-Dcofferdam.home=" + home);
    String script =
        """
        cd lib/cofferdam
        for file in cofferdam cofferdam.jar cache.stamp made.aot; do
          echo forged > $file && echo through
        done
        mkdir jre && echo through
        cd ..
        mv cofferdam moved && echo through
        touch beside && echo written
        """;
    Path prefix = temporary.resolve("prefix");

    String refused = run(Isolation.BASIC, Requirement.REQUIRE, prefix, script);
    String covered = run(Isolation.NAMESPACE, Requirement.REQUIRE, prefix, script);

    assertTrue(refused.startsWith("Refused"), refused);
    assertTrue(covered.startsWith("Exited[code=0]"), covered);
    assertFalse(covered.contains("through"), covered);
    assertTrue(covered.contains("written"), covered);
    assertEquals(List.of("cache.stamp", "cofferdam", "cofferdam.jar"), names(home));
  }

  @Test
  void aCheckoutCannotBeChangedForTheNextStart() throws Exception {
    Path checkout = checkout();
    String script =
        """
        for file in cofferdam pom.xml cli/pom.xml examples/readonly.toml; do
          echo forged > $file && echo through
          echo forged > new && mv new $file && echo through
        done
        for made in .mvn/extensions.xml cli/src/main/Forged.java cli/target; do
          mkdir $made && echo through
        done
        for directory in .mvn examples cli cli/src; do
          mv $directory moved && echo through
        done
        touch docs/note && mkdir tools && echo written
        """;

    String refused = run(Isolation.BASIC, Requirement.REQUIRE, checkout, script);
    String covered = run(Isolation.NAMESPACE, Requirement.REQUIRE, checkout, script);
    String around =
        run(
            Isolation.NAMESPACE,
            Requirement.REQUIRE,
            temporary,
            "mv checkout moved && echo through; rm checkout/cofferdam && echo through; true");

    assertTrue(refused.startsWith("Refused"), refused);
    assertTrue(covered.startsWith("Exited[code=0]"), covered);
    assertFalse(covered.contains("through"), covered);
    assertTrue(covered.contains("written"), covered);
    assertFalse(around.contains("through"), around);
    assertEquals("as it was", Files.readString(checkout.resolve("cofferdam")));
  }

  /** Maven would read extensions from it. */
  @Test
  void aCheckoutInWhichTheCommandCouldMakeOneIsRefused() throws Exception {
    Path checkout = checkout();
    Files.delete(checkout.resolve(".mvn"));

    String text = run(Isolation.NAMESPACE, Requirement.REQUIRE, checkout, "mkdir .mvn");

    assertTrue(text.startsWith("Refused"), text);
    assertTrue(text.contains(checkout.resolve(".mvn") + ", which is not there"), text);
  }

  /** A test's own class path is elsewhere, and the list is of files that are there. */
  @Test
  void theListNamesWhatTheMachineRunsFrom() throws Exception {
    Path home = Path.of(System.getProperty("java.home")).toRealPath();
    assumeTrue(Files.isWritable(home.resolve("lib/modules")), "the JDK is somebody else's");

    List<Path> within = VirtualMachineFiles.now().within(Path.of("/"));

    assertTrue(within.contains(home), within::toString);
    assertTrue(within.contains(home.resolve("lib/modules")), within::toString);
    for (Path file : within) {
      assertTrue(Files.exists(file), file::toString);
    }
  }
}
