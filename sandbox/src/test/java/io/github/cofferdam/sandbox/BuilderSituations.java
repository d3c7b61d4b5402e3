package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Situation.same;

import java.io.File;
import java.lang.ProcessBuilder.Redirect;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is set in a builder, and asked of it. */
@SuppressWarnings("NullAway") // null is among what is tried
final class BuilderSituations {
  private BuilderSituations() {}

  static List<Situation> all() {
    return List.of(
        same("a new builder's command", s -> s.see(s.builder("a", "b").command())),
        same("a new builder's directory", s -> s.see(s.builder("a").directory())),
        same("a new builder merges nothing", s -> s.see(s.builder("a").redirectErrorStream())),
        same(
            "a new builder's redirects",
            s -> {
              Maker.Builder builder = s.builder("a");
              s.see(builder.redirectInput());
              s.see(builder.redirectOutput());
              s.see(builder.redirectError());
            }),
        same("a builder without a command", s -> s.see(s.builder().command())),
        same("a null list", s -> s.tries(() -> s.builder((@Nullable List<String>) null))),
        same("null arguments", s -> s.tries(() -> s.builder((String[]) null))),
        same(
            "a null list later",
            s -> s.tries(() -> s.builder("a").command((@Nullable List<String>) null))),
        same(
            "null arguments later",
            s -> s.tries(() -> s.builder("a").command((String @Nullable []) null))),
        same(
            "the list is not copied",
            s -> {
              var list = new ArrayList<>(List.of("/bin/echo", "1"));
              Maker.Builder builder = s.builder(list);
              list.add("2");
              s.see(s.out(builder));
              s.seeSame(builder.command(), list);
            }),
        same(
            "an array is copied",
            s -> {
              String[] array = {"/bin/echo", "1"};
              Maker.Builder builder = s.builder(array);
              array[1] = "2";
              s.see(s.out(builder));
            }),
        same(
            "a command from an array can grow",
            s -> {
              Maker.Builder builder = s.builder("/bin/echo");
              builder.command().add("more");
              s.see(s.out(builder));
            }),
        same(
            "a list that nobody can change",
            s -> s.tries(() -> s.builder(List.of("/bin/echo")).command().add("more"))),
        same(
            "the command is set anew",
            s -> s.see(s.out(s.builder("/bin/false").command("/bin/echo", "x")))),
        same(
            "the command is set anew to a list",
            s -> s.see(s.out(s.builder("/bin/false").command(List.of("/bin/echo", "x"))))),
        same("an empty argument", s -> s.see(s.out("echo \"$#:$1:$2\"", "", "b"))),
        same(
            "arguments with blanks", s -> s.see(s.out("printf '[%s]' \"$@\"", " a b ", "\t", "'"))),
        same("arguments with line ends", s -> s.see(s.out("printf '[%s]' \"$@\"", "a\nb", "\r"))),
        same(
            "an argument of 100,000 characters",
            s -> s.see(s.out("echo ${#1}", "x".repeat(100_000)))),
        same(
            "3,000 arguments",
            s ->
                s.see(
                    s.out(
                        s.shell(
                            "echo $#", Collections.nCopies(3000, "a").toArray(new String[0]))))),
        same("the program's own name", s -> s.see(s.out(s.builder("/bin/sh", "-c", "echo $0")))),
        same("a program that is looked for", s -> s.see(s.out(s.builder("echo", "found")))),
        same(
            "a program by a path from the working directory",
            s -> {
              s.file("tool", "#!/bin/sh\necho tool $0\n").setExecutable(true);
              s.see(s.out(s.builder("./tool").directory(s.file(""))));
            }),
        same(
            "a script that says of nobody who reads it",
            s -> {
              s.file("script", "echo script $1\n").setExecutable(true);
              s.see(s.out(s.builder(s.file("script").getPath(), "one")));
            }),
        same(
            "the builder can be used twice",
            s -> {
              Maker.Builder builder = s.builder("/bin/echo", "x");
              s.see(s.out(builder) + s.out(builder));
            }),
        same(
            "what is changed after a start counts for the next",
            s -> {
              Maker.Builder builder = s.shell("echo $X");
              builder.environment().put("X", "1");
              Process first = s.start(builder);
              builder.environment().put("X", "2");
              s.see(Side.text(first.getInputStream().readAllBytes()));
              s.see(s.out(builder));
            }),
        same(
            "directory() gives what was set",
            s -> s.see(s.builder("a").directory(new File("a/../b")).directory())),
        same(
            "the working directory",
            s -> s.see(s.out(s.builder("/bin/pwd").directory(s.file(""))))),
        same(
            "a working directory from this one",
            s -> s.see(s.out(s.builder("/bin/pwd").directory(new File("src/.."))))),
        same(
            "the dot as working directory",
            s -> s.see(s.out(s.builder("/bin/pwd").directory(new File("."))))),
        same(
            "a link as working directory",
            s -> {
              java.nio.file.Files.createDirectory(s.path("real"));
              java.nio.file.Files.createSymbolicLink(s.path("link"), s.path("real"));
              s.see(s.out(s.builder("/bin/pwd", "-P").directory(s.file("link"))));
            }),
        same("no working directory", s -> s.see(s.out(s.builder("/bin/pwd").directory(null)))),
        same(
            "relative names begin in the working directory",
            s -> {
              s.file("here", "content\n");
              s.see(s.out(s.builder("/bin/cat", "here").directory(s.file(""))));
            }),
        same(
            "every setter gives the builder",
            s -> {
              Maker.Builder b = s.builder("a");
              for (Object result :
                  Arrays.asList(
                      b.command("b"),
                      b.command(List.of("b")),
                      b.directory(null),
                      b.inheritIO(),
                      b.redirectErrorStream(true),
                      b.redirectInput(Redirect.PIPE),
                      b.redirectOutput(Redirect.PIPE),
                      b.redirectError(Redirect.PIPE))) {
                s.seeSame(result, b);
              }
            }),
        same(
            "inheritIO sets all three",
            s -> {
              Maker.Builder builder = s.builder("a").inheritIO();
              s.see(builder.redirectInput());
              s.see(builder.redirectOutput());
              s.see(builder.redirectError());
            }));
  }
}
