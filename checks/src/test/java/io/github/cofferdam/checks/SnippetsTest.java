package io.github.cofferdam.checks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Java that a document or the Javadoc shows compiles and runs as it stands, each piece by itself in
 * a virtual machine and a directory of its own.
 *
 * <p>A document shows a whole program, or the statements of one with their imports. If a block
 * {@code text} follows, that is what it prints. Comments before it: {@code needs: Landlock}, {@code
 * Landlock 6}, {@code namespaces}, {@code a control group}, {@code root} or a file; {@code module:
 * NAME}, then it runs with that and what is below it alone; {@code not run: WHY}, then it is only
 * compiled.
 *
 * <p>Javadoc shows what matters, and {@code frames.txt} has what stands around it.
 */
@Tag("kernel")
class SnippetsTest {
  private static final Pattern TYPE =
      Pattern.compile(
          "^(?:public )?(?:final )?(?:class|record|interface) (\\w+)", Pattern.MULTILINE);
  private static final Pattern IMPORT = Pattern.compile("(?m)^import .*\\n");
  private static final Pattern REMARK = Pattern.compile("(module|needs|not run): .+");
  private static final String MAIN = "void main()";

  /** What a snippet of Javadoc has at hand besides its own package. */
  private static final List<String> STATIC =
      List.of(
          "bindings.Arch.*",
          "bindings.Errno.*",
          "seccomp.Action.*",
          "seccomp.Argument.arg",
          "seccomp.Rule.when");

  @TempDir private Path directory;

  /** A program made of a block: its class, its text, what it needs, and why it is not run. */
  private record Program(
      Block block, String name, String text, List<String> needs, List<String> notRun) {}

  /** What stands around the snippets of a type. */
  private record Frame(String text, List<String> needs, List<String> notRun) {
    static final Frame NONE = new Frame("", List.of(), List.of());
  }

  private static List<Program> programs() {
    var programs = new ArrayList<Program>();
    for (Block block : Block.inDocuments()) {
      if (block.language().equals("java")) {
        programs.add(ofDocument(block));
      }
    }
    Map<String, Frame> frames = frames();
    for (Block block : Block.inJavadoc()) {
      if (block.language().equals("java")) {
        programs.add(ofJavadoc(block, frames.getOrDefault(type(block), Frame.NONE)));
      }
    }
    return programs;
  }

  private static String type(Block block) {
    return Repository.name(block.file()).replace(".java", "");
  }

  private static Program ofDocument(Block block) {
    for (String remark : block.remarks()) {
      assertTrue(REMARK.matcher(remark).matches(), () -> block.place() + ": " + remark);
    }
    Matcher type = TYPE.matcher(block.text());
    boolean whole = type.find();
    String text = whole || block.text().contains(MAIN) ? block.text() : program(block.text(), "");
    String name = whole ? Objects.requireNonNull(type.group(1)) : name(block);
    return new Program(block, name, text, block.said("needs"), block.said("not run"));
  }

  private static Program ofJavadoc(Block block, Frame frame) {
    String own = Repository.name(Objects.requireNonNull(block.file().getParent()));
    var packages = new TreeSet<>(Repository.published());
    packages.remove("libraries"); // has none of its own
    packages.add(own);
    var imports = new StringBuilder();
    packages.forEach(name -> imports.append("import io.github.cofferdam." + name + ".*;\n"));
    STATIC.forEach(name -> imports.append("import static io.github.cofferdam." + name + ";\n"));
    String body = frame.text().isEmpty() ? "...\n" : frame.text();
    body = body.lines().anyMatch("..."::equals) ? body : body + "...\n";
    body = body.replaceFirst("(?m)^\\.\\.\\.\\n", Matcher.quoteReplacement(block.text()));
    return new Program(
        block, name(block), program(body, imports.toString()), frame.needs(), frame.notRun());
  }

