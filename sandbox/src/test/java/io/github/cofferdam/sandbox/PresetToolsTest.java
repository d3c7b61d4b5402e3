package io.github.cofferdam.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.policy.Isolation;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;

/**
 * The tools that presets are for do their work, and leave the host's caches and settings as they
 * are. Each has files with logins beside its cache that it could not even parse.
 */
@Tag("kernel")
final class PresetToolsTest {
  private static final String SECRET = "hunter2-of-the-test";

  @TempDir(factory = VisibleDirectory.class)
  private Path temporary = Path.of("/");

  private PresetHome home;
  private Map<Path, String> before = Map.of();

  @BeforeEach
  void makeHome() throws Exception {
    home = new PresetHome(temporary.toRealPath());
    for (String name :
        List.of(
            ".m2/settings.xml",
            ".npmrc",
            ".config/pip/pip.conf",
            ".cargo/credentials.toml",
            ".gradle/gradle.properties",
            ".git-credentials",
            ".config/go/env")) {
      home.write(name, SECRET);
    }
    Files.createDirectory(home.home().resolve(".ssh"));
  }

  /** Whatever a run did, it did to a copy. */
  @AfterEach
  void theHomeIsAsItWas() throws Exception {
    if (!before.isEmpty()) {
      assertEquals(before, PresetHome.contents(home.home()));
    }
  }

  private String run(Isolation isolation, String script, String presets) throws Exception {
    Sandboxed.assumeAvailable(isolation);
    before = PresetHome.contents(home.home());
    String text = home.run(isolation, false, "exec 2>&1; " + script, presets);
    assertFalse(text.contains(SECRET), text);
    return text;
  }

  /** Else it can only read what the host has. */
  private static boolean changesACopy(Isolation isolation) throws IOException {
    return isolation == Isolation.NAMESPACE && Overlays.refusal().isEmpty();
  }

  /** {@return the directory in which there is a program, on the PATH of this process} */
  private static Path on(String program) {
    Optional<Path> found =
        Stream.of(System.getenv().getOrDefault("PATH", "").split(":", -1))
            .filter(directory -> directory.startsWith("/"))
            .map(Path::of)
            .filter(directory -> Files.isExecutable(directory.resolve(program)))
            .findFirst();
    assumeTrue(found.isPresent(), program + " is not installed");
    return found.get();
  }

  private void useAlso(Path directory) {
    home.set("PATH", directory + ":" + Sandboxed.ENVIRONMENT.get("PATH"));
  }

  @ParameterizedTest
  @EachIsolation
  void mavenBuildsOfflineFromTheHostsRepository(Isolation isolation) throws Exception {
    useAlso(on("mvn"));
    Path parent =
        home.write(
            ".m2/repository/t/parent/1/parent-1.pom",
            """
            <project><modelVersion>4.0.0</modelVersion><groupId>t</groupId><artifactId>parent</artifactId>
            <version>1</version><packaging>pom</packaging></project>
            """);
    Files.writeString(
        home.work().resolve("pom.xml"),
        """
        <project><modelVersion>4.0.0</modelVersion><artifactId>child</artifactId><packaging>pom</packaging>
        <parent><groupId>t</groupId><artifactId>parent</artifactId><version>1</version>
        <relativePath/></parent></project>
        """);
    // This user has no home in the password database, from which Java takes it.
    String text =
        run(
            isolation,
            "MAVEN_OPTS=${MAVEN_OPTS:--Duser.home=$HOME} mvn -o -B validate;"
                + " echo; echo evil > "
                + parent
                + "; cat "
                + parent,
            "java,maven");
    assertTrue(text.contains("BUILD SUCCESS"), text);
    assertEquals(changesACopy(isolation), text.contains("\nevil\n"), text);
    assertEquals(!changesACopy(isolation), text.contains("warning: the command can read"), text);
  }

  @ParameterizedTest
  @EachIsolation
  void npmInstallsWithoutItsSettings(Isolation isolation) throws Exception {
    useAlso(on("npm"));
    home.write(".npm/_cacache/x", "x");
    Path dep = Files.createDirectory(home.work().resolve("dep"));
    Files.writeString(dep.resolve("package.json"), "{\"name\":\"dep\",\"version\":\"1.0.0\"}");
    String text =
        run(
            isolation,
            "npm install --offline --no-audit --no-fund --install-links ./dep && ls"
                + " node_modules/dep/package.json; ls -A $(npm config get cache); cat ~/.npmrc",
            "npm");
    assertTrue(text.contains("\nnode_modules/dep/package.json\n"), text);
    assertTrue(text.contains("_cacache"), text);
  }

  @ParameterizedTest
  @EachIsolation
  void pipInstallsWithoutItsSettings(Isolation isolation) throws Exception {
    String python = Sandboxed.PYTHON;
    assumeTrue(
        Files.isExecutable(Path.of(python))
            && new ProcessBuilder(python, "-m", "pip", "--version")
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor()
                == 0,
        "pip is not installed");
    home.write(".cache/pip/x", "x");
    wheel(home.work().resolve("dep-1.0-py3-none-any.whl"));
    String text =
        run(
            isolation,
            python
                + " -m pip install --no-index --target out ./dep-1.0-py3-none-any.whl && ls out;"
                + " echo more > ~/.cache/pip/y && echo written",
            "pip");
    assertTrue(text.contains("\ndep.py\n"), text);
    assertEquals(changesACopy(isolation), text.contains("\nwritten\n"), text);
  }

