package io.github.cofferdam.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import picocli.CommandLine;

/**
 * {@code cofferdam generate}, which no help names: manual pages and completions, from the commands
 * as they are. It is for who packs the command, and no class of it is loaded at any other start.
 */
final class Generation {
  /** The word that selects it. */
  static final String NAME = "generate";

  /** Each with its place below the directory {@code share} of a prefix. */
  private enum Shell {
    BASH("bash-completion/completions/cofferdam"),
    ZSH("zsh/site-functions/_cofferdam"),
    FISH("fish/vendor_completions.d/cofferdam.fish");

    private final String place;

    Shell(String place) {
      this.place = place;
    }

    String script(List<CommandPage> pages) {
      return switch (this) {
        case BASH -> BashCompletion.of(pages);
        case ZSH -> ZshCompletion.of(pages);
        case FISH -> FishCompletion.of(pages);
      };
    }
  }

  private Generation() {}

  /**
   * Does what the words behind the name say.
   *
   * @return the exit status
   */
  static int execute(CommandLine line, String[] args, PrintWriter out, PrintWriter err)
      throws IOException {
    List<CommandPage> pages = CommandPage.all(line);
    if (args.length == 3 && args[1].equals("completion")) {
      for (Shell shell : Shell.values()) {
        if (shell.name().toLowerCase(Locale.ROOT).equals(args[2])) {
          out.print(shell.script(pages));
          return 0;
        }
      }
    } else if (args.length == 3 && args[1].equals("share")) {
      write(pages, Path.of(args[2]));
      return 0;
    }
    err.println("Usage: cofferdam generate completion bash|zsh|fish");
    err.println("       cofferdam generate share DIR");
    return Subcommand.FAILED;
  }

  private static void write(List<CommandPage> pages, Path share) throws IOException {
    for (CommandPage page : pages) {
      write(
          share.resolve("man/man1").resolve(ManPage.fileName(page)),
          ManPage.of(page, pages, Main.version()));
    }
    for (Shell shell : Shell.values()) {
      write(share.resolve(shell.place), shell.script(pages));
    }
  }

  private static void write(Path file, String text) throws IOException {
    Files.createDirectories(Objects.requireNonNull(file.getParent()));
    Files.writeString(file, text);
  }
}
