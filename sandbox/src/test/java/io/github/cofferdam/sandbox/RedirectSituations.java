package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Situation.same;

import java.io.File;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.util.List;

/** Files, and this process's streams, in place of pipes. */
@SuppressWarnings("NullAway") // null is among what is tried
final class RedirectSituations {
  private static final String BOTH = "echo out; echo err >&2";

  private RedirectSituations() {}

  static List<Situation> all() {
    return List.of(
        same(
            "input from a file",
            s -> s.see(s.out(s.builder("/bin/cat").redirectInput(s.file("in", "text\n"))))),
        same(
            "input from an empty file",
            s -> s.see(s.out(s.builder("/bin/cat").redirectInput(s.file("in", ""))))),
        same(
            "input from the null device",
            s -> s.see(s.out(s.builder("/bin/cat").redirectInput(new File("/dev/null"))))),
        same(
            "output to a new file",
            s -> {
              s.see(s.start(s.shell(BOTH).redirectOutput(s.file("out"))).waitFor());
              s.see(s.content("out"));
            }),
        same(
            "output to a file that was longer",
            s -> {
              s.start(s.shell(BOTH).redirectOutput(s.file("out", "x".repeat(1000)))).waitFor();
              s.see(s.content("out"));
            }),
        same(
            "output behind what is there",
            s -> {
              s.file("out", "before\n");
              s.start(s.shell(BOTH).redirectOutput(Redirect.appendTo(s.file("out")))).waitFor();
              s.see(s.content("out"));
            }),
        same(
            "output behind nothing",
            s -> {
              s.start(s.shell(BOTH).redirectOutput(Redirect.appendTo(s.file("out")))).waitFor();
              s.see(s.content("out"));
            }),
        same(
            "errors to a file",
            s -> {
              s.see(s.out(s.shell(BOTH).redirectError(s.file("err"))));
              s.see(s.content("err"));
            }),
        same(
            "errors behind what is there",
            s -> {
              s.file("err", "before\n");
              s.start(s.shell(BOTH).redirectError(Redirect.appendTo(s.file("err")))).waitFor();
              s.see(s.content("err"));
            }),
        same(
            "both to files",
            s -> {
              s.start(s.shell(BOTH).redirectOutput(s.file("out")).redirectError(s.file("err")))
                  .waitFor();
              s.see(s.content("out") + s.content("err"));
            }),
        same(
            "both behind each other in one file",
            s -> {
              s.start(
                      s.shell(BOTH)
                          .redirectOutput(Redirect.appendTo(s.file("both")))
                          .redirectError(Redirect.appendTo(s.file("both"))))
                  .waitFor();
              s.see(s.content("both"));
            }),
        same(
            "output thrown away",
            s -> {
              Process process = s.start(s.shell(BOTH).redirectOutput(Redirect.DISCARD));
              s.see(process.getInputStream().read());
              s.see(Side.text(process.getErrorStream().readAllBytes()));
            }),
        same(
            "errors thrown away",
            s -> {
              Process process = s.start(s.shell(BOTH).redirectError(Redirect.DISCARD));
              s.see(Side.text(process.getInputStream().readAllBytes()));
              s.see(process.getErrorStream().read());
            }),
        same(
            "errors follow the output",
            s -> {
              Process process = s.start(s.shell(BOTH).redirectErrorStream(true));
              s.see(Side.text(process.getInputStream().readAllBytes()));
              s.see(process.getErrorStream().read());
            }),
        same(
            "errors follow the output into a file",
            s -> {
              s.start(s.shell(BOTH).redirectErrorStream(true).redirectOutput(s.file("out")))
                  .waitFor();
              s.see(s.content("out"));
            }),
        same(
            "merged errors, and a file for them",
            s -> {
              Maker.Builder builder =
                  s.shell(BOTH).redirectErrorStream(true).redirectError(s.file("err"));
              s.see(s.out(builder));
              s.see(s.content("err"));
              s.see(builder.redirectError().file());
            }),
        same(
            "merged errors, and a file for them that was longer",
            s -> {
              s.out(s.shell(BOTH).redirectErrorStream(true).redirectError(s.file("err", "before")));
              s.see(s.content("err"));
            }),
        same(
            "merged errors, and a file for them to be continued",
            s -> {
              s.file("err", "before");
              s.out(
                  s.shell(BOTH)
                      .redirectErrorStream(true)
                      .redirectError(Redirect.appendTo(s.file("err"))));
              s.see(s.content("err"));
            }),
        same(
            "merged errors, and a file for them that cannot be",
            s ->
                s.tries(() ->
                    s.out(
                        s.shell(BOTH)
                            .redirectErrorStream(true)
                            .redirectError(new File(s.file("no"), "err"))))),
        same(
            "merged no more",
            s -> s.see(s.out(s.shell(BOTH).redirectErrorStream(true).redirectErrorStream(false)))),
        same(
            "a file by a relative name",
            s -> {
              // From this process's directory, not from the command's.
              Maker.Builder builder = s.builder("/bin/cat").directory(s.file(""));
              s.tries(() -> s.out(builder.redirectInput(new File("no-such-file"))));
            }),
        same(
            "what a file redirect says of itself",
            s -> {
              Maker.Builder builder =
                  s.builder("a").redirectInput(s.file("in")).redirectOutput(s.file("out"));
              s.see(builder.redirectInput() + " " + builder.redirectInput().type());
              s.see(builder.redirectOutput() + " " + builder.redirectOutput().file());
            }),
        same(
            "a redirect to files equals its like",
            s -> {
              Maker.Builder builder = s.builder("a").redirectError(s.file("err"));
              s.see(builder.redirectError().equals(Redirect.to(s.file("err"))));
              s.see(builder.redirectError().equals(Redirect.appendTo(s.file("err"))));
            }),
        same(
            "input for writing",
            s -> s.tries(() -> s.builder("a").redirectInput(Redirect.to(s.file("f"))))),
        same(
            "input for appending",
            s -> s.tries(() -> s.builder("a").redirectInput(Redirect.appendTo(s.file("f"))))),
        same(
            "input thrown away",
            s -> s.tries(() -> s.builder("a").redirectInput(Redirect.DISCARD))),
        same(
            "output for reading",
            s -> s.tries(() -> s.builder("a").redirectOutput(Redirect.from(s.file("f"))))),
        same(
            "errors for reading",
            s -> s.tries(() -> s.builder("a").redirectError(Redirect.from(s.file("f"))))),
        same("null as input", s -> s.tries(() -> s.builder("a").redirectInput((Redirect) null))),
        same("null as output", s -> s.tries(() -> s.builder("a").redirectOutput((Redirect) null))),
        same("null as errors", s -> s.tries(() -> s.builder("a").redirectError((Redirect) null))),
        same(
            "null as the file of input",
            s -> s.tries(() -> s.builder("a").redirectInput((File) null))),
        same(
            "null as the file of output",
            s -> s.tries(() -> s.builder("a").redirectOutput((File) null))),
        same(
            "null as the file of errors",
            s -> s.tries(() -> s.builder("a").redirectError((File) null))),
        same(
            "a wrong redirect changes nothing",
            s -> {
              Maker.Builder builder = s.builder("a");
              s.tries(() -> builder.redirectInput(Redirect.to(s.file("f"))));
              s.see(builder.redirectInput());
            }),
        same(
            "a link as output",
            s -> {
              Files.createSymbolicLink(s.path("link"), s.path("real"));
              s.start(s.shell(BOTH).redirectOutput(s.file("link"))).waitFor();
              s.see(s.content("real"));
            }),
        same(
            "the mode of a new file",
            s -> {
              s.start(s.shell(BOTH).redirectOutput(s.file("out"))).waitFor();
              s.see(Files.getPosixFilePermissions(s.path("out")));
            }),
        same(
            "this process's own errors",
            s -> {
              Maker.Builder builder =
                  s.shell("[ /proc/self/fd/2 -ef /proc/$PPID/fd/2 ]; readlink /proc/$$/fd/2");
              s.see(s.out(builder.redirectError(Redirect.INHERIT)).isEmpty());
            }),
        same(
            "a command has three descriptors",
            s -> {
              // The fourth is the directory that is listed.
              s.see(s.out(s.builder("/bin/ls", "/proc/self/fd")));
            }),
        same(
            "a command's files are not left open here",
            s -> {
              long before = descriptors();
              for (int i = 0; i < 5; i++) {
                Process process =
                    s.start(s.shell(BOTH).redirectOutput(s.file("out")).redirectErrorStream(true));
                process.getOutputStream().close();
                process.waitFor();
              }
              s.see(descriptors() <= before + 2);
            }));
  }

  private static long descriptors() throws Exception {
    try (var all = Files.list(java.nio.file.Path.of("/proc/self/fd"))) {
      return all.count();
    }
  }
}
