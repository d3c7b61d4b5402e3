package io.github.cofferdam.checks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;

/** The poms agree with each other and with the folders. */
class PomTest {
  private static final Element ROOT = pom(Repository.ROOT);

  private static Element pom(Path directory) {
    return Xml.read(directory.resolve("pom.xml"));
  }

  private static Path folder(String module) {
    return Repository.ROOT.resolve(module);
  }

  private static List<Element> plugins(Element pom) {
    return Xml.descendants(pom, "plugin");
  }

  private static Set<String> pinned(Element pom) {
    var pinned = new HashSet<String>();
    for (Element plugin : plugins(pom)) {
      if (Xml.childText(plugin, "version").isPresent()) {
        pinned.add(Xml.childText(plugin, "artifactId").orElseThrow());
      }
    }
    return pinned;
  }

  @Test
  void everyPluginHasAFixedVersion() {
    Set<String> pinned = pinned(ROOT);
    var wrong = new ArrayList<String>();
    for (String module : Repository.modules()) {
      Element pom = pom(folder(module));
      Set<String> own = pinned(pom);
      for (Element plugin : plugins(pom)) {
        String name = Xml.childText(plugin, "artifactId").orElseThrow();
        if (!pinned.contains(name) && !own.contains(name)) {
          wrong.add(module + ": " + name + " has no version");
        }
      }
    }
    for (Element plugin : plugins(ROOT)) {
      String name = Xml.childText(plugin, "artifactId").orElseThrow();
      if (!pinned.contains(name)) {
        wrong.add(name + " has no version");
      }
    }
    assertEquals(List.of(), wrong);
  }

  @Test
  void noVersionFloats() {
    var wrong = new ArrayList<String>();
    for (String module : Repository.modules()) {
      check(module, pom(folder(module)), wrong);
    }
    check("root", ROOT, wrong);
    assertEquals(List.of(), wrong);
  }

  private static void check(String module, Element pom, List<String> wrong) {
    var elements = new ArrayList<>(plugins(pom));
    elements.addAll(Xml.descendants(pom, "dependency"));
    for (Element element : elements) {
      Optional<String> version = Xml.childText(element, "version");
      if (version.isPresent() && version.get().matches("LATEST|RELEASE|[\\[(].*")) {
        wrong.add(module + ": " + version.get());
      }
    }
  }

  @Test
  void theBomNamesEveryPublishedModule() {
    List<String> named =
        Xml.descendants(pom(folder("bom")), "dependency").stream()
            .map(dependency -> Xml.childText(dependency, "artifactId").orElseThrow())
            .toList();
    assertEquals(
        Repository.published().stream().map(module -> "cofferdam-" + module).toList(), named);
  }

  @Test
  void foldersAndArtifactsHaveTheSameNamesAndVersions() {
    String version = Xml.childText(ROOT, "version").orElseThrow();
    var wrong = new ArrayList<String>();
    for (String module : Repository.modules()) {
      Element pom = pom(folder(module));
      Element versioned =
          module.equals("bom") ? pom : Xml.children(pom, "parent").stream().findFirst().orElse(pom);
      if (!Xml.childText(versioned, "version").equals(Optional.of(version))) {
        wrong.add(module + ": version is not " + version);
      }
      if (!Xml.childText(pom, "artifactId").equals(Optional.of("cofferdam-" + module))) {
        wrong.add(module + ": artifactId is not cofferdam-" + module);
      }
      for (String element : List.of("name", "description")) {
        if (Xml.childText(pom, element).orElse("").isEmpty()) {
          wrong.add(module + ": no " + element);
        }
      }
    }
    assertEquals(List.of(), wrong);
  }

  /** Modules have them from the root; the list of versions has no parent. */
  @Test
  void theyHaveWhatRepositoriesAskFor() {
    var wrong = new ArrayList<String>();
    for (Element pom : List.of(ROOT, pom(folder("bom")))) {
      for (String element : List.of("url", "licenses", "developers", "scm")) {
        if (Xml.childText(pom, element).orElse("").isEmpty()) {
          wrong.add(Xml.childText(pom, "artifactId").orElseThrow() + ": no " + element);
        }
      }
      for (Element licence : Xml.descendants(pom, "license")) {
        if (Xml.childText(licence, "url").isEmpty()) {
          wrong.add("a licence without url");
        }
      }
    }
    assertEquals(List.of(), wrong);
  }

  @Test
  void everyPublishedModuleIsAModule() {
    var wrong = new ArrayList<String>();
    for (String module : Repository.published()) {
      Path sources = folder(module).resolve("src/main/java");
      Path own = sources.resolve("io/github/cofferdam").resolve(module);
      if (!Files.exists(sources.resolve("module-info.java"))) {
        wrong.add(module + ": no module-info.java");
      }
      if (!Files.exists(own.resolve("package-info.java"))) {
        wrong.add(module + ": no package-info.java");
      }
    }
    assertEquals(List.of(), wrong);
  }

  @Test
  void everyPackageIsNullMarked() {
    var wrong = new ArrayList<String>();
    for (Path file : Repository.files()) {
      boolean generated = Repository.relative(file).contains("/uapi/");
      if (Repository.name(file).equals("package-info.java")
          && !generated
          && !Repository.text(file).contains("@NullMarked")) {
        wrong.add(Repository.relative(file));
      }
    }
    assertEquals(List.of(), wrong);
    assertTrue(Repository.modules().size() > 8);
  }
}