  /** A compact source file of statements, with their imports first. */
  private static String program(String body, String imports) {
    String own = IMPORT.matcher(body).results().map(r -> r.group()).collect(Collectors.joining());
    String rest = IMPORT.matcher(body).replaceAll("");
    return imports
        + own
        + (rest.contains(MAIN) ? rest : MAIN + " throws Exception {\n" + rest + "}\n");
  }

  private static String name(Block block) {
    return Repository.relative(block.file())
            .replace("src/main/java/io/github/cofferdam/", "")
            .replaceAll("\\W", "_")
        + "_"
        + block.line();
  }

  /** Sections that begin with {@code == TYPE}; see the file itself. */
  private static Map<String, Frame> frames() {
    String text = Repository.text(Repository.ROOT.resolve("checks/src/test/resources/frames.txt"));
    var frames = new LinkedHashMap<String, Frame>();
    for (String section : text.split("(?m)^== ", -1)) {
      List<String> lines = section.lines().toList();
      if (frames.isEmpty() && section.startsWith("#")) {
        continue;
      }
      var needs = new ArrayList<String>();
      var notRun = new ArrayList<String>();
      var code = new StringBuilder();
      for (String line : lines.subList(1, lines.size())) {
        if (line.startsWith("needs: ")) {
          needs.add(line.substring("needs: ".length()));
        } else if (line.startsWith("not run: ")) {
          notRun.add(line.substring("not run: ".length()));
        } else {
          code.append(line).append('\n');
        }
      }
      frames.put(lines.getFirst(), new Frame(code.toString(), needs, notRun));
    }
    return frames;
  }

  private Path compile(List<Program> programs) throws IOException {
    Path classes = Files.createDirectory(directory.resolve("classes"));
    var sources = new ArrayList<Path>();
    for (Program program : programs) {
      if (!program.needs().stream().allMatch(Reader::canRead)) {
        // It is skipped when its turn to run has come.
        continue;
      }
      sources.add(Files.writeString(directory.resolve(program.name() + ".java"), program.text()));
    }
    JavaCompiler compiler = Objects.requireNonNull(ToolProvider.getSystemJavaCompiler());
    var messages = new StringWriter();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
      List<String> options =
          List.of(
              "-d",
              classes.toString(),
              "-cp",
              Reader.CLASS_PATH,
              "-proc:none",
              "-Xlint:deprecation",
              "-Werror");
      Boolean done =
          compiler
              .getTask(
                  messages, files, null, options, null, files.getJavaFileObjectsFromPaths(sources))
              .call();
      assertTrue(done, messages::toString);
    }
    return classes;
  }

  @TestFactory
  Stream<DynamicTest> everySnippetCompilesAndRuns() throws IOException {
    List<Program> programs = programs();
    Path classes = compile(programs);
    return programs.stream()
        .map(program ->
            DynamicTest.dynamicTest(program.block().place(), () -> run(program, classes)));
  }

  private void run(Program program, Path classes) throws Exception {
    for (String need : program.needs()) {
      Reader.assumeHas(need);
    }
    if (!program.notRun().isEmpty()) {
      abort("compiled, not run: " + String.join("; ", program.notRun()));
    }
    var command = new ArrayList<>(Reader.java(program.block().said("module")));
    command.set(command.size() - 1, classes + ":" + command.getLast());
    command.add(program.name());
    Path work = Files.createDirectory(directory.resolve(program.name() + ".work"));
    Reader.copyExamples(work);
    Reader.Ran ran = Reader.run(work, command);
    assertEquals(0, ran.status(), ran::all);
    program.block().prints().ifPresent(printed -> assertEquals(printed, ran.out(), ran::all));
  }

  /** A frame of a type that shows nothing any more would hide a mistake in its name. */
  @Test
  void everyFrameHasASnippet() {
    var left = new TreeSet<>(frames().keySet());
    assertFalse(left.isEmpty());
    Block.inJavadoc().forEach(block -> left.remove(type(block)));
    assertEquals(new TreeSet<String>(), left);
  }
}
