package io.github.cofferdam.checks;

import static org.junit.jupiter.api.Assertions.fail;

import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.FormatterException;
import com.google.googlejavaformat.java.ImportOrderer;
import com.google.googlejavaformat.java.JavaFormatterOptions;
import com.google.googlejavaformat.java.RemoveUnusedImports;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * All Java files have google-java-format's form. With the system property {@value #PROPERTY} set to
 * {@code write} they are brought into it.
 */
class FormatTest {
  private static final String PROPERTY = "cofferdam.format";
  private static final String HOW =
      "to format them: mvn -pl checks -am test -Dtest=FormatTest"
          + " -Dsurefire.failIfNoSpecifiedTests=false -Dcofferdam.format=write";

  /** Generated code is committed as the generator writes it. */
  private static boolean isOurs(Path file) {
    return file.toString().endsWith(".java")
        && !Repository.relative(file)
            .startsWith("bindings/src/main/java/io/github/cofferdam/bindings/uapi/");
  }

  private static String formatted(Formatter formatter, String source) throws FormatterException {
    String ordered = ImportOrderer.reorderImports(source, JavaFormatterOptions.Style.GOOGLE);
    return formatter.formatSource(RemoveUnusedImports.removeUnusedImports(ordered));
  }

  @Test
  void allJavaFilesAreFormatted() throws IOException {
    boolean write = "write".equals(System.getProperty(PROPERTY));
    var formatter = new Formatter();
    List<String> wrong = new ArrayList<>();
    for (Path file : Repository.files().stream().filter(FormatTest::isOurs).toList()) {
      String source = Files.readString(file);
      try {
        String formatted = formatted(formatter, source);
        if (!formatted.equals(source)) {
          if (write) {
            Files.writeString(file, formatted);
          } else {
            wrong.add(Repository.relative(file));
          }
        }
      } catch (FormatterException e) {
        wrong.add(Repository.relative(file) + ": " + e.getMessage());
      }
    }
    if (!wrong.isEmpty()) {
      fail(wrong.size() + " files are not formatted:\n" + String.join("\n", wrong) + "\n" + HOW);
    }
  }
}
