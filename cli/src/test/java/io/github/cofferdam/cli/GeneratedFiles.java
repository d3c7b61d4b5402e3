package io.github.cofferdam.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What is made from the commands, and what the help says of them. */
final class GeneratedFiles {
  static final String BASH = "bash-completion/completions/cofferdam";
  static final String ZSH = "zsh/site-functions/_cofferdam";
  static final String FISH = "fish/vendor_completions.d/cofferdam.fish";
  static final String MANUAL = "man/man1";

  private static final Pattern OPTION =
      Pattern.compile("(?m)^ *(-\\w), (--[\\w-]+)|^ *(--?[\\w-]+)");
  private static final Pattern COMMAND = Pattern.compile("(?m)^  (\\w+)  +\\S");

  private GeneratedFiles() {}

  /** Makes all of them. */
  static void in(Path share) {
    InProcess made = InProcess.run("generate", "share", share.toString());
    assertEquals(0, made.status(), made.err());
    assertEquals("", made.out() + made.err());
  }

  /** Each command with its options, as the help has them. */
  static Map<String, List<String>> commands() {
    var found = new LinkedHashMap<String, List<String>>();
    add(List.of(), found);
    assertTrue(found.size() > 15, found::toString);
    return found;
  }

  private static void add(List<String> words, Map<String, List<String>> found) {
    var asked = new ArrayList<String>(words);
    asked.add("--help");
    InProcess help = InProcess.run(asked.toArray(String[]::new));
    assertEquals(0, help.status(), help.err());
    String[] parts = help.out().split("(?m)^Commands:$", 2);
    var options = new ArrayList<String>();
    Matcher option = OPTION.matcher(parts[0]);
    while (option.find()) {
      for (int i = 1; i <= option.groupCount(); i++) {
        if (option.group(i) != null) {
          options.add(option.group(i));
        }
      }
    }
    assertTrue(options.contains("--help"), help.out());
    found.put(String.join(" ", words), options);
    if (parts.length > 1) {
      Matcher command = COMMAND.matcher(parts[1]);
      while (command.find()) {
        var below = new ArrayList<String>(words);
        below.add(command.group(1));
        add(below, found);
      }
    }
  }

  /** What a program prints, on both streams; it succeeds. The test is skipped if it is missing. */
  static String output(Path home, String... words) throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin", words[0])), () -> "there is no " + words[0]);
    var builder = new ProcessBuilder(words).redirectErrorStream(true).directory(home.toFile());
    builder.environment().put("HOME", home.toString());
    builder.environment().put("LC_ALL", "C.UTF-8");
    Process process = builder.start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(60, TimeUnit.SECONDS), "it does not end");
    assertEquals(0, process.exitValue(), output);
    return output;
  }
}
