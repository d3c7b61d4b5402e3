package io.github.cofferdam.seccomp;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What is known about the words of {@link SeccompData} after some tests: an immutable value. Words
 * know nothing of each other, so that each can be judged alone.
 */
final class Facts {
  private static final Facts NONE = new Facts(new TreeMap<>(), true);

  private final SortedMap<Integer, WordFacts> words;
  private final boolean possible;

  private Facts(SortedMap<Integer, WordFacts> words, boolean possible) {
    this.words = words;
    this.possible = possible;
  }

  static Facts none() {
    return NONE;
  }

  /** This, and that a test came out so. */
  Facts and(WordTest test, boolean holds) {
    WordFacts word = words.getOrDefault(test.offset(), WordFacts.none()).and(test, holds);
    var more = new TreeMap<>(words);
    more.put(test.offset(), word);
    return new Facts(more, possible && word.possible());
  }

  /** Whether there are words of which all this is true; also true where that is not known. */
  boolean possible() {
    return possible;
  }

  /** Six arguments and an instruction pointer of which it is true, if there are any. */
  long[] example() {
    var args = new long[7];
    for (int i = 0; i < args.length; i++) {
      long high = (long) word(SeccompData.high(i)) << 32;
      args[i] = high | Integer.toUnsignedLong(word(SeccompData.low(i)));
    }
    return args;
  }

  private int word(int offset) {
    WordFacts facts = words.get(offset);
    return facts == null ? 0 : facts.example();
  }

  /** The facts in words, joined with {@code &&}; empty if nothing is known. */
  @Override
  public String toString() {
    var text = new StringBuilder();
    for (Map.Entry<Integer, WordFacts> word : words.entrySet()) {
      if (!text.isEmpty()) {
        text.append(" && ");
      }
      text.append(word.getValue());
    }
    return text.toString();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Facts facts && words.equals(facts.words);
  }

  @Override
  public int hashCode() {
    return words.hashCode();
  }
}
