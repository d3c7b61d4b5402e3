package io.github.cofferdam.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class MarkdownTest {
  @Test
  void whatMeansSomethingMeansNothing() {
    assertEquals(
        "plain words, (and) 1.5 % of 2/3", Markdown.text("plain words, (and) 1.5 % of 2/3"));
    assertEquals("a\\|b \\`c\\` \\*d\\* \\_e\\_ \\\\", Markdown.text("a|b `c` *d* _e_ \\"));
    assertEquals("posix_spawn", Markdown.text("posix_spawn"));
    assertEquals("&lt;img src=x&gt; &amp;lt;", Markdown.text("<img src=x> &lt;"));
    assertEquals("\\[x\\](y) \\!\\[z\\]", Markdown.text("[x](y) ![z]"));
    assertEquals("https\\://x www\\.x", Markdown.text("https://x www.x"));
    assertEquals("\\@name \\#1 \\:smile:", Markdown.text("@name #1 :smile:"));
    assertEquals("1\\. a", Markdown.text("1. a"));
    assertEquals("\\- a", Markdown.text("- a"));
    assertEquals("10:20:30Z", Markdown.text("10:20:30Z"));
    assertEquals("a b", Markdown.text("a\nb"));
  }

  @Property
  void aCellStaysACell(@ForAll String text) {
    String escaped = Markdown.text(text);
    assertFalse(escaped.contains("\n"));
    assertFalse(escaped.contains("<"));
    assertFalse(escaped.replaceAll("\\\\.", "").contains("|"), escaped);
    assertFalse(escaped.replaceAll("\\\\.", "").contains("`"), escaped);
  }
}
