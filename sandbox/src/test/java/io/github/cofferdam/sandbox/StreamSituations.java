package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Situation.same;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** The streams of a process, while it runs and afterwards. */
@SuppressWarnings("NullAway") // null is among what is tried
final class StreamSituations {
  private StreamSituations() {}

  private static byte[] random(int size) {
    var bytes = new byte[size];
    new Random(1).nextBytes(bytes);
    return bytes;
  }

  static List<Situation> all() {
    return List.of(
        same(
            "text there and back",
            s -> {
              Process process = s.start("cat");
              try (OutputStream in = process.getOutputStream()) {
                in.write("to and fro".getBytes(UTF_8));
              }
              s.see(Side.text(process.getInputStream().readAllBytes()));
            }),
        same(
            "a megabyte there and back",
            s -> {
              Process process = s.start("cat");
              byte[] bytes = random(1 << 20);
              Thread writer =
                  Thread.ofPlatform()
                      .start(() -> {
                        try (OutputStream in = process.getOutputStream()) {
                          in.write(bytes);
                        } catch (java.io.IOException e) {
                          throw new AssertionError(e);
                        }
                      });
              s.see(Arrays.equals(bytes, process.getInputStream().readAllBytes()));
              writer.join();
            }),
        same(
            "ten megabytes of output",
            s ->
                s.see(
                    s.start("head -c 10000000 /dev/zero").getInputStream().readAllBytes().length)),
        same(
            "two hundred thousand bytes of errors",
            s ->
                s.see(
                    s.start("head -c 200000 /dev/zero >&2")
                        .getErrorStream()
                        .readAllBytes()
                        .length)),
        same(
            "errors are no output",
            s -> {
              Process process = s.start("echo out; echo err >&2");
              s.see(Side.text(process.getErrorStream().readAllBytes()));
              s.see(Side.text(process.getInputStream().readAllBytes()));
            }),
        same(
            "input is buffered until it is flushed",
            s -> {
              Process process = s.ready("read line; echo got $line");
              OutputStream in = process.getOutputStream();
              in.write("line\n".getBytes(UTF_8));
              in.flush();
              s.see(process.inputReader().readLine());
            }),
        same(
            "closing input flushes it",
            s -> {
              Process process = s.start("cat");
              process.getOutputStream().write('x');
              process.getOutputStream().close();
              s.see(Side.text(process.getInputStream().readAllBytes()));
            }),
        same(
            "output after the end",
            s -> {
              Process process = s.start("head -c 60000 /dev/zero; echo end >&2");
              s.see(process.waitFor());
              s.see(process.getInputStream().available());
              s.see(process.getInputStream().readAllBytes().length);
              s.see(Side.text(process.getErrorStream().readAllBytes()));
            }),
        same(
            "the end of a stream is the end for good",
            s -> {
              InputStream out = s.start("echo x").getInputStream();
              out.readAllBytes();
              s.see(out.read());
              s.see(out.available());
              s.see(out.read(new byte[5]));
            }),
        same("reading nothing", s -> s.see(s.start("echo x").getInputStream().read(new byte[0]))),
        same(
            "reading to nowhere",
            s -> s.tries(() -> s.start("echo x").getInputStream().read(null))),
        same(
            "reading past an array",
            s -> s.tries(() -> s.start("echo x").getInputStream().read(new byte[2], 1, 5))),
        same(
            "marks",
            s -> {
              InputStream out = s.start("printf 0123456789").getInputStream();
              s.see(out.markSupported());
              out.mark(10);
              s.see(out.read());
              out.reset();
              s.see(out.skip(4));
              s.see(Side.text(out.readAllBytes()));
            }),
        same(
            "a closed output",
            s -> {
              Process process = s.start("echo x");
              process.getInputStream().close();
              s.asks(() -> process.getInputStream().read());
              s.asks(() -> process.getInputStream().available());
              process.getInputStream().close();
              process.waitFor();
              s.asks(() -> process.getInputStream().read());
            }),
        same(
            "closed errors",
            s -> {
              Process process = s.start("echo x");
              process.getErrorStream().close();
              s.asks(() -> process.getErrorStream().read());
            }),
        same(
            "a closed input",
            s -> {
              Process process = s.start("cat");
              process.getOutputStream().close();
              s.tries(() -> process.getOutputStream().close());
              s.see(process.waitFor());
            }),
        same(
            "writing to an input that was closed",
            s -> {
              Process process = s.start("cat");
              process.getOutputStream().close();
              process.waitFor();
              s.tries(() -> {
                process.getOutputStream().write(1);
                process.getOutputStream().flush();
              });
            }),
        same(
            "writing to what has ended",
            s -> {
              Process process = s.start("exit 0");
              process.waitFor();
              // The one that ends them has to get there.
              process.onExit().get();
              awaitClosed(process);
              s.tries(() -> {
                process.getOutputStream().write(1);
                process.getOutputStream().flush();
              });
            }),
        same(
            "writing to what no longer reads",
            s -> {
              Process process = s.ready("exec <&-; echo closed; read line <&2; exec sleep 1000");
              s.see(process.inputReader().readLine());
              s.tries(() -> {
                process.getOutputStream().write(1);
                process.getOutputStream().flush();
              });
            }),
        same(
            "a process that stops reading half way",
            s -> {
              Process process = s.start("head -c 10 >/dev/null; exec <&-; exec sleep 1000");
              s.tries(() -> process.getOutputStream().write(new byte[1 << 20]));
            }),
        same(
            "a pipe whose reader has gone ends a command",
            s -> {
              Process process = s.ready("while :; do echo line; done 2>/dev/null");
              process.getInputStream().close();
              s.see(process.waitFor() != 0);
            }),
        same(
            "streams that are no pipes",
            s -> {
              Process process =
                  s.start(
                      s.shell("cat; echo out; echo err >&2")
                          .redirectInput(new File("/dev/null"))
                          .redirectOutput(Redirect.DISCARD)
                          .redirectError(Redirect.DISCARD));
              for (InputStream stream :
                  List.of(process.getInputStream(), process.getErrorStream())) {
                s.see(stream.read());
                s.see(stream.read(new byte[3]));
                s.see(stream.read(new byte[0]));
                s.see(stream.available());
                s.see(stream.markSupported());
                s.see(stream.skip(3));
                stream.close();
                s.see(stream.read());
              }
              s.tries(() -> process.getOutputStream().write(1));
              s.tries(() -> process.getOutputStream().write(new byte[3]));
              s.tries(() -> process.getOutputStream().flush());
              s.tries(() -> process.getOutputStream().close());
              s.tries(() -> process.getOutputStream().write(1));
            }),
        same(
            "the streams are the same each time",
            s -> {
              Process process = s.start("exit 0");
              s.seeSame(process.getInputStream(), process.getInputStream());
              s.seeSame(process.getErrorStream(), process.getErrorStream());
              s.seeSame(process.getOutputStream(), process.getOutputStream());
            }),
        same(
            "readers are the same each time",
            s -> {
              Process process = s.start("echo line");
              s.seeSame(process.inputReader(), process.inputReader());
              s.seeSame(process.errorReader(), process.errorReader());
              s.seeSame(process.outputWriter(), process.outputWriter());
            }),
        same(
            "a reader of another charset",
            s -> {
              Process process = s.start("echo line");
              s.see(process.inputReader(UTF_8).readLine());
              s.tries(() -> process.inputReader(UTF_16));
            }),
        same(
            "a writer of another charset",
            s -> {
              Process process = s.start("cat");
              process.outputWriter(UTF_8);
              s.tries(() -> process.outputWriter(UTF_16));
            }),
        same("a reader without a charset", s -> s.tries(() -> s.start("exit 0").errorReader(null))),
        same(
            "a writer and a reader",
            s -> {
              Process process = s.start("read a b; echo \"$b $a\"");
              process.outputWriter(UTF_8).write("one tw\u00f6\n");
              process.outputWriter(UTF_8).flush();
              s.see(process.inputReader(UTF_8).readLine());
              s.see(process.inputReader(UTF_8).readLine());
            }),
        same(
            "closing a stream does not wait for its reader",
            s -> {
              Process process = s.ready("exec sleep 1000");
              Thread reader =
                  Thread.ofPlatform()
                      .start(() -> {
                        try {
                          process.getErrorStream().read();
                        } catch (java.io.IOException e) {
                          // Either answer is one.
                        }
                      });
              while (reader.getState() == Thread.State.NEW) {
                Thread.onSpinWait();
              }
              process.getErrorStream().close();
              s.see(process.isAlive());
              process.destroyForcibly().waitFor();
              reader.join();
            }));
  }

  private static void awaitClosed(Process process) throws Exception {
    for (int i = 0; i < 1000; i++) {
      try {
        process.getOutputStream().write(new byte[1 << 16]);
        process.getOutputStream().flush();
        Thread.sleep(5);
      } catch (java.io.IOException e) {
        if ("Stream closed".equals(e.getMessage())) {
          return;
        }
      }
    }
  }
}
