package io.github.cofferdam.bindings;

import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.github.cofferdam.bindings.uapi.Uapi;
import java.io.IOException;
import java.lang.foreign.GroupLayout;
import java.lang.foreign.MemoryLayout;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Holds every generated constant and layout against what this machine's C compiler makes of this
 * machine's own kernel headers. Those may be older: what they lack is left out.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SystemHeadersTest {
  /** Values that grow whenever the kernel gains a flag or a kind: equal only in equal versions. */
  private static final Pattern GROWING =
      Pattern.compile("\\w+_(MAX|ALL|LAST_CAP|NLIMITS|_MASK|SUPPORTED_MASK)|SECURE_ALL_\\w+");

  /** Room kept free, which shrinks whenever a member is added. */
  private static final Pattern FREE = Pattern.compile("_*(spare|reserved|unused|pad)\\w*");

  private static final Pattern ERROR = Pattern.compile("probe\\.c:(\\d+):\\d+: (?:fatal )?error: ");

  /** What the C compiler says of "constant NAME", "sizeof struct", "offsetof struct.member". */
  private final Map<String, Long> system = new TreeMap<>();

  private Path folder;
  private HostCompiler compiler;

  @BeforeAll
  void askTheCompiler(@TempDir Path temporary) throws Exception {
    folder = temporary;
    compiler = HostCompiler.findOrSkip(folder);
    List<String> lines = new ArrayList<>(preamble());
    int first = lines.size();
    for (Method constant : constants()) {
      String name = constant.getName();
      lines.add(probe(lines.size(), "constant " + name, name));
    }
    for (Class<?> struct : structs()) {
      String name = struct.getSimpleName();
      for (String type : List.of("struct " + name, name)) {
        lines.add(probe(lines.size(), "sizeof " + name, "sizeof(" + type + ")"));
        for (Method offset : offsets(struct)) {
          String member = member(offset);
          String key = name + "." + member;
          String value = "__builtin_offsetof(" + type + ", " + member + ")";
          lines.add(probe(lines.size(), "offsetof " + key, value));
          value = "sizeof(((" + type + " *) 0)->" + member + ")";
          lines.add(probe(lines.size(), "sizeof " + key, value));
        }
      }
    }
    dropWhatTheHeadersLack(lines, first);
    List<String> calls = new ArrayList<>();
    for (int i = first; i < lines.size(); i++) {
      if (!lines.get(i).isEmpty()) {
        calls.add("  probe" + i + "();");
      }
    }
    lines.add("int main(void) {");
    lines.addAll(calls);
    lines.add("  return 0; }");
    write(lines);
    compiler.run(List.of("-w", "-o", "probe", "probe.c"));
    String values = compiler.start(List.of(folder.resolve("probe").toString()));
    for (String line : values.lines().toList()) {
      int value = line.lastIndexOf(' ');
      system.put(line.substring(0, value), Long.valueOf(line.substring(value + 1)));
    }
  }

  @Test
  void constantsHaveTheSystemsValues() throws Exception {
    int compared = 0;
    List<String> missing = new ArrayList<>();
    List<String> wrong = new ArrayList<>();
    for (Method constant : constants()) {
      String name = constant.getName();
      Long expected = system.get("constant " + name);
      if (expected == null) {
        missing.add(name);
        continue;
      }
      if (!compiler.sameVersion() && GROWING.matcher(name).matches()) {
        continue;
      }
      compared++;
      if (!means(constant.invoke(null), expected)) {
        wrong.add(name + " is " + constant.invoke(null) + ", in the system's headers " + expected);
      }
    }
    System.out.printf(
        "Compared %d constants with Linux %s headers, which lack %d%n",
        compared, compiler.versionName(), missing.size());
    assertEquals(List.of(), wrong);
    if (compiler.sameVersion()) {
      assertEquals(List.of(), missing);
    }
    assertTrue(compared >= 100, "only " + compared + " constants compared");
  }

  @Test
  void layoutsHaveTheSystemsSizesAndOffsets() throws Exception {
    int compared = 0;
    int members = 0;
    List<String> missing = new ArrayList<>();
    List<String> wrong = new ArrayList<>();
    for (Class<?> struct : structs()) {
      String name = struct.getSimpleName();
      Long size = system.get("sizeof " + name);
      if (size == null) {
        missing.add(name);
        continue;
      }
      boolean complete = true;
      for (Method offset : offsets(struct)) {
        if (!compiler.sameVersion() && FREE.matcher(member(offset)).matches()) {
          continue;
        }
        String key = name + "." + member(offset);
        Long expected = system.get("offsetof " + key);
        if (expected == null) {
          complete = false;
          missing.add(key);
          continue;
        }
        members++;
        check(wrong, "offsetof " + key, (long) offset.invoke(null), expected);
        // C gives a flexible array member no size.
        Long memberSize = system.get("sizeof " + key);
        var layout = (MemoryLayout) struct.getMethod(member(offset) + "$layout").invoke(null);
        check(wrong, "sizeof " + key, layout.byteSize(), memberSize == null ? 0 : memberSize);
      }
      // The kernel adds members at the end: an older header lacks some, a newer one has more.
      if (complete && !(compiler.newerVersion() && size > layout(struct).byteSize())) {
        compared++;
        check(wrong, "sizeof " + name, layout(struct).byteSize(), size);
      }
    }
    System.out.printf(
        "Compared %d structures and %d members with Linux %s headers, which lack %d%n",
        compared, members, compiler.versionName(), missing.size());
    assertEquals(List.of(), wrong);
    if (compiler.sameVersion()) {
      assertEquals(List.of(), missing);
    }
    assertTrue(compared >= 15, "only " + compared + " structures compared");
  }

  /** The headers that the bindings are generated from, as far as the system has them. */
  private List<String> preamble() throws IOException {
    List<String> lines = new ArrayList<>();
    // No C library header: those and the kernel's define the same names.
    lines.add("int printf(const char *, ...);");
    for (String line : Files.readAllLines(HostCompiler.jextractFolder().resolve("wrapper.h"))) {
      if (line.startsWith("#include ")) {
        lines.add("#if __has_include(" + line.substring("#include ".length()) + ")");
        lines.add(line);
        lines.add("#endif");
      }
    }
    return lines;
  }

  /** One function a line, so that the compiler's complaint about one name is about one line. */
  private static String probe(int number, String key, String value) {
    String body = "printf(\"" + key + " %lld\\n\", (long long) (" + value + "));";
    return "static void probe" + number + "(void) { " + body + " }";
  }

  /** Blanks each probe that does not compile: #ifdef knows neither enumerators nor members. */
  private void dropWhatTheHeadersLack(List<String> lines, int first)
      throws IOException, InterruptedException {
    for (int round = 0; round < 5; round++) {
      write(lines);
      var check = compiler.tryRun(List.of("-w", "-fsyntax-only", "-fmax-errors=0", "probe.c"));
      if (check.isEmpty()) {
        return;
      }
      Matcher error = ERROR.matcher(check.get());
      boolean dropped = false;
      while (error.find()) {
        int line = Integer.parseInt(error.group(1)) - 1;
        if (line < first) {
          break;
        }
        lines.set(line, "");
        dropped = true;
      }
      if (!dropped) {
        fail("The system's headers do not compile:\n" + check.get());
      }
    }
    fail("Some probe still does not compile");
  }

  private void write(List<String> lines) throws IOException {
    Files.writeString(folder.resolve("probe.c"), lines.stream().collect(joining("\n", "", "\n")));
  }

  /** jextract turns an unsigned int into a negative int: the same 32 bits. */
  private static boolean means(Object generated, long expected) {
    return switch (generated) {
      case Integer i -> i == expected || Integer.toUnsignedLong(i) == expected;
      case Long l -> l == expected;
      default -> false;
    };
  }

  private static void check(List<String> wrong, String what, long generated, long expected) {
    if (generated != expected) {
      wrong.add(what + " is " + generated + ", in the system's headers " + expected);
    }
  }

  private static List<Method> constants() {
    return Stream.of(Uapi.class.getDeclaredMethods())
        .filter(method -> Modifier.isPublic(method.getModifiers()))
        .filter(method -> method.getParameterCount() == 0)
        .filter(method -> !method.isSynthetic())
        .sorted((a, b) -> a.getName().compareTo(b.getName()))
        .toList();
  }

  /** The generated classes that have a layout. */
  private static List<Class<?>> structs() throws IOException, URISyntaxException {
    var names = new TreeSet<String>();
    Path classes = Path.of(Uapi.class.getResource("Uapi.class").toURI()).getParent();
    try (Stream<Path> files = Files.list(classes)) {
      files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".class") && !name.contains("$"))
          .filter(name -> !name.startsWith("Uapi"))
          .forEach(name -> names.add(name.substring(0, name.length() - ".class".length())));
    }
    List<Class<?>> structs = new ArrayList<>();
    for (String name : names) {
      try {
        structs.add(Class.forName(Uapi.class.getPackageName() + "." + name));
      } catch (ClassNotFoundException e) {
        throw new IOException("Unreadable: " + name, e);
      }
    }
    return structs;
  }

  private static GroupLayout layout(Class<?> struct) throws ReflectiveOperationException {
    return (GroupLayout) struct.getMethod("layout").invoke(null);
  }

  /** The methods that give the offset of a named member, also of one in an anonymous union. */
  private static List<Method> offsets(Class<?> struct) {
    return Stream.of(struct.getDeclaredMethods())
        .filter(method -> method.getName().endsWith("$offset"))
        .sorted((a, b) -> a.getName().compareTo(b.getName()))
        .toList();
  }

  private static String member(Method offset) {
    return offset.getName().substring(0, offset.getName().length() - "$offset".length());
  }
}
