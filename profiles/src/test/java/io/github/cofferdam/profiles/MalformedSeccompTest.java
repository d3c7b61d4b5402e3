package io.github.cofferdam.profiles;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.profiles.SeccompProfile.Selection;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every mistake in a seccomp profile is said in words, with its place. */
class MalformedSeccompTest {
  private static final Selection X86_64 = Selection.host().forArches(Arch.X86_64);

  private static String entry(String entries) {
    return "{\"defaultAction\": \"SCMP_ACT_ERRNO\",\n \"syscalls\": [\n  " + entries + "]}";
  }

  private static String arg(String arg) {
    return entry(
        "{\"names\": [\"socket\"], \"action\": \"SCMP_ACT_ALLOW\",\n   \"args\": [" + arg + "]}");
  }

  private static String toml(String lines) {
    return "[seccomp]\ndefault = \"errno(EPERM)\"\n" + lines;
  }

  private static String rule(String lines) {
    return toml("[[seccomp.rules]]\nsyscalls = [\"ioctl\"]\naction = \"allow\"\n" + lines);
  }

  static Stream<Arguments> mistakes() {
    return Stream.of(
        arguments(
            "{", "p:1:2: invalid JSON: Unexpected end-of-input: expected close marker for Object"),
        arguments(
            "{\"defaultAction\": }",
            "p:1:19: invalid JSON: Unexpected character ('}' (code 125)): expected a value"),
        arguments(
            "{\"defaultAction\": \"SCMP_ACT_ALLOW\"} x",
            "p:1:37: invalid JSON: Unrecognized token 'x': was expecting (JSON String, Number,"
                + " Array, Object or token 'null', 'true' or 'false')"),
        arguments(
            "{\"defaultAction\": \"SCMP_ACT_ALLOW\"} {}",
            "p:1:37: text after the end of the JSON value"),
        arguments(
            "{\"a\": 1,}",
            "p:1:9: invalid JSON: Unexpected character ('}' (code 125)): was expecting double-quote"
                + " to start property name"),
        arguments(
            "{'a': 1}",
            "p:1:2: invalid JSON: Unexpected character (''' (code 39)): was expecting double-quote"
                + " to start property name"),
        arguments(
            "{\"a\": 01}",
            "p:1:8: invalid JSON: Invalid numeric value: Leading zeroes not allowed"),
        arguments("{\"a\": NaN}", "p:1:10: invalid JSON: Non-standard token 'NaN'"),
        arguments(
            "{\"a\": \"\u0001\"}",
            "p:1:8: invalid JSON: Illegal unquoted character ((CTRL-CHAR, code 1)): has to be"
                + " escaped using backslash to be included in string value"),
        arguments(
            "{\"é\": tru}",
            "p:1:7: invalid JSON: Unrecognized token 'tru': was expecting (JSON String, Number,"
                + " Array, Object or token 'null', 'true' or 'false')"),
        arguments(
            "{ // comment\n}",
            "p:1:3: invalid JSON: Unexpected character ('/' (code 47)): maybe a (non-standard)"
                + " comment?"),
        arguments("{\"a\": " + "[".repeat(40) + "}", "p:1:38: nested more than 32 levels deep"),
        arguments(
            "{\"defaultAction\": \"SCMP_ACT_ALLOW\",\n \"defaultAction\": \"SCMP_ACT_ERRNO\"}",
            "p:2:2: duplicate key \"defaultAction\", first at 1:2"),
        arguments(
            "{}", "p:1:1: defaultAction: missing; it says what happens to calls without an entry"),
        arguments(
            "{\"defaultAction\": null}",
            "p:1:1: defaultAction: missing; it says what happens to calls without an entry"),
        arguments(
            "{\"defaultAction\": 5}",
            "p:1:19: defaultAction: expected a string, found the number 5"),
        arguments(
            "{\"defaultAction\": \"SCMP_ACT_ALOW\"}",
            "p:1:19: defaultAction: unknown action \"SCMP_ACT_ALOW\"; did you mean"
                + " \"SCMP_ACT_ALLOW\"?"),
        arguments(
            "{\"defaultAction\": \"allow\"}",
            "p:1:19: defaultAction: unknown action \"allow\"; did you mean \"SCMP_ACT_ALLOW\"?"),
        arguments(
            "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"defaultErrnoRet\": 1}",
            "p:1:56: defaultErrnoRet: SCMP_ACT_ALLOW takes no number"),
        arguments(
            "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": 0}",
            "p:1:56: defaultErrnoRet: error 0 would fake a success; write SCMP_ACT_ALLOW, or an"
                + " error"),
        arguments(
            "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": 4096}",
            "p:1:56: defaultErrnoRet: a filter answers errors 1 to 4095, not 4096"),
        arguments(
            "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": -1}",
            "p:1:56: defaultErrnoRet: expected a whole number from 0 to 18446744073709551615, found"
                + " the number -1"),
        arguments(
            "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrno\": \"EPREM\"}",
            "p:1:53: defaultErrno: unknown error \"EPREM\""),
        arguments(
            "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrno\": \"ENOSYS\","
                + " \"defaultErrnoRet\": 1}",
            "p:1:53: defaultErrno: ENOSYS is 38, and defaultErrnoRet says otherwise"),
        arguments(
            "{\"defaultAction\": \"SCMP_ACT_TRACE\", \"defaultErrnoRet\": 65536}",
            "p:1:56: defaultErrnoRet: a tracer is told 0 to 65535, not 65536"),
        arguments(
            "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscals\": []}",
            "p:1:37: unknown key syscals; did you mean syscalls?"),
        arguments(
            "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": {}}",
            "p:1:49: syscalls: expected an array of objects, found an object"),
        arguments(
            "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [\"read\"]}",
            "p:1:50: syscalls[0]: expected an object, found the string \"read\""),
        arguments(
            "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"architectures\": [\"SCMP_ARCH_X86_46\"]}",
            "p:1:54: architectures: unknown architecture \"SCMP_ARCH_X86_46\"; did you mean"
                + " \"SCMP_ARCH_X86_64\"?"),
        arguments(
            "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"architectures\": [\"SCMP_ARCH_X86\"],"
                + " \"archMap\": []}",
            "p:1:54: architectures: there is archMap as well; use one of them"),
        arguments(
            "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"archMap\": [{\"subArchitectures\": []}]}",
            "p:1:49: archMap[0].architecture: missing"),
        arguments(
            "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"flags\": [\"SECCOMP_FILTER_FLAG_LGO\"]}",
            "p:1:46: flags: unknown flag \"SECCOMP_FILTER_FLAG_LGO\"; did you mean"
                + " \"SECCOMP_FILTER_FLAG_LOG\"?"),
        arguments(
            entry("{\"action\": \"SCMP_ACT_ALLOW\"}"),
            "p:3:3: syscalls[0].names: missing: an entry is about at least one system call"),
        arguments(
            entry("{\"names\": [], \"action\": \"SCMP_ACT_ALLOW\"}"),
            "p:3:13: syscalls[0].names: missing: an entry is about at least one system call"),
        arguments(
            entry("{\"names\": [\"read\", 7], \"action\": \"SCMP_ACT_ALLOW\"}"),
            "p:3:22: syscalls[0].names[1]: expected a string, found the number 7"),
        arguments(
            entry("{\"names\": \"read\", \"action\": \"SCMP_ACT_ALLOW\"}"),
            "p:3:13: syscalls[0].names: expected an array of strings, found the string \"read\""),
        arguments(entry("{\"names\": [\"read\"]}"), "p:3:3: syscalls[0].action: missing"),
        arguments(
            entry("{\"names\": [\"read\"], \"name\": \"write\", \"action\": \"SCMP_ACT_ALLOW\"}"),
            "p:3:31: syscalls[0].name: there is names as well; use one of them"),
        arguments(
            entry("{\"names\": [\"read\"], \"action\": \"SCMP_ACT_DENY\"}"),
            "p:3:33: syscalls[0].action: unknown action \"SCMP_ACT_DENY\"; did you mean"
                + " \"SCMP_ACT_ERRNO\"?"),
        arguments(
            entry("{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 0}"),
            "p:3:63: syscalls[0].errnoRet: error 0 would fake a success; write SCMP_ACT_ALLOW, or"
                + " an error"),
        arguments(
            entry("{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\", \"errnoRet\": 1}"),
            "p:3:63: syscalls[0].errnoRet: SCMP_ACT_ALLOW takes no number"),
        arguments(
            entry("{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\", \"exclude\": {}}"),
            "p:3:51: unknown key syscalls[0].exclude; did you mean syscalls[0].excludes?"),
        arguments(
            entry(
                "{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\", \"includes\":"
                    + " {\"minKernel\": \"new\"}}"),
            "p:3:77: syscalls[0].includes.minKernel: expected a kernel version such as 4.8, found"
                + " \"new\""),
        arguments(
            entry(
                "{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\", \"includes\": {\"cap\":"
                    + " []}}"),
            "p:3:64: unknown key syscalls[0].includes.cap; did you mean"
                + " syscalls[0].includes.caps?"),
        arguments(
            arg("{\"index\": 6, \"value\": 1, \"op\": \"SCMP_CMP_EQ\"}"),
            "p:4:23: syscalls[0].args[0].index: system calls have arguments 0 to 5, not 6"),
        arguments(
            arg("{\"index\": -1, \"value\": 1, \"op\": \"SCMP_CMP_EQ\"}"),
            "p:4:23: syscalls[0].args[0].index: expected a whole number from 0 to"
                + " 18446744073709551615, found the number -1"),
        arguments(
            arg("{\"index\": 0, \"value\": 18446744073709551616, \"op\": \"SCMP_CMP_EQ\"}"),
            "p:4:35: syscalls[0].args[0].value: expected a whole number from 0 to"
                + " 18446744073709551615, found the number 18446744073709551616"),
        arguments(
            arg("{\"index\": 0, \"value\": 1.5, \"op\": \"SCMP_CMP_EQ\"}"),
            "p:4:35: syscalls[0].args[0].value: expected a whole number from 0 to"
                + " 18446744073709551615, found the number 1.5"),
        arguments(
            arg("{\"index\": 0, \"value\": \"1\", \"op\": \"SCMP_CMP_EQ\"}"),
            "p:4:35: syscalls[0].args[0].value: expected a whole number, found the string \"1\""),
        arguments(
            arg("{\"index\": 0, \"value\": 1, \"op\": \"SCMP_CMP_EQUAL\"}"),
            "p:4:44: syscalls[0].args[0].op: unknown operator \"SCMP_CMP_EQUAL\"; did you mean"
                + " \"SCMP_CMP_EQ\"?"),
        arguments(
            arg("{\"index\": 0, \"value\": 1, \"op\": \"==\"}"),
            "p:4:44: syscalls[0].args[0].op: unknown operator \"==\"; did you mean"
                + " \"SCMP_CMP_EQ\"?"),
        arguments(arg("{\"index\": 0, \"value\": 1}"), "p:4:13: syscalls[0].args[0].op: missing"),
        arguments(
            arg("{\"value\": 1, \"op\": \"SCMP_CMP_EQ\"}"),
            "p:4:13: syscalls[0].args[0].index: missing"),
        arguments(
            arg("{\"index\": 0, \"op\": \"SCMP_CMP_EQ\"}"),
            "p:4:13: syscalls[0].args[0].value: missing"),
        arguments(
            arg("{\"index\": 0, \"value\": 0, \"op\": \"SCMP_CMP_LT\"}"),
            "p:4:44: syscalls[0].args[0].op: no argument meets arg0 < 0x0"),
        arguments(
            arg("{\"index\": 0, \"value\": 1, \"valueTwo\": 2, \"op\": \"SCMP_CMP_MASKED_EQ\"}"),
            "p:4:50: syscalls[0].args[0].valueTwo: 0x2 has bits that are never compared"),
        arguments(arg("5"), "p:4:13: syscalls[0].args[0]: expected an object, found the number 5"),
        arguments("{\"profiles\": []}", "p:1:14: profiles: expected an object, found an array"),
        arguments("{\"profiles\": {}}", "p:1:14: profiles: no profile"),
        arguments(
            "{\"profiles\": {\"a\": null}}", "p:1:14: profiles.a: expected an object, found null"),
        arguments(
            "{\"profiles\": {\"a\": {\"defaultAction\": \"alow\"}}}",
            "p:1:38: profiles.a.defaultAction: unknown action \"alow\"; did you mean"
                + " \"SCMP_ACT_ALLOW\"?"),
        arguments(
            "{\"profiles\": {\"\": {\"defaultAction\": \"allow\"}}}",
            "p:1:19: profiles.\"\": a profile needs a name"),
        arguments(
            "{\"profiles\": {\"a\": {\"defaultAction\": \"allow\"}, \"b\": {\"defaultAction\":"
                + " \"kill\"}}}",
            "p: has several profiles; name one: a, b"),
        arguments("", "p:1:1: no table [seccomp]"),
        arguments(
            "[seccomp]\n",
            "p:1:1: seccomp.default: missing; it says what happens to calls without a rule"),
        arguments(
            "[secomp]\ndefault = \"allow\"\n",
            "p:1:1: no table [seccomp]\n" + "p:1:1: unknown table [secomp]; did you mean seccomp?"),
        arguments(
            "seccomp = 5\n",
            "p:1:1: seccomp: expected a table, found the integer 5\n"
                + "p:1:1: seccomp.default: missing; it says what happens to calls without a rule"),
        arguments(
            "[seccomp]\ndefault = 1\n",
            "p:2:1: seccomp.default: expected a string, found the integer 1"),
        arguments(
            "[seccomp]\ndefault = \"alow\"\n",
            "p:2:1: seccomp.default: unknown action \"alow\"; did you mean \"allow\"?"),
        arguments(
            "[seccomp]\ndefault = \"errno\"\n",
            "p:2:1: seccomp.default: unknown action \"errno\"; valid: \"errno(EPERM)\","
                + " \"trace(0)\", \"allow\", \"log\", \"notify\", \"trap\", \"kill_thread\","
                + " \"kill_process\""),
        arguments(
            "[seccomp]\ndefault = \"errno(EPREM)\"\n",
            "p:2:1: seccomp.default: unknown error \"EPREM\"; did you mean EPERM?"),
        arguments(
            "[seccomp]\ndefault = \"errno(0)\"\n",
            "p:2:1: seccomp.default: error 0 would fake a success; write \"allow\""),
        arguments(
            "[seccomp]\ndefault = \"errno(5000)\"\n",
            "p:2:1: seccomp.default: a filter answers errors 1 to 4095, not 5000"),
        arguments(
            "[seccomp]\ndefault = \"trace(x)\"\n",
            "p:2:1: seccomp.default: expected a number, found \"x\""),
        arguments(
            toml("arches = [\"amd64\"]\n"),
            "p:3:11: seccomp.arches[0]: unknown architecture \"amd64\"; valid: \"x86_64\","
                + " \"i386\", \"x32\", \"aarch64\", \"riscv64\""),
        arguments(
            toml("newest = \"nosuch\"\n"), "p:3:1: seccomp.newest: unknown system call \"nosuch\""),
        arguments(
            toml("allow = [\"raed\"]\n"),
            "p:3:10: seccomp.allow[0]: unknown system call \"raed\"; did you mean \"read\"?"),
        arguments(
            toml("allow = [\"@nosuch\"]\n"),
            "p:3:10: seccomp.allow[0]: unknown set of system calls \"@nosuch\""),
        arguments(
            toml("alow = [\"read\"]\n"),
            "p:3:1: unknown key seccomp.alow; did you mean seccomp.allow?"),
        arguments(
            toml("[[seccomp.rules]]\naction = \"allow\"\n"),
            "p:3:1: seccomp.rules[0].syscalls: missing; every rule is about at least one call"),
        arguments(
            toml("[[seccomp.rules]]\nsyscalls = [\"read\"]\n"),
            "p:3:1: seccomp.rules[0].action: missing"),
        arguments(
            rule("when = \"arg0 == 1\"\n"),
            "p:6:1: seccomp.rules[0].when: expected an array of strings, found the string \"arg0 =="
                + " 1\""),
        arguments(
            rule("when = [\"(int) arg1 == 0x1_0000_0000\"]\n"),
            "p:6:9: seccomp.rules[0].when[0]: expected a number after \"int ) arg1 ==\", found"
                + " \"0x1_0000_0000\""),
        arguments(
            rule("when = [\"(int) arg1 == 0x100000000\"]\n"),
            "p:6:9: seccomp.rules[0].when[0]: 0x100000000 has more than the 32 bits that (int)"
                + " compares"),
        arguments(
            rule("when = [\"(int) arg1 == -2147483649\"]\n"),
            "p:6:9: seccomp.rules[0].when[0]: -2147483649 has more than the 32 bits that (int)"
                + " compares"),
        arguments(
            rule("when = [\"arg1 == 18446744073709551616\"]\n"),
            "p:6:9: seccomp.rules[0].when[0]: 18446744073709551616 has more than the 64 bits that"
                + " an argument has"),
        arguments(
            rule("when = [\"arg6 == 1\"]\n"),
            "p:6:9: seccomp.rules[0].when[0]: system calls have arguments 0 to 5, not 6"),
        arguments(
            rule("when = [\"argx == 1\"]\n"),
            "p:6:9: seccomp.rules[0].when[0]: expected arg0 to arg5, found \"argx\""),
        arguments(
            rule("when = [\"arg0 = 1\"]\n"),
            "p:6:9: seccomp.rules[0].when[0]: not a condition, from \"= 1\" on"),
        arguments(
            rule("when = [\"arg0 == \"]\n"),
            "p:6:9: seccomp.rules[0].when[0]: expected a number after \"arg0 ==\", found the end"),
        arguments(
            rule("when = [\"arg0 =~ 1\"]\n"),
            "p:6:9: seccomp.rules[0].when[0]: not a condition, from \"=~ 1\" on"),
        arguments(
            rule("when = [\"arg0 == 1 arg1 == 2\"]\n"),
            "p:6:9: seccomp.rules[0].when[0]: expected the end after \"arg0 == 1\", found"
                + " \"arg1\""),
        arguments(
            rule("when = [\"(arg0 & 4 == 4\"]\n"),
            "p:6:9: seccomp.rules[0].when[0]: expected \")\" after \"& 4 == 4\", found the end"),
        arguments(
            rule("when = [\"(int) arg0 in []\"]\n"),
            "p:6:9: seccomp.rules[0].when[0]: expected a number after \") arg0 in [\", found"
                + " \"]\""),
        arguments(
            rule("when = [\"arg0 & 1 == 2\"]\n"),
            "p:6:9: seccomp.rules[0].when[0]: 0x2 has bits that are never compared"),
        arguments(
            rule("when = [\"arg0 < 0\"]\n"),
            "p:6:9: seccomp.rules[0].when[0]: no arguments meet arg0 < 0x0"),
        arguments(
            rule("when = [\"arg0 == 1\", \"arg0 == 2\"]\n"),
            "p:6:1: seccomp.rules[0].when: no arguments meet all of arg0 == 0x1 && arg0 == 0x2"),
        arguments(
            rule("when = [\"" + "(".repeat(40) + "arg0 == 1\"]\n"),
            "p:6:9: seccomp.rules[0].when[0]: nested more than 32 levels deep"),
        arguments(
            rule("when = [\"(long) arg0 == 1\"]\n"),
            "p:6:9: seccomp.rules[0].when[0]: expected arg0 to arg5 after \"(\", found \"long\""));
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void readingSaysWhatIsWrong(String text, String message) {
    var e = assertThrows(ProfileException.class, () -> SeccompProfile.parse(text, "p"));
    assertEquals(message, e.getMessage());
  }

  private static String call(String name, String action, String args) {
    return "\n {\"names\": [\""
        + name
        + "\"], \"action\": \"SCMP_ACT_"
        + action
        + "\""
        + args
        + "}";
  }

  private static String when(String... comparisons) {
    var args = new StringBuilder();
    for (String comparison : comparisons) {
      String[] words = comparison.split(" ", -1);
      args.append(args.isEmpty() ? "" : ", ")
          .append("{\"index\": ")
          .append(words[0])
          .append(", \"op\": \"SCMP_CMP_")
          .append(words[1])
          .append("\", \"value\": ")
          .append(words[2])
          .append("}");
    }
    return ", \"args\": [" + args + "]";
  }

  private static String profile(String action, String... entries) {
    return "{\"defaultAction\": \"SCMP_ACT_"
        + action
        + "\", \"syscalls\": ["
        + String.join(",", entries)
        + "]}";
  }

  static Stream<Arguments> contradictions() {
    return Stream.of(
        arguments(
            profile("ERRNO", call("clone", "ALLOW", ""), call("clone", "TRAP", when("0 EQ 1"))),
            "p:3:2: clone: TRAP if arg0 == 0x1 contradicts ALLOW for all arguments at 2:2"),
        arguments(
            profile("ERRNO", call("clone", "TRAP", when("0 EQ 1")), call("clone", "ALLOW", "")),
            "p:3:2: clone: ALLOW for all arguments contradicts TRAP if arg0 == 0x1 at 2:2"),
        arguments(
            profile(
                "ERRNO",
                call("clone", "ALLOW", when("0 GE 2")),
                call("read", "ALLOW", ""),
                call("clone", "TRAP", when("0 LT 4", "2 EQ 9"))),
            "p:4:2: clone: TRAP if arg0 < 0x4 && arg2 == 0x9 contradicts ALLOW if arg0 >= 0x2 at"
                + " 2:2: both hold for clone(0x2, 0x0, 0x9)"),
        // Also where one says what holds anyway: engines would drop that one.
        arguments(
            profile("ERRNO", call("clone", "ERRNO", ""), call("clone", "ALLOW", when("0 EQ 1"))),
            "p:3:2: clone: ALLOW if arg0 == 0x1 contradicts ERRNO(EPERM) for all arguments at 2:2"),
        arguments(
            toml(
                """
                allow = ["ioctl"]
                [[seccomp.rules]]
                syscalls = ["ioctl"]
                when = ["(int) arg1 == 0x5412"]
                action = "errno(EPERM)"
                """),
            "p:5:1: ioctl: ERRNO(EPERM) if (int) arg1 == 0x5412 contradicts ALLOW for all arguments"
                + " at 3:1"));
  }

  @ParameterizedTest
  @MethodSource("contradictions")
  void contradictionsNameBothPlaces(String text, String message) throws ProfileException {
    SeccompProfile profile = SeccompProfile.parse(text, "p");
    var e = assertThrows(ProfileException.class, () -> profile.filter(X86_64));
    assertEquals(message, e.getMessage());
  }

  @Test
  void aWayAroundOnI386IsAnError() throws ProfileException {
    SeccompProfile profile =
        SeccompProfile.parse(profile("ALLOW", call("socket", "ERRNO", "")), "p");
    var e =
        assertThrows(
            ProfileException.class,
            () -> profile.filter(Selection.host().forArches(Arch.X86_64, Arch.I386)));
    assertEquals(
        "p: i386 also makes socket by socketcall, where its arguments lie in memory: give"
            + " socketcall a rule",
        e.getMessage());
  }

  @Test
  void moreThan4096InstructionsAreAnError() throws ProfileException {
    var text = new StringBuilder(profile("ERRNO"));
    text.setLength(text.length() - 2);
    String[] names = {"read", "open", "mmap", "brk", "ioctl", "pipe"};
    for (String name : names) {
      for (int i = 0; i < 900; i++) {
        text.append(text.charAt(text.length() - 1) == '[' ? "" : ",");
        // Two arguments each, so that nothing can be searched for.
        text.append(call(name, "ALLOW", when("0 EQ " + i * 7919, "1 EQ " + i * 104729)));
      }
    }
    SeccompProfile profile = SeccompProfile.parse(text + "]}", "p");
    var e = assertThrows(ProfileException.class, () -> profile.filter(X86_64));
    assertTrue(
        String.valueOf(e.getMessage())
            .matches("p: a filter has 1 to 4096 instructions, this one would have \\d+"),
        e.getMessage());
  }

  @Test
  void tooManyConditionsOfOneCallAreAnError() throws ProfileException {
    var entries = new String[1025];
    for (int i = 0; i < entries.length; i++) {
      entries[i] = call("read", "ALLOW", when("0 EQ " + i, "1 EQ " + i));
    }
    SeccompProfile profile = SeccompProfile.parse(profile("ERRNO", entries), "p");
    var e = assertThrows(ProfileException.class, () -> profile.filter(X86_64));
    assertEquals("p:1026:2: read: more than 1024 conditions", e.getMessage());
  }

  @Property(tries = 300)
  void noTextMakesTheReadersThrowAnythingElse(@ForAll String text) {
    for (String whole :
        new String[] {
          text,
          "{" + text,
          "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [" + text + "]}",
          rule("when = [ + text + ]\n")
        }) {
      try {
        SeccompProfile.parse(whole, "p").filter(X86_64);
      } catch (ProfileException e) {
        // The only way out besides a profile.
      }
    }
  }
}
