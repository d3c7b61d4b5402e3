package io.github.cofferdam.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Preset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;

/** Whatever is granted beside secrets and around them, no preset lets one be read. */
@Tag("kernel")
final class PresetSecretsTest {
  private static final String SECRET = "hunter2-of-the-test";

  /** Not read from the preset: what is missing there would not be missed here. */
  private static final List<String> SECRETS =
      List.of(
          ".netrc",
          ".ssh/id_ed25519",
          ".gnupg/private-keys-v1.d/key",
          ".aws/credentials",
          ".config/gcloud/credentials.db",
          ".kube/config",
          ".docker/config.json",
          ".config/containers/auth.json",
          ".git-credentials",
          ".config/git/credentials",
          ".config/gh/hosts.yml",
          ".config/glab-cli/config.yml",
          ".m2/settings.xml",
          ".m2/settings-security.xml",
          ".gradle/gradle.properties",
          ".gradle/init.d/logins.gradle",
          ".gradle/init.gradle",
          ".gradle/init.gradle.kts",
          ".npmrc",
          ".yarnrc.yml",
          ".pypirc",
          ".config/pip/pip.conf",
          ".pip/pip.conf",
          ".cargo/credentials.toml",
          ".cargo/credentials",
          ".config/go/env",
          ".pgpass",
          ".bash_history",
          ".mozilla/firefox/logins.json");

  @TempDir(factory = VisibleDirectory.class)
  private Path temporary = Path.of("/");

  private PresetHome home;

  @BeforeEach
  void makeHome() throws Exception {
    home = new PresetHome(temporary.toRealPath());
    for (String name : SECRETS) {
      home.write(name, SECRET);
    }
    // Known by no name, and beside what a tool reads.
    home.write(".m2/settings.xml.bak", SECRET);
    home.write(".cargo/credentials.toml.old", SECRET);
    home.write(".m2/repository/public", "public");
    home.write(".cargo/registry/public", "public");
    home.write(".gradle/caches/public", "public");
    home.write(".npm/public", "public");
    home.write(".cache/pip/public", "public");
    home.write("go/pkg/public", "public");
    home.write(".cache/go-build/public", "public");
  }

  /** What one preset grants by a relative path, another blocks there. */
  @Test
  void anAgentInAHomeReadsNoneAndChangesNoStartFile() throws Exception {
    Sandboxed.assumeAvailable(Isolation.NAMESPACE);
    Path start = home.write(".bashrc", "mine");
    home.workAtHome();
    String text =
        home.run(
            Isolation.NAMESPACE,
            false,
            "echo evil > .bashrc; cat .npmrc .yarnrc.yml .cargo/credentials; echo > new && echo"
                + " made",
            "agent");
    assertTrue(text.contains("\nmade\n"), text);
    assertFalse(text.contains(SECRET), text);
    assertEquals("mine", Files.readString(start));
  }

  @ParameterizedTest
  @EachIsolation
  void noneIsRead(Isolation isolation) throws Exception {
    Sandboxed.assumeAvailable(isolation);
    Map<Path, String> before = PresetHome.contents(home.home());
    String[] all =
        Stream.of(Preset.values())
            .map(preset -> preset.name().toLowerCase(Locale.ROOT))
            .toArray(String[]::new);
    // By walking, and by the names that are known already; hidden ones can be named anyway.
    var names = new StringBuilder();
    for (Path path : before.keySet()) {
      if (Files.isRegularFile(path)) {
        names.append(" '").append(path).append('\'');
      }
    }
    String script = "for f in" + names + "; do cat $f 2>/dev/null && echo \" $f\"; done;";
    String text = home.run(isolation, false, script, all);
    for (String part : text.split("== ", -1)) {
      String read = part;
      // What no list names is closed by the presets alone that close all around it.
      if (!part.startsWith("maven\n")) {
        read = read.replace(SECRET + " " + home.home() + "/.m2/settings.xml.bak\n", "");
      }
      if (!part.startsWith("cargo\n")) {
        read = read.replace(SECRET + " " + home.home() + "/.cargo/credentials.toml.old\n", "");
      }
      assertFalse(read.contains(SECRET), part);
      assertTrue(part.isEmpty() || part.contains("public " + home.home()), part);
      assertTrue(part.isEmpty() || part.contains("Exited[code=0]"), part);
    }
    assertEquals(all.length + 1, text.split("== ", -1).length, text);
    assertEquals(before, PresetHome.contents(home.home()));
  }
}
