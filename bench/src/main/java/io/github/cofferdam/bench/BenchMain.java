package io.github.cofferdam.bench;

import io.github.cofferdam.bench.report.Comparison;
import io.github.cofferdam.bench.report.Report;
import io.github.cofferdam.bench.result.Machine;
import io.github.cofferdam.bench.result.Tool;
import io.github.cofferdam.bindings.Libc;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Entry point: {@code cofferdam bench}. */
public final class BenchMain {
  /** Something could not be measured, or has become worse. */
  static final int FAILED = 1;

  /** What was asked for cannot be done as it was asked for. */
  static final int USAGE = 2;

  private static final String COMPARE = "compare";
  private static final String QUICK = "--quick";
  private static final String OUTPUT = "--output";
  private static final String ONLY = "--only";
  private static final String LIST = "--list";
  private static final String BEFORE = "OLD";
  private static final String AFTER = "NEW";

  /** Where results go unless told: file names that sort by time. */
  private static final DateTimeFormatter NAME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HHmmss'Z'");

  private static final int STANDARD_ERROR = 2;

  private final SearchPath searchPath;
  private final List<Question> questions;
  private final Optional<Path> checkout;
  private final PrintWriter out;
  private final PrintWriter err;

  BenchMain(
      SearchPath searchPath,
      List<Question> questions,
      Optional<Path> checkout,
      PrintWriter out,
      PrintWriter err) {
    this.searchPath = searchPath;
    this.questions = questions;
    this.checkout = checkout;
    this.out = out;
    this.err = err;
  }

  /**
   * Runs the command line and exits with its status. The system property {@code cofferdam.root},
   * which the start script sets, is the checkout.
   */
  public static void main(String[] args) {
    SearchPath searchPath = SearchPath.ofEnvironment();
    Optional<Path> checkout =
        Optional.ofNullable(System.getProperty("cofferdam.root")).map(Path::of);
    var main =
        new BenchMain(
            searchPath,
            Questions.all(searchPath, checkout),
            checkout,
            writer(FileDescriptor.out),
            writer(FileDescriptor.err));
    System.exit(main.execute(args));
  }

  /** UTF-8 whatever the locale says, as results and reports are. */
  private static PrintWriter writer(FileDescriptor descriptor) {
    return new PrintWriter(
        new OutputStreamWriter(new FileOutputStream(descriptor), StandardCharsets.UTF_8), true);
  }

  /** Runs a command line and returns its status. */
  int execute(String... args) {
    try {
      return execute(commandLine().parseArgs(args));
    } catch (ParameterException e) {
      err.println("cofferdam bench: " + e.getMessage());
      CommandLine.UnmatchedArgumentException.printSuggestions(e, err);
      err.println("Try '" + e.getCommandLine().getCommandSpec().qualifiedName() + " --help'.");
      return USAGE;
    } catch (UsageException e) {
      err.println("cofferdam bench: " + e.getMessage());
      return USAGE;
    } catch (InterruptedException e) {
      err.println();
      err.println("cofferdam bench: ended early; given the same --output, it goes on");
      return FAILED;
    } catch (Exception e) {
      err.println("cofferdam bench: " + e);
      e.printStackTrace(err);
      return FAILED;
    } finally {
      out.flush();
      err.flush();
    }
  }

  private static CommandLine commandLine() {
    CommandSpec main = CommandSpec.create().name("cofferdam bench");
    main.usageMessage()
        .description("Measures what confining a process costs here, compared with other programs.")
        .sortOptions(false)
        .footer(
            "",
            "A run that was ended early goes on if it is given the same folder.",
            "Exit status: 0; 1 if a section has failed, or 'compare' found a regression;",
            "2 if what was asked for makes no sense.");
    addHelp(main);
    main.addOption(
        OptionSpec.builder(QUICK)
            .description("Few rounds, to try it out: takes less than three minutes.")
            .build());
    main.addOption(
        OptionSpec.builder(OUTPUT)
            .paramLabel("DIR")
            .type(Path.class)
            .description("For the result and the report; default: bench-results/TIME.")
            .build());
    main.addOption(
        OptionSpec.builder(ONLY)
            .paramLabel("SECTION")
            .type(List.class)
            .auxiliaryTypes(String.class)
            .splitRegex(",")
            .description("Only these sections, separated by commas.")
            .build());
    main.addOption(OptionSpec.builder(LIST).description("List the sections.").build());
    CommandSpec compare = CommandSpec.create();
    compare
        .usageMessage()
        .description("Says what changed between two results, and exits with 1 on a regression.");
    addHelp(compare);
    compare.addPositional(file(0, BEFORE));
    compare.addPositional(file(1, AFTER));
    main.addSubcommand(COMPARE, compare);
    return new CommandLine(main);
  }

