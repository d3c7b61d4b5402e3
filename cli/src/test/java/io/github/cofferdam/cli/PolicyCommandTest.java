package io.github.cofferdam.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.PolicyKeys;
import io.github.cofferdam.policy.Preset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code policy check} and {@code policy show}. */
class PolicyCommandTest {
  @TempDir private Path directory;

  private String file(String content) throws IOException {
    return Files.writeString(directory.resolve("policy.toml"), content).toString();
  }

  @Test
  void aValidPolicyIsValid() throws Exception {
    String file = file("[sandbox]\nmode = \"readonly\"\n");
    InProcess result = InProcess.run("policy", "check", file);
    assertEquals(0, result.status());
    assertEquals(file + ": valid\n", result.out());
    assertEquals("", result.err());
  }

  @ParameterizedTest
  @ValueSource(strings = {"check", "show"})
  void everyMistakeIsNamedWithItsPlace(String subcommand) throws Exception {
    String file = file("[sandbox]\nmode = \"readnly\"\n\n[network]\nallow_netwrok = true\n");
    InProcess result = InProcess.run("policy", subcommand, file);
    assertEquals(1, result.status());
    assertTrue(result.err().contains(file + ":2:1: "), result.err());
    assertTrue(
        result
            .err()
            .contains(
                file
                    + ":5:1: unknown key network.allow_netwrok; did you mean"
                    + " network.allow_network?"),
        result.err());
    assertEquals("", result.out());
  }

  @ParameterizedTest
  @ValueSource(strings = {"check", "show"})
  void whatCannotBeReadIsNotValid(String subcommand) {
    InProcess result = InProcess.run("policy", subcommand, directory + "/none.toml");
    assertEquals(1, result.status());
    assertTrue(result.err().contains("none.toml"), result.err());
  }

  @ParameterizedTest
  @ValueSource(strings = {"readonly.toml", "workspace-write.toml", "build-offline.toml"})
  void whatIsShownMeansTheSame(String example) throws Exception {
    Path file = Cofferdam.ROOT.resolve("examples").resolve(example);
    InProcess result = InProcess.run("policy", "show", file.toString());
    assertEquals(0, result.status(), result.err());
    assertEquals(Policy.load(file), Policy.parse(result.out(), "shown"));
    // Defaults are shown, too.
    assertTrue(result.out().contains("allow_unix_sockets"), result.out());
  }

  @Test
  void presetsAreListed() {
    InProcess result = InProcess.run("policy", "preset");
    assertEquals(0, result.status(), result.err());
    assertEquals(Preset.values().length, result.out().lines().count());
    assertTrue(result.out().contains("maven     Maven: "), result.out());
  }

  /** What is printed is a policy, whatever a preset says twice. */
  @ParameterizedTest
  @EnumSource
  void aPresetIsPrintedAsAPolicy(Preset preset) throws Exception {
    InProcess result = InProcess.run("policy", "preset", preset.key());
    assertEquals(0, result.status(), result.err());
    assertEquals(Policy.parse(preset.text(), "preset"), Policy.parse(result.out(), "printed"));
    preset
        .basicText()
        .ifPresent(text ->
            assertTrue(
                text.lines().allMatch(line -> result.out().contains("#   " + line)), result.out()));
  }

  @Test
  void anUnknownPresetIsNotPrinted() {
    InProcess unknown = InProcess.run("policy", "preset", "mavn");
    assertEquals(1, unknown.status());
    assertTrue(unknown.err().contains("did you mean \"maven\"?"), unknown.err());
  }

  @Test
  void whatPresetsSayIsShownBesides() throws Exception {
    String file = file("[sandbox]\npresets = [\"maven\", \"git\"]\n");
    InProcess result = InProcess.run("policy", "show", file);
    assertEquals(0, result.status(), result.err());
    assertTrue(result.out().contains("presets = [\"maven\", \"git\"]"), result.out());
    assertTrue(result.out().contains("# The preset maven:\n"), result.out());
    assertTrue(result.out().contains("\n#     \"~/.gitconfig?\", # the name"), result.out());
    assertEquals(Policy.load(Path.of(file)), Policy.parse(result.out(), "shown"));
  }

  @Test
  void theSchemaIsPrinted() {
    InProcess result = InProcess.run("policy", "schema");

    assertEquals(0, result.status());
    assertEquals(PolicyKeys.schema(), result.out());
    assertEquals("", result.err());
    Map<String, Object> tables =
        Json.asObject(Objects.requireNonNull(Json.object(result.out()).get("properties")));
    assertEquals(12, tables.size());
    assertTrue(tables.containsKey("filesystem"), tables::toString);
  }
}
