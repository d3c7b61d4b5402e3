package io.github.cofferdam.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PresetUnionTest {
  private static final String REPOSITORY = "~/.m2/repository?";

  private static Policy parse(String... lines) throws PolicyException {
    return Policy.parse(String.join("\n", lines), "policy.toml");
  }

  private static String message(String... lines) {
    return String.valueOf(assertThrows(PolicyException.class, () -> parse(lines)).getMessage());
  }

  @Test
  void listsAreAppended() throws PolicyException {
    Policy policy =
        parse(
            "[sandbox]",
            "presets = [\"maven\", \"git\"]",
            "[filesystem]",
            "read_execute = [\"/usr\"]",
            "blocked = [\"/etc/mine\"]");
    Filesystem files = policy.filesystem();
    assertEquals(List.of(Preset.MAVEN, Preset.GIT), policy.presets());
    assertEquals("/usr", files.readExecute().getFirst());
    assertTrue(files.readExecute().contains("~/.m2/wrapper?"));
    assertTrue(files.readExecute().contains("~/.gitconfig?"));
    assertTrue(files.overlay().contains(REPOSITORY));
    assertEquals("/etc/mine", files.blocked().getFirst());
    assertTrue(files.blocked().containsAll(List.of("~/.m2", "~/.config/git", "~/.ssh")));
    assertEquals("0", policy.environment().set().get("GIT_TERMINAL_PROMPT"));
    assertEquals(List.of("/usr"), policy.ownFilesystem().readExecute());
  }

  /** A list that a preset begins would take everything else away. */
  @Test
  void whereEverythingIsReadItStaysSo() throws PolicyException {
    Filesystem java = parse("[sandbox]", "presets = [\"java\"]").filesystem();
    assertEquals(List.of(), java.readExecute(), "it can be read anyway");
    Filesystem maven = parse("[sandbox]", "presets = [\"maven\"]").filesystem();
    assertEquals(
        List.of("/", "~/.m2/wrapper?", "~/.m2/toolchains.xml?"),
        maven.readExecute(),
        "what opens something in what is blocked is needed");
    Filesystem agent = parse("[sandbox]", "presets = [\"agent\"]").filesystem();
    assertEquals("/", agent.readExecute().getFirst());
    assertTrue(agent.readExecute().contains(".git/hooks?"));
  }

  @Test
  void whatThePolicySaysOfAPathStands() throws PolicyException {
    String home = PolicyPath.home().orElseThrow().toString();
    Filesystem files =
        parse(
                "[sandbox]",
                "presets = [\"maven\"]",
                "[filesystem]",
                "read_write = [\"" + home + "/.m2/repository\"]",
                "blocked = [\"~/.m2/wrapper\"]")
            .filesystem();
    assertEquals(List.of(home + "/.m2/repository"), files.readWrite());
    assertEquals(List.of(), files.overlay());
    assertFalse(files.readExecute().contains("~/.m2/wrapper?"), "what is blocked stays so");
    assertEquals("~/.m2/wrapper", files.blocked().getFirst());
  }

  @Test
  void whatAPresetBlocksIsNotGranted() {
    String message =
        message(
            "[sandbox]",
            "presets = [\"git\"]",
            "[filesystem]",
            "read_only = [\"~/.ssh?\", \"/usr\"]");
    assertTrue(message.startsWith("policy.toml:2:"), message);
    assertTrue(message.contains("sandbox.presets"), message);
    assertTrue(message.contains("read_only"), message);
    assertTrue(message.contains("the preset secrets blocks it"), message);
  }

  @Test
  void whatLiesBeneathCanBeGranted() throws PolicyException {
    Filesystem files =
        parse(
                "[sandbox]",
                "presets = [\"git\"]",
                "[filesystem]",
                "read_execute = [\"/\", \"~/.ssh/known_hosts\"]")
            .filesystem();
    assertEquals(List.of("/", "~/.ssh/known_hosts"), files.readExecute().subList(0, 2));
  }

  @Test
  void variablesOfThePolicyWin() throws PolicyException {
    Policy policy =
        parse(
            "[sandbox]",
            "presets = [\"pip\"]",
            "[environment]",
            "pass = [\"MINE\"]",
            "[environment.set]",
            "PIP_CONFIG_FILE = \"/etc/pip.conf\"");
    assertEquals("/etc/pip.conf", policy.environment().set().get("PIP_CONFIG_FILE"));
    assertEquals("1", policy.environment().set().get("PIP_DISABLE_PIP_VERSION_CHECK"));
    assertEquals(List.of("MINE"), policy.environment().pass());
  }

  @Test
  void theModeOfThePolicyWins() throws PolicyException {
    assertEquals(Mode.WORKSPACE_WRITE, parse("[sandbox]", "presets = [\"agent\"]").mode());
    Policy said = parse("[sandbox]", "mode = \"readonly\"", "presets = [\"agent\"]");
    assertEquals(Mode.READONLY, said.mode());
    assertEquals(Mode.READONLY, said.toBuilder().build().mode());
    assertEquals(
        Mode.READONLY, Policy.builder().mode(Mode.READONLY).presets(Preset.AGENT).build().mode());
  }

  @Test
  void anUnknownOneIsAnErrorWithItsPlace() {
    assertEquals(
        "policy.toml:2:20: sandbox.presets[1]: \"mavn\" is no preset; did you mean" + " \"maven\"?",
        message("[sandbox]", "presets = [ \"git\", \"mavn\" ]"));
    assertTrue(message("[sandbox]", "presets = [\"xyz\"]").contains("is none of: secrets, java"));
    assertTrue(
        message("[sandbox]", "presets = [\"maven,git\"]")
            .endsWith("\"maven,git\" is no preset; each is named by itself"));
  }

  @Test
  void fullAccessHasNoUseForThem() {
    String message = message("[sandbox]", "mode = \"full-access\"", "presets = [\"git\"]");
    assertTrue(message.contains("mode full-access restricts no files"), message);
  }

  @Test
  void cachesAreSharedWhereThePolicySaysSo() throws PolicyException {
    Filesystem files =
        parse("[sandbox]", "presets = [\"maven\"]", "share_caches = true").filesystem();
    assertEquals(List.of(REPOSITORY), files.readWrite());
    assertEquals(List.of(), files.overlay());
    assertTrue(message("[sandbox]", "share_caches = true").contains("names none"));
  }

  /** There is no copy of the run's own there. */
  @Test
  void withBasicIsolationCachesAreRead() {
    Policy policy = Policy.builder().presets(Preset.MAVEN).build();
    Policy basic = policy.toBuilder().isolation(Isolation.BASIC).build();
    assertEquals(List.of(), basic.filesystem().overlay());
    assertTrue(basic.filesystem().readExecute().contains(REPOSITORY));
    assertTrue(basic.environment().set().containsKey("MAVEN_OPTS"));
    assertFalse(policy.environment().set().containsKey("MAVEN_OPTS"));
    Policy read = Caches.onlyRead(policy);
    assertEquals(basic.filesystem(), read.filesystem(), "for want of overlays in the kernel, too");
    assertEquals(basic.environment(), read.environment());
    assertEquals(List.of(REPOSITORY), Caches.of(basic));
    Policy own = policy.toBuilder().readOnly(PolicyPath.granted(REPOSITORY)).build();
    assertEquals(List.of(), Caches.of(own), "the policy says what becomes of it");
    Policy back = basic.toBuilder().isolation(Isolation.NAMESPACE).build();
    assertEquals(List.of(REPOSITORY), back.filesystem().overlay());
    assertFalse(back.filesystem().readExecute().contains(REPOSITORY));
  }

  @ParameterizedTest
  @EnumSource
  void writtenPoliciesReadBackEqual(Preset preset) throws PolicyException {
    Policy policy = Policy.builder().presets(preset, Preset.GIT, preset).readOnly("/usr").build();
    String text = policy.toToml();
    Policy read = Policy.parse(text, "written");
    assertEquals(policy, read);
    assertEquals(text, read.toToml());
    assertEquals(policy, policy.toBuilder().build());
    assertEquals(List.of("/usr"), read.ownFilesystem().readOnly(), "presets are written by name");
    assertNotEquals(policy, Policy.builder().readOnly("/usr").mode(policy.mode()).build());
  }

  @Test
  void twoThatSetAVariableDifferentlyAreNamed() {
    var own = new Environment(true, List.of(), List.of(), Map.of("A", "mine"));
    Environment united =
        PresetUnion.environment(own, List.of(Preset.PIP, Preset.PIP, Preset.GIT), false);
    assertEquals(List.of("A"), List.copyOf(united.set().keySet()).subList(0, 1));
    var set =
        new PresetUnion.Variables(
            new LinkedHashMap<>(
                Map.of(Preset.GIT, Map.of("X", "1"), Preset.PIP, Map.of("X", "2"))));
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> set.over(Map.of()));
    String message = String.valueOf(e.getMessage());
    assertTrue(message.contains("git"), message);
    assertTrue(message.contains("pip"), message);
    assertTrue(message.contains("X"), message);
    assertEquals(Map.of("X", "3"), set.over(Map.of("X", "3")), "what the policy says stands");
  }
}
