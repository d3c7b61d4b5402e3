package io.github.cofferdam.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.policy.Isolation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A home that a test has made, and runs in it. Grants mean the home of the password database; so
 * runs are started by a user who has none there, in a user namespace, by a virtual machine that is
 * told where its home is.
 */
final class PresetHome {
  private static final String USER = "54321";

  private final Path home;
  private Path work;
  private final Path temporary;
  private final Map<String, String> environment = new TreeMap<>(Sandboxed.ENVIRONMENT);

  /** Makes one, and a workspace beside it. */
  PresetHome(Path directory) throws IOException, InterruptedException {
    home = Files.createDirectory(directory.resolve("home"));
    work = Files.createDirectory(directory.resolve("work"));
    temporary = Files.createDirectory(directory.resolve("tmp"));
    Process process =
        new ProcessBuilder(
                "unshare", "--user", "--map-user=" + USER, "--map-group=" + USER, "id", "-u")
            .redirectErrorStream(true)
            .start();
    var text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assumeTrue(process.waitFor() == 0 && text.strip().equals(USER), "no other user: " + text);
  }

  Path home() {
    return home;
  }

  /** Has commands run in the home itself. */
  void workAtHome() {
    work = home;
  }

  Path work() {
    return work;
  }

  /** Sets a variable of this process's, which the command gets if it may. */
  void set(String name, String value) {
    environment.put(name, value);
  }

  /** {@return a file in the home with a text, and directories above it} */
  Path write(String name, String text) throws IOException {
    Path file = home.resolve(name);
    Files.createDirectories(Objects.requireNonNull(file.getParent()));
    return Files.writeString(file, text);
  }

  /** {@return what each run printed, and how it ended} */
  String run(Isolation isolation, boolean share, String script, String... presets)
      throws IOException, InterruptedException {
    String text = tried(isolation, share, script, presets);
    // With isolation basic, what lies beside a blocked path is granted: other tests' directories.
    for (int i = 0; i < 5 && text.contains("No such file or directory (ENOENT)]"); i++) {
      text = tried(isolation, share, script, presets);
    }
    return text;
  }

  private String tried(Isolation isolation, boolean share, String script, String... presets)
      throws IOException, InterruptedException {
    var arguments =
        new ArrayList<>(List.of(isolation.name(), Boolean.toString(share), work.toString()));
    arguments.add(script);
    arguments.addAll(List.of(presets));
    ProcessBuilder builder =
        ChildMachine.builder(PresetMain.class, temporary, arguments.toArray(String[]::new));
    var command =
        new ArrayList<>(List.of("unshare", "--user", "--map-user=" + USER, "--map-group=" + USER));
    command.addAll(builder.command());
    command.add(5, "-Duser.home=" + home);
    builder.command(command).redirectErrorStream(true);
    builder.environment().clear();
    builder.environment().putAll(environment);
    builder.environment().put("HOME", home.toString());
    Process process = builder.start();
    var text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int status = process.waitFor();
    assumeTrue(!text.contains("NoClassDefFoundError"), "this user cannot read the class path");
    assertEquals(0, status, text);
    // A user namespace in another one can be refused.
    assumeTrue(!text.contains("needs namespaces of the command's own, which cannot"), text);
    return text;
  }

  /** {@return all that is in a directory, by name: what files hold, when and with which mode} */
  static Map<Path, String> contents(Path directory) throws Exception {
    var contents = new TreeMap<Path, String>();
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path path : (Iterable<Path>) all::iterator) {
        boolean file = Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS);
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        contents.put(
            path,
            Files.readAttributes(path, "unix:mode,lastModifiedTime", LinkOption.NOFOLLOW_LINKS)
                + (file ? HexFormat.of().formatHex(digest.digest(Files.readAllBytes(path))) : ""));
      }
    }
    return contents;
  }
}
