package io.github.cofferdam.bindings;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * This machine's C compiler and kernel headers.
 *
 * <p>The system property {@code cofferdam.headers} names other headers: the folder into which a
 * linux-libc-dev package was unpacked.
 */
final class HostCompiler {
  private static final Pattern PACKAGE = Pattern.compile("# linux-libc-dev (\\d+)\\.(\\d+)\\.\\S*");
  private static final Pattern MACRO = Pattern.compile("(?m)^#define (\\w+) (.+)$");

  private final String command;
  private final Path folder;
  private int version;
  private int generatedVersion;

  private HostCompiler(String command, Path folder) {
    this.command = command;
    this.folder = folder;
  }

  /** Finds a compiler that works in {@code folder}, or skips the tests and says why. */
  static HostCompiler findOrSkip(Path folder) throws IOException, InterruptedException {
    for (String command : List.of("gcc", "cc")) {
      HostCompiler compiler = new HostCompiler(command, folder);
      try {
        if (compiler.tryRun(List.of("--version")).isPresent()) {
          continue;
        }
      } catch (IOException e) {
        continue; // not installed
      }
      Files.writeString(folder.resolve("version.c"), "#include <linux/version.h>\n");
      if (compiler.tryRun(List.of("-fsyntax-only", "version.c")).isPresent()) {
        throw skip("no kernel headers: " + command + " finds no linux/version.h");
      }
      String code = compiler.macros("linux/version.h").get("LINUX_VERSION_CODE");
      compiler.version = Integer.parseInt(code) >> 8;
      compiler.generatedVersion = generatedVersion();
      return compiler;
    }
    throw skip("neither gcc nor cc works here");
  }

  private static RuntimeException skip(String reason) {
    System.out.println("Not comparing with the system's headers: " + reason);
    return abort("Not comparing with the system's headers: " + reason);
  }

  /** {@return where the wrapper header is: tests run in the module's or in the project's folder} */
  static Path jextractFolder() {
    Path here = Path.of("jextract").toAbsolutePath();
    return Files.isDirectory(here) ? here : Path.of("bindings/jextract").toAbsolutePath();
  }

  /** {@return the generated system call table} */
  static String syscallTable() throws IOException {
    try (InputStream in = HostCompiler.class.getResourceAsStream("syscalls.txt")) {
      return new String(in.readAllBytes(), UTF_8);
    }
  }

  private static int generatedVersion() throws IOException {
    Matcher matcher = PACKAGE.matcher(syscallTable());
    if (!matcher.find()) {
      throw new IOException("syscalls.txt does not name the headers that it was made from");
    }
    return Integer.parseInt(matcher.group(1)) << 8 | Integer.parseInt(matcher.group(2));
  }

  /** Are the headers of the kernel release that the bindings were generated from? */
  boolean sameVersion() {
    return version == generatedVersion;
  }

  /** Are the headers of a later kernel release? */
  boolean newerVersion() {
    return version > generatedVersion;
  }

  String versionName() {
    return (version >> 8) + "." + (version & 0xff);
  }

  /** {@return all object-like macros that {@code header} defines} */
  Map<String, String> macros(String header) throws IOException, InterruptedException {
    Files.writeString(folder.resolve("macros.c"), "#include <" + header + ">\n");
    Map<String, String> macros = new HashMap<>();
    Matcher matcher = MACRO.matcher(run(List.of("-E", "-dM", "macros.c")));
    while (matcher.find()) {
      macros.put(matcher.group(1), matcher.group(2));
    }
    return macros;
  }

  /** {@return what the compiler prints when it succeeds} */
  String run(List<String> arguments) throws IOException, InterruptedException {
    return start(compile(arguments));
  }

  /** {@return nothing when the compiler succeeds, what it prints when it fails} */
  Optional<String> tryRun(List<String> arguments) throws IOException, InterruptedException {
    Finished finished = await(compile(arguments));
    return finished.status == 0 ? Optional.empty() : Optional.of(finished.output);
  }

  /** {@return what a command prints, which must succeed} */
  String start(List<String> arguments) throws IOException, InterruptedException {
    Finished finished = await(arguments);
    if (finished.status != 0) {
      throw new IOException(arguments + " exited " + finished.status + ":\n" + finished.output);
    }
    return finished.output;
  }

  private List<String> compile(List<String> arguments) {
    List<String> all = new ArrayList<>();
    all.add(command);
    // For linux/if.h, in place of the C library's sys/socket.h.
    all.add("-I" + jextractFolder().resolve("include"));
    String headers = System.getProperty("cofferdam.headers");
    if (headers != null) {
      String machine = System.getProperty("os.arch").equals("aarch64") ? "aarch64" : "x86_64";
      all.add("-nostdinc");
      all.add("-I" + headers + "/usr/include/" + machine + "-linux-gnu");
      all.add("-I" + headers + "/usr/include");
    }
    all.addAll(arguments);
    return all;
  }

  private Finished await(List<String> arguments) throws IOException, InterruptedException {
    Path output = folder.resolve("output");
    ProcessBuilder builder = new ProcessBuilder(arguments);
    builder.environment().put("LC_ALL", "C");
    Process process =
        builder
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      if (!process.waitFor(2, TimeUnit.MINUTES)) {
        throw new IOException("Took longer than two minutes: " + arguments);
      }
    } finally {
      process.destroyForcibly();
    }
    return new Finished(process.exitValue(), Files.readString(output));
  }

  private record Finished(int status, String output) {}
}
