package io.github.cofferdam.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every way to get a policy wrong has its own message, and the message says where and what would be
 * right.
 */
class MalformedPolicyTest {

  static Stream<Arguments> malformed() {
    return Stream.of(
        arguments(
            "[network]\nallow_netwrok = false\n",
            "p.toml:2:1: unknown key network.allow_netwrok; did you mean network.allow_network?"),
        arguments(
            "mode = \"readonly\"\n", "p.toml:1:1: unknown key mode; did you mean sandbox.mode?"),
        arguments(
            "frobnicate = 1\n",
            "p.toml:1:1: unknown key frobnicate; valid here: sandbox, filesystem, network, audit,"
                + " limits, environment, enforcement, isolation, processes, timeout, streams,"
                + " seccomp"),
        arguments(
            "[netwrok]\nallow_network = true\n",
            "p.toml:1:1: unknown table [netwrok]; did you mean [network]?"),
        arguments(
            "[zzz]\n",
            "p.toml:1:1: unknown table [zzz]; valid here: sandbox, filesystem, network, audit,"
                + " limits, environment, enforcement, isolation, processes, timeout, streams,"
                + " seccomp"),
        arguments(
            "[network]\nzzz = 1\n",
            "p.toml:2:1: unknown key network.zzz; valid here: allow_network, allow_loopback,"
                + " allow_unix_sockets, unix_sockets, allow, deny, listen, private, metadata, dns,"
                + " refusal, log_network, command_rules, allowed_hosts, blocked_hosts,"
                + " custom_iptables_rules, allowed_ports"),
        arguments(
            "[network]\nallow_network = \"yes\"\n",
            "p.toml:2:1: network.allow_network: expected true or false, found the string \"yes\""),
        arguments(
            "[network]\nallow_network = 1\n",
            "p.toml:2:1: network.allow_network: expected true or false, found the integer 1"),
        arguments(
            "[network]\nallow_network = true\nallow_loopback = false\n",
            "p.toml:3:1: network.allow_loopback: false contradicts network.allow_network = true,"
                + " which includes it"),
        arguments("network = 5\n", "p.toml:1:1: network: expected a table, found the integer 5"),
        arguments("[[network]]\n", "p.toml:1:1: network: expected a table, found an array"),
        arguments(
            "[network]\ncommand_rules = 1\n",
            "p.toml:2:1: network.command_rules: expected an array of tables,"
                + " [[network.command_rules]], found the integer 1"),
        arguments(
            "[network]\ncommand_rules = [\"rm\"]\n",
            "p.toml:2:18: network.command_rules[0]: expected a table, found the string \"rm\""),
        arguments(
            "[[network.command_rules]]\ndestructive = true\n",
            "p.toml:1:1: network.command_rules[0].pattern: missing; every rule needs one"),
        arguments(
            "[[network.command_rules]]\npattern = \"\"\n",
            "p.toml:2:1: network.command_rules[0].pattern: the pattern is empty and would match"
                + " every command; write \".*\" if that is meant"),
        arguments(
            "[[network.command_rules]]\npattern = \"rm(\"\n",
            "p.toml:2:1: network.command_rules[0].pattern: invalid regular expression \"rm(\":"
                + " missing closing )"),
        arguments(
            "[[network.command_rules]]\npattern = \"a[b\"\n",
            "p.toml:2:1: network.command_rules[0].pattern: invalid regular expression \"a[b\":"
                + " missing closing ] near \"[b\" at character 2"),
        arguments(
            "[[network.command_rules]]\npattern = \"x(?=y)\"\n",
            "p.toml:2:1: network.command_rules[0].pattern: invalid regular expression \"x(?=y)\":"
                + " invalid or unsupported Perl syntax near \"(?=\" at character 2; look-around and"
                + " back-references do not exist in linear-time (RE2) expressions"),
        arguments(
            "[[network.command_rules]]\npattern = '(a)\\1'\n",
            "p.toml:2:1: network.command_rules[0].pattern: invalid regular expression \"(a)\\\\1\":"
                + " invalid escape sequence near \"\\\\1\" at character 4; look-around and"
                + " back-references do not exist in linear-time (RE2) expressions"),
        arguments(
            """
            [[network.command_rules]]
            pattern = "a"
            [[network.command_rules]]
            patern = "b"
            """,
            "p.toml:3:1: network.command_rules[1].pattern: missing; every rule needs one\n"
                + "p.toml:4:1: unknown key network.command_rules[1].patern; did you mean"
                + " network.command_rules[1].pattern?"),
        arguments(
            "[sandbox]\nmode = \"readonyl\"\n",
            "p.toml:2:1: sandbox.mode: unknown value \"readonyl\"; did you mean \"readonly\"?"),
        arguments(
            "[sandbox]\nmode = \"sudo\"\n",
            "p.toml:2:1: sandbox.mode: unknown value \"sudo\"; valid: \"readonly\","
                + " \"workspace-write\", \"full-access\""),
        arguments(
            "[sandbox]\nmode = 3\n",
            "p.toml:2:1: sandbox.mode: expected a string, found the integer 3"),
        arguments(
            "[sandbox]\nmode = readonly\n",
            "p.toml:2:8: invalid TOML: Unexpected 'r', expected a value (text stands in double"
                + " quotes)"),
        arguments(
            "[sandbox]\nmode = \"readonly\"\nmode = \"readonly\"\n",
            "p.toml:3:1: invalid TOML: mode previously defined at line 2, column 1"),
        arguments(
            "[sandbox]\n[sandbox]\n",
            "p.toml:2:1: invalid TOML: sandbox previously defined at line 1, column 1"),
        arguments(
            "[sandbox]\nworkspace = \"\"\n",
            "p.toml:2:1: sandbox.workspace: a path is empty; write \".\" for the directory that the"
                + " policy is used in"),
        arguments(
            "[filesystem]\nread_only = \"/usr\"\n",
            "p.toml:2:1: filesystem.read_only: expected an array of strings, found the string"
                + " \"/usr\""),
        arguments(
            "[filesystem]\nread_only = [\"/usr\", 1]\n",
            "p.toml:2:22: filesystem.read_only[1]: expected a string, found the integer 1"),
        arguments(
            "[filesystem]\nread_only = [\"\"]\n",
            "p.toml:2:14: filesystem.read_only[0]: a path is empty; write \".\" for the directory"
                + " that the policy is used in"),
        arguments(
            "[filesystem]\nread_only = [\"~root/x\"]\n",
            "p.toml:2:14: filesystem.read_only[0]: the path \"~root/x\" names another user's home;"
                + " only ~ and ~/... are expanded (write ./~name for a file of that name)"),
        arguments(
            "[filesystem]\nread_write = [\"${HOME}/x\"]\n",
            "p.toml:2:15: filesystem.read_write[0]: the path \"${HOME}/x\" has ${...} in it;"
                + " variables are not expanded in paths"),
        arguments(
            "[filesystem]\nblocked = [\"/a\\u202Eb\"]\n",
            "p.toml:2:12: filesystem.blocked[0]: the path \"/a\\u202Eb\" has the control or"
                + " invisible character U+202E in it"),
        arguments(
            "[filesystem]\nblocked = [\"/a\\u0000\"]\n",
            "p.toml:2:12: filesystem.blocked[0]: the path \"/a\\u0000\" has the control or"
                + " invisible character U+0000 in it"),
        arguments(
            "[filesystem]\nread_only = [\"/a\"]\nread_only_paths = [\"/b\"]\n",
            "p.toml:3:1: filesystem.read_only_paths: another spelling of filesystem.read_only; use"
                + " one of them"),
        arguments(
            "[filesystem]\nread_only = [\"/a\"]\nblocked = [\"/b\", \"/a\"]\n",
            "p.toml:3:18: filesystem.blocked[1]: \"/a\" stands in both read_only and blocked; a"
                + " path can be in one list only"),
        arguments(
            "[filesystem]\nread_write = [\"/a\"]\noverlay = [\"/b\", \"/a?\"]\n",
            "p.toml:3:18: filesystem.overlay[1]: \"/a?\" stands in both read_write and overlay; a"
                + " path can be in one list only"),
        arguments(
            "[filesystem]\noverlay = [\"/b\"]\nblocked = [\"/b\"]\n",
            "p.toml:3:12: filesystem.blocked[0]: \"/b\" stands in both overlay and blocked; a path"
                + " can be in one list only"),
        arguments(
            "[filesystem]\noverlay = [\"/\"]\n",
            "p.toml:2:12: filesystem.overlay[0]: / cannot be an overlay; name the directories in it"
                + " that the command is to change"),
        arguments(
            "[filesystem]\noverlay = [\"~/*\"]\n",
            "p.toml:2:12: filesystem.overlay[0]: the path \"~/*\" is a pattern, and patterns are"
                + " understood in filesystem.blocked only: what is granted is named (write \\* and"
                + " \\? for these characters in a name; one ? at the end of a granted path says"
                + " that it need not be there)"),
        arguments(
            "[filesystem]\noverlay = [\"/a\"]\nbind_mounts = { \"/a\" = { path = \"/x\", writable ="
                + " true } }\n",
            "p.toml:3:1: filesystem.bind_mounts: \"/a\" stands in overlay, by which the host's"
                + " directory is never changed, and in bind_mounts, by which it could be"),
        arguments(
            "[filesystem]\nbind_mounts = { a = \"b\" }\n",
            "p.toml:2:17: filesystem.bind_mounts.a: something can be bound to an absolute path"
                + " other than / only, not to \"b\""),
        arguments(
            "[filesystem]\nbind_mounts = { a = 1 }\n",
            "p.toml:2:17: filesystem.bind_mounts.a: expected a path, or a table { path = \"/x\","
                + " writable = true }, found the integer 1"),
        arguments(
            "[filesystem]\nbind_mounts = { a = { writable = true } }\n",
            "p.toml:2:17: filesystem.bind_mounts.a.path: missing; it says where the command sees"
                + " what is bound"),
        arguments(
            "[filesystem]\nbind_mounts = { a = \"/x\", b = \"/x\" }\n",
            "p.toml:2:27: filesystem.bind_mounts.b: something else is bound from b or to /x"
                + " already"),
        arguments(
            "[filesystem]\nbind_mounts = [\"a:/b\"]\n",
            "p.toml:2:1: filesystem.bind_mounts: expected a table, found an array"),
        arguments(
            "[filesystem]\ntemporary_size = 0\n",
            "p.toml:2:1: filesystem.temporary_size: must be above zero, and not unlimited"),
        arguments(
            "[isolation]\nhostname = \"a b\"\n",
            "p.toml:2:1: isolation.hostname: \"a b\" is not a host name: 1 to 64 letters, digits,"
                + " dots, hyphens and underscores"),
        arguments(
            "[isolation]\ncapabilities = [\"net_rw\"]\n",
            "p.toml:2:17: isolation.capabilities[0]: no capability is called \"net_rw\"; did you"
                + " mean \"net_raw\"?"),
        arguments(
            "[audit]\nenabled = true\n",
            "p.toml:2:1: audit.enabled is true and audit.log_file is missing"),
        arguments(
            "[audit]\nenabled = true\nlog_file = \"~x\"\n",
            "p.toml:3:1: audit.log_file: the path \"~x\" names another user's home; only ~ and"
                + " ~/... are expanded (write ./~name for a file of that name)"),
        arguments(
            "[audit]\nlog_level = \"warning\"\n",
            "p.toml:2:1: audit.log_level: unknown value \"warning\"; did you mean \"warn\"?"),
        arguments(
            "[audit]\non_failure = \"ignore\"\n",
            "p.toml:2:1: audit.on_failure: unknown value \"ignore\"; valid: \"refuse\","
                + " \"continue\""),
        arguments(
            "[limits]\nopen_filse = 3\n",
            "p.toml:2:1: unknown key limits.open_filse; did you mean limits.open_files?"),
        arguments(
            "[limits]\nopen_files = -1\n",
            "p.toml:2:1: limits.open_files: expected a whole number such as 256, or \"unlimited\","
                + " found the integer -1"),
        arguments(
            "[limits]\nopen_files = 1.5\n",
            "p.toml:2:1: limits.open_files: expected a whole number such as 256, or \"unlimited\","
                + " found the number 1.5"),
        arguments(
            "[limits]\nopen_files = \"12KiB\"\n",
            "p.toml:2:1: limits.open_files: expected a whole number such as 256, or \"unlimited\","
                + " found \"12KiB\""),
        arguments(
            "[limits]\nopen_files = 99999999999999999999\n",
            "p.toml:2:14: invalid TOML: Integer is too large"),
        arguments(
            "[limits]\naddress_space = \"99999999TiB\"\n",
            "p.toml:2:1: limits.address_space: \"99999999TiB\" is too large: at most"
                + " 9223372036854775807"),
        arguments(
            "[limits]\naddress_space = \"2 GiB\"\n",
            "p.toml:2:1: limits.address_space: expected bytes such as 4096, \"100MiB\" or"
                + " \"unlimited\", found \"2 GiB\""),
        arguments(
            "[limits]\nopen_files = { soft = 5 }\n",
            "p.toml:2:1: limits.open_files: a table of limits needs both soft and hard"),
        arguments(
            "[limits]\nopen_files = { soft = 5, hard = 4 }\n",
            "p.toml:2:1: limits.open_files: the soft limit 5 is above the hard limit 4"),
        arguments(
            "[limits]\nopen_files = { soft = 5, hard = 6, firm = 7 }\n",
            "p.toml:2:36: unknown key limits.open_files.firm; valid here: soft, hard"),
        arguments(
            "[limits]\nmax_open_files = { soft = 5, hard = 6 }\nzzz = 1\n",
            "p.toml:3:1: unknown key limits.zzz; valid here: address_space, core_file, cpu_time,"
                + " data, file_size, file_locks, locked_memory, message_queues, nice, open_files,"
                + " processes, resident_set, realtime_priority, realtime_time, pending_signals,"
                + " stack, memory, tasks, cpu_percent, disk, io_read, io_write,"
                + " connections, bandwidth"),
        arguments(
            "[limits]\nopen_files = 5\nmax_open_files = 5\n",
            "p.toml:3:1: limits.max_open_files: another spelling of limits.open_files; use one of"
                + " them"),
        arguments(
            "[limits]\nmemory = 5\nmemory_limit_bytes = 5\n",
            "p.toml:3:1: limits.memory_limit_bytes: another spelling of limits.memory; use one of"
                + " them"),
        arguments(
            "[limits]\ncpu_percent = 0\n",
            "p.toml:2:1: limits.cpu_percent: expected at least 1, found 0"),
        arguments(
            "[limits]\ncpu_percent = 99999999\n",
            "p.toml:2:1: limits.cpu_percent: expected at most 10000000, found 99999999"),
        arguments(
            "[limits]\ntasks = \"1KiB\"\n",
            "p.toml:2:1: limits.tasks: expected a whole number such as 256, or \"unlimited\","
                + " found \"1KiB\""),
        arguments(
            "[limits]\ndisk = { soft = 1, hard = 2 }\n",
            "p.toml:2:1: limits.disk: expected bytes such as 4096, \"100MiB\" or \"unlimited\","
                + " found a table"),
        arguments(
            "[limits]\ntask = 3\n",
            "p.toml:2:1: unknown key limits.task; did you mean limits.tasks?"),
        arguments(
            "[limits]\n\"open.files\" = 5\n",
            "p.toml:2:1: unknown key limits.\"open.files\"; did you mean limits.open_files?"),
        arguments(
            "[environment]\ninherit = \"all\"\n",
            "p.toml:2:1: environment.inherit: expected true, false or \"listed\", found the string"
                + " \"all\""),
        arguments(
            "[environment]\npass = [\"A=B\"]\n",
            "p.toml:2:9: environment.pass[0]: the environment variable name \"A=B\" has '=' in it"),
        arguments(
            "[environment]\npass = [\"\"]\n",
            "p.toml:2:9: environment.pass[0]: the name of an environment variable is empty"),
        arguments(
            "[environment]\nset = { \"A*\" = \"b\" }\n",
            "p.toml:2:9: environment.set.\"A*\": the environment variable name \"A*\" has '*' in"
                + " it; set takes names"),
        arguments(
            "[environment.set]\nA = 1\n",
            "p.toml:2:1: environment.set.A: expected a string, found the integer 1"),
        arguments(
            "[environment.set]\nA = \"x\\u0000\"\n",
            "p.toml:2:1: environment.set.A: the value of the environment variable A has a NUL"
                + " character in it"),
        arguments(
            "[enforcement]\nlevel = \"lax\"\n",
            "p.toml:2:1: enforcement.level: unknown value \"lax\"; valid: \"strict\","
                + " \"best-effort\""),
        arguments(
            "[enforcement]\nsyscalls = \"off\"\n",
            "p.toml:2:1: enforcement.syscalls: syscalls cannot be off, because everything else"
                + " rests on it: system calls that no other layer sees would lead around it"),
        arguments(
            "[enforcement]\nno_new_privileges = \"off\"\n",
            "p.toml:2:1: enforcement.no_new_privileges: no_new_privileges cannot be off, because"
                + " everything else rests on it: without no_new_privs the kernel refuses Landlock"
                + " and seccomp to an unprivileged process"),
        arguments(
            "[enforcement]\ndescriptors = \"off\"\n",
            "p.toml:2:1: enforcement.descriptors: descriptors cannot be off, because everything"
                + " else rests on it: an inherited descriptor reaches past every other wall"),
        arguments(
            "[enforcement]\nnetwork = \"maybe\"\n",
            "p.toml:2:1: enforcement.network: unknown value \"maybe\"; valid: \"require\","
                + " \"prefer\", \"off\""),
        arguments(
            "[isolation]\ntype = \"container\"\n",
            "p.toml:2:1: isolation.type: \"container\" is not built yet; valid: \"auto\","
                + " \"basic\", \"namespace\""),
        arguments(
            "[isolation]\ntype = \"namespaces\"\n",
            "p.toml:2:1: isolation.type: unknown value \"namespaces\"; did you mean"
                + " \"namespace\"?"),
        arguments(
            "[timeout]\nwall = 0\n",
            "p.toml:2:1: timeout.wall: a duration must be above zero, found PT0S"),
        arguments(
            "[timeout]\nwall = \"30 s\"\n",
            "p.toml:2:1: timeout.wall: expected a duration such as \"500ms\", \"30s\", \"5m\" or"
                + " \"2h\", found \"30 s\""),
        arguments(
            "[timeout]\nwall = 1.5\n",
            "p.toml:2:1: timeout.wall: expected a duration such as \"30s\", or a number of seconds,"
                + " found the number 1.5"),
        arguments(
            "[timeout]\nwall = \"99999999999999999999h\"\n",
            "p.toml:2:1: timeout.wall: the duration \"99999999999999999999h\" is too large; at"
                + " most 2562047h (292 years) can be counted"),
        arguments(
            "[timeout]\nwall = 1979-05-27\n",
            "p.toml:2:1: timeout.wall: expected a duration such as \"30s\", or a number of seconds,"
                + " found a date or time"),
        arguments(
            "[timeout]\nwal = 3\n",
            "p.toml:2:1: unknown key timeout.wal; did you mean timeout.wall?"),
        arguments(
            "include = \"../../x\"\n",
            "p.toml:1:1: include: a policy is one file; other files are not read from it"),
        arguments(
            "execution_timeout = 600\n",
            "p.toml:1:1: execution_timeout: write [timeout] wall = \"600s\""),
        arguments(
            "[sandbox\nmode = \"readonly\"\n",
            "p.toml:1:9: invalid TOML: Unexpected end of line, expected ]"),
        arguments(
            "[sandbox]\nworkspace = \"x\n",
            "p.toml:2:15: invalid TOML: Unexpected end of line, expected \" or a character"),
        arguments(
            "[sandbox]\nworkspace = \"\"\"x\n",
            "p.toml:2:13: the string that opens here is never closed"),
        arguments(
            "[sandbox]\nworkspace = \"\\q\"\n",
            "p.toml:2:14: invalid TOML: Invalid escape sequence '\\q'"),
        arguments("[sandbox]\nmode = \"readonly\" # \0\n", "p.toml:2:21: NUL character"),
        arguments(
            "a = \"\u0001\"\n",
            "p.toml:1:6: invalid TOML: Unexpected '\\u0001', expected \" or a character"),
        arguments(
            "[network]\nallow_netwrok = false\n[audit]\nenabled = 1\n[limits]\nopen_files = -1\n",
            "p.toml:2:1: unknown key network.allow_netwrok; did you mean network.allow_network?\n"
                + "p.toml:4:1: audit.enabled: expected true or false, found the integer 1\n"
                + "p.toml:6:1: limits.open_files: expected a whole number such as 256, or"
                + " \"unlimited\", found the integer -1"));
  }

