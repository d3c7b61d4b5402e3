package io.github.cofferdam.checks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.profiles.SeccompProfile;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Element;

/** What the documents say is true. */
class DocsTest {
  private static final Pattern BLOCK =
      Pattern.compile("^```(\\w+)\\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#\\s]+)(#[^)\\s]*)?\\)");

  /** Spelt such that this file itself does not contain them. */
  private static final List<Pattern> FORBIDDEN =
      Stream.of(
              "(?<![\\w.*-])/(?:wo" + "rk|ro" + "ot)/",
              "repo\\d?\\.mav" + "en\\.(?:apache\\.)?org",
              "(?:deb|security|snapshot)\\.deb" + "ian\\.org",
              "archive\\.ub" + "untu\\.com",
              "registry\\.np" + "mjs\\.org",
              "py" + "pi\\.org",
              "crat" + "es\\.io",
              "proxy\\.gol" + "ang\\.org")
          .map(Pattern::compile)
          .toList();

  @TempDir private Path directory;

  private static List<Path> documents() {
    return Repository.files().stream().filter(file -> file.toString().endsWith(".md")).toList();
  }

  private static List<Path> examples(String ending) throws IOException {
    try (Stream<Path> files = Files.list(Repository.ROOT.resolve("examples"))) {
      return files.filter(file -> file.toString().endsWith(ending)).sorted().toList();
    }
  }

  private static List<Block> shown(String language) {
    return Stream.concat(Block.inDocuments().stream(), Block.inJavadoc().stream())
        .filter(block -> block.language().equals(language))
        .toList();
  }

  /** SnippetsTest and CommandLinesTest try the others. */
  @Test
  void everyBlockIsOfAKindThatIsTried() {
    var wrong = new ArrayList<String>();
    for (Block block : Block.inDocuments()) {
      // Pictures have no language, and what a program prints belongs to its block.
      if (!Set.of("", "java", "sh", "toml", "xml").contains(block.language())) {
        wrong.add(block.place() + " " + block.language());
      }
    }
    for (Block block : Block.inJavadoc()) {
      if (!Set.of("java", "toml").contains(block.language())) {
        wrong.add(block.place() + " " + block.language());
      }
    }
    for (Path file : Repository.files()) {
      if (file.toString().endsWith(".java") && Repository.text(file).contains("<pre>{@" + "code")) {
        wrong.add(Repository.relative(file) + ": code in <pre>, which nothing tries");
      }
    }
    assertEquals(List.of(), wrong);
  }

  @Test
  void policiesAndProfilesThatAreShownAreValid() throws Exception {
    int policies = 0;
    for (Block block : shown("toml")) {
      if (block.text().startsWith("[seccomp]\ndefault")) {
        SeccompProfile.parse(block.text(), block.place());
      } else {
        Policy.load(Files.writeString(directory.resolve("policy.toml"), block.text()));
        policies++;
      }
    }
    assertTrue(policies > 0, "no page shows a policy");
  }

  @Test
  void dependenciesThatAreShownAreModulesOfThisVersion() throws Exception {
    Element pom = Xml.read(Repository.ROOT.resolve("pom.xml"));
    List<String> modules = Repository.modules().stream().map("cofferdam-"::concat).toList();
    for (Block block : shown("xml")) {
      Element dependency =
          Xml.read(Files.writeString(directory.resolve("dependency.xml"), block.text()));
      assertEquals("dependency", dependency.getTagName(), block::place);
      for (String name : List.of("groupId", "version")) {
        assertEquals(Xml.childText(pom, name), Xml.childText(dependency, name), block::place);
      }
      assertTrue(
          modules.contains(Xml.childText(dependency, "artifactId").orElseThrow()), block::place);
    }
  }

  @Test
  void examplePoliciesAreValid() throws Exception {
    List<Path> files = examples(".toml");
    assertFalse(files.isEmpty());
    for (Path file : files) {
      Policy policy = Policy.load(file);
      assertEquals(policy, Policy.parse(policy.toToml(), "shown"), file::toString);
    }
  }

  @Test
  void exampleProgramsCompileAndRun() throws Exception {
    List<Path> sources = examples(".java");
    assertFalse(sources.isEmpty(), "no examples/*.java");
    for (Path source : sources) {
      Path classes = directory.resolve(Repository.name(source) + ".classes");
      compile(source, classes);
      run(classes, Repository.name(source).replace(".java", ""));
    }
  }

  private static void compile(Path source, Path classes) throws IOException {
    Files.createDirectories(classes);
    JavaCompiler compiler = Objects.requireNonNull(ToolProvider.getSystemJavaCompiler());
    var messages = new StringWriter();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
      List<String> options =
          List.of(
              "-d",
              classes.toString(),
              "-cp",
              System.getProperty("java.class.path"),
              "-proc:none",
              "-Xlint:all,-path,-classfile",
              "-Werror");
      Boolean done =
          compiler
              .getTask(messages, files, null, options, null, files.getJavaFileObjects(source))
              .call();
      assertTrue(done, () -> source + "\n" + messages);
    }
  }

  private static void run(Path classes, String type) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                classes + ":" + System.getProperty("java.class.path"),
                type)
            .directory(Repository.ROOT.toFile())
            .redirectErrorStream(true)
            .start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), Repository.CHARSET);
    assertEquals(0, process.waitFor(), () -> type + "\n" + output);
  }

  @Test
  void linksLeadSomewhere() {
    var wrong = new ArrayList<String>();
    for (Path file : documents()) {
      // What looks like a link within a program is none.
      String text = BLOCK.matcher(Repository.text(file)).replaceAll("");
      Matcher link = LINK.matcher(text);
      while (link.find()) {
        String target = Objects.requireNonNull(link.group(1));
        boolean elsewhere = target.startsWith("https://") || target.startsWith("mailto:");
        if (!elsewhere && !Files.exists(file.resolveSibling(target))) {
          wrong.add(Repository.relative(file) + ": " + target);
        }
      }
    }
    assertEquals(List.of(), wrong);
  }

  @Test
  void theReadmesTableNamesEveryModule() {
    List<String> rows =
        Repository.text(Repository.ROOT.resolve("README.md"))
            .lines()
            .filter(line -> line.startsWith("|"))
            .toList();
    var missing = new ArrayList<>(Repository.modules());
    missing.removeAll(List.of("bom", "testkit", "checks"));
    missing.removeIf(module ->
        rows.stream().anyMatch(row -> row.matches("\\|[^|]*\\b" + module + "\\b[^|]*\\|.*")));
    assertEquals(List.of(), missing, "modules without a row in README.md");
  }

  @Test
  void nothingNamesAMachineOrARegistry() {
    var wrong = new ArrayList<String>();
    for (Path file : Repository.files()) {
      String text = Repository.text(file);
      for (Pattern forbidden : FORBIDDEN) {
        Matcher matcher = forbidden.matcher(text);
        if (matcher.find()) {
          long line = text.substring(0, matcher.start()).lines().count();
          wrong.add(Repository.relative(file) + ":" + line + ": " + matcher.group());
        }
      }
    }
    if (!wrong.isEmpty()) {
      fail("text that belongs to one machine, or to a registry:\n" + String.join("\n", wrong));
    }
  }
}
