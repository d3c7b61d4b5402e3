package io.github.cofferdam.cli;

import io.github.cofferdam.bindings.NativeAccessException;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.UnsupportedPlatformException;
import java.io.File;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * Entry point.
 *
 * <p>Commands and options are declared through picocli's programmatic model: reading annotations
 * would take a third of the time that the command needs to start.
 */
public final class Main {
  private Main() {}

  /** Runs the command line and exits with its status. */
  public static void main(String[] args) {
    linkNativeCalls();
    useTemporaryDirectory(System.getenv("TMPDIR"));
    PrintWriter err = writer(FileDescriptor.err);
    String[] raw;
    try {
      raw = ProcessText.arguments(args);
    } catch (IOException e) {
      Messages.error(err, e);
      System.exit(Subcommand.FAILED);
      return;
    }
    int status = execute(raw, writer(FileDescriptor.out), err, true);
    Signals.end();
    System.exit(status);
  }

  /** Takes as long as reading the command line, and there is a processor left for it. */
  private static void linkNativeCalls() {
    Thread.ofPlatform()
        .daemon()
        .name("cofferdam-link")
        .start(() -> {
          try {
            Syscall.require();
          } catch (NativeAccessException | UnsupportedPlatformException e) {
            // Whoever makes the first call hears the same.
          }
        });
  }

  /** Ends this process as a signal does, with what there is to do at its end. */
  static void endBy(int signal) {
    System.exit(128 + signal);
  }

  /** As every command does; Java itself knows /tmp only, which a sandbox around may keep closed. */
  private static void useTemporaryDirectory(@Nullable String directory) {
    if (directory != null && directory.startsWith("/") && new File(directory).isDirectory()) {
      System.setProperty("java.io.tmpdir", directory);
    }
  }

  /** UTF-8 whatever the locale says, as policies and reports are. */
  private static PrintWriter writer(FileDescriptor descriptor) {
    return new PrintWriter(
        new OutputStreamWriter(new FileOutputStream(descriptor), StandardCharsets.UTF_8), true);
  }

  /** Runs a command line, in a process that goes on afterwards, and returns its status. */
  static int execute(String[] args, PrintWriter out, PrintWriter err) {
    return execute(args, out, err, false);
  }

  /**
   * Runs a command line and returns its status.
   *
   * @param ownProcess whether this process is there for it alone
   */
  private static int execute(String[] args, PrintWriter out, PrintWriter err, boolean ownProcess) {
    CommandLine commandLine = commandLine(args, ownProcess);
    try {
      if (args.length > 0 && args[0].equals(Generation.NAME)) {
        return Generation.execute(commandLine, args, out, err);
      }
      ParseResult parsed = commandLine.parseArgs(args);
      return execute(parsed, out, err);
    } catch (ParameterException e) {
      return explainUsage(e, err);
    } catch (Exception e) {
      Messages.error(err, e);
      return Subcommand.FAILED;
    } finally {
      out.flush();
      err.flush();
    }
  }

  /** All commands, in the order in which the help names them. */
  private static List<Subcommand> commands(boolean ownProcess) {
    return List.of(
        new RunCommand(ownProcess),
        new DoctorCommand(ownProcess),
        new PolicyCommand(),
        new SeccompCommand(),
        new BenchCommand(),
        new HelpCommand(),
        new VersionCommand());
  }

  private static CommandLine commandLine(String[] args, boolean ownProcess) {
    CommandSpec main = CommandSpec.create().name("cofferdam");
    main.usageMessage().description("Runs commands behind a wall that the Linux kernel builds.");
    Subcommand.addStandardOptions(main);
    for (Subcommand command : meant(args, commands(ownProcess))) {
      main.addSubcommand(command.name(), command.spec());
    }
    CommandLine line = new CommandLine(main).setExpandAtFiles(false).setStopAtPositional(true);
    for (CommandLine part : line.getSubcommands().values()) {
      if (part.getCommandSpec().userObject() instanceof Subcommand command
          && command.takesOptionsAfterArguments()) {
        part.setStopAtPositional(false);
      }
    }
    return line;
  }

  /** The one that is meant, where the first word says so: to declare all takes longer. */
  private static List<Subcommand> meant(String[] args, List<Subcommand> commands) {
    for (Subcommand command : commands) {
      // Help knows the others.
      if (args.length > 0 && command.name().equals(args[0]) && !(command instanceof HelpCommand)) {
        return List.of(command);
      }
    }
    return commands;
  }

  private static int execute(ParseResult parsed, PrintWriter out, PrintWriter err)
      throws Exception {
    ParseResult innermost = parsed;
    while (innermost.hasSubcommand() && !innermost.isUsageHelpRequested()) {
      innermost = innermost.subcommand();
    }
    if (parsed.isVersionHelpRequested()) {
      out.println("cofferdam " + version());
      return 0;
    }
    if (innermost.isUsageHelpRequested()) {
      innermost.commandSpec().commandLine().usage(out);
      return 0;
    }
    if (innermost.commandSpec().userObject() instanceof Subcommand command) {
      return command.execute(innermost, out, err);
    }
    innermost.commandSpec().commandLine().usage(err);
    return Subcommand.FAILED;
  }

  private static int explainUsage(ParameterException e, PrintWriter err) {
    Set<String> known = e.getCommandLine().getSubcommands().keySet();
    if (!known.isEmpty()
        && e instanceof CommandLine.UnmatchedArgumentException unmatched
        && !unmatched.getUnmatched().getFirst().startsWith("-")) {
      Messages.unknownCommand(err, unmatched.getUnmatched().getFirst(), known);
    } else {
      err.println("cofferdam: " + e.getMessage());
      CommandLine.UnmatchedArgumentException.printSuggestions(e, err);
    }
    err.println("Try '" + e.getCommandLine().getCommandSpec().qualifiedName() + " --help'.");
    return Subcommand.FAILED;
  }

  static String version() {
    String version = Main.class.getPackage().getImplementationVersion();
    return version == null ? "(development)" : version;
  }
}
