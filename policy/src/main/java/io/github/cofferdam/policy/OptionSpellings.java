package io.github.cofferdam.policy;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Other ways to write the same options, so that a rule for {@code rm -rf} also sees {@code rm -fr},
 * {@code rm -r -f}, {@code rm x -rf} and {@code rm --recursive --force}.
 */
final class OptionSpellings {
  /** Four letters have 24 orders; with more only the first come in all orders. */
  private static final int MAX_PERMUTED = 4;

  /** A form holds no more than this of the operands; the plain form always has all. */
  private static final int MAX_OPERANDS = 4096;

  private OptionSpellings() {}

  /**
   * Adds forms of a command with its one-letter options in all orders.
   *
   * @param words the command; the first is the program's base name
   * @param forms where the forms go
   */
  static void add(List<String> words, Collection<String> forms) {
    StringBuilder letters = new StringBuilder();
    StringBuilder operands = new StringBuilder();
    StringBuilder before = new StringBuilder();
    boolean options = true;
    for (int i = 1; i < words.size(); i++) {
      String word = words.get(i);
      String found = options ? letters(words.getFirst(), word) : "";
      options = options && !word.equals("--");
      if (!found.isEmpty()) {
        for (int k = 0; k < found.length(); k++) {
          if (letters.indexOf(found.substring(k, k + 1)) < 0) {
            letters.append(found.charAt(k));
          }
        }
      } else if (operands.length() + word.length() < MAX_OPERANDS && !word.equals("--")) {
        operands.append(' ').append(word);
        if (letters.isEmpty()) {
          before.append(' ').append(word);
        }
      }
    }
    if (letters.isEmpty()) {
      return;
    }
    List<String> orders = new ArrayList<>();
    String first = dangerousFirst(letters.toString());
    int permuted = Math.min(first.length(), MAX_PERMUTED);
    permute("", first.substring(0, permuted), first.substring(permuted), orders);
    String program = words.getFirst();
    String after = operands.substring(before.length());
    for (String order : orders) {
      String apart = apart(order);
      forms.add(program + " -" + order + operands);
      forms.add(program + apart + operands);
      if (!before.isEmpty()) {
        forms.add(program + before + " -" + order + after);
        forms.add(program + before + apart + after);
      }
    }
    if (program.equals("rm") && first.startsWith("rf")) {
      forms.add("rm --recursive --force" + operands);
      forms.add("rm --force --recursive" + operands);
    }
  }

  /**
   * {@return r and f before the other letters: with more than four letters these two keep all their
   * orders}
   */
  private static String dangerousFirst(String letters) {
    StringBuilder out = new StringBuilder();
    for (char c : new char[] {'r', 'f'}) {
      if (letters.indexOf(c) >= 0) {
        out.append(c);
      }
    }
    for (int i = 0; i < letters.length(); i++) {
      if (letters.charAt(i) != 'r' && letters.charAt(i) != 'f') {
        out.append(letters.charAt(i));
      }
    }
    return out.toString();
  }

  /** {@return the one-letter options that a word stands for, empty when it is no such word} */
  private static String letters(String program, String word) {
    if (word.length() < 2 || word.charAt(0) != '-') {
      return "";
    }
    if (word.charAt(1) == '-') {
      return program.equals("rm") ? removeOption(word) : "";
    }
    for (int i = 1; i < word.length(); i++) {
      char c = word.charAt(i);
      if ((c < 'a' || c > 'z') && (c < 'A' || c > 'Z')) {
        return "";
      }
    }
    String letters = word.substring(1);
    return program.equals("rm") ? letters.replace('R', 'r') : letters;
  }

  /** GNU getopt takes any beginning of a long option that only one option has. */
  private static String removeOption(String word) {
    if (word.length() >= 3 && "--recursive".startsWith(word)) {
      return "r";
    }
    return word.length() >= 3 && "--force".startsWith(word) ? "f" : "";
  }

  private static String apart(String order) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < order.length(); i++) {
      out.append(" -").append(order.charAt(i));
    }
    return out.toString();
  }

  private static void permute(String done, String left, String tail, Collection<String> orders) {
    if (left.isEmpty()) {
      orders.add(done + tail);
      return;
    }
    for (int i = 0; i < left.length(); i++) {
      permute(done + left.charAt(i), left.substring(0, i) + left.substring(i + 1), tail, orders);
    }
  }
}
