package io.github.cofferdam.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.profiles.SeccompProfile;
import io.github.cofferdam.profiles.SeccompProfile.Selection;
import io.github.cofferdam.seccomp.SeccompFilter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code seccomp compile}, {@code disasm}, {@code decide}, {@code explain}, {@code cost}, {@code
 * diff}.
 */
@Tag("kernel")
class SeccompCommandTest {
  private static final String OCI =
      """
      {"defaultAction": "SCMP_ACT_ALLOW",
       "syscalls": [
         {"names": ["lseek"], "action": "SCMP_ACT_ERRNO", "errnoRet": 22,
          "args": [{"index": 1, "value": 18446744073709551615, "op": "SCMP_CMP_EQ"}]},
         {"names": ["syslog"], "action": "SCMP_ACT_KILL_PROCESS", "includes": {"caps": ["CAP_X"]}},
         {"names": ["acct"], "action": "SCMP_ACT_TRAP", "includes": {"minKernel": "5.10"}},
         {"names": ["nosuch"], "action": "SCMP_ACT_TRAP"}]}
      """;

  private static final String TOML =
      """
      [seccomp]
      default = "errno(EPERM)"
      allow = ["read", "write"]

      [[seccomp.rules]]
      syscalls = ["ioctl"]
      when = ["(int) arg1 != 0x5412"]
      action = "allow"
      """;

  @TempDir private Path directory;
  private String oci = "";
  private String toml = "";

  @BeforeEach
  void write() throws IOException {
    oci = file("oci", OCI);
    toml = file("toml", TOML);
  }

  private String file(String name, String content) throws IOException {
    return Files.writeString(directory.resolve(name), content).toString();
  }

  private static InProcess seccomp(String... args) {
    return InProcess.run(
        Stream.concat(Stream.of("seccomp"), Stream.of(args)).toArray(String[]::new));
  }

  private String compiled(String profile, String... options) {
    String out = directory.resolve("out.bpf").toString();
    String[] args =
        Stream.concat(Stream.of("compile", profile, "-o", out), Stream.of(options))
            .toArray(String[]::new);
    InProcess result = seccomp(args);
    assertEquals(0, result.status(), result.err());
    assertEquals("", result.out());
    return out;
  }

  @Test
  void compileWritesWhatTheKernelRuns() throws Exception {
    SeccompProfile profile = SeccompProfile.load(Path.of(toml));
    SeccompFilter one = profile.filter(Selection.host().forArches(Arch.AARCH64));
    String out = compiled(toml, "--arch", "aarch64");
    assertArrayEquals(one.program().bytes(), Files.readAllBytes(Path.of(out)));
    SeccompFilter two = profile.filter(Selection.host().forArches(Arch.X86_64, Arch.X32));
    // It replaces what was there.
    assertArrayEquals(
        two.program().bytes(), Files.readAllBytes(Path.of(compiled(toml, "--arch", "x86_64,x32"))));
  }

  @Test
  void compileWarns() {
    InProcess result =
        seccomp("compile", oci, "--arch=x86_64", "-o", directory.resolve("x").toString());
    assertEquals(
        "warning: " + oci + ":7:4: passed over: unknown system call \"nosuch\"\n", result.err());
    assertEquals(0, result.status());
  }

