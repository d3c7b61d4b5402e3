package io.github.cofferdam.bench.report;

import io.github.cofferdam.bench.result.BenchResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A benchmark's result for people. Everything in it is computed from the result, whose texts may
 * contain anything.
 */
public final class Report {
  /** The page, complete in one file: no script, and nothing that is loaded. */
  public static final String HTML = "report.html";

  /** The tables alone, in Markdown as GitHub reads it. */
  public static final String MARKDOWN = "report.md";

  /** The plot of the section {@code start}, for a README. */
  public static final String PICTURE = "start.svg";

  private Report() {}

  /**
   * Writes {@value #HTML}, {@value #MARKDOWN} and, if the result has a section {@code start} with
   * figures, {@value #PICTURE}. Files of an earlier report are replaced.
   *
   * @param directory is made if it is not there
   * @throws IllegalArgumentException if a sample is not a finite number
   */
  public static void write(BenchResult result, Path directory) throws IOException {
    String html = HtmlReport.of(result);
    String markdown = MarkdownReport.of(result);
    Optional<String> picture = picture(result);
    Files.createDirectories(directory);
    Files.writeString(directory.resolve(HTML), html);
    Files.writeString(directory.resolve(MARKDOWN), markdown);
    if (picture.isPresent()) {
      Files.writeString(directory.resolve(PICTURE), picture.get());
    } else {
      Files.deleteIfExists(directory.resolve(PICTURE));
    }
  }

  private static Optional<String> picture(BenchResult result) {
    return result.sections().stream()
        .filter(Sentences::isMain)
        .flatMap(section ->
            Group.of(section, result.tools()).stream()
                .filter(group -> !group.rows().isEmpty())
                .map(group -> StartPicture.of(section.title(), group)))
        .findFirst();
  }
}
