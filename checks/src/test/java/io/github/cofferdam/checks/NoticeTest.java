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
import org.w3c.dom.Element;

/** The notice of the command's jar names what is in it, and the licences are there. */
class NoticeTest {
  private static final Path CLI = Repository.ROOT.resolve("cli");
  private static final Path RESOURCES = CLI.resolve("src/main/resources");
  private static final Path LIBRARIES = Repository.ROOT.resolve("libraries");
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

  /** What a notice names, as file names. */
  private static Set<String> named(String notice) {
    var named = new TreeSet<String>();
    Matcher matcher = BUNDLED.matcher(notice);
    while (matcher.find()) {
      assertEquals(matcher.group(1), matcher.group(4));
      named.add(matcher.group(1) + "-" + matcher.group(2) + ".jar");
    }
    return named;
  }

  /** What the module {@code libraries} is made from, as file names. */
  private static Set<String> relocated() {
    String root = Repository.text(Repository.ROOT.resolve("pom.xml"));
    var relocated = new TreeSet<String>();
    for (Element dependency :
        Xml.descendants(Xml.read(LIBRARIES.resolve("pom.xml")), "dependency")) {
      String name = Xml.childText(dependency, "artifactId").orElseThrow();
      Matcher version =
          Pattern.compile("<" + Pattern.quote(name) + "[.]version>(.+)</").matcher(root);
      assertTrue(version.find(), name);
      relocated.add(name + "-" + version.group(1) + ".jar");
    }
    return relocated;
  }

  @Test
  void everythingThatIsBundledIsNamedWithItsVersion() throws Exception {
    var bundled = new TreeSet<>(relocated());
    for (Path library : libraries()) {
      assertTrue(bundled.add(Repository.name(library)), library + " is there twice");
    }
    assertEquals(bundled, named(notice()));
  }

  /** The module is made of packages that the notice names, and has their licences. */
  @Test
  void soDoesThatOfTheRelocatedLibraries() throws Exception {
    Path classes = LIBRARIES.resolve("target/classes");
    assumeTrue(Files.isDirectory(classes), "libraries is not built");
    String notice = Repository.text(classes.resolve(NOTICE));
    assertEquals(relocated(), named(notice));
    Matcher matcher = LICENCE.matcher(notice);
    int found = 0;
    while (matcher.find()) {
      assertTrue(Files.exists(classes.resolve("META-INF", matcher.group())), matcher.group());
      found++;
    }
    assertEquals(2, found);
    var packages = new TreeSet<String>();
    try (Stream<Path> files = Files.walk(classes)) {
      for (Path file : files.filter(Files::isRegularFile).map(classes::relativize).toList()) {
        if (file.startsWith("io/github/cofferdam/libraries") && file.getNameCount() > 5) {
          packages.add(file.getName(4).toString());
        } else if (!file.startsWith("META-INF")
            && !List.of("module-info.class", "package-info.class")
                .contains(Repository.name(file))) {
          packages.add(file.toString());
        }
      }
    }
    assertEquals(Set.of("re2j", "tomlj"), packages);
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
