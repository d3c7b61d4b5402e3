package io.github.cofferdam.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Command rules; the ids are rows of the project's table of attempts. */
class CommandRulesTest {
  private static final CommandRule DESTRUCTIVE =
      new CommandRule("^rm -rf", Optional.of(false), true);

  private static CommandRules rules(Network.Access access, CommandRule... rules) {
    return new CommandRules(Network.DEFAULT.withAccess(access).withCommandRules(List.of(rules)));
  }

  private static CommandRule allow(String pattern) {
    return new CommandRule(pattern, Optional.of(true), false);
  }

  private static CommandRule forbid(String pattern) {
    return new CommandRule(pattern, Optional.of(false), false);
  }

  private static CommandVerdict shell(CommandRules rules, String script) {
    return rules.evaluate(List.of("sh", "-c", script));
  }

  /** RU-01, RU-02, RU-05: shell text that runs {@code rm -rf x}, in disguise. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "rm -rf x",
        "r''m -rf x",
        "\\rm -rf x",
        "\"r\"m -rf x",
        "$'rm' -rf x",
        "$'\\x72\\155' -rf x",
        "$\"rm\" -rf x",
        "rm '-rf' x",
        "rm -\"r\"f x",
        "rm\t-rf\tx",
        "rm   -rf x",
        "r\\\nm -rf x",
        "rm${IFS}-rf${IFS}x",
        "rm$IFS-rf x",
        "rm${IFS:0:1}-rf x",
        "rm -r -f x",
        "rm -fr x",
        "rm -f -r x",
        "rm -Rf x",
        "rm -rvf x",
        "rm -v -i -d -I -f -r x",
        "rm x -rf",
        "rm -r x -f",
        "rm --recursive --force x",
        "rm --force --recursive x",
        "rm --recu -f x",
        "/bin/rm -rf x",
        "../../bin/rm -fr x",
        "cd /tmp && rm -rf x",
        "cd /tmp; rm -rf x",
        "false || rm -rf x",
        "true & rm -rf x",
        "echo y | rm -rf x",
        "echo a\nrm -rf x",
        "(rm -rf x)",
        "{ rm -rf x; }",
        "if true; then rm -rf x; fi",
        "for i in 1 2; do rm -rf x; done",
        "! rm -rf x",
        "echo $(rm -rf x)",
        "echo \"$(rm -rf x)\"",
        "echo `rm -rf x`",
        "diff <(rm -rf x) /dev/null",
        "A=1 B=2 rm -rf x",
        ">/dev/null rm -rf x",
        "2>&1 rm -rf x",
        "rm >/dev/null -rf x",
        "rm -rf x # no harm",
        "eval rm -rf x",
        "eval 'rm -rf' x",
        "exec rm -rf x",
        "command rm -rf x",
        "sh <<EOF\nrm -rf x\nEOF",
        "sh <<< 'rm -rf x'",
        "bash -lc 'rm -rf x'",
        "sh -c \"sh -c 'rm -rf x'\"",
        "sudo -u root sh -c 'rm -rf x'",
        "busybox rm -rf x",
        "time nice -n 5 nohup rm -rf x",
        "find . -exec rm -rf {} +",
        "find . -name a | xargs -0 -n 1 rm -rf",
      })
  void aDestructiveCommandIsRefusedInEveryDisguise(String script) {
    CommandVerdict verdict = shell(rules(Network.Access.FULL, DESTRUCTIVE), script);

    CommandRefusal refusal = verdict.refusal().orElseThrow();
    assertEquals(0, assertInstanceOf(CommandRefusal.Destructive.class, refusal).rule());
    assertEquals(Optional.of(DESTRUCTIVE), verdict.matched());
    assertEquals(Network.Access.NONE, verdict.access());
  }

  static Stream<List<String>> argumentLists() {
    return Stream.of(
        List.of("rm", "-rf", "x"),
        List.of("/usr/bin/rm", "-f", "-r", "x"),
        List.of("rm", "x", "--force", "--recursive"),
        List.of("r''m", "-rf", "x"),
        List.of("\\rm", "-rf", "x"),
        List.of("rm${IFS}-rf${IFS}x"),
        List.of("rm", "-rf\tx"),
        List.of("env", "-i", "A=1", "rm", "-rf", "x"),
        List.of("env", "-S", "rm -rf x"),
        List.of("env", "-u", "A", "rm", "-rf", "x"),
        List.of("sudo", "-u", "root", "rm", "-rf", "x"),
        List.of("timeout", "-k", "1", "5s", "rm", "-rf", "x"),
        List.of("nice", "-n", "5", "rm", "-rf", "x"),
        List.of("nohup", "rm", "-rf", "x"),
        List.of("xargs", "-n", "1", "rm", "-rf"),
        List.of("find", ".", "-exec", "rm", "-rf", "{}", ";"),
        List.of("bash", "-o", "pipefail", "-c", "rm -rf x", "name"),
        List.of("bash", "-c", "-e", "rm -rf x"),
        List.of("/bin/bash", "-lc", "rm -rf x"),
        List.of("su", "-c", "rm -rf x"),
        List.of("flock", "/tmp/l", "rm", "-rf", "x"),
        List.of("sh", "-c", "rm -rf a\nb"));
  }

  /** RU-08: the arguments count, however the command is given. */
  @ParameterizedTest
  @MethodSource("argumentLists")
  void argumentsCount(List<String> argv) {
    CommandVerdict verdict = rules(Network.Access.FULL, DESTRUCTIVE).evaluate(argv);

    assertInstanceOf(CommandRefusal.Destructive.class, verdict.refusal().orElseThrow());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"rm x", "rm -r x", "rm -f x", "echo rm -rf", "ls -rf", "firm -rf x", "echo 'a;b'"})
  void otherCommandsPass(String script) {
    CommandVerdict verdict = shell(rules(Network.Access.FULL, DESTRUCTIVE), script);

    assertEquals(
        new CommandVerdict(Network.Access.FULL, Optional.empty(), Optional.empty()), verdict);
  }

  @Test
  void quotedOperatorsDoNotStartACommand() {
    CommandVerdict verdict =
        rules(Network.Access.FULL, DESTRUCTIVE)
            .evaluate(List.of("git", "commit", "-m", "tidy; rm -rf build"));

    assertEquals(Optional.empty(), verdict.refusal());
  }

  @Test
  void theSampleRuleMeansWhatItsCommentSays() {
    CommandRules rules =
        rules(Network.Access.FULL, new CommandRule("rm.*-rf", Optional.of(false), true));

    assertTrue(rules.evaluate(List.of("rm", "-r", "-f", "x")).refusal().isPresent());
    assertTrue(rules.evaluate(List.of("rm", "a\nb", "-rf")).refusal().isPresent());
    // RU-05: what an interpreter is told is part of the command line.
    assertTrue(
        rules
            .evaluate(List.of("python3", "-c", "import os; os.system('rm -rf x')"))
            .refusal()
            .isPresent());
    assertTrue(rules.evaluate(List.of("git", "pull")).refusal().isEmpty());
  }

  @Test
  void aLineBreakInAnArgumentHidesNothing() {
    CommandRules rules =
        rules(Network.Access.FULL, new CommandRule("curl.*evil", Optional.empty(), true));

    assertTrue(rules.evaluate(List.of("curl", "a\nb", "evil")).refusal().isPresent());
  }

  @Test
  void everyRuleCanRefuseAndTheMessageNamesIt() {
    CommandVerdict verdict =
        rules(Network.Access.FULL, allow("mkfs"), new CommandRule("^mkfs", Optional.empty(), true))
            .evaluate(List.of("/sbin/mkfs", "/dev/sda"));

    assertEquals(
        "network.command_rules[1] with the pattern \"^mkfs\" marks this command as destructive:"
            + " \"mkfs /dev/sda\"",
        verdict.refusal().orElseThrow().message());
  }

  static Stream<Arguments> networks() {
    CommandRule pull = allow("^git pull");
    CommandRule git = forbid("git");
    CommandRule curl = forbid("^curl");
    return Stream.of(
        arguments("a global none wins", Network.Access.NONE, List.of(pull), "git pull", "NONE"),
        arguments(
            "a global loopback wins",
            Network.Access.LOOPBACK,
            List.of(pull),
            "git pull",
            "LOOPBACK"),
        arguments(
            "a rule takes loopback away",
            Network.Access.LOOPBACK,
            List.of(git),
            "git pull",
            "NONE"),
        arguments(
            "the first match decides", Network.Access.FULL, List.of(pull, git), "git pull", "FULL"),
        arguments(
            "in the other order too", Network.Access.FULL, List.of(git, pull), "git pull", "NONE"),
        arguments("no match, global value", Network.Access.FULL, List.of(git), "ls", "FULL"),
        arguments(
            "a rule that says nothing is passed over",
            Network.Access.FULL,
            List.of(new CommandRule("git", Optional.empty(), false), git),
            "git pull",
            "NONE"),
        arguments(
            "base name", Network.Access.FULL, List.of(pull, git), "/usr/bin/git pull", "FULL"),
        arguments("wrapper", Network.Access.FULL, List.of(pull, git), "env A=1 git pull", "FULL"),
        arguments(
            "the strictest part decides",
            Network.Access.FULL,
            List.of(pull, curl),
            "git pull; curl x",
            "NONE"),
        arguments(
            "in any order", Network.Access.FULL, List.of(pull, curl), "curl x | git pull", "NONE"),
        arguments("disguise", Network.Access.FULL, List.of(curl), "c'u'rl x", "NONE"),
        arguments(
            "an allowed word elsewhere",
            Network.Access.FULL,
            List.of(allow("git pull"), curl),
            "curl x; echo git pull",
            "NONE"),
        arguments(
            "RU-05 piped shell",
            Network.Access.FULL,
            List.of(curl),
            "echo Y3VybCB4 | base64 -d | sh",
            "NONE"),
        arguments("RU-05 variable", Network.Access.FULL, List.of(curl), "c=curl; $c x", "NONE"),
        arguments(
            "RU-05 allowed words do not open it",
            Network.Access.FULL,
            List.of(allow(".*"), curl),
            "$c x",
            "NONE"),
        arguments(
            "RU-07 options are part of it",
            Network.Access.FULL,
            List.of(pull, git),
            "git -c core.pager=!sh pull",
            "NONE"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("networks")
  void networkAccessOf(
      String name, Network.Access access, List<CommandRule> rules, String script, String expected) {
    CommandVerdict verdict =
        shell(new CommandRules(Network.DEFAULT.withAccess(access).withCommandRules(rules)), script);

    assertEquals(Network.Access.valueOf(expected), verdict.access());
    assertEquals(Optional.empty(), verdict.refusal());
  }

  @Test
  void theCallersOwnShellIsNotOpaque() {
    assertEquals(
        Network.Access.FULL,
        rules(Network.Access.FULL, forbid("curl")).evaluate(List.of("bash")).access());
  }

  /** RU-13. */
  @ParameterizedTest
  @CsvSource({"200B", "202E", "2066", "FEFF", "000D", "0000", "001B", "0085", "2028", "007F"})
  void hiddenCharactersAreRefused(String hex) {
    char c = (char) Integer.parseInt(hex, 16);
    CommandRules rules = rules(Network.Access.FULL, DESTRUCTIVE);
    CommandRules none = rules(Network.Access.FULL);

    assertEquals(
        Optional.of(new CommandRefusal.Hidden(0, 1, c)),
        rules.evaluate(List.of("r" + c + "m")).refusal());
    assertEquals(
        Optional.of(new CommandRefusal.Hidden(0, 1, c)),
        none.evaluate(List.of("r" + c + "m")).refusal());
    assertEquals(
        Optional.of(new CommandRefusal.Hidden(1, 0, c)),
        rules.evaluate(List.of("ls", c + "x")).refusal());
    assertEquals(Optional.empty(), none.evaluate(List.of("ls", c + "x")).refusal());
  }

  @Test
  void lineBreaksAndTabsAreFineInArgumentsOnly() {
    CommandRules rules = rules(Network.Access.FULL, DESTRUCTIVE);

    assertEquals(Optional.empty(), rules.evaluate(List.of("echo", "a\n\tb")).refusal());
    assertTrue(rules.evaluate(List.of("a\nb")).refusal().isPresent());
    assertTrue(rules.evaluate(List.of("a\tb")).refusal().isPresent());
  }

  /** RU-10. */
  @Test
  void aPatternThatBacktracksElsewhereIsLinearHere() {
    CommandRules rules =
        rules(Network.Access.FULL, new CommandRule("(a+)+$", Optional.empty(), true));

    CommandVerdict verdict =
        assertTimeoutPreemptively(
            Duration.ofSeconds(20),
            () -> rules.evaluate(List.of("echo", "a".repeat(100_000) + "!")));

    assertEquals(Optional.empty(), verdict.refusal());
  }

  @ParameterizedTest
  @ValueSource(strings = {"$(", "`", "\"$(", "(", "sh -c '", "${IFS", "eval ", "x;"})
  void hostileShellTextEndsAndIsNeverLetThroughUnread(String unit) {
    CommandRules rules = rules(Network.Access.FULL, DESTRUCTIVE);
    String script = unit.repeat(20_000) + ";rm -rf x";

    assertTimeoutPreemptively(Duration.ofSeconds(20), () -> shell(rules, script));
  }

  @Test
  void whatIsTooDeepOrTooMuchToReadIsRefused() {
    CommandRules rules = rules(Network.Access.FULL, DESTRUCTIVE);
    List<String> deep = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      deep.add("env");
    }
    deep.addAll(List.of("rm", "-rf", "x"));

    assertInstanceOf(CommandRefusal.TooComplex.class, rules.evaluate(deep).refusal().orElseThrow());
    assertInstanceOf(
        CommandRefusal.TooComplex.class, shell(rules, "ls;".repeat(2000)).refusal().orElseThrow());
    assertEquals(Optional.empty(), shell(rules, "ls;".repeat(900)).refusal());
  }

  /** Each rule is asked for by itself, and only what a rule marks is. */
  @Test
  void whatIsConfirmedMayRunWithWhatTheOtherRulesLeave() {
    CommandRules rules =
        rules(
            Network.Access.FULL,
            DESTRUCTIVE,
            new CommandRule("x$", Optional.empty(), true),
            forbid("rm"));
    var asked = new ArrayList<Integer>();

    CommandVerdict all =
        rules.evaluate(List.of("rm", "-rf", "x"), refusal -> asked.add(refusal.rule()));
    assertEquals(List.of(0, 1), asked);
    assertEquals(Optional.empty(), all.refusal());
    assertEquals(Network.Access.NONE, all.access());

    CommandVerdict one = rules.evaluate(List.of("rm", "-rf", "x"), refusal -> refusal.rule() == 0);
    var refusal = assertInstanceOf(CommandRefusal.Destructive.class, one.refusal().orElseThrow());
    assertEquals(1, refusal.rule());

    asked.clear();
    String hidden = "ls\u202E";
    assertInstanceOf(
        CommandRefusal.Hidden.class,
        rules.evaluate(List.of(hidden), some -> asked.add(some.rule())).refusal().orElseThrow());
    assertEquals(List.of(), asked);
  }
}
