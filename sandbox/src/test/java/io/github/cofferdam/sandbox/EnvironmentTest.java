package io.github.cofferdam.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
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
    assertEquals(
        List.of(name), names(new Environment(true, List.of(name), List.of(), Map.of()), name));
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
        "PROMPT_COMMAND",
        "PS4",
        "IFS",
        "GIT_EXTERNAL_DIFF",
        "GIT_SSH_COMMAND",
        "GIT_CONFIG_COUNT",
        "LESSOPEN",
        "OPENSSL_CONF",
        "GCONV_PATH",
        "RUSTC_WRAPPER"
      })
  void codeLoadersStayOutUnlessTheyArePassed(String name) {
    assertEquals(List.of(), names(Environment.DEFAULT, name));
    assertEquals(
        List.of(name), names(new Environment(true, List.of(name), List.of(), Map.of()), name));
  }

  @Test
  void withoutInheritOnlyThePassedNamesPass() {
    Environment environment = new Environment(false, List.of("PATH", "LC_*"), List.of(), Map.of());

    assertEquals(
        List.of("LC_ALL", "LC_CTYPE", "PATH"),
        names(environment, "PATH", "HOME", "LC_ALL", "LC_CTYPE", "LANG"));
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
    Environment environment = new Environment(true, List.of(), List.of(), set);
    set.put("B", "2");

    assertEquals(Map.of("A", "1"), environment.apply(Map.of()));
    assertThrows(UnsupportedOperationException.class, () -> environment.set().put("C", "3"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "A=B", "A\0", "A\nB"})
  void namesAreChecked(String name) {
    assertThrows(
        IllegalArgumentException.class,
        () -> new Environment(true, List.of(name), List.of(), Map.of()));
    assertThrows(
        IllegalArgumentException.class,
        () -> new Environment(true, List.of(), List.of(name), Map.of()));
    assertThrows(
        IllegalArgumentException.class,
        () -> new Environment(true, List.of(), List.of(), Map.of(name, "x")));
  }

  @Test
  void valuesHaveNoNul() {
    assertThrows(
        IllegalArgumentException.class,
        () -> new Environment(true, List.of(), List.of(), Map.of("A", "x\0y")));
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