  private static void addHelp(CommandSpec spec) {
    spec.addOption(
        OptionSpec.builder("-h", "--help").usageHelp(true).description("Print this help.").build());
  }

  private static PositionalParamSpec file(int index, String label) {
    return PositionalParamSpec.builder()
        .index(String.valueOf(index))
        .paramLabel(label)
        .required(true)
        .type(Path.class)
        .description("A result.json.")
        .build();
  }

  private int execute(ParseResult parsed) throws Exception {
    ParseResult innermost = parsed.hasSubcommand() ? parsed.subcommand() : parsed;
    if (innermost.isUsageHelpRequested()) {
      innermost.commandSpec().commandLine().usage(out);
      return 0;
    }
    if (parsed.hasSubcommand()) {
      return compare(
          innermost.matchedPositionalValue(0, Path.of("")),
          innermost.matchedPositionalValue(1, Path.of("")));
    }
    if (parsed.hasMatchedOption(LIST)) {
      questions.forEach(question -> out.println(question.id()));
      return 0;
    }
    Effort effort = parsed.hasMatchedOption(QUICK) ? Effort.QUICK : Effort.FULL;
    List<String> only = parsed.matchedOptionValue(ONLY, List.of());
    Path folder = parsed.matchedOptionValue(OUTPUT, defaultFolder());
    return measure(effort, select(only), folder);
  }

  private static Path defaultFolder() {
    return Path.of("bench-results", ZonedDateTime.now(ZoneOffset.UTC).format(NAME));
  }

  private List<String> ids() {
    return questions.stream().map(Question::id).toList();
  }

  private List<Question> select(List<String> only) throws UsageException {
    List<String> known = ids();
    for (String id : only) {
      if (!known.contains(id)) {
        throw new UsageException("no section " + id + "; there are: " + String.join(", ", known));
      }
    }
    return questions.stream()
        .filter(question -> only.isEmpty() || only.contains(question.id()))
        .toList();
  }

  private int measure(Effort effort, List<Question> chosen, Path folder) throws Exception {
    Optional<String> jar =
        Optional.ofNullable(BenchMain.class.getPackage().getImplementationVersion());
    Machine machine =
        new ThisMachine(Path.of("/"))
            .look(ThisMachine.version(jar.orElse("(development)"), checkout, searchPath));
    List<Tool> tools = Program.tools(Questions.programs(), searchPath);
    BenchRun run = BenchRun.in(folder, ids(), chosen, effort, machine, tools);
    boolean terminal = Libc.function("isatty").call(STANDARD_ERROR, 0, 0) == 1;
    var display = new ProgressDisplay(err, terminal, System::nanoTime, run.open().size());
    Map<String, Exception> failures = run.measure(effort, display);
    Report.write(run.result(), folder);
    ResultTable.print(out, run.result());
    out.println();
    out.println("Samples: " + folder.resolve(BenchRun.RESULT));
    out.println("Report: " + folder.resolve(Report.HTML) + ", " + folder.resolve(Report.MARKDOWN));
    failures.forEach((id, failure) -> {
      err.println("cofferdam bench: section " + id + " has failed:");
      failure.printStackTrace(err);
    });
    return failures.isEmpty() ? 0 : FAILED;
  }

  private int compare(Path before, Path after) throws UsageException {
    Comparison comparison = Comparison.of(BenchRun.read(before), BenchRun.read(after));
    out.print(comparison.text());
    return comparison.regressed() ? FAILED : 0;
  }
}
