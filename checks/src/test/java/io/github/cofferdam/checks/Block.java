package io.github.cofferdam.checks;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a page shows in a box of its own: a fenced block of a document, or a snippet of Javadoc.
 *
 * <p>What readers need not see, and a test has to know, is said by HTML comments right before a
 * fenced block: {@code <!-- WORD: VALUE -->}.
 *
 * @param line of its first line, from 1
 * @param language as the page calls it; empty for a picture
 * @param remarks what the comments say, {@code WORD: VALUE}
 * @param prints the block {@code text} that follows, if one does
 */
record Block(
    Path file,
    int line,
    String language,
    String text,
    List<String> remarks,
    Optional<String> prints) {
  private static final Pattern FENCE = Pattern.compile("```(\\w*)");
  private static final Pattern COMMENT = Pattern.compile("<!-- (.+) -->");
  private static final Pattern SNIPPET =
      Pattern.compile("\\{@snippet(?: lang=\"?(\\w+)\"?)?\\s*:\\n");
  private static final Pattern MARGIN = Pattern.compile("(?m)^ *\\* ?");

  /** Where it is, for people. */
  String place() {
    return Repository.relative(file) + ":" + line;
  }

  /** What the remarks say about a word. */
  List<String> said(String word) {
    return remarks.stream()
        .filter(remark -> remark.startsWith(word + ": "))
        .map(remark -> remark.substring(word.length() + 2))
        .toList();
  }

  /** All fenced blocks of all documents. */
  static List<Block> inDocuments() {
    return Repository.files().stream()
        .filter(file -> file.toString().endsWith(".md"))
        .flatMap(file -> ofDocument(file, Repository.text(file).lines().toList()).stream())
        .toList();
  }

  private static List<Block> ofDocument(Path file, List<String> lines) {
    var blocks = new ArrayDeque<Block>();
    var remarks = new ArrayList<String>();
    boolean follows = false;
    for (int i = 0; i < lines.size(); i++) {
      Matcher fence = FENCE.matcher(lines.get(i));
      Matcher comment = COMMENT.matcher(lines.get(i));
      if (fence.matches()) {
        int end = i + 1;
        while (!lines.get(end).equals("```")) {
          end++;
        }
        String text = String.join("\n", lines.subList(i + 1, end)) + "\n";
        String language = String.valueOf(fence.group(1));
        if (follows && language.equals("text")) {
          blocks.add(blocks.removeLast().printing(text));
        } else {
          blocks.add(
              new Block(file, i + 2, language, text, List.copyOf(remarks), Optional.empty()));
        }
        remarks.clear();
        follows = true;
        i = end;
      } else if (lines.get(i).matches("\\s*(```|~~~).*")) {
        throw new IllegalArgumentException(
            Repository.relative(file) + ":" + (i + 1) + ": a block?");
      } else if (comment.matches()) {
        remarks.add(String.valueOf(comment.group(1)));
      } else if (!lines.get(i).isBlank()) {
        remarks.clear();
        follows = false;
      }
    }
    return List.copyOf(blocks);
  }

  private Block printing(String output) {
    return new Block(file, line, language, text, remarks, Optional.of(output));
  }

  /** All snippets in the Javadoc of what people use; generated code shows C. */
  static List<Block> inJavadoc() {
    return Repository.files().stream()
        .filter(file -> file.toString().contains("/src/main/java/"))
        .filter(file -> file.toString().endsWith(".java"))
        .filter(file -> !file.toString().contains("/uapi/"))
        .flatMap(file -> ofType(file, Repository.text(file)).stream())
        .toList();
  }

  private static List<Block> ofType(Path file, String source) {
    var blocks = new ArrayList<Block>();
    Matcher snippet = SNIPPET.matcher(source);
    while (snippet.find()) {
      String text = source.substring(snippet.end(), closing(source, snippet.start()));
      int line = (int) source.substring(0, snippet.end()).lines().count() + 1;
      String language = snippet.group(1) == null ? "java" : snippet.group(1);
      blocks.add(
          new Block(
              file,
              line,
              language,
              MARGIN.matcher(text).replaceAll("").stripTrailing() + "\n",
              List.of(),
              Optional.empty()));
    }
    if (source.split("\\{@snippet", -1).length - 1 != blocks.size()) {
      throw new IllegalArgumentException(Repository.relative(file) + ": a snippet of another form");
    }
    return blocks;
  }

  /** Where the brace is closed that is opened somewhere. */
  private static int closing(String source, int open) {
    int depth = 0;
    for (int i = open; i < source.length(); i++) {
      if (source.charAt(i) == '{') {
        depth++;
      } else if (source.charAt(i) == '}' && --depth == 0) {
        return i;
      }
    }
    throw new IllegalArgumentException("a brace is not closed");
  }
}
