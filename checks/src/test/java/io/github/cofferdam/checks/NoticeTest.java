package io.github.cofferdam.checks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;

/** The notice of the command's jar names what is in it, and the licences are there. */
class NoticeTest {
  private static final Path CLI = Repository.ROOT.resolve("cli");
  private static final Path RESOURCES = CLI.resolve("src/main/resources");
  private static final Path JAR = CLI.resolve("target/cofferdam.jar");
  private static final String NOTICE = "META-INF/NOTICE";
  private static final Pattern BUNDLED =
      Pattern.compile("^(\\S+) (\\S+) \\(([\\w.]+):(\\S+)\\), \\S.*", Pattern.MULTILINE);
  private static final Pattern LICENCE = Pattern.compile("licenses/[\\w-]+[.]txt|[\\w-]+-LICENSE");

  private static List<Path> libraries() throws IOException {
    Path folder = CLI.resolve("target/test-lib");
    assumeTrue(Files.isDirectory(folder), "cli is not built");
    try (Stream<Path> jars = Files.list(folder)) {
      return jars.sorted().toList();
    }
  }

  private static Set<String> entries(Path jar) throws IOException {
    try (var file = new JarFile(jar.toFile())) {
      return file.stream().map(ZipEntry::getName).collect(Collectors.toSet());
    }
  }

  private static String notice() {
    return Repository.text(RESOURCES.resolve(NOTICE));
  }

  @Test
  void everythingThatIsBundledIsNamedWithItsVersion() throws Exception {
    var named = new TreeSet<String>();
    Matcher matcher = BUNDLED.matcher(notice());
    while (matcher.find()) {
      assertEquals(matcher.group(1), matcher.group(4));
      named.add(matcher.group(1) + "-" + matcher.group(2) + ".jar");
    }
    var bundled = new TreeSet<String>();
    for (Path library : libraries()) {
      bundled.add(Repository.name(library));
    }
    assertEquals(bundled, named);
  }

  /** What is there and not known here came in by another way than as a dependency. */
  @Test
  void nothingElseIsInTheJar() throws Exception {
    assumeTrue(Files.exists(JAR), "cofferdam.jar is not built");
    var known = new HashSet<String>();
    for (Path library : libraries()) {
      known.addAll(entries(library));
    }
    var unknown = new ArrayList<String>();
    for (String entry : entries(JAR)) {
      if (entry.endsWith(".class")
          && !entry.startsWith("io/github/cofferdam/")
          && !known.contains(entry)) {
        unknown.add(entry);
      }
    }
    assertEquals(List.of(), unknown);
  }

  @Test
  void theLicencesThatItRefersToAreInTheJar() throws Exception {
    assumeTrue(Files.exists(JAR), "cofferdam.jar is not built");
    Set<String> entries = entries(JAR);
    Matcher matcher = LICENCE.matcher(notice());
    int found = 0;
    while (matcher.find()) {
      assertTrue(entries.contains("META-INF/" + matcher.group()), matcher.group());
      found++;
    }
    assertTrue(found > 3, "only " + found);
    try (var jar = new JarFile(JAR.toFile())) {
      for (String name : List.of("LICENSE", "NOTICE")) {
        Path source =
            name.equals("NOTICE") ? RESOURCES.resolve(NOTICE) : Repository.ROOT.resolve(name);
        byte[] bytes = jar.getInputStream(jar.getEntry("META-INF/" + name)).readAllBytes();
        assertEquals(Repository.text(source), new String(bytes, Repository.CHARSET), name);
      }
    }
  }

  /** Modules that have been built. */
  @Test
  void everyModuleHasBoth() {
    var missing = new ArrayList<String>();
    for (Path classes : Repository.classes(Repository.published())) {
      for (String name : List.of("META-INF/LICENSE", NOTICE)) {
        if (!Files.exists(classes.resolve(name))) {
          missing.add(Repository.relative(classes.resolve(name)));
        }
      }
    }
    assertEquals(List.of(), missing);
  }
}
