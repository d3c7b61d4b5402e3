package io.github.cofferdam.policy;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.libraries.re2j.Pattern;
import io.github.cofferdam.libraries.re2j.PatternSyntaxException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a pattern will compile to is known, and bounded, before it is compiled. */
class PatternSizeTest {
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '~',
      delimiter = ' ',
      value = {
        "a 3",
        "abc 5",
        "a{3} 5",
        "(?:ab){3} 8",
        "(ab){3} 14",
        "a{2,4} 8",
        "a{2,} 6",
        "a{0} 3",
        "(?:a{10}){10} 102",
        "((((a{100}){100}){100}){100}){10} 1020202022",
        "a{,3} 7",
        "a{x} 6",
        "a{3 5",
        "\\{3} 5",
        "[{}3]{2} 4",
        "[]a]{4} 6",
        "[^]a]{4} 6",
        "[[:alpha:]]{4} 6",
        "[\\]]{4} 6",
        "\\Qa{99}\\E{2} 8",
        "\\pN{4} 26",
        "\\p{Greek}{4} 26",
        "\\x{10FFFF}{4} 6",
        "(?P<name>a){2} 8",
        "(?<name>a){2} 8",
        "(?i)a{2} 4",
        "(?i)[a-z] 3",
        "[a-\u4e00] 3",
        "(?i)[a-\u1000] 103",
        "(?i)[\\x{101}-\\x{1000}] 103",
        "(?i:a){2} 4",
        "a|b|c 7",
        "a*?b+?c?? 9",
        "a{2}?b 5",
      })
  void isCounted(String pattern, long size) {
    assertEquals(size, PatternSize.of(pattern));
  }

  /** Counted too low, a bound is none. */
  @Property(tries = 20_000)
  void isNeverBelowWhatItCompilesTo(@ForAll("patterns") String text) {
    long size;
    int compiled;
    try {
      size = PatternSize.of(text);
    } catch (IllegalArgumentException e) {
      return;
    }
    try {
      compiled = Pattern.compile(text, Pattern.DOTALL).programSize();
    } catch (PatternSyntaxException e) {
      return;
    }
    assertTrue(size >= compiled, () -> text + " compiles to " + compiled + ", not " + size);
  }

  @Provide
  Arbitrary<String> patterns() {
    return Arbitraries.of(
            "a",
            "b",
            "|",
            "(",
            ")",
            "(?:",
            "(?i:",
            "(?i)",
            "(?P<n>",
            "(?<m>",
            "*",
            "+",
            "?",
            "{2}",
            "{3}",
            "{1,3}",
            "{0,2}",
            "{2,}",
            "{0}",
            "{,2}",
            "{02}",
            "{",
            "}",
            "[",
            "]",
            "[",
            "]",
            "[^",
            "[\\pL-",
            "\\x{5B}-",
            "[:",
            ":]",
            "[[:alpha:]]",
            "-",
            "\\",
            "\\Q",
            "\\E",
            "\\pN",
            "\\p{Greek}",
            "\\x{41}",
            "\\d",
            "\\{",
            "\\(",
            "^",
            "$",
            ".",
            "\\b",
            ",",
            "2",
            "\u00e9",
            "\ud83d\ude00")
        .list()
        .ofMaxSize(14)
        .map(parts -> String.join("", parts));
  }

  /** Twelve characters that RE2/J would never have done with. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "(?i)\\x{1C80}",
        "(?i)\u1c88",
        "(?si:[a\\x{1c84}])",
        "(?i)[\\x{101}-\\x{10FFFF}]",
        "(?i)[b-\uffff]",
        "(?i)[b-\ud83d\ude00]",
      })
  void whatWouldNeverEndIsRefused(String pattern) {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class, () -> new CommandRule(pattern, Optional.empty(), true));
    assertTrue(String.valueOf(e.getMessage()).contains("U+1C80 to U+1C88"), String.valueOf(e));
  }

  @Test
  void onlyTheseWouldNeverEnd() throws Exception {
    Method fold =
        Class.forName("io.github.cofferdam.libraries.re2j.Unicode")
            .getDeclaredMethod("simpleFold", int.class);
    fold.setAccessible(true);
    var endless = new ArrayList<Integer>();
    for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
      int next = (int) fold.invoke(null, c);
      for (int steps = 0; next != c && steps < 10; steps++) {
        next = (int) fold.invoke(null, next);
      }
      if (next != c) {
        endless.add(c);
      }
    }
    assertEquals(IntStream.rangeClosed(0x1c80, 0x1c88).boxed().toList(), endless);
  }

  /** As a policy's text, which must not have been compiled to be refused. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "((((a{100}){100}){100}){100}){10}",
        "(((((((((a{1000}){1000}){1000}){1000}){1000}){1000}){1000}){1000}){1000}){1000}",
        "a{99999999999999999999}",
        "(?:a{1000}){2}",
        "(?:a?){600}",
        "[ab]{1000}[^c]{1000}\\d{1000}",
        "(?:(?:(?:){1000}){1000}){1000}",
        "(a|b|c|d|e|f){0,1000}",
        "\\pL\\PL\\pL\\PL\\pL\\PL\\pL\\PL\\pL\\PL\\pL\\PL\\pL\\PL\\pL\\PL\\pL\\PL\\pL\\PL\\pL\\PL"
            + "\\pL\\PL\\pL\\PL\\pL\\PL\\pL\\PL\\pL\\PL\\pL\\PL\\pL\\PL\\pL\\PL\\pL\\PL\\pL\\PL"
            + "\\pL\\PL\\pL\\PL\\pL\\PL\\pL\\PL\\pL\\PL\\pL\\PL\\pL\\PL\\pL\\PL\\pL\\PL\\pL\\PL",
      })
  void whatIsTooLargeIsRefusedWithItsPlace(String pattern) {
    PolicyException e =
        assertThrows(
            PolicyException.class,
            () ->
                Policy.parse("[[network.command_rules]]\npattern = '" + pattern + "'\n", "p.toml"));

    String message = String.valueOf(e.getMessage());
    assertTrue(
        message.startsWith("p.toml:2:1: network.command_rules[0].pattern: the pattern "), message);
    assertTrue(
        message.endsWith(
            " elements when its repetitions are written out; at most 1200 are allowed"),
        message);
    assertThrows(
        IllegalArgumentException.class, () -> new CommandRule(pattern, Optional.empty(), true));
  }

  @Test
  void exactlyTheBoundIsAllowed() {
    // Begin and end are two more.
    String most = "(?:a{599}){2}";
    assertEquals(CommandPattern.MAX_SIZE, PatternSize.of(most));
    CommandPattern pattern = new CommandPattern(most);
    assertTrue(pattern.find("a".repeat(1198)));
    assertFalse(pattern.find("a".repeat(1197)));
    assertThrows(IllegalArgumentException.class, () -> new CommandPattern(most + "a"));
  }

  /** Many patterns that are allowed by themselves. */
  @Test
  void allPatternsTogetherAreBounded() throws Exception {
    String rule = "[[network.command_rules]]\npattern = '(?:a{499}){2}'\n";
    Policy most = Policy.parse(rule.repeat(20), "p.toml");
    assertEquals(20, most.network().commandRules().size());

    PolicyException e =
        assertThrows(PolicyException.class, () -> Policy.parse(rule.repeat(21), "p.toml"));
    assertEquals(
        "p.toml:42:1: network.command_rules[20].pattern: the patterns up to this one have more than"
            + " 20000 elements when their repetitions are written out, the most that all rules of a"
            + " policy may have together",
        e.getMessage());
    List<CommandRule> rules = new ArrayList<>(most.network().commandRules());
    rules.add(rules.getFirst());
    assertThrows(IllegalArgumentException.class, () -> Network.DEFAULT.withCommandRules(rules));
    assertThrows(
        IllegalArgumentException.class, () -> most.toBuilder().rule(rules.getFirst()).build());
  }

  /** The compiler calls itself for each level; a thread that has less stack than usual must do. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void theDeepestPatternThatIsAllowedIsCompiled(int form) throws Exception {
    String pattern =
        switch (form) {
          case 0 -> "(".repeat(499) + "aa" + ")".repeat(499);
          case 1 -> "(?:".repeat(240) + "a{0,590}" + ")".repeat(240);
          case 2 -> "(?:".repeat(120) + "a{0,250}" + ")?".repeat(120) + "b{0,250}";
          default -> "(?:a|b{0,590}c)*";
        };
    var thrown = new AtomicReference<Throwable>();
    var thread =
        new Thread(
            null,
            () -> {
              try {
                new CommandPattern(pattern).find("echo aaaa bbbb");
              } catch (Throwable e) {
                thrown.set(e);
              }
            },
            "small stack",
            768 << 10);
    thread.start();
    thread.join();
    assertNull(thrown.get(), () -> String.valueOf(thrown.get()));
    assertDoesNotThrow(() -> new CommandPattern(pattern));
  }

  @Test
  void aNamePatternHasSoManyCharacters() throws Exception {
    String most = "A".repeat(1000);
    var _ = Policy.parse("environment.pass = [\"" + most + "\"]", "p.toml");
    PolicyException e =
        assertThrows(
            PolicyException.class,
            () -> Policy.parse("environment.block = [\"" + most + "*\"]", "p.toml"));
    assertTrue(
        String.valueOf(e.getMessage()).endsWith(" has 1001 characters; at most 1000 are allowed"),
        e.getMessage());
  }
}
