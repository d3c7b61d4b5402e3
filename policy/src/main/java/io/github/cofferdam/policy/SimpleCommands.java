package io.github.cofferdam.policy;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Takes a command apart into the simple commands that it would run, through wrappers ({@code env},
 * {@code sudo}, {@code xargs}, ...), {@code sh -c}, {@code eval} and {@code find -exec}.
 */
final class SimpleCommands {
  /** A long script has hundreds; far beyond that, reading it would cost more than it tells. */
  private static final int MAX_UNITS = 1000;

  private static final int MAX_DEPTH = 8;

  private final List<Unit> units = new ArrayList<>();
  private final Set<String> outer = new LinkedHashSet<>();
  private boolean tooComplex;

  /**
   * One simple command.
   *
   * @param literal the command as written, and with the program's base name
   * @param variants the same command written in other ways
   * @param opaque whether the program to run, or its script, can only be known when it runs
   */
  record Unit(Set<String> literal, Set<String> variants, boolean opaque) {}

  /**
   * A command line taken apart.
   *
   * @param units the simple commands, at least one unless it is too complex
   * @param outer the command line as given, and the commands in it that only run others
   * @param tooComplex whether parts were not read
   */
  record Parts(List<Unit> units, Set<String> outer, boolean tooComplex) {}

  private SimpleCommands() {}

  /** {@return the parts of a command line} */
  static Parts of(List<String> argv) {
    SimpleCommands reader = new SimpleCommands();
    reader.outer.add(String.join(" ", argv));
    reader.command(argv, 0);
    return new Parts(reader.units, reader.outer, reader.tooComplex);
  }

  private void command(List<String> argv, int depth) {
    if (depth > MAX_DEPTH || units.size() >= MAX_UNITS) {
      tooComplex = true;
      return;
    }
    List<String> words = new ArrayList<>(argv);
    while (!words.isEmpty()
        && depth > 0
        && (CommandWrappers.isKeyword(words.getFirst())
            || CommandWrappers.isAssignment(words.getFirst()))) {
      words.removeFirst();
    }
    if (words.isEmpty()) {
      return;
    }
    List<String> plain = new ArrayList<>(words);
    plain.set(0, baseName(words.getFirst()));
    if (inner(plain, depth)) {
      outer.add(String.join(" ", plain));
      return;
    }
    Set<String> literal = new LinkedHashSet<>();
    literal.add(String.join(" ", words));
    literal.add(String.join(" ", plain));
    Set<String> variants = new LinkedHashSet<>();
    List<String> unquoted = new ArrayList<>();
    for (String word : words) {
      unquoted.add(ShellLexer.unquote(word));
    }
    unquoted.set(0, baseName(unquoted.getFirst()));
    variants.add(String.join(" ", unquoted));
    OptionSpellings.add(plain, variants);
    if (!plain.equals(unquoted)) {
      OptionSpellings.add(unquoted, variants);
    }
    String program = plain.getFirst();
    // At the top it is the caller's own shell; inside a script its input is what the script pipes
    // into it.
    boolean readsScript = depth > 0 && CommandWrappers.isShell(program) && operand(plain) < 0;
    units.add(new Unit(literal, variants, readsScript || program.contains("$")));
  }

  /** Reads what a command runs in turn; false when it runs nothing that its words show. */
  private boolean inner(List<String> words, int depth) {
    String program = words.getFirst();
    int before = units.size();
    if (CommandWrappers.isShell(program) || program.equals("su") || program.equals("script")) {
      int option = scriptOption(words);
      if (option >= 0 && option + 1 < words.size()) {
        script(words.get(scriptText(words, option)), depth);
      }
    } else if (program.equals("eval")) {
      script(String.join(" ", words.subList(1, words.size())), depth);
    } else if (program.equals("find") || program.equals("fd")) {
      findActions(words, depth);
      // find itself is a command too: -delete can be a rule's business.
      return false;
    } else {
      int split = splitOption(words);
      if (split >= 0) {
        script(words.get(split), depth);
      }
      int start = CommandWrappers.commandStart(words);
      if (start >= 0) {
        command(words.subList(start, words.size()), depth + 1);
      }
    }
    return units.size() > before || tooComplex;
  }

  private void script(String text, int depth) {
    if (depth > MAX_DEPTH) {
      tooComplex = true;
      return;
    }
    ShellLexer.Script script = ShellLexer.read(text);
    for (List<String> words : script.commands()) {
      command(words, depth + 1);
    }
    for (String nested : script.nested()) {
      script(nested, depth + 1);
    }
  }

  private void findActions(List<String> words, int depth) {
    for (int i = 1; i < words.size(); i++) {
      switch (words.get(i)) {
        case "-exec", "-execdir", "-ok", "-okdir", "-x", "-X", "--exec" -> {
          int end = i + 1;
          while (end < words.size() && !words.get(end).equals(";") && !words.get(end).equals("+")) {
            end++;
          }
          command(words.subList(i + 1, end), depth + 1);
          i = end;
        }
        default -> {
          // An expression of find itself.
        }
      }
    }
  }

  /** {@return where an option with a c in it stands, such as -c or -lc, -1 without one} */
  private static int scriptOption(List<String> words) {
    for (int i = 1; i < words.size(); i++) {
      String word = words.get(i);
      if (word.equals("--command")
          || (word.length() > 1
              && word.charAt(0) == '-'
              && word.charAt(1) != '-'
              && word.indexOf('c') > 0)) {
        return i;
      }
    }
    return -1;
  }

  /** {@return where the script stands: the first word after -c that is no further option} */
  private static int scriptText(List<String> words, int option) {
    int at = option + 1;
    while (at + 1 < words.size() && words.get(at).length() > 1 && isOption(words.get(at))) {
      at += words.get(at).endsWith("o") ? 2 : 1;
    }
    return Math.min(at, words.size() - 1);
  }

  private static boolean isOption(String word) {
    return word.startsWith("-") || word.startsWith("+");
  }

  /** {@return where the text of {@code env -S} stands, -1 without one} */
  private static int splitOption(List<String> words) {
    if (words.getFirst().equals("env")) {
      for (int i = 1; i + 1 < words.size() && isOption(words.get(i)); i++) {
        String word = words.get(i);
        if (word.equals("--split-string") || (word.endsWith("S") && !word.startsWith("--"))) {
          return i + 1;
        }
      }
    }
    return -1;
  }

  /** {@return where the first argument stands that is no option, -1 without one} */
  private static int operand(List<String> words) {
    for (int i = 1; i < words.size(); i++) {
      if (!isOption(words.get(i))) {
        return i;
      }
    }
    return -1;
  }

  /** {@return a program's name without its directory} */
  private static String baseName(String program) {
    String name = program.substring(program.lastIndexOf('/') + 1);
    return name.isEmpty() ? program : name;
  }
}