  @ParameterizedTest(name = "{1}")
  @MethodSource("malformed")
  void isRefusedWithItsMessage(String toml, String message) {
    PolicyException e = assertThrows(PolicyException.class, () -> Policy.parse(toml, "p.toml"));

    assertEquals(message, e.getMessage());
  }

  @ParameterizedTest(name = "{1}")
  @MethodSource("malformed")
  void isRefusedWithTheSameMessageWithWindowsLineEnds(String toml, String message) {
    PolicyException e =
        assertThrows(
            PolicyException.class, () -> Policy.parse(toml.replace("\n", "\r\n"), "p.toml"));

    assertEquals(e.problems().size(), message.lines().count());
    assertTrue(message.startsWith("p.toml:" + e.line().orElseThrow() + ":"), e.getMessage());
  }

  @Test
  void carriesThePlaceAndTheKey() {
    PolicyException e =
        assertThrows(
            PolicyException.class, () -> Policy.parse("\n[audit]\n  enabled = 1\n", "x/p.toml"));

    assertEquals("x/p.toml", e.source());
    assertEquals(OptionalInt.of(3), e.line());
    assertEquals(OptionalInt.of(3), e.column());
    assertEquals(Optional.of("audit.enabled"), e.key());
  }

  @Test
  void columnsCountCharactersAndNotBytes() {
    PolicyException e =
        assertThrows(
            PolicyException.class,
            () -> Policy.parse("[filesystem]\nread_only = ['/\u00e9\ud83d\ude00', 1]\n", "p.toml"));

    assertEquals(OptionalInt.of(21), e.column());
  }

