package io.github.cofferdam.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What the shells offer behind the words of a command line. */
class CompletionTest {
  /** As readline takes a line apart: the words, with = and : as words of their own. */
  private static final Pattern READLINE_WORD = Pattern.compile("[=:]+|[^\\s=:]+");

  @TempDir private Path folder;

  @BeforeEach
  void generate() throws Exception {
    GeneratedFiles.in(folder.resolve("share"));
    Files.createDirectories(folder.resolve("home/policies"));
    Files.createFile(folder.resolve("home/policy.toml"));
  }

  private Path home() {
    return folder.resolve("home");
  }

  private String script(String name) {
    return folder.resolve("share").resolve(name).toString();
  }

  /** A line, and what is offered for its last word. */
  static Stream<Arguments> lines() {
    return Stream.of(
        arguments("cofferdam ru", List.of("run")),
        arguments("cofferdam policy ", List.of("check", "preset", "schema", "show")),
        arguments("cofferdam bench com", List.of("compare")),
        arguments("cofferdam help pol", List.of("policy")),
        arguments("cofferdam help policy s", List.of("schema", "show")),
        arguments("cofferdam run --mode ", List.of("full-access", "readonly", "workspace-write")),
        arguments("cofferdam run --net l", List.of("listed", "loopback")),
        arguments("cofferdam run --isolation b", List.of("basic")),
        arguments("cofferdam run --limit memo", List.of("memory=")),
        arguments("cofferdam run --seccomp compute", List.of("compute_only")),
        arguments("cofferdam seccomp decide --arch x", List.of("x32", "x86_64")),
        arguments("cofferdam run --timeo", List.of("--timeout")),
        arguments("cofferdam run --bind /a:/b:rw --env A=run --timeo", List.of("--timeout")),
        arguments("cofferdam run --timeout 5s --enforcement s", List.of("strict")),
        arguments("cofferdam run --policy policy.", List.of("policy.toml")),
        arguments("cofferdam policy check policy.", List.of("policy.toml")),
        arguments("cofferdam run --workspace pol", List.of("policies")),
        arguments("cofferdam run -- cat policy.", List.of("policy.toml")),
        arguments("cofferdam run --mode readonly cat policy.", List.of("policy.toml")),
        arguments("cofferdam run -- unshar", List.of("unshare")),
        arguments("cofferdam run unshar", List.of("unshare")));
  }

  private List<String> bash(String line, String breaks) throws Exception {
    var words = new ArrayList<String>();
    if (breaks.contains("=")) {
      Matcher word = READLINE_WORD.matcher(line);
      while (word.find()) {
        words.add(word.group());
      }
    } else {
      words.addAll(List.of(line.split(" +")));
    }
    if (line.endsWith(" ")) {
      words.add("");
    }
    var command = new ArrayList<String>();
    command.addAll(
        List.of(
            "bash",
            "--norc",
            "-c",
            """
            source "$1"; COMP_WORDBREAKS=$2; COMP_LINE=$3; COMP_POINT=${#3}; shift 3
            COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
            _cofferdam; printf '%s\\n' "${COMPREPLY[@]}"
            """,
            "bash",
            script(GeneratedFiles.BASH),
            breaks,
            line));
    command.addAll(words);
    String output = GeneratedFiles.output(home(), command.toArray(String[]::new));
    return output.lines().filter(offer -> !offer.isEmpty()).sorted().distinct().toList();
  }

  @ParameterizedTest
  @MethodSource("lines")
  void bashOffers(String line, List<String> expected) throws Exception {
    assertEquals(expected, bash(line, " \t\n\"'><=;|&(:"));
  }

  @Test
  void bashKnowsTheFunction() throws Exception {
    assertEquals(
        "complete -F _cofferdam cofferdam\n",
        GeneratedFiles.output(
            home(),
            "bash",
            "--norc",
            "-c",
            "source \"$1\"; complete -p cofferdam",
            "bash",
            script(GeneratedFiles.BASH)));
  }

  /** It replaces what is behind the equals sign, or the whole word, as it is set. */
  @Test
  void bashOffersValuesBehindAnEqualsSign() throws Exception {
    String line = "cofferdam run --mode=w";
    assertEquals(List.of("workspace-write"), bash(line, "=: "));
    assertEquals(List.of("--mode=workspace-write"), bash(line, " "));
    assertEquals(List.of("policy.toml"), bash("cofferdam run --policy=policy.", "=: "));
    assertEquals(
        List.of("full-access", "readonly", "workspace-write"),
        bash("cofferdam run --mode=", "=: "));
  }

  private List<String> fish(String line) throws Exception {
    String output =
        GeneratedFiles.output(
            home(),
            "fish",
            "--private",
            "--no-config",
            "-c",
            "source $argv[1]; complete -C $argv[2]",
            script(GeneratedFiles.FISH),
            line);
    return output.lines().map(offer -> offer.replaceFirst("/?(\t.*)?$", "")).sorted().toList();
  }

  @ParameterizedTest
  @MethodSource("lines")
  void fishOffers(String line, List<String> expected) throws Exception {
    assertEquals(expected, fish(line));
  }

  @Test
  void fishOffersValuesBehindAnEqualsSign() throws Exception {
    assertEquals(List.of("--mode=workspace-write"), fish("cofferdam run --mode=w"));
  }

