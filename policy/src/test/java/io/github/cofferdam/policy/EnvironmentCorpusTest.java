package io.github.cofferdam.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Secrets of all kinds, of which none passes, and ordinary variables, of which none is dropped. */
class EnvironmentCorpusTest {
  private static Map.Entry<String, String> split(String line) {
    int equals = line.indexOf('=');
    return Map.entry(line.substring(0, equals), line.substring(equals + 1));
  }

  /** Lines of a file; what begins with # is a remark, and ~~ keeps scanners of files from it. */
  private static List<String> lines(String file) throws IOException {
    try (var in = EnvironmentCorpusTest.class.getResourceAsStream(file)) {
      String text = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
      return text.lines()
          .filter(line -> !line.startsWith("#"))
          .map(line -> line.replace("~~", ""))
          .toList();
    }
  }

  private static boolean passes(Environment environment, Map.Entry<String, String> variable) {
    return environment
        .apply(Map.of(variable.getKey(), variable.getValue()))
        .containsKey(variable.getKey());
  }

  private static Environment inheriting(Environment.Inherit inherit) {
    return new Environment(inherit, List.of(), List.of(), Map.of());
  }

  @ParameterizedTest
  @EnumSource
  void noSecretPasses(Environment.Inherit inherit) throws Exception {
    List<String> secrets = lines("secrets.txt");
    assertTrue(secrets.size() >= 200, () -> "only " + secrets.size());
    List<String> leaked =
        secrets.stream().filter(line -> passes(inheriting(inherit), split(line))).toList();
    assertEquals(List.of(), leaked);
  }

  @Test
  void nothingThatLoadsCodePasses() throws Exception {
    List<String> names = lines("loading.txt");
    List<String> passed =
        names.stream().filter(name -> passes(Environment.DEFAULT, Map.entry(name, "x"))).toList();
    assertEquals(List.of(), passed);
  }

  @Test
  void noOrdinaryVariableIsDropped() throws Exception {
    List<String> ordinary = lines("ordinary.txt");
    assertTrue(ordinary.size() >= 300, () -> "only " + ordinary.size());
    List<String> dropped =
        ordinary.stream().filter(line -> !passes(Environment.DEFAULT, split(line))).toList();
    assertEquals(List.of(), dropped);
  }

  /** By value alone: the name says nothing, and is even on the list that passes. */
  @Test
  void valuesAreLookedAtWhateverTheName() throws Exception {
    var leaked = new ArrayList<String>();
    for (String line : lines("secrets.txt")) {
      Map.Entry<String, String> secret = split(line);
      if (!secret.getValue().equals("hunter2")
          && passes(inheriting(Environment.Inherit.LISTED), Map.entry("LC_X", secret.getValue()))) {
        leaked.add(line);
      }
    }
    assertEquals(List.of(), leaked);
  }

  /** Numbers behind, words before and other cases make nothing harmless of a name. */
  @Property(tries = 5000)
  void namesAreWords(@ForAll("secretNames") String name) {
    assertTrue(!passes(Environment.DEFAULT, Map.entry(name, "x")), name);
  }

  @Provide
  Arbitrary<String> secretNames() {
    Arbitrary<List<String>> words =
        Arbitraries.of("MY", "APP", "PROD", "GIT", "NIGHTLY", "OLD", "USER", "SERVICE")
            .list()
            .ofMaxSize(3)
            .flatMap(before ->
                Arbitraries.of(
                        "KEY",
                        "TOKEN",
                        "PASSWORD",
                        "SECRET",
                        "PASS",
                        "PWD",
                        "AUTH",
                        "PAT",
                        "CREDENTIALS",
                        "COOKIE",
                        "JWT",
                        "APIKEY",
                        "PASSPHRASE",
                        "DSN")
                    .map(secret -> {
                      var all = new ArrayList<>(before);
                      // PWD by itself is the directory.
                      all.add(all.isEmpty() && secret.equals("PWD") ? "MYPASSWD" : secret);
                      return all;
                    }));
    return words.flatMap(all ->
        Arbitraries.of(
                String.join("_", all),
                String.join("-", all),
                String.join("_", all).toLowerCase(Locale.ROOT),
                String.join(".", all).toLowerCase(Locale.ROOT),
                camel(all, true),
                camel(all, false),
                String.join("__", all))
            .flatMap(name -> Arbitraries.of("", "1", "_1", "_42", "2_").map(n -> name + n)));
  }

  private static String camel(List<String> words, boolean capital) {
    var name = new StringBuilder();
    for (String word : words) {
      String small = word.toLowerCase(Locale.ROOT);
      name.append(
          name.isEmpty() && !capital
              ? small
              : Character.toUpperCase(small.charAt(0)) + small.substring(1));
    }
    return name.toString();
  }

  /** What people, tools and kernels make is not taken for what was drawn by lot. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "MyProject2BuildV3Linux64Release",
        "com.example.MyApplication2Test$Inner3Class",
        "/nix/store/1b9p07z77phvv2hf6gm9f28syp39f1ag-Python3Full2",
        "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101",
        "org.eclipse.jdt.core.compiler.source25",
        "refs/heads/JIRA-1234-Fix-The-NPE-In-ParserV2",
        "2026-11-29T22:00:00.123456Z",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "https://example.org:8443/path@2x.png?page=3",
        "ssh://git@github.com:22/octocat/hello.git",
        "git+ssh://git@example.org/x#v1.2.3",
        "http://[2001:db8::1]:3128",
        "sha512:" + "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "key-bindings-of-my-terminal-emulator-are-long",
        "sk-learn-estimators-are-nice-to-have",
        "tokenizer=fast,padding=left",
        "The password: ask Ada for it",
        "x=$PASSWORD",
        "--token=$TOKEN",
      })
  void notEverythingLongIsASecret(String value) {
    assertTrue(passes(Environment.DEFAULT, Map.entry("PLAIN", value)), value);
  }

  /** A value that changes between two starts is looked at again. */
  @Test
  void whatIsKnownOfAVariableIsKnownOfItsValue() {
    for (int i = 0; i < 3; i++) {
      assertTrue(passes(Environment.DEFAULT, Map.entry("CHANGES", "plain " + i)));
      assertTrue(!passes(Environment.DEFAULT, Map.entry("CHANGES", "http://u:p" + i + "@host/")));
    }
  }

  /** Looking at a value takes time that grows with its length and no more. */
  @Test
  void longValuesAreLookedAt() {
    String half = "a=b:".repeat(16_000);
    assertTrue(!passes(Environment.DEFAULT, Map.entry("LONG", half + " http://u:p@host/")));
    for (String part : List.of("://", "://a:", "=", "\":", "key=", "ghp_", "A1a")) {
      passes(Environment.DEFAULT, Map.entry("LONG", part.repeat(131_072 / part.length())));
    }
  }
}
