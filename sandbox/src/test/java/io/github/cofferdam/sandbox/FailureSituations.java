package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Situation.differs;
import static io.github.cofferdam.sandbox.Situation.same;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** What is said when there is no process. */
@SuppressWarnings("NullAway") // null is among what is tried
final class FailureSituations {
  private FailureSituations() {}

  private static void fails(Side side, Maker.Builder builder) {
    side.tries(() -> side.start(builder));
  }

  static List<Situation> all() {
    return List.of(
        same("no command", s -> fails(s, s.builder())),
        same("an empty list", s -> fails(s, s.builder(List.of()))),
        same("null as a program", s -> fails(s, s.builder(Arrays.asList((String) null)))),
        same("null as an argument", s -> fails(s, s.builder("/bin/true", null))),
        same("null before a NUL", s -> fails(s, s.builder("/bin/true\0", null))),
        same("an empty program", s -> fails(s, s.builder(""))),
        same("an empty program with arguments", s -> fails(s, s.builder("", "a"))),
        same("a NUL in a program", s -> fails(s, s.builder("a\0b"))),
        same("a NUL in an argument", s -> fails(s, s.builder("/bin/true", "a\0b"))),
        same("a program that is nowhere", s -> fails(s, s.builder("no-such-program"))),
        same("a path that is nothing", s -> fails(s, s.builder("/no/such/program"))),
        same(
            "a path in the working directory that is nothing",
            s -> fails(s, s.builder("./nothing").directory(s.file("")))),
        same(
            "a name that only a file has in it",
            s -> {
              s.file("script", "#!/no/such/interpreter\n").setExecutable(true);
              fails(s, s.builder("script").directory(s.file("")));
            }),
        same("a blank as a program", s -> fails(s, s.builder(" "))),
        same("a program with arguments in one", s -> fails(s, s.builder("/bin/echo a b"))),
        same("a directory as a program", s -> fails(s, s.builder("/bin/"))),
        same(
            "a directory as a program, without a slash behind",
            s -> fails(s, s.builder(s.path("").toString()))),
        same("the dot as a program", s -> fails(s, s.builder("."))),
        same(
            "a path beneath a file",
            s -> fails(s, s.builder(new File(s.file("file", ""), "x").getPath()))),
        same(
            "a file that may not be executed",
            s -> fails(s, s.builder(s.file("file", "x").getPath()))),
        same(
            "a link that leads nowhere",
            s -> {
              Files.createSymbolicLink(s.path("link"), Path.of("/no/such"));
              fails(s, s.builder(s.path("link").toString()));
            }),
        same(
            "links that lead round and round",
            s -> {
              Files.createSymbolicLink(s.path("a"), s.path("b"));
              Files.createSymbolicLink(s.path("b"), s.path("a"));
              fails(s, s.builder(s.path("a").toString()));
            }),
        same(
            "an interpreter that is nowhere",
            s -> {
              s.file("script", "#!/no/such/interpreter\n").setExecutable(true);
              fails(s, s.builder(s.path("script").toString()));
            }),
        same("a name that is too long", s -> fails(s, s.builder("/" + "x".repeat(300)))),
        same("a path that is too long", s -> fails(s, s.builder("/x".repeat(3000)))),
        same(
            "an argument that is too long",
            s -> fails(s, s.builder("/bin/true", "x".repeat(200_000)))),
        same("too many arguments", s -> fails(s, s.builder(many()))),
        same(
            "a directory that is missing",
            s -> fails(s, s.builder("/bin/true").directory(s.file("missing")))),
        same(
            "a missing directory and a missing program",
            s -> fails(s, s.builder("/no/such").directory(s.file("missing")))),
        same(
            "a file as directory",
            s -> fails(s, s.builder("/bin/true").directory(s.file("file", "")))),
        same(
            "a directory beneath a file",
            s -> fails(s, s.builder("/bin/true").directory(new File(s.file("file", ""), "x")))),
        same(
            "an empty directory name",
            s -> fails(s, s.builder("/bin/true").directory(new File("")))),
        same(
            "a blank as directory", s -> fails(s, s.builder("/bin/true").directory(new File(" ")))),
        same(
            "a relative directory that is missing",
            s -> fails(s, s.builder("/bin/true").directory(new File("no/such")))),
        same(
            "a link to nowhere as directory",
            s -> {
              Files.createSymbolicLink(s.path("link"), Path.of("/no/such"));
              fails(s, s.builder("/bin/true").directory(s.file("link")));
            }),
        same(
            "a directory name that is too long",
            s -> fails(s, s.builder("/bin/true").directory(new File("x".repeat(300))))),
        same(
            "a directory that may not be entered",
            s -> {
              Files.createDirectory(
                  s.path("closed"),
                  PosixFilePermissions.asFileAttribute(
                      PosixFilePermissions.fromString("rw-------")));
              if (Files.isExecutable(s.path("closed"))) {
                s.see("root may enter it, and a command without capabilities may not");
              } else {
                fails(s, s.builder("/bin/true").directory(s.file("closed")));
              }
            }),
        same(
            "a missing program in a directory",
            s -> fails(s, s.builder("no-such-program").directory(new File("/")))),
        same(
            "a program that this user may not reach",
            s -> {
              Path closed = Files.createDirectory(s.path("closed"));
              Files.writeString(closed.resolve("tool"), "#!/bin/sh\n");
              closed.toFile().setExecutable(false);
              try {
                fails(s, s.builder(closed.resolve("tool").toString()));
              } finally {
                closed.toFile().setExecutable(true);
              }
            }),
        same(
            "input that is missing",
            s -> fails(s, s.builder("/bin/true").redirectInput(s.file("missing")))),
        same(
            "input that is a directory",
            s -> fails(s, s.builder("/bin/true").redirectInput(s.file("")))),
        same(
            "input beneath a file",
            s -> fails(s, s.builder("/bin/true").redirectInput(new File(s.file("file", ""), "x")))),
        same(
            "input with an empty name",
            s -> fails(s, s.builder("/bin/true").redirectInput(new File("")))),
        same(
            "input with a NUL in its name",
            s -> fails(s, s.builder("/bin/true").redirectInput(new File("a\0b")))),
        same(
            "output that is a directory",
            s -> fails(s, s.builder("/bin/true").redirectOutput(s.file("")))),
        same(
            "output in a directory that is missing",
            s -> fails(s, s.builder("/bin/true").redirectOutput(new File(s.file("no"), "x")))),
        same(
            "output with a NUL in its name",
            s -> fails(s, s.builder("/bin/true").redirectOutput(new File("a\0b")))),
        same(
            "errors that are a directory",
            s -> fails(s, s.builder("/bin/true").redirectError(s.file("")))),
        same(
            "a file that cannot be, in a directory",
            s ->
                fails(
                    s,
                    s.builder("/bin/true")
                        .directory(new File("/"))
                        .redirectInput(s.file("missing")))),
        same(
            "an output that could be is made before the one that cannot",
            s -> {
              fails(
                  s,
                  s.builder("/bin/true").redirectOutput(s.file("out")).redirectError(s.file("")));
              s.see(s.content("out"));
            }),
        same(
            "a failure leaves the builder as it was",
            s -> {
              Maker.Builder builder = s.builder("/no/such");
              fails(s, builder);
              s.see(s.out(builder.command("/bin/echo", "x")));
            }),
        same(
            "a failure leaves nothing open",
            s -> {
              long before = descriptors();
              for (int i = 0; i < 5; i++) {
                fails(s, s.builder("/no/such").redirectInput(s.file("in", "")));
              }
              s.see(descriptors() <= before);
            }),
        differs(
            "output of a program that is nowhere",
            Difference.OPENED_LATER,
            s -> {
              fails(s, s.builder("no-such-program").redirectOutput(s.file("out", "kept")));
              s.see(s.content("out"));
            }),
        differs(
            "a NUL in the working directory",
            Difference.NUL_IN_DIRECTORY,
            s -> fails(s, s.builder("/bin/true").directory(new File("/\0b")))));
  }

  private static List<String> many() {
    var argv = new ArrayList<>(List.of("/bin/true"));
    argv.addAll(Collections.nCopies(60, "x".repeat(120_000)));
    return argv;
  }

  private static long descriptors() throws Exception {
    try (var all = Files.list(Path.of("/proc/self/fd"))) {
      return all.count();
    }
  }
}