  @Test
  void disasmPrintsInstructions() throws Exception {
    SeccompFilter filter =
        SeccompProfile.load(Path.of(toml)).filter(Selection.host().forArches(Arch.X86_64));
    assertEquals(filter.disassemble(), seccomp("disasm", toml, "--arch", "x86_64").out());
    String out = compiled(toml, "--arch", "x86_64");
    assertEquals(filter.disassemble(), seccomp("disasm", out).out());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "oci|--syscall lseek|ALLOW",
        "oci|--syscall lseek --arg 1=-1|ERRNO(EINVAL)",
        "oci|--syscall lseek --arg 1=0xffffffffffffffff|ERRNO(EINVAL)",
        "oci|--syscall lseek --arg 1=18446744073709551615 --arg 0=3|ERRNO(EINVAL)",
        "oci|--syscall lseek --arg 1=-2|ALLOW",
        "oci|--syscall 8 --arg 1=-1|ERRNO(EINVAL)",
        "oci|--syscall 0x8 --arg 1=-1|ERRNO(EINVAL)",
        "oci|--syscall 1000|ERRNO(ENOSYS)",
        "oci|--syscall -1|ERRNO(ENOSYS)",
        "oci|--syscall syslog|ALLOW",
        "oci|--syscall syslog --cap CAP_X|KILL_PROCESS",
        "oci|--syscall acct --kernel 5.10|TRAP",
        "oci|--syscall acct --kernel 4.19|ALLOW",
        "toml|--syscall ioctl --arg 1=0x5412|ERRNO(EPERM)",
        "toml|--syscall ioctl --arg 1=0x100005412|ERRNO(EPERM)",
        "toml|--syscall ioctl --arg 1=21523|ALLOW",
        "toml|--syscall open|ERRNO(EPERM)"
      })
  void decidePrintsTheAction(String name, String options, String action) {
    String profile = directory.resolve(name).toString();
    String[] common = {"decide", profile, "--arch", "x86_64"};
    String[] args =
        Stream.concat(Stream.of(common), Stream.of(options.split(" ", -1))).toArray(String[]::new);
    InProcess result = seccomp(args);
    assertEquals(action + "\n", result.out(), result.err());
    assertEquals(0, result.status());
    if (!options.contains("--cap") && !options.contains("--kernel")) {
      args[1] = compiled(profile, "--arch", "x86_64");
      assertEquals(action + "\n", seccomp(args).out());
    }
  }

  @Test
  void decideAsksForTheFirstArchitecture() {
    String[] of = {"decide", toml, "--syscall", "3", "--arch"};
    // read(2) there, close(2) here.
    assertEquals("ALLOW\n", seccomp(of[0], of[1], of[2], of[3], of[4], "i386,x86_64").out());
    assertEquals("ERRNO(EPERM)\n", seccomp(of[0], of[1], of[2], of[3], of[4], "x86_64,i386").out());
  }

  @Test
  void explainPrintsCallActionAndRule() {
    InProcess result =
        seccomp("explain", toml, "--arch", "x86_64", "--syscall", "ioctl", "--arg", "1=0x5413");
    assertEquals(
        "x86_64 ioctl(0x0, 0x5413) -> ALLOW: ioctl: if (int) arg1 != 0x5412: ALLOW\n",
        result.out(),
        result.err());
    assertEquals(0, result.status());
  }

  @Test
  void costPrintsNumbers() {
    InProcess profile = seccomp("cost", toml, "--arch", "x86_64");
    assertTrue(
        profile
            .out()
            .matches(
                """
                instructions   \\d+
                average        \\d+\\.\\d\\d
                maximum        \\d+
                install_micros \\d+
                """),
        profile.out());
    String out = compiled(toml, "--arch", "x86_64");
    assertEquals(profile.out(), seccomp("cost", out, "--arch", "x86_64").out());
  }

  @Test
  void diffTellsEqualFromDifferent() throws Exception {
    String out = compiled(toml, "--arch", "x86_64");
    InProcess equal = seccomp("diff", toml, out, "--arch", "x86_64");
    assertEquals("", equal.out(), equal.err());
    assertEquals(0, equal.status());
    String other = file("other", TOML.replace("\"write\"", "\"writev\""));
    InProcess different = seccomp("diff", out, other, "--arch", "x86_64");
    assertEquals(
        "x86_64 write: ALLOW -> ERRNO(EPERM)\nx86_64 writev: ERRNO(EPERM) -> ALLOW\n",
        different.out(),
        different.err());
    assertEquals(1, different.status());
  }

  @Test
  void diffComparesProfilesOfOneFile() throws Exception {
    String several =
        file(
            "several",
            "{\"profiles\": {\"a\": {\"defaultAction\": \"allow\"}, \"b\": {\"defaultAction\":"
                + " \"log\"}}}");
    assertEquals(0, seccomp("diff", several, several, "--profile", "a").status());
    assertEquals(1, seccomp("diff", several, several, "--profile", "a", "--profile", "b").status());
    InProcess none = seccomp("diff", several, several);
    assertEquals(2, none.status());
    assertEquals(several + ": has several profiles; name one: a, b\n", none.err());
  }

  @Test
  void diffHasTroubleWith2() throws Exception {
    String none = directory.resolve("none").toString();
    InProcess missing = seccomp("diff", toml, none);
    assertEquals(2, missing.status());
    assertEquals(none + ": no such file\n", missing.err());
    assertEquals(2, seccomp("diff", toml, toml, "--arch", "vax").status());
    assertEquals(2, seccomp("diff", directory.toString(), toml).status());
  }

  @ParameterizedTest
  @ValueSource(strings = {"compile", "disasm", "decide", "explain", "cost"})
  void aBrokenProfileIsNamedWithItsPlace(String subcommand) throws Exception {
    String broken = file("broken", "{\"defaultAction\": \"SCMP_ACT_ALOW\"}");
    InProcess result =
        switch (subcommand) {
          case "compile" ->
              seccomp(subcommand, broken, "-o", directory.resolve("never").toString());
          case "decide", "explain" -> seccomp(subcommand, broken, "--syscall", "read");
          default -> seccomp(subcommand, broken);
        };
    assertEquals(1, result.status());
    assertEquals(
        broken
            + ":1:19: defaultAction: unknown action \"SCMP_ACT_ALOW\"; did you mean"
            + " \"SCMP_ACT_ALLOW\"?\n",
        result.err());
    assertEquals("", result.out());
    assertFalse(Files.exists(directory.resolve("never")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--syscall raed|no system call raed on x86_64",
        "--syscall 4294967296|--syscall 4294967296 is no number of 32 bits",
        "--syscall 0xzz|--syscall 0xzz is no number of 32 bits",
        "--syscall read --arg 6=1|--arg 6=1: write INDEX=VALUE with an index from 0 to 5",
        "--syscall read --arg 1|--arg 1: write INDEX=VALUE with an index from 0 to 5",
        "--syscall read --arg 1=|--arg 1  is no number of 64 bits",
        "--syscall read --arg 1=0x|--arg 1 0x is no number of 64 bits",
        "--syscall read --arg 1=--1|--arg 1 --1 is no number of 64 bits",
        "--syscall read --arg 1=0x-1|--arg 1 0x-1 is no number of 64 bits",
        "--syscall read --arg 1=18446744073709551616|is no number of 64 bits",
        "--syscall read --arg 1=-9223372036854775809|is no number of 64 bits",
        "--syscall read --arg 1=1 --arg 1=2|--arg 1=2: given twice",
        "--syscall read --arch vax|--arch vax is none of: x86_64, i386, x32, aarch64, riscv64",
        "--syscall read --kernel new|expected a kernel version such as 4.8, found \"new\"",
        "--syscall read --profile a --profile b|--profile b: one too many",
        "--arg 1=1|--syscall"
      })
  void mistakesAreExplained(String options, String message) {
    Stream<String> words = Stream.of(options.split(" ", -1));
    Stream<String> command = Stream.of("decide", toml);
    String[] arch = options.contains("--arch") ? new String[0] : new String[] {"--arch", "x86_64"};
    InProcess result =
        seccomp(
            Stream.concat(Stream.concat(command, Stream.of(arch)), words).toArray(String[]::new));
    assertEquals(125, result.status());
    assertTrue(result.err().startsWith("cofferdam: "), result.err());
    assertTrue(result.err().contains(message), result.err());
    assertEquals("", result.out());
  }

  @Test
  void compileLeavesAloneWhatIsNoFile() throws Exception {
    Path target = Files.writeString(directory.resolve("target"), "kept");
    Path link = Files.createSymbolicLink(directory.resolve("link"), target);
    Path fifo = directory.resolve("fifo");
    assertEquals(0, new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor());
    Path none = directory.resolve("none/out");
    for (String[] refusal :
        new String[][] {
          {link.toString(), link + " is a symbolic link; name the file itself"},
          {directory.toString(), directory + " is a directory"},
          {fifo.toString(), fifo + " is not a regular file"},
          {none.toString(), none + ": there is no such directory"},
          {"", "\"\" is no name of a file"}
        }) {
      InProcess result = seccomp("compile", toml, "-o", refusal[0]);
      assertEquals(125, result.status(), refusal[1]);
      assertTrue(result.err().contains("cofferdam: " + refusal[1]), result.err());
    }
    assertEquals("kept", Files.readString(target));
    try (Stream<Path> files = Files.list(directory)) {
      assertEquals(5, files.count());
    }
  }
}
