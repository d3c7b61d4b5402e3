package io.github.cofferdam.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is in the files that ship, and that each has its constant. */
class PresetTest {
  private static final Path ROOT = Path.of(System.getProperty("cofferdam.root", ".."));
  private static final Path FILES =
      ROOT.resolve("policy/src/main/resources/io/github/cofferdam/policy/presets");

  private static Stream<String> texts(Preset preset) {
    return Stream.concat(Stream.of(preset.text()), preset.basicText().stream());
  }

  @Test
  void eachFileIsAPreset() throws IOException {
    var expected = new TreeSet<String>();
    for (Preset preset : Preset.values()) {
      expected.add(preset.key() + ".toml");
      preset.basicText().ifPresent(text -> expected.add(preset.key() + "-basic.toml"));
    }
    try (Stream<Path> files = Files.list(FILES)) {
      assertEquals(
          expected,
          files
              .map(file -> String.valueOf(file.getFileName()))
              .collect(Collectors.toCollection(TreeSet::new)));
    }
  }

  @ParameterizedTest
  @EnumSource
  void isNamedAndDescribed(Preset preset) {
    assertEquals(preset, Preset.of(preset.key()));
    assertTrue(preset.summary().endsWith("."), preset.summary());
    assertTrue(preset.summary().length() < 120, preset.summary());
  }

  /** Each line that grants, blocks or sets something has its reason beside it. */
  @ParameterizedTest
  @EnumSource
  void eachLineHasAReason(Preset preset) {
    for (String line : texts(preset).flatMap(String::lines).toList()) {
      boolean says =
          line.startsWith("  \"") || (line.contains(" = ") && !line.endsWith("[") && !isMode(line));
      assertTrue(!says || line.matches(".*\\S # \\S.{3,}"), line);
    }
  }

  private static boolean isMode(String line) {
    return line.startsWith("mode = ");
  }

  /** Only lists, variables and the mode are added to a policy; nothing else may stand there. */
  @ParameterizedTest
  @EnumSource
  void saysNothingThatNobodyLooksAt(Preset preset) {
    for (Policy policy : List.of(preset.policy(), preset.basicPolicy())) {
      Filesystem files = policy.filesystem();
      Policy.Builder rest = policy.toBuilder();
      Policy.Builder plain = Policy.builder();
      plain.workspace = plain.workspace.withMode(policy.mode());
      plain.filesystem(
          Filesystem.DEFAULT
              .withReadOnly(files.readOnly())
              .withReadExecute(files.readExecute())
              .withReadWrite(files.readWrite())
              .withOverlay(files.overlay())
              .withBlocked(files.blocked()));
      plain.environment(
          Environment.DEFAULT
              .withPass(policy.environment().pass())
              .withSet(policy.environment().set()));
      assertEquals(plain.build(), rest.build());
      assertFalse(preset != Preset.AGENT && rest.workspace.said().isPresent(), preset.key());
    }
  }

  /** A host need not have any of it. */
  @ParameterizedTest
  @EnumSource
  void whatIsGrantedNeedNotBeThere(Preset preset) {
    Filesystem files = preset.policy().filesystem();
    Stream.of(files.readOnly(), files.readExecute(), files.readWrite(), files.overlay())
        .flatMap(List::stream)
        .forEach(text -> assertTrue(PolicyPath.isOptional(text), text));
    assertEquals(List.of(), files.readWrite(), "nothing of the host is written");
    files.blocked().forEach(text -> assertTrue(PolicyPath.read(text).isLiteral(), text));
  }

  /** Nobody can name two that do not go together. */
  @Test
  void allGoTogether() {
    for (Isolation isolation : Isolation.values()) {
      Policy all = Policy.builder().presets(Preset.values()).isolation(isolation).build();
      for (Preset preset : Preset.values()) {
        Filesystem said = preset.policy().filesystem();
        assertTrue(all.filesystem().blocked().containsAll(said.blocked()), preset.key());
      }
      assertEquals(Mode.WORKSPACE_WRITE, all.mode());
    }
  }

  /** Nothing that is secret is granted, nor what lies in it. */
  @ParameterizedTest
  @EnumSource
  void nothingSecretIsGranted(Preset preset) {
    var wrong = new ArrayList<String>();
    Filesystem files = preset.policy().filesystem();
    List<Path> secrets =
        Preset.SECRETS.policy().filesystem().blocked().stream().map(Path::of).toList();
    assertNotEquals(List.of(), secrets);
    for (List<String> list :
        List.of(files.readOnly(), files.readExecute(), files.readWrite(), files.overlay())) {
      for (String text : list) {
        Path path = Path.of(PolicyPath.granted(text));
        if (secrets.stream().anyMatch(path::startsWith)) {
          wrong.add(text);
        }
      }
    }
    assertEquals(List.of(), wrong);
  }

  /** docs/presets.md has each grant of each file, with its reason. */
  @Test
  void theDocumentSaysWhatTheFilesSay() throws IOException {
    Path document = ROOT.resolve("docs/presets.md");
    String written = Files.readString(document);
    int from = written.indexOf(PresetTables.BEGIN);
    String expected = written.substring(0, from) + PresetTables.of(Preset.values());
    if ("write".equals(System.getProperty("cofferdam.presets"))) {
      Files.writeString(document, expected);
    }
    assertEquals(
        expected,
        Objects.requireNonNull(Files.readString(document)),
        "rewrite it with -Dcofferdam.presets=write");
  }
}