  @Test
  void showsTwentyProblemsAndCountsTheRest() {
    StringBuilder toml = new StringBuilder();
    for (int i = 0; i < 25; i++) {
      toml.append("k").append(i).append(" = 1\n");
    }

    PolicyException e =
        assertThrows(PolicyException.class, () -> Policy.parse(toml.toString(), "p.toml"));

    assertEquals(25, e.problems().size());
    String message = String.valueOf(e.getMessage());
    assertEquals(21, message.lines().count());
    assertTrue(message.endsWith("\nand 5 more problems"), message);
  }

  static Stream<Arguments> hostile() {
    return Stream.of(
        arguments("a = " + "[".repeat(100_000), "p.toml:1:37: nested more than 32 levels deep"),
        arguments("a = " + "{b=".repeat(100_000), "p.toml:1:101: nested more than 32 levels deep"),
        arguments("[".repeat(100_000), "p.toml:1:33: nested more than 32 levels deep"),
        arguments("a\n".repeat(500_000), "p.toml:15002:1: more than 15000 lines, keys and values"),
        arguments(
            "a." + "a.".repeat(400_000) + "a = 1",
            "p.toml:1:30002: more than 15000 lines, keys and values"),
        arguments(
            "a = [" + "1,".repeat(400_000) + "1]",
            "p.toml:1:30003: more than 15000 lines, keys and values"));
  }

  @ParameterizedTest(name = "{1}")
  @MethodSource("hostile")
  void isRefusedBeforeTheParserSeesIt(String toml, String message) {
    PolicyException e =
        Assertions.assertTimeoutPreemptively(
            Duration.ofSeconds(20),
            () -> assertThrows(PolicyException.class, () -> Policy.parse(toml, "p.toml")));

    assertEquals(message, e.getMessage());
  }

  @Test
  void bracketsAndDotsInStringsAndCommentsDoNotCount() throws PolicyException {
    String many = "[".repeat(20_000) + ".,=";
    String toml =
        "# "
            + many
            + "\n[environment.set]\nA = \""
            + many
            + "\"\nB = '"
            + many
            + "'\nC = \"\"\"\n\\\""
            + many
            + "\"\"\"\"\nD = '''"
            + many
            + "'''\n";

    assertEquals("\"" + many + "\"", Policy.parse(toml, "p").environment().set().get("C"));
  }
}
