package io.github.cofferdam.bench;

import io.github.cofferdam.bench.Peer.Place;
import io.github.cofferdam.bench.result.Section;
import io.github.cofferdam.bench.result.Series;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What the command {@code cofferdam} takes, virtual machine included, beside commands that are C
 * programs.
 */
final class FromTheShell implements Question {
  private static final Path TRUE = Path.of("/usr/bin/true");
  private static final Path SHELL = Path.of("/bin/sh");

  private static final String ABOUT =
      """
      A command is started as people start it: what Cofferdam takes is its start script, a Java \
      virtual machine that ends with the command, and the wall that it builds in between. The others \
      are C programs. The shell is what starts commands, and runs one here that does nothing; `java \
      -version` is a virtual machine that does nothing.\
      """;

  private final SearchPath searchPath;
  private final Optional<Path> checkout;

  /**
   * @param checkout where the start script is, and what it starts
   */
  FromTheShell(SearchPath searchPath, Optional<Path> checkout) {
    this.searchPath = searchPath;
    this.checkout = checkout;
  }

  @Override
  public String id() {
    return "shell";
  }

  @Override
  public Section measure(Effort effort, Progress progress) throws Exception {
    List<Series> series;
    try (TemporaryFolder folder = TemporaryFolder.create()) {
      var turns = new TakingTurns(TRUE.toString());
      Commands.add(
          turns, "sh", Commands.tryOut(List.of(List.of(SHELL.toString(), "-c", TRUE.toString()))));
      Commands.add(turns, "java -version", Commands.tryOut(List.of(List.of(java(), "-version"))));
      addCommand(turns, "cofferdam, basic", "basic");
      addCommand(turns, "cofferdam, namespace", "namespace");
      for (Peer peer : Peers.sandboxes()) {
        Commands.add(turns, peer.label(), peer.tryOut(searchPath, new Place(TRUE, folder.path())));
      }
      series = turns.run(effort == Effort.QUICK ? 8 : 60, progress);
    }
    return new Section(
        id(), "From the shell, through the command", ABOUT, Section.Form.COMPARISON, "", series);
  }

  /** Of the virtual machine that runs this, which is the one that the start script finds. */
  private static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  private void addCommand(TakingTurns turns, String label, String isolation)
      throws InterruptedException {
    Path root = checkout.orElse(Path.of("."));
    List<String> command =
        List.of(
            root.resolve("cofferdam").toString(),
            "run",
            "--policy",
            root.resolve("examples/readonly.toml").toString(),
            "--isolation",
            isolation,
            "--",
            TRUE.toString());
    Path jar = root.resolve("cli/target/cofferdam.jar");
    if (checkout.isEmpty()) {
      turns.addMissing(label, command, "not in a checkout; start this by ./cofferdam bench");
    } else if (!Files.isReadable(jar)) {
      turns.addMissing(label, command, "no " + jar + "; ./cofferdam builds it");
    } else {
      Commands.add(turns, label, Commands.tryOut(List.of(command)));
    }
  }
}