  private static void wheel(Path file) throws IOException {
    Map<String, String> files =
        Map.of(
            "dep.py", "x = 1\n",
            "dep-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: dep\nVersion: 1.0\n",
            "dep-1.0.dist-info/WHEEL",
                "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            "dep-1.0.dist-info/RECORD",
                """
                dep.py,,
                dep-1.0.dist-info/METADATA,,
                dep-1.0.dist-info/WHEEL,,
                dep-1.0.dist-info/RECORD,,
                """);
    try (OutputStream out = Files.newOutputStream(file);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      for (Map.Entry<String, String> each : files.entrySet()) {
        zip.putNextEntry(new ZipEntry(each.getKey()));
        zip.write(each.getValue().getBytes(StandardCharsets.UTF_8));
      }
    }
  }

  @ParameterizedTest
  @EachIsolation
  void cargoBuildsWithoutItsTokens(Isolation isolation) throws Exception {
    // rustup's cargo finds compilers by the home that this test replaces.
    Path cargo = on("rustc");
    Process process =
        new ProcessBuilder(cargo.resolve("rustc").toString(), "--print", "sysroot")
            .redirectErrorStream(true)
            .start();
    var sysroot =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    assumeTrue(process.waitFor() == 0, sysroot);
    Path programs = Path.of(sysroot, "bin");
    assumeTrue(Files.isExecutable(programs.resolve("cargo")), "no cargo in " + programs);
    useAlso(programs);
    home.write(".cargo/registry/x", "x");
    Files.writeString(
        home.work().resolve("Cargo.toml"),
        "[package]\nname = \"t\"\nversion = \"0.1.0\"\nedition = \"2021\"\n");
    Path source = Files.createDirectory(home.work().resolve("src"));
    Files.writeString(source.resolve("lib.rs"), "pub fn x() -> i32 { 1 }\n");
    String text =
        run(
            isolation,
            "cargo check --offline && echo checked; echo more > ~/.cargo/registry/y && echo"
                + " written; cat ~/.cargo/credentials.toml",
            "cargo");
    assertTrue(text.contains("\nchecked\n"), text);
    assertEquals(changesACopy(isolation), text.contains("\nwritten\n"), text);
  }

  @ParameterizedTest
  @EachIsolation
  void gitHasTheNameAndNoLogins(Isolation isolation) throws Exception {
    useAlso(on("git"));
    home.write(".gitconfig", "[user]\nname = somebody\nemail = some@body\n");
    home.write(".config/git/ignore", "ignored\n");
    home.write(".config/git/credentials", SECRET);
    String text =
        run(
            isolation,
            "git init -q && echo > ignored && echo > file && git add . && git commit -q -m x"
                + " && git log --format=%an && git ls-files; cat ~/.git-credentials"
                + " ~/.config/git/credentials",
            "git");
    assertTrue(text.contains("\nsomebody\nfile\n"), text);
    assertTrue(text.contains("somebody\nfile\ncat: "), text);
  }

  @ParameterizedTest
  @EachIsolation
  void goBuilds(Isolation isolation) throws Exception {
    useAlso(on("go"));
    home.write("go/pkg/mod/x", "x");
    home.write(".cache/go-build/x", "x");
    Files.writeString(home.work().resolve("go.mod"), "module t\n\ngo 1.18\n");
    Files.writeString(
        home.work().resolve("main.go"), "package main\n\nfunc main() { println(\"ran\") }\n");
    String text = run(isolation, "go build -o t . && ./t", "go");
    assertTrue(text.contains("\nran\n"), text);
  }

  @ParameterizedTest
  @EachIsolation
  void gradleStarts(Isolation isolation) throws Exception {
    useAlso(on("gradle"));
    home.write(".gradle/caches/x", "x");
    Files.writeString(home.work().resolve("settings.gradle"), "rootProject.name = 't'\n");
    String text = run(isolation, "gradle --offline --version", "java,gradle");
    assertTrue(text.contains("\nGradle "), text);
  }

  /** Java does not look at TMPDIR, and the host's /tmp is not writable with basic isolation. */
  @ParameterizedTest
  @EachIsolation
  void javaHasTemporaryFiles(Isolation isolation) throws Exception {
    Path java = Path.of(System.getProperty("java.home"), "bin");
    useAlso(java);
    Files.writeString(
        home.work().resolve("T.java"),
        """
        void main() throws Exception {
          IO.println("made " + java.io.File.createTempFile("test", "t").exists());
        }
        """);
    String text = run(isolation, "java T.java", "java");
    assertTrue(text.contains("made true\n"), text);
  }

  /** It is a choice, and said. */
  @Test
  void aSharedCacheIsWritten() throws Exception {
    Sandboxed.assumeAvailable(Isolation.NAMESPACE);
    Path there = home.write(".m2/repository/there", "x");
    Path repository = Objects.requireNonNull(there.getParent());
    for (Isolation isolation : Sandboxed.ISOLATIONS) {
      Path made = repository.resolve(isolation.key());
      String text = home.run(isolation, true, "echo x > " + made, "maven");
      assertTrue(Files.exists(made), text);
      assertTrue(text.contains("warning: share_caches: what the command writes to"), text);
      assertTrue(text.contains(repository + ", later builds"), text);
    }
  }
}
