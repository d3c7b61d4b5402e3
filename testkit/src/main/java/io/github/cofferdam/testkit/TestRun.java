package io.github.cofferdam.testkit;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.reporting.ReportEntry;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * Runs test classes where there is no build, such as in a virtual machine with another kernel, and
 * prints what became of each test: a line of fields with tabs between them, the first of which is
 * {@code @test} or, for what a test published, {@code @entry}.
 */
public final class TestRun {
  private final PrintStream out;
  private boolean failed;

  private TestRun(PrintStream out) {
    this.out = out;
  }

  /**
   * Runs the classes that are named; the status is 1 if a test failed.
   *
   * @param args names of classes
   */
  public static void main(String[] args) {
    var run = new TestRun(new PrintStream(System.out, true, StandardCharsets.UTF_8));
    List<DiscoverySelector> classes = new ArrayList<>();
    for (String name : args) {
      classes.add(selectClass(name));
    }
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request().selectors(classes).build();
    Launcher launcher = LauncherFactory.create();
    launcher.execute(request, run.listener());
    System.exit(run.failed ? 1 : 0);
  }

  private TestExecutionListener listener() {
    return new TestExecutionListener() {
      @Override
      public void executionSkipped(TestIdentifier test, String reason) {
        print("@test", "skipped", place(test), test.getDisplayName(), reason);
      }

      @Override
      public void executionFinished(TestIdentifier test, TestExecutionResult result) {
        finished(test, result);
      }

      @Override
      public void reportingEntryPublished(TestIdentifier test, ReportEntry entry) {
        var fields = new ArrayList<>(List.of("@entry"));
        for (Map.Entry<String, String> pair : entry.getKeyValuePairs().entrySet()) {
          fields.add(pair.getKey() + "=" + pair.getValue());
        }
        print(fields.toArray(String[]::new));
      }
    };
  }

  /** Containers count only if what they are for could not be done at all. */
  private void finished(TestIdentifier test, TestExecutionResult result) {
    TestExecutionResult.Status status = result.getStatus();
    if (!test.isTest() && status == TestExecutionResult.Status.SUCCESSFUL) {
      return;
    }
    failed |= status == TestExecutionResult.Status.FAILED;
    String word =
        switch (status) {
          case SUCCESSFUL -> "passed";
          case ABORTED -> "skipped";
          case FAILED -> "failed";
        };
    print(
        "@test",
        word,
        place(test),
        test.getDisplayName(),
        result.getThrowable().map(TestRun::text).orElse(""));
  }

  private static String place(TestIdentifier test) {
    return test.getSource()
        .map(source ->
            switch (source) {
              case MethodSource method -> method.getClassName() + "." + method.getMethodName();
              case ClassSource type -> type.getClassName();
              default -> source.toString();
            })
        .orElse(test.getUniqueId());
  }

  /** What was thrown, and where in our own code. */
  private static String text(Throwable thrown) {
    String where = "";
    for (StackTraceElement element : thrown.getStackTrace()) {
      if (element.getClassName().startsWith("io.github.cofferdam")) {
        where = " at " + element.getFileName() + ":" + element.getLineNumber();
        break;
      }
    }
    return thrown + where;
  }

  private void print(String... fields) {
    var line = new StringBuilder();
    for (String field : fields) {
      line.append(line.isEmpty() ? "" : "\t");
      line.append(field.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n"));
    }
    // Tests print as well, and may leave a line unfinished.
    out.print("\n" + line + "\n");
    out.flush();
  }
}
