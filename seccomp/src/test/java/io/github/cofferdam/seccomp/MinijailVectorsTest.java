package io.github.cofferdam.seccomp;

import static io.github.cofferdam.seccomp.Argument.arg;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** minijail's test cases, each a line of its policy language and what is decided about a call. */
@Tag("kernel")
final class MinijailVectorsTest {
  private static final Pattern ATOM = Pattern.compile("arg(\\d) (==|!=|<=|<|>=|>|in|&) (~?)(\\w+)");

  @TestFactory
  Stream<DynamicTest> rows() throws Exception {
    List<Object> rows = Vectors.list(Vectors.read("minijail_compiler.json").get("rows"));
    assertEquals(89, rows.size());
    return rows.stream()
        .map(Vectors::map)
        .map(row -> {
          String text = Vectors.text(Vectors.map(row.get("src")).get("text"));
          return DynamicTest.dynamicTest(
              text + " with " + Vectors.text(row.get("args")), () -> check(row, text));
        });
  }

  private static void check(Map<String, Object> row, String statement) throws Exception {
    SeccompFilter filter =
        SeccompFilter.allowList(Arch.X86_64)
            .otherwise(Action.killProcess())
            .on("read", rule(statement.substring(statement.indexOf(':') + 1).strip()))
            .build();
    Action decided =
        filter.decide(
            Arch.X86_64, (int) Vectors.number(row.get("nr")), Vectors.numbers(row.get("args")));
    assertEquals(Vectors.text(row.get("result")), name(decided), filter::disassemble);
    assertTrue(FullThread.run(() -> FullThread.accepts(filter.program().instructions())));
  }

  private static String name(Action action) {
    return switch (action) {
      case Action.Fail _ -> "ERRNO";
      case Action.Trace _ -> "TRACE";
      case Action.Plain plain ->
          plain == Action.Plain.USER_NOTIFICATION ? "USER_NOTIF" : plain.name();
    };
  }

  private static Rule rule(String text) {
    switch (text) {
      case "allow" -> {
        return Rule.always(Action.allow());
      }
      case "log" -> {
        return Rule.always(Action.log());
      }
      case "trace" -> {
        return Rule.always(Action.trace(0));
      }
      case "trap" -> {
        return Rule.always(Action.trap());
      }
      case "user-notify" -> {
        return Rule.always(Action.userNotification());
      }
      case "return 1" -> {
        return Rule.always(Action.errno(Errno.EPERM));
      }
      default -> {}
    }
    String[] parts = text.split(" ; ", -1);
    var any = new ArrayList<Condition>();
    for (String alternative : parts[0].split(" \\|\\| ", -1)) {
      var all = new ArrayList<Condition>();
      for (String atom : alternative.split(" && ", -1)) {
        all.add(comparison(atom));
      }
      any.add(new Condition.All(all));
    }
    return Rule.when(new Condition.Any(any))
        .then(parts.length == 1 ? Action.allow() : Action.errno(Errno.EPERM))
        .otherwise(Action.killProcess());
  }

  private static Comparison comparison(String text) {
    Matcher atom = ATOM.matcher(text);
    assertTrue(atom.matches(), text);
    LongArgument argument = arg(Integer.parseInt(atom.group(1))).asLong();
    long constant =
        switch (atom.group(4)) {
          case "PROT_WRITE" -> 2;
          case "PROT_EXEC" -> 4;
          default -> Vectors.number(atom.group(4));
        };
    long value = atom.group(3).isEmpty() ? constant : ~constant;
    return switch (atom.group(2)) {
      case "==" -> argument.eq(value);
      case "!=" -> argument.ne(value);
      case "<" -> argument.lessThan(value);
      case "<=" -> argument.atMost(value);
      case ">" -> argument.greaterThan(value);
      case ">=" -> argument.atLeast(value);
      case "in" -> argument.noneSet(~value);
      case "&" -> argument.anySet(value);
      default -> throw new IllegalStateException(text);
    };
  }
}
