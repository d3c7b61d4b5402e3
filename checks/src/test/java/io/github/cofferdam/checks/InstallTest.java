package io.github.cofferdam.checks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./cofferdam install}, from the jar of this build. */
class InstallTest {
  /** How the README says that it is removed. */
  private static final Pattern REMOVAL = Pattern.compile("(?m)^cd DIR && (rm -r .*)$");

  @TempDir private Path folder;

  private String install(String... words) throws Exception {
    Path jar = Machine.assumeBuilt("cofferdam.jar", "mvn verify");
    var command = new ArrayList<String>();
    command.add(Machine.jdk().resolve("bin/java").toString());
    command.add(Repository.ROOT.resolve("cli/src/build/Install.java").toString());
    command.add(Repository.ROOT.toString());
    command.add(jar.toString());
    command.addAll(List.of(words));
    return Machine.output(folder, command);
  }

  /** Each file with its content, links with where they lead. */
  private static Map<String, String> files(Path prefix) throws Exception {
    var found = new TreeMap<String, String>();
    try (Stream<Path> all = Files.walk(prefix)) {
      for (Path path : all.toList()) {
        String name = prefix.relativize(path).toString();
        if (Files.isSymbolicLink(path)) {
          found.put(name, "-> " + Files.readSymbolicLink(path));
        } else if (Files.isRegularFile(path)) {
          found.put(name, new String(Files.readAllBytes(path), Repository.CHARSET));
        }
      }
    }
    return found;
  }

  @Test
  void whatIsInstalledRunsFromAnywhere() throws Exception {
    // Others may come here, too.
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path prefix = folder.resolve("a prefix");
    Path command = prefix.resolve("bin/cofferdam");
    String said = install("--prefix", prefix.toString());
    assertTrue(said.endsWith("installed; start it as " + command + "\n"), said);
    Map<String, String> files = files(prefix);
    for (String name :
        List.of(
            "lib/cofferdam/cofferdam.jar",
            "lib/cofferdam/examples/readonly.toml",
            "share/man/man1/cofferdam-run.1",
            "share/bash-completion/completions/cofferdam",
            "share/zsh/site-functions/_cofferdam",
            "share/fish/vendor_completions.d/cofferdam.fish",
            "share/doc/cofferdam/LICENSE",
            "share/doc/cofferdam/presets/maven.toml",
            "share/doc/cofferdam/NOTICE")) {
      assertTrue(files.containsKey(name), name);
    }
    List<String> caches = files.keySet().stream().filter(name -> name.endsWith(".aot")).toList();
    assertEquals(1, caches.size(), caches::toString);
    assertTrue(Files.size(prefix.resolve(caches.getFirst())) > 0);

    Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
    String ran =
        Machine.output(
            elsewhere, List.of(command.toString(), "run", "--", "sh", "-c", "echo it ran"));
    assertTrue(ran.endsWith("it ran\n"), ran);
    assertFalse(ran.contains("preparing"), ran);
    assertEquals(files.keySet(), files(prefix).keySet());

    // Over what is there, as a package: the same files but for what belongs to this machine.
    install("--prefix", prefix.toString(), "--stage");
    assertEquals(files, files(prefix));

    Matcher removal = REMOVAL.matcher(Repository.text(Repository.ROOT.resolve("README.md")));
    assertTrue(removal.find());
    Files.createFile(prefix.resolve("share/man/man1/other.1"));
    Machine.output(prefix, List.of("sh", "-c", removal.group(1)));
    assertEquals(Set.of("share/man/man1/other.1"), files(prefix).keySet());
  }

  /** For a package: nothing in it belongs to this machine, or to this hour. */
  @Test
  void whatIsPackedIsNotOfThisMachine() throws Exception {
    Path one = folder.resolve("one");
    install("--prefix", one.toString(), "--stage");
    Map<String, String> files = files(one);
    for (String name : files.keySet()) {
      assertFalse(name.endsWith(".aot") || name.endsWith(".new"), name);
    }
    assertEquals("-> ../lib/cofferdam/cofferdam", files.get("bin/cofferdam"));
    assertTrue(Files.exists(one.resolve("share/cofferdam/examples/readonly.toml")));
  }
}
