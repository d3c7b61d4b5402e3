package io.github.cofferdam.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What of the parent's environment reaches the command. */
class EnvironmentTest {

  private static List<String> names(Environment environment, String... parent) {
    Map<String, String> variables = new HashMap<>();
    for (String name : parent) {
      variables.put(name, "value");
    }
    return new ArrayList<>(environment.apply(variables).keySet()).stream().sorted().toList();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "PATH",
        "HOME",
        "USER",
        "LANG",
        "LC_ALL",
        "TERM",
        "TZ",
        "SHELL",
        "PWD",
        "TMPDIR",
        "COLUMNS",
        "JAVA_HOME",
        "MAVEN_HOME",
        "XDG_RUNTIME_DIR",
        "KEYBOARD",
        "MONKEY",
        "HTTP_PROXY",
        "EDITOR",
        "VISUAL",
        "PAGER",
        "GIT_EDITOR",
        "CI"
      })
  void ordinaryNamesPass(String name) {
    assertEquals(List.of(name), names(Environment.DEFAULT, name));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "AWS_ACCESS_KEY_ID",
        "AWS_SESSION_TOKEN",
        "AWS_PROFILE",
        "GITHUB_TOKEN",
        "GH_TOKEN",
        "npm_config__authToken",
        "NPM_CONFIG_//REGISTRY/:_AUTH",
        "my_secret",
        "DB_PASSWORD",
        "PGPASSWORD",
        "MYSQL_PWD",
        "STRIPE_API_KEY",
        "OPENAI_APIKEY",
        "SIGNING_KEY",
        "SENTRY_DSN",
        "DATABASE_URL",
        "REDIS_URL",
        "GOOGLE_APPLICATION_CREDENTIALS",
        "AZURE_CLIENT_ID",
        "GCP_PROJECT",
        "SSH_AUTH_SOCK",
        "SSH_AGENT_PID",
        "GPG_AGENT_INFO",
        "KUBECONFIG",
        "DOCKER_HOST",
        "DBUS_SESSION_BUS_ADDRESS",
        "XAUTHORITY",
        "TMUX",
        "VAULT_ADDR"
      })
  void secretsStayOutUnlessTheyArePassed(String name) {
    assertEquals(List.of(), names(Environment.DEFAULT, name));
    assertEquals(List.of(name), names(Environment.DEFAULT.withPass(List.of(name)), name));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "LD_PRELOAD",
        "LD_LIBRARY_PATH",
        "LD_AUDIT",
        "DYLD_INSERT_LIBRARIES",
        "GLIBC_TUNABLES",
        "JAVA_TOOL_OPTIONS",
        "JDK_JAVA_OPTIONS",
        "_JAVA_OPTIONS",
        "CLASSPATH",
        "PYTHONSTARTUP",
        "PYTHONPATH",
        "PERL5OPT",
        "PERL5LIB",
        "RUBYOPT",
        "NODE_OPTIONS",
        "BASH_ENV",
        "ENV",
        "BASH_FUNC_ls%%",
        "PS4",
        "IFS",
        "GIT_EXTERNAL_DIFF",
        "RUSTFLAGS",
        "CARGO_ENCODED_RUSTFLAGS",
        "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS",
        "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER",
        "RUSTDOCFLAGS",
        "CFLAGS",
        "CXXFLAGS",
        "CPPFLAGS",
        "LDFLAGS",
        "CFLAGS_x86_64_unknown_linux_gnu",
        "CGO_CFLAGS",
        "CGO_LDFLAGS_ALLOW",
        "GOFLAGS",
        "MAKEFLAGS",
        "CC",
        "CXX",
        "RUSTC",
        "LIBRARY_PATH",
        "CPATH",
        "PKG_CONFIG_PATH",
        "CMAKE_TOOLCHAIN_FILE",
        "CMAKE_PREFIX_PATH",
        "CCACHE_PREFIX",
        "MAVEN_OPTS",
        "MAVEN_ARGS",
        "GRADLE_OPTS",
        "SBT_OPTS",
        "JVM_OPTS",
        "JAVA_OPTS",
        "ANT_OPTS",
        "ANT_ARGS",
        "LEIN_JVM_OPTS",
        "KOTLIN_OPTS",
        "CATALINA_OPTS",
        "JDK_JAVAC_OPTIONS",
        "JAVACMD",
        "DOTNET_STARTUP_HOOKS",
        "DOTNET_ADDITIONAL_DEPS",
        "MSBuildSDKsPath",
        "CORECLR_PROFILER_PATH",
        "PYTHONHOME",
        "PYTHONBREAKPOINT",
        "PIP_INDEX_URL",
        "PIP_CONFIG_FILE",
        "UV_INDEX_URL",
        "POETRY_REPOSITORIES_MINE_URL",
        "CONDARC",
        "PERL_MM_OPT",
        "PERL5DB",
        "RUBYLIB",
        "BUNDLE_GEMFILE",
        "NODE_PATH",
        "npm_config_script_shell",
        "NPM_CONFIG_USERCONFIG",
        "npm_config_node_options",
        "YARN_RC_FILENAME",
        "LUA_INIT_5_4",
        "LUA_CPATH",
        "PHP_INI_SCAN_DIR",
        "R_PROFILE_USER",
        "R_LIBS",
        "JULIA_LOAD_PATH",
        "GHCRTS",
        "GHC_PACKAGE_PATH",
        "OCAMLRUNPARAM",
        "ERL_AFLAGS",
        "ERL_LIBS",
        "ELIXIR_ERL_OPTIONS",
        "TF_CLI_ARGS_plan",
        "ANSIBLE_LIBRARY",
        "PYTEST_ADDOPTS",
        "ASAN_OPTIONS",
        "FZF_DEFAULT_COMMAND",
        "PROMPT_COMMAND",
        "BASHOPTS",
        "ODBCSYSINI",
        "VK_LAYER_PATH",
        "GIT_SSH_COMMAND",
        "GIT_CONFIG_COUNT",
        "LESSOPEN",
        "OPENSSL_CONF",
        "GCONV_PATH",
        "RUSTC_WRAPPER"
      })
  void codeLoadersStayOutUnlessTheyArePassed(String name) {
    assertEquals(List.of(), names(Environment.DEFAULT, name));
    assertEquals(List.of(name), names(Environment.DEFAULT.withPass(List.of(name)), name));
  }

  @Test
  void withoutInheritOnlyThePassedNamesPass() {
    Environment environment = new Environment(false, List.of("PATH", "LC_*"), List.of(), Map.of());

    assertEquals(
        List.of("LC_ALL", "LC_CTYPE", "PATH"),
        names(environment, "PATH", "HOME", "LC_ALL", "LC_CTYPE", "LANG"));
  }

  @Test
  void theListIsShortAndItsValuesAreLookedAt() {
    Environment environment =
        new Environment(
            Environment.Inherit.LISTED, List.of("MINE_*"), List.of("XDG_SEAT"), Map.of("SET", "s"));

    assertEquals(
        List.of("EDITOR", "HOME", "LC_CTYPE", "MINE_KEY", "PATH", "SET", "XDG_RUNTIME_DIR"),
        names(
            environment,
            "EDITOR",
            "GITHUB_SHA",
            "HOME",
            "JAVA_HOME",
            "LC_CTYPE",
            "LD_PRELOAD",
            "MINE_KEY",
            "PATH",
            "XDG_RUNTIME_DIR",
            "XDG_SEAT"));
    assertEquals(
        Map.of("SET", "s", "MINE_URL", "http://u:p@host"),
        environment.apply(Map.of("EDITOR", "http://u:p@host", "MINE_URL", "http://u:p@host")));
  }

  /** The documented list is the one that is used. */
  @Test
  void theListIsTheOneThatIsDocumented() throws Exception {
    String policy =
        Files.readString(Path.of(System.getProperty("cofferdam.root", ".."), "docs", "policy.md"));
    String from = "`inherit = \"listed\"` passes: ";
    int start = policy.indexOf(from) + from.length();
    String list = policy.substring(start, policy.indexOf("\n\n", start));
    List<String> documented =
        Arrays.stream(list.split("`", -1)).filter(part -> part.matches("[A-Z_]+\\*?")).toList();
    List<String> used = new ArrayList<>(ListedNames.NAMES);
    used.addAll(ListedNames.PATTERNS);
    assertEquals(used.stream().sorted().toList(), documented.stream().sorted().toList());
  }

  @Test
  void nothingOnTheListLoadsCode() {
    for (String name : ListedNames.NAMES) {
      assertFalse(CodeLoadingVariables.contains(name), name);
      assertFalse(SecretVariables.contains(name), name);
    }
  }

  @Test
  void whatDidNotPassIsNamedInOrder() {
    var parent =
        Map.of(
            "Z_KEY", "1", "A_TOKEN", "2", "PLAIN", "3", "BLOCKED", "4", "OWN_KEY", "5", "S", "6");
    Environment environment =
        new Environment(true, List.of(), List.of("BLOCKED", "S"), Map.of("S", "7"));

    Environment.Selection selection = environment.select(parent, Map.of("OWN_KEY", "8"), true);

    assertEquals(List.of("A_TOKEN", "BLOCKED", "Z_KEY"), selection.dropped());
    assertEquals(Map.of("PLAIN", "3", "OWN_KEY", "8", "S", "7"), selection.variables());
    assertEquals(
        List.of("BLOCKED"), environment.select(parent, Map.of("OWN_KEY", "8"), false).dropped());
  }

  @Test
  void whatAProgramGivesItselfPassesOrIsAnError() {
    Map<String, String> own =
        Map.of(
            "GITHUB_TOKEN",
            "t",
            "LD_PRELOAD",
            "/x.so",
            "URL",
            "http://u:p@h",
            "SET",
            "same",
            "",
            "0");
    for (Environment.Inherit inherit : Environment.Inherit.values()) {
      for (boolean filtered : new boolean[] {true, false}) {
        Environment environment =
            new Environment(inherit, List.of(), List.of("BLOCKED*", "SET"), Map.of("SET", "same"));
        assertEquals(own, environment.select(Map.of(), own, filtered).variables());
        for (String name : List.of("BLOCKED", "BLOCKED_TOO", "SET")) {
          IllegalArgumentException e =
              assertThrows(
                  IllegalArgumentException.class,
                  () -> environment.select(Map.of(), Map.of(name, "x"), filtered));
          assertTrue(String.valueOf(e.getMessage()).contains("\"" + name + "\""), e.getMessage());
        }
        for (String name : List.of("A=B", "A\0")) {
          assertThrows(
              IllegalArgumentException.class,
              () -> environment.select(Map.of(), Map.of(name, "x"), filtered));
        }
        assertThrows(
            IllegalArgumentException.class,
            () -> environment.select(Map.of(), Map.of("A", "x\0y"), filtered));
      }
    }
  }

  @Test
  void blockWinsOverPassAndSetOverBoth() {
    Environment environment =
        new Environment(
            true, List.of("A*"), List.of("AB", "PATH"), Map.of("PATH", "/bin", "NEW", "x"));

    Map<String, String> result =
        environment.apply(Map.of("AA", "1", "AB", "2", "PATH", "/evil", "HOME", "/h"));

    assertEquals(Map.of("AA", "1", "PATH", "/bin", "NEW", "x", "HOME", "/h"), result);
  }

  @Test
  void setMayHoldWhatInheritanceKeepsOut() {
    Environment environment =
        new Environment(false, List.of(), List.of(), Map.of("LD_PRELOAD", "/x.so"));

    assertEquals(Map.of("LD_PRELOAD", "/x.so"), environment.apply(Map.of("LD_PRELOAD", "/y.so")));
  }

  @Test
  void namesThatWouldArriveAsOthersAreDropped() {
    assertEquals(List.of(), names(Environment.DEFAULT, "", "A=B", "A\0B"));
  }

  @Test
  void theResultIsACopy() {
    Map<String, String> set = new HashMap<>(Map.of("A", "1"));
    Environment environment = Environment.DEFAULT.withSet(set);
    set.put("B", "2");

    assertEquals(Map.of("A", "1"), environment.apply(Map.of()));
    assertThrows(UnsupportedOperationException.class, () -> environment.set().put("C", "3"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "A=B", "A\0", "A\nB"})
  void namesAreChecked(String name) {
    assertThrows(IllegalArgumentException.class, () -> Environment.DEFAULT.withPass(List.of(name)));
    assertThrows(
        IllegalArgumentException.class, () -> Environment.DEFAULT.withBlock(List.of(name)));
    assertThrows(
        IllegalArgumentException.class, () -> Environment.DEFAULT.withSet(Map.of(name, "x")));
  }

  @Test
  void valuesHaveNoNul() {
    assertThrows(
        IllegalArgumentException.class, () -> Environment.DEFAULT.withSet(Map.of("A", "x\0y")));
  }

  @ParameterizedTest
  @CsvSource({
    "*, '', true",
    "*, abc, true",
    "a*, abc, true",
    "*c, abc, true",
    "a*c, abc, true",
    "a*b*c, axbxbxc, true",
    "**, abc, true",
    "a*c, ac, true",
    "abc, abc, true",
    "abc, ABC, false",
    "abc, abcd, false",
    "a*c, abcd, false",
    "*bc, abcd, false",
    "b*, abc, false",
    "a*x*c, abc, false",
  })
  void aStarIsAnyRunOfCharacters(String pattern, String name, boolean matches) {
    assertEquals(matches, NamePattern.matches(pattern, name));
  }

  @Test
  void matchingIsNotExponential() {
    assertFalse(NamePattern.matches("*a".repeat(50) + "b", "a".repeat(5_000)));
    assertTrue(NamePattern.matches("*a".repeat(50), "a".repeat(5_000)));
  }
}