  /** At a terminal, since that is the only place where zsh completes: what the line becomes. */
  private List<String> zsh(String... lines) throws Exception {
    Path result = folder.resolve("result");
    var keys = new StringBuilder();
    for (String line : lines) {
      keys.append("zpty -w -n z ").append("'").append(line).append("'$'\\t\\x18'; wait_for\n");
    }
    Path program =
        Files.writeString(
            folder.resolve("complete.zsh"),
            """
            zmodload zsh/zpty zsh/zselect
            n=0
            wait_for() {
              (( n++ ))
              local i
              for i in {1..2000}; do
                [[ -f $1 && $(wc -l <$1) -ge $n ]] && return
                while zpty -t z; do zpty -r z ignored || break; done
                zselect -t 1
              done
              print "nothing comes"; exit 1
            }
            functions[wait_for]="set -- RESULT; $functions[wait_for]"
            zpty -b z zsh -f -i
            zpty -w z 'fpath=(FUNCTIONS $fpath); autoload -U compinit; compinit -u -D'
            zpty -w z 'show() { print -r -- "$BUFFER" >>RESULT; BUFFER= }; zle -N show; bindkey "^X" show'
            zpty -w z 'setopt no_beep no_list_ambiguous; print ready >>RESULT'
            wait_for
            KEYS
            zpty -d z
            """
                .replace("RESULT", result.toString())
                .replace(
                    "FUNCTIONS", String.valueOf(Path.of(script(GeneratedFiles.ZSH)).getParent()))
                .replace("KEYS", keys));
    assertEquals("", GeneratedFiles.output(home(), "zsh", "-f", program.toString()));
    List<String> all = Files.readAllLines(result);
    return all.subList(1, all.size());
  }

  @Test
  void zshCompletes() throws Exception {
    assertEquals(
        List.of(
            "cofferdam run ",
            "cofferdam policy check ",
            "cofferdam run --mode=workspace-write ",
            "cofferdam run --mode workspace-write ",
            "cofferdam run --timeout=",
            "cofferdam run --limit memory=",
            "cofferdam run --bind /a:/b:rw --net loopback ",
            "cofferdam run --policy policy.toml ",
            "cofferdam run -- unshare ",
            "cofferdam run -- cat policy.toml ",
            "cofferdam bench compare "),
        zsh(
            "cofferdam ru",
            "cofferdam policy c",
            "cofferdam run --mode=w",
            "cofferdam run --mode w",
            "cofferdam run --timeo",
            "cofferdam run --limit memo",
            "cofferdam run --bind /a:/b:rw --net lo",
            "cofferdam run --policy policy.",
            "cofferdam run -- unshar",
            "cofferdam run -- cat policy.",
            "cofferdam bench com"));
  }

  @Test
  void everyOptionOfEveryCommandIsKnown() throws Exception {
    String bash = Files.readString(Path.of(script(GeneratedFiles.BASH)));
    String zsh = Files.readString(Path.of(script(GeneratedFiles.ZSH)));
    String fish = Files.readString(Path.of(script(GeneratedFiles.FISH)));
    for (Map.Entry<String, List<String>> command : GeneratedFiles.commands().entrySet()) {
      String words = ("cofferdam " + command.getKey()).strip();
      String ofBash = bash.substring(bash.indexOf("'" + words + "')"));
      String inBash = ofBash.substring(0, ofBash.indexOf(";;"));
      String ofZsh = zsh.substring(zsh.indexOf("\n_" + words.replace(' ', '_') + "() {"));
      String inZsh = ofZsh.substring(0, ofZsh.indexOf("\n}\n"));
      String inFish =
          String.join(
              "\n",
              fish.lines()
                  .filter(line -> line.contains("__cofferdam_is_at \\'" + words + "\\'"))
                  .toList());
      for (String option : command.getValue()) {
        String where = words + " " + option;
        assertTrue(inBash.matches("(?s).*[ '=]" + option + "[ '].*"), where + " in bash");
        assertTrue(inZsh.matches("(?s).*[)*]" + option + "[\\[=+].*"), where + " in zsh");
        String name =
            option.startsWith("--") ? " -l " + option.substring(2) : " -s " + option.substring(1);
        assertTrue(inFish.contains(name + " "), where + " in fish");
      }
    }
  }

  /** The words that are offered are the ones that are taken. */
  @Test
  void offeredValuesAreTheOnesThatAreTaken() throws Exception {
    for (String option :
        List.of("mode", "net", "isolation", "enforcement", "allow-stream", "preset")) {
      InProcess refused = InProcess.run("run", "--dry-run", "--" + option, "nothing", "true");
      assertTrue(refused.err().contains("is none of: "), refused.err());
      String taken = refused.err().replaceFirst("(?s).* is none of: (.*?)\n.*", "$1");
      assertEquals(
          new TreeSet<>(Arrays.asList(taken.split(", "))),
          new TreeSet<>(bash("cofferdam run --" + option + " ", "=: ")));
    }
    InProcess refused = InProcess.run("seccomp", "disasm", "--arch", "nothing", "file");
    assertTrue(refused.err().contains("x86_64"), refused.err());
    String taken = refused.err().replaceFirst("(?s).* is none of: (.*?)\n.*", "$1");
    assertEquals(
        new TreeSet<>(Arrays.asList(taken.split(", "))),
        new TreeSet<>(bash("cofferdam seccomp disasm --arch ", "=: ")));
    for (String limit : bash("cofferdam run --limit ", "=: ")) {
      InProcess wrong = InProcess.run("run", "--dry-run", "--limit", limit + "nothing", "true");
      assertTrue(wrong.err().contains("\"nothing\""), wrong.err());
    }
  }
}
