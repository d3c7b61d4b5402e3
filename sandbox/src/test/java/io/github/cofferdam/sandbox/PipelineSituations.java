package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Situation.same;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.util.List;

/** Processes of which each reads what the one before it writes. */
@SuppressWarnings("NullAway") // null is among what is tried
final class PipelineSituations {
  private PipelineSituations() {}

  static List<Situation> all() {
    return List.of(
        same("a pipeline of none", s -> s.see(s.pipeline())),
        same(
            "a pipeline of one",
            s -> {
              List<Process> all = s.pipeline(s.shell("echo one"));
              s.see(Side.text(all.getLast().getInputStream().readAllBytes()));
            }),
        same(
            "a pipeline of three",
            s -> {
              List<Process> all =
                  s.pipeline(
                      s.shell("echo b; echo a; echo b"),
                      s.builder("sort"),
                      s.builder("uniq", "-c"));
              s.see(Side.text(all.getLast().getInputStream().readAllBytes()));
              for (Process process : all) {
                s.see(process.waitFor());
              }
            }),
        same(
            "what goes in comes out",
            s -> {
              List<Process> all =
                  s.pipeline(s.builder("cat"), s.builder("cat"), s.builder("tr", "a-z", "A-Z"));
              try (OutputStream in = all.getFirst().getOutputStream()) {
                in.write("through".getBytes(UTF_8));
              }
              s.see(Side.text(all.getLast().getInputStream().readAllBytes()));
            }),
        same(
            "much goes through",
            s -> {
              List<Process> all =
                  s.pipeline(
                      s.shell("head -c 5000000 /dev/zero"),
                      s.builder("cat"),
                      s.builder("wc", "-c"));
              s.see(Side.text(all.getLast().getInputStream().readAllBytes()).strip());
            }),
        same(
            "streams between processes",
            s -> {
              List<Process> all = s.pipeline(s.shell("echo x"), s.builder("cat"));
              s.see(all.getFirst().getInputStream().read());
              s.tries(() -> all.getLast().getOutputStream().write(1));
              s.see(Side.text(all.getLast().getInputStream().readAllBytes()));
            }),
        same(
            "errors of each",
            s -> {
              List<Process> all = s.pipeline(s.shell("echo 1 >&2"), s.shell("echo 2 >&2"));
              s.see(Side.text(all.getFirst().getErrorStream().readAllBytes()));
              s.see(Side.text(all.getLast().getErrorStream().readAllBytes()));
            }),
        same(
            "errors that go along",
            s -> {
              List<Process> all =
                  s.pipeline(
                      s.shell("echo err >&2; echo out").redirectErrorStream(true),
                      s.builder("sort"));
              s.see(Side.text(all.getLast().getInputStream().readAllBytes()));
            }),
        same(
            "files at both ends",
            s -> {
              List<Process> all =
                  s.pipeline(
                      s.builder("cat").redirectInput(s.file("in", "b\na\n")),
                      s.builder("sort").redirectOutput(s.file("out")));
              s.see(all.getLast().waitFor());
              s.see(s.content("out"));
            }),
        same(
            "a reader that ends early",
            s -> {
              List<Process> all =
                  s.pipeline(
                      s.shell("while :; do echo line; done 2>/dev/null"), s.builder("head", "-1"));
              s.see(Side.text(all.getLast().getInputStream().readAllBytes()));
              s.see(all.getFirst().waitFor() != 0);
            }),
        same(
            "a writer that goes on without its output",
            s -> {
              List<Process> all =
                  s.pipeline(s.shell("echo x; exec >&-; exec sleep 1000"), s.builder("cat"));
              s.see(Side.text(all.getLast().getInputStream().readAllBytes()));
              s.see(all.getLast().waitFor());
              s.see(all.getFirst().isAlive());
            }),
        same(
            "a reader that goes on without its input",
            s -> {
              List<Process> all =
                  s.pipeline(
                      s.shell("while :; do echo line; done 2>/dev/null"),
                      s.shell("exec <&-; exec sleep 1000"));
              s.see(all.getFirst().waitFor() != 0);
              s.see(all.getLast().isAlive());
            }),
        same(
            "output of the first elsewhere",
            s ->
                s.tries(() ->
                    s.pipeline(s.builder("a").redirectOutput(s.file("out")), s.builder("b")))),
        same(
            "output of the first inherited",
            s ->
                s.tries(() ->
                    s.pipeline(s.builder("a").redirectOutput(Redirect.INHERIT), s.builder("b")))),
        same(
            "input of the last elsewhere",
            s ->
                s.tries(() ->
                    s.pipeline(
                        s.shell("exec sleep 1000"),
                        s.builder("b").redirectInput(s.file("in", ""))))),
        same(
            "one that cannot be run",
            s -> s.tries(() -> s.pipeline(s.shell("exec sleep 1000"), s.builder("/no/such")))),
        same(
            "one without a command",
            s -> s.tries(() -> s.pipeline(s.shell("exec sleep 1000"), s.builder()))),
        same(
            "a failure ends those that run",
            s -> {
              s.tries(() -> s.pipeline(s.builder("sleep", marker(s)), s.builder("/no/such")));
              s.see(Sandboxed.processesWith(marker(s)).size());
            }),
        same(
            "null as a list",
            s ->
                s.tries(() -> {
                  if (s.isConfined()) {
                    SandboxProcessBuilder.startPipeline(null);
                  } else {
                    ProcessBuilder.startPipeline(null);
                  }
                })),
        same(
            "null in a list",
            s ->
                s.tries(() -> {
                  if (s.isConfined()) {
                    SandboxProcessBuilder.startPipeline(
                        java.util.Arrays.asList((SandboxProcessBuilder) null));
                  } else {
                    ProcessBuilder.startPipeline(java.util.Arrays.asList((ProcessBuilder) null));
                  }
                })),
        same(
            "the redirects of the builders stay as they were",
            s -> {
              Maker.Builder first = s.shell("echo x");
              s.pipeline(first, s.builder("cat"));
              s.see(first.redirectOutput());
            }));
  }

  /** Seconds that nothing else sleeps. */
  private static String marker(Side side) {
    return "1" + ProcessHandle.current().pid() + (side.isConfined() ? "0161616" : "0151515");
  }
}
