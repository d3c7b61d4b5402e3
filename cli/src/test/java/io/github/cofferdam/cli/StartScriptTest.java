package io.github.cofferdam.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The script in the root, in a checkout with a Maven that makes empty jars, and a Java that says
 * how it was started.
 */
@Tag("kernel")
class StartScriptTest {
  private static final Pattern CACHE =
      Pattern.compile("-XX:AOTCache=(\\S*/cli/target/cofferdam-[0-9a-f]{64}[.]aot) ");

  @TempDir private Path folder;

  private Path checkout = Path.of("/");

  @BeforeEach
  void prepare() throws Exception {
    checkout = Files.createDirectory(folder.toRealPath().resolve("checkout"));
    for (String module : List.of("cli", "bench", "sandbox")) {
      source(module, Instant.now().minus(Duration.ofHours(1)));
    }
    file("checkout/pom.xml", "");
    Files.setLastModifiedTime(
        checkout.resolve("pom.xml"), FileTime.from(Instant.now().minus(Duration.ofHours(1))));
    program("checkout/cofferdam", Files.readString(Cofferdam.ROOT.resolve("cofferdam")));
    file("jdk/release", "JAVA_VERSION=\"25.0.3\"\n");
    program(
        "jdk/bin/java",
        """
        #!/bin/sh
        for word; do
          case $word in -XX:AOTCacheOutput=*) echo classes >"${word#*=}" ;; esac
        done
        printf '%s\\n' "java $*"
        """);
    program(
        "bin/mvn",
        """
        #!/bin/sh
        echo "$*" >>../builds
        case "$*" in
          *'-pl cli '*) : >cli/target/cofferdam.jar ;;
          *'-pl bench '*) : >bench/target/bench.jar ;;
        esac
        """);
  }

  /** What takes the place of a closed stream can be neither read nor written. */
  @Test
  void closedStreamsAreNotLeftToTheNextFile() throws Exception {
    Path seen = folder.toRealPath().resolve("seen");
    program(
        "jdk/bin/java",
        "#!/bin/sh\nfor n in 0 1 2; do\n"
            + "  read -r flags <<-end\n\t$(grep flags: /proc/$$/fdinfo/$n)\nend\n"
            + "  echo $n $(readlink /proc/$$/fd/$n) ${flags##*0} >>"
            + seen
            + "\ndone\n");
    var builder =
        new ProcessBuilder(
            "/bin/sh", "-c", "exec \"$0\" run -- true <&- >&- 2>&-", checkout + "/cofferdam");
    builder.environment().put("JAVA_HOME", folder.resolve("jdk").toString());
    builder.environment().put("PATH", folder.resolve("bin") + ":/usr/bin:/bin");
    // Built before, since Maven has to say what it does.
    start("run");
    Files.deleteIfExists(seen);
    assertEquals(0, builder.start().waitFor());
    assertEquals(List.of("0 /dev/null 1", "1 /dev/null", "2 /dev/null"), Files.readAllLines(seen));
  }

  private void source(String module, Instant changed) throws Exception {
    Path source = file("checkout/" + module + "/src/main/java/Source.java", "// " + changed);
    Files.setLastModifiedTime(source, FileTime.from(changed));
  }

  private Path file(String name, String text) throws Exception {
    Path file = folder.resolve(name);
    Files.createDirectories(Objects.requireNonNull(file.getParent()));
    return Files.writeString(file, text);
  }

  private void program(String name, String text) throws Exception {
    Files.setPosixFilePermissions(file(name, text), PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** What the last Java was started with. */
  private String start(String... args) throws Exception {
    var command = new ArrayList<String>();
    command.add(checkout.resolve("cofferdam").toString());
    command.addAll(List.of(args));
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("JAVA_HOME", folder.resolve("jdk").toString());
    builder.environment().put("PATH", folder.resolve("bin") + ":/usr/bin:/bin");
    Process process = builder.start();
    process.getOutputStream().close();
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS), "it does not end");
    assertEquals(0, process.exitValue(), output);
    return output.substring(output.lastIndexOf('\n') + 1);
  }

  private Path jar() {
    return checkout.resolve("cli/target/cofferdam.jar");
  }

  /** The cache that a Java was started with; it is there, and the only one. */
  private Path cache(String java) throws Exception {
    Matcher option = CACHE.matcher(java);
    assertTrue(option.find(), java);
    Path cache = Path.of(option.group(1));
    assertEquals("classes\n", Files.readString(cache));
    assertEquals(List.of(cache), caches());
    return cache;
  }

