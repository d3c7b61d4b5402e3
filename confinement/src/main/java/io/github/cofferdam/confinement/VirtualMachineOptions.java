package io.github.cofferdam.confinement;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where options of this virtual machine have it look for code that no system property names: {@code
 * --patch-module} and {@code -Xbootclasspath/a}, on the command line, in argument files and in the
 * variables that Java reads. A program that starts a virtual machine by itself (JNI) can have given
 * it options that are nowhere to be seen.
 */
public final class VirtualMachineOptions {
  private static final String PATCH = "--patch-module";
  private static final String BOOT = "-Xbootclasspath/a:";
  private static final String FILE = "-XX:VMOptionsFile=";

  private static final List<String> VARIABLES =
      List.of("JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS");

  /** Options whose value is the next argument. */
  private static final Set<String> WITH_VALUE =
      Set.of(
          "-cp",
          "-classpath",
          "--class-path",
          "-p",
          "--module-path",
          "--upgrade-module-path",
          "--add-modules",
          "--limit-modules",
          "--add-reads",
          "--add-exports",
          "--add-opens",
          "--enable-native-access",
          "--illegal-native-access",
          "--sun-misc-unsafe-memory-access",
          "--source");

  /** After which the program's own arguments follow. */
  private static final Set<String> WITH_PROGRAM = Set.of("-jar", "-m", "--module");

  /** What stands between spaces, of which there may be some in quotes. */
  private static final Pattern WORD = Pattern.compile("(?:[^\\s\"']|\"[^\"]*\"|'[^']*')+");

  private static final Path LINE = Path.of("/proc/self/cmdline");
  private static final Pattern COMMENT = Pattern.compile("(?m)^\\s*#.*$");
  private static final Pattern QUOTE = Pattern.compile("[\"']");

  /**
   * What they are read from stays as it was when this machine began; null until all of it could be
   * read, which a thread that is confined itself perhaps may not.
   */
  private static volatile @Nullable List<String> known;

  private VirtualMachineOptions() {}

  /**
   * {@return entries as those of a class path}
   *
   * @throws IOException if this process's own command line cannot be read
   */
  static List<String> places() throws IOException {
    List<String> places = known;
    if (places == null) {
      var denied = new ArrayList<String>();
      places = read(denied);
      if (denied.isEmpty()) {
        known = places;
      }
    }
    return places;
  }

  private static List<String> read(List<String> denied) throws IOException {
    var places = new ArrayList<String>();
    for (String variable : VARIABLES) {
      String value = System.getenv(variable);
      if (value != null) {
        places.addAll(places(words(value), denied));
      }
    }
    String all = new String(Files.readAllBytes(LINE), StandardCharsets.UTF_8);
    List<String> line = List.of(all.split("\0", -1));
    places.addAll(places(line.subList(1, line.size()), denied));
    return List.copyOf(places);
  }

  /** {@return what the options before a main class name} */
  public static List<String> places(List<String> arguments) {
    return places(arguments, new ArrayList<>());
  }

  /** Files of options that this thread may not read are added to the denied. */
  private static List<String> places(List<String> arguments, List<String> denied) {
    var places = new ArrayList<String>();
    Deque<String> left = new ArrayDeque<>(arguments);
    while (!left.isEmpty()) {
      String argument = left.remove();
      if (argument.startsWith("@")) {
        addFirst(left, argument.substring(1), denied);
      } else if (argument.startsWith(FILE)) {
        addFirst(left, argument.substring(FILE.length()), denied);
      } else if (argument.equals(PATCH) && !left.isEmpty()) {
        addPatch(places, left.remove());
      } else if (argument.startsWith(PATCH + "=")) {
        addPatch(places, argument.substring(PATCH.length() + 1));
      } else if (argument.startsWith(BOOT)) {
        addAll(places, argument.substring(BOOT.length()));
      } else if (WITH_VALUE.contains(argument)) {
        left.poll();
      } else if (!argument.startsWith("-") || WITH_PROGRAM.contains(argument)) {
        break;
      }
    }
    return places;
  }

  /** {@code module=entry:entry} */
  private static void addPatch(List<String> places, String patch) {
    addAll(places, patch.substring(patch.indexOf('=') + 1));
  }

  private static void addAll(List<String> places, String list) {
    for (String entry : list.split(File.pathSeparator, -1)) {
      if (!entry.isEmpty()) {
        places.add(entry);
      }
    }
  }

  private static void addFirst(Deque<String> left, String file, List<String> denied) {
    try {
      String text = text(Path.of(file), denied);
      words(COMMENT.matcher(text).replaceAll("")).reversed().forEach(left::addFirst);
    } catch (InvalidPathException e) {
      // No file that anybody has read.
    }
  }

  private static List<String> words(String text) {
    return WORD.matcher(text)
        .results()
        .map(word -> QUOTE.matcher(word.group()).replaceAll(""))
        .toList();
  }

  /** Empty where it cannot be read any more; the options in it took effect, if there were any. */
  private static String text(Path file, List<String> denied) {
    try {
      return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    } catch (AccessDeniedException e) {
      denied.add(file.toString());
      return "";
    } catch (IOException e) {
      return "";
    }
  }
}