  private List<Path> caches() throws Exception {
    try (var files = Files.list(checkout.resolve("cli/target"))) {
      return files.filter(file -> file.toString().endsWith(".aot")).toList();
    }
  }

  /** Writes another jar beside it and renames that, or writes into it. */
  private void replaceJar(String content, FileTime time, boolean rename) throws Exception {
    Path written = rename ? folder.resolve("other.jar") : jar();
    Files.writeString(written, content);
    Files.setLastModifiedTime(written, time);
    if (rename) {
      Files.move(written, jar(), StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /** The modules that were built since the last time. */
  private List<String> built() throws Exception {
    Path log = folder.resolve("builds");
    if (!Files.exists(log)) {
      return List.of();
    }
    List<String> modules =
        Files.readAllLines(log).stream()
            .map(line -> line.replaceAll(".*-pl (\\w+) .*", "$1"))
            .toList();
    Files.delete(log);
    return modules;
  }

  /** What the script prints, whatever becomes of it, with a status at its end. */
  private String inShell(String script) throws Exception {
    var builder =
        new ProcessBuilder("/bin/sh", "-c", script + "; echo $?", "sh", checkout + "/cofferdam")
            .redirectErrorStream(true)
            .directory(folder.toFile());
    builder.environment().put("JAVA_HOME", folder.resolve("jdk").toString());
    builder.environment().put("PATH", folder.resolve("bin") + ":/usr/bin:/bin");
    Process process = builder.start();
    process.getOutputStream().close();
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
  }

  /** They would steer Java, and have it print that. A build has them as they are. */
  @Test
  void optionsOfJavaAreTheCommands() throws Exception {
    String script = "#!/bin/sh\nenv | grep JAVA.*_OPTIONS | LC_ALL=C sort";
    program("jdk/bin/java", script + "\n");
    program("bin/mvn", script + " >>../seen\n: >cli/target/cofferdam.jar\n");
    String said =
        inShell(
            "JAVA_TOOL_OPTIONS='-Da=b c' _JAVA_OPTIONS= JDK_JAVA_OPTIONS='\"'"
                + " \"$1\" run 2>/dev/null");
    assertEquals(
        """
        COFFERDAM_CALLERS_JAVA_TOOL_OPTIONS=-Da=b c
        COFFERDAM_CALLERS_JDK_JAVA_OPTIONS="
        COFFERDAM_CALLERS__JAVA_OPTIONS=
        0\
        """,
        said);
    List<String> build = Files.readAllLines(folder.resolve("seen"));
    assertTrue(build.contains("JAVA_TOOL_OPTIONS=-Da=b c"), build::toString);
    assertTrue(build.contains("JDK_JAVA_OPTIONS=\""), build::toString);
    assertTrue(build.contains("_JAVA_OPTIONS="), build::toString);
  }

  /** The shell may say something of its own before. */
  @Test
  void whereJavaCannotTellWhereItIsItIsNotStarted() throws Exception {
    start("run");
    String sentence =
        "cofferdam: the working directory is gone, or its path is longer than 4095 bytes: start"
            + " this from another one\n"
            + "125";
    String gone = inShell("mkdir gone; cd gone; rmdir ../gone; \"$1\" run");
    assertTrue(gone.endsWith(sentence), gone);
    // Shells go by whole paths.
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/python3")), "no python3");
    String deep =
        inShell(
            "python3 -Ic 'import os, sys\nfor i in range(22): os.mkdir(\"d\" * 200);"
                + " os.chdir(\"d\" * 200)\nos.execv(sys.argv[1], sys.argv[1:])' \"$1\" run;"
                + " status=$?; rm -rf ddd*; (exit $status)");
    assertTrue(deep.endsWith(sentence), deep);
  }

  @Test
  void theCommandIsBuiltOnceAndStarted() throws Exception {
    String java = start("run", "--", "true");
    assertTrue(java.endsWith("cli/target/cofferdam.jar run -- true"), java);
    assertTrue(java.contains("-XX:AOTCache=" + cache(java)), java);
    assertTrue(java.contains(" -XX:+DisableAttachMechanism "), java);
    assertEquals(List.of("cli"), built());
    start("doctor");
    assertEquals(List.of(), built());
  }

  @Test
  void theBenchmarkIsBuiltBesideTheCommand() throws Exception {
    String java = start("bench", "--quick", "--output", "two words");
    assertTrue(java.endsWith("bench/target/bench.jar --quick --output two words"), java);
    assertTrue(java.contains("-Dcofferdam.root=" + checkout + " "), java);
    assertFalse(java.contains("TieredStopAtLevel"), java);
    assertFalse(java.contains("AOTCache"), java);
    assertEquals(List.of("cli", "bench"), built());
    start("bench");
    start("run", "--", "true");
    assertEquals(List.of(), built());
  }

  /** The command has it. */
  @ParameterizedTest
  @ValueSource(strings = {"bench --help", "bench -h", "bench compare --help", "help bench"})
  void helpAboutTheBenchmarkBuildsNothingOfIt(String words) throws Exception {
    String java = start(words.split(" "));
    assertTrue(java.endsWith("cli/target/cofferdam.jar " + words), java);
    assertEquals(List.of("cli"), built());
  }

  @Test
  void onlyWhatHasChangedIsBuilt() throws Exception {
    start("bench");
    built();
    Instant later = Instant.now().plusSeconds(1);
    source("bench", later);
    start("run", "--", "true");
    assertEquals(List.of(), built());
    start("bench");
    assertEquals(List.of("bench"), built());
    source("bench", Instant.now().minusSeconds(60));
    source("sandbox", later);
    start("run", "--", "true");
    assertEquals(List.of("cli"), built());
  }

  // ---------------------------------------------------------------- an installed copy

  /**
   * Lays one out as Install.java does, to be started from its bin; returns the folder of the
   * script.
   */
  private Path install() throws Exception {
    String script = Files.readString(Cofferdam.ROOT.resolve("cofferdam"));
    assertTrue(script.contains("\ninstalled=\n"));
    String name = "prefix/lib/cofferdam/";
    program(name + "cofferdam", script.replace("\ninstalled=\n", "\ninstalled=1\n"));
    file(name + "cofferdam.jar", "classes");
    file(name + "examples/readonly.toml", "");
    checkout = Files.createDirectory(folder.toRealPath().resolve("prefix/bin"));
    Files.createSymbolicLink(checkout.resolve("cofferdam"), Path.of("../lib/cofferdam/cofferdam"));
    return folder.toRealPath().resolve(name);
  }

  @Test
  void anInstalledCopyStartsTheJarBesideIt() throws Exception {
    Path home = install();
    String java = start("run", "--", "true");
    assertTrue(java.endsWith(home + "/cofferdam.jar run -- true"), java);
    assertTrue(java.contains("-Dcofferdam.home=" + home + " "), java);
    assertTrue(java.contains("-XX:AOTCache=" + home + "/cofferdam-"), java);
    assertEquals(java, start("run", "--", "true"));
    assertEquals(List.of(), built());
    assertTrue(start("bench", "--quick").endsWith(home + "/cofferdam.jar bench --quick"));
    assertTrue(start("install", "--prefix", "/").endsWith("cofferdam.jar install --prefix /"));
  }

  @Test
  void anInstalledCopyPrefersTheRuntimeBesideIt() throws Exception {
    Path home = install();
    file("prefix/lib/cofferdam/jre/release", "JAVA_VERSION=\"25\"\n");
    program("prefix/lib/cofferdam/jre/bin/java", "#!/bin/sh\necho the one beside it\n");
    assertEquals("the one beside it", start("doctor"));
    Files.delete(home.resolve("jre/release"));
    assertTrue(start("doctor").startsWith("java "));
  }

  @Test
  void anInstalledCopyOfSomebodyElseIsLeftAsItIs() throws Exception {
    Path home = install();
    Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("r-xr-xr-x"));
    try {
      assumeFalse(Files.isWritable(home), "this user may write anywhere");
      String java = start("run");
      assertTrue(java.endsWith("cofferdam.jar run"), java);
      assertFalse(java.contains("AOTCache"), java);
    } finally {
      Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
  }

  /** Whoever may write to a checkout may have put it there. */
  @Test
  void whatAnInstalledCopyHasDoesNotMakeOneOfACheckout() throws Exception {
    file("checkout/cofferdam.jar", "");
    file("checkout/jre/release", "JAVA_VERSION=\"25\"\n");
    program("checkout/jre/bin/java", "#!/bin/sh\necho the one beside it\n");
    assertTrue(start("doctor").endsWith("cli/target/cofferdam.jar doctor"));
    assertEquals(List.of("cli"), built());
  }

  @Test
  void itIsInstalledByAProgramOfTheCheckout() throws Exception {
    String java = start("install", "--prefix", "two words");
    String program = checkout + "/cli/src/build/Install.java";
    assertEquals("java " + program + " " + checkout + " " + jar() + " --prefix two words", java);
    assertEquals(List.of("cli"), built());
  }

  // ---------------------------------------------------------------- the cache

  /** A cache holds classes, and nothing but the script sees whose they are. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anotherJarOfTheSameSizeAndTimeGetsACacheOfItsOwn(boolean rename) throws Exception {
    start("doctor");
    FileTime time = FileTime.from(Instant.now().plusSeconds(1));
    replaceJar("one", time, false);
    Path first = cache(start("doctor"));
    replaceJar("two", time, rename);
    Path second = cache(start("doctor"));
    assertNotEquals(first, second);
    replaceJar("one", time, rename);
    assertEquals(first, cache(start("doctor")));
    assertEquals(List.of("cli"), built());
  }

  /** As a backup that is put back: the sources are newer then, and what runs is built from them. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aJarWithAnOlderTimeIsNeverStartedWithTheCacheOfAnother(boolean rename) throws Exception {
    Path first = cache(start("doctor"));
    built();
    Instant old = Instant.now().minus(Duration.ofDays(300));
    replaceJar("old", FileTime.from(old), rename);
    assertEquals(first, cache(start("doctor")));
    assertEquals("", Files.readString(jar()));
    assertEquals(List.of("cli"), built());

    for (String source : List.of("cli", "sandbox", "bench")) {
      source(source, old.minusSeconds(60));
    }
    Files.setLastModifiedTime(checkout.resolve("pom.xml"), FileTime.from(old.minusSeconds(60)));
    replaceJar("older", FileTime.from(old), rename);
    Path second = cache(start("doctor"));
    assertEquals("older", Files.readString(jar()));
    assertEquals(List.of(), built());
    assertNotEquals(first, second);
  }

  @Test
  void anotherJdkGetsACacheOfItsOwn() throws Exception {
    Path first = cache(start("doctor"));
    file("jdk/release", "JAVA_VERSION=\"25.0.4\"\n");
    assertNotEquals(first, cache(start("doctor")));
  }

  @Test
  void whatIsAsItWasIsNotReadAgain() throws Exception {
    program(
        "bin/sha256sum", "#!/bin/sh\necho >>\"${0%/*}/../sums\"\nexec /usr/bin/sha256sum \"$@\"\n");
    start("doctor");
    start("doctor");
    Path sums = folder.resolve("sums");
    assertTrue(Files.exists(sums));
    Files.delete(sums);
    start("doctor");
    assertFalse(Files.exists(sums));
  }

  @ParameterizedTest
  @ValueSource(strings = {"stat", "sha256sum"})
  void withoutTheToolsThereIsNoCache(String tool) throws Exception {
    program("bin/" + tool, "#!/bin/sh\nexit 127\n");
    assertFalse(start("doctor").contains("AOTCache"));
    assertEquals(List.of("cli"), built());
    assertFalse(start("doctor").contains("AOTCache"));
    assertEquals(List.of(), built());
    assertEquals(List.of(), caches());
  }

  @Test
  void aCacheThatCannotBeMadeIsTriedOnce() throws Exception {
    program(
        "jdk/bin/java",
        """
        #!/bin/sh
        case "$*" in *AOTCacheOutput*) echo tried >>"${0%/*}/../../tries" ;; esac
        printf '%s\\n' "java $*"
        """);
    for (int i = 0; i < 2; i++) {
      assertFalse(start("doctor").contains("AOTCache"));
    }
    Path tries = folder.resolve("tries");
    assertTrue(Files.exists(tries), "not tried at all");
    assertEquals(1, Files.readAllLines(tries).size());
  }

  // ---------------------------------------------------------------- the sources

  /** What is put back from a backup has the time of writing that it had. */
  @Test
  void aSourceThatIsPutBackIsBuilt() throws Exception {
    start("doctor");
    built();
    Path source = file("checkout/sandbox/src/main/java/Source.java", "class Old {}");
    Files.setLastModifiedTime(source, FileTime.from(Instant.now().minus(Duration.ofDays(300))));
    start("doctor");
    assertEquals(List.of("cli"), built());
    start("doctor");
    assertEquals(List.of(), built());
  }

  /** Its files have new times of change, and nothing else is new. */
  @Test
  void aCopyOfTheWholeCheckoutIsNotBuiltAgain() throws Exception {
    start("doctor");
    built();
    Path copy = folder.resolve("copy");
    var cp = new ProcessBuilder("cp", "-a", checkout.toString(), copy.toString());
    assertEquals(0, cp.start().waitFor());
    checkout = copy.toRealPath();
    start("doctor");
    assertEquals(List.of(), built());
    file("copy/sandbox/src/main/java/Source.java", "class New {}");
    start("doctor");
    assertEquals(List.of("cli"), built());
  }
}
