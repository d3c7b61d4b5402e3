package io.github.cofferdam.sandbox;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.FileStatus;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.confinement.FileGrants;
import io.github.cofferdam.documents.Text;
import io.github.cofferdam.launcher.ExecutableSearch;
import io.github.cofferdam.launcher.Stdio;
import io.github.cofferdam.launcher.StdioSet;
import io.github.cofferdam.policy.OwnEnvironment;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Starts commands in a {@link Sandbox}, with the methods of {@link ProcessBuilder} and what they
 * mean there, so that code written for that class changes one line:
 *
 * {@snippet :
 * Process process =
 *     sandbox.processBuilder("git", "log") // was: new ProcessBuilder("git", "log")
 *         .directory(checkout)
 *         .redirectErrorStream(true)
 *         .redirectOutput(Redirect.appendTo(log))
 *         .start();
 * }
 *
 * <p>Both were compared in some three hundred situations (ProcessDifferenceTest). What differs:
 *
 * <ul>
 *   <li>Variables that the command gets besides: TMPDIR, since its directory for temporary files
 *       may be its own, and PWD, since what this process has is about this process. Not where
 *       {@link #environment} was emptied, nor where they were put there or removed.
 *   <li>Text that this process's locale cannot express: it reaches the command as the bytes that it
 *       stands for, or as UTF-8, and not as question marks, which may name something else.
 *   <li>A NUL in the working directory's name: refused, as everywhere else; the JDK cuts the name
 *       there, and what is left is another directory.
 *   <li>When files for redirects are opened: when it is known that the command may run and that
 *       there is such a program. A refused run must not empty a file.
 *   <li>The end of the command: it is the end of its tree. What it left running is killed, and only
 *       then is its process no longer alive: nothing outlives its sandbox.
 *   <li>The command's session: its own, without a terminal; it could type into this process's.
 *   <li>The command's parent: its supervisor, which is a child of this process and looks after the
 *       tree.
 *   <li>Orphans: they are among {@link SandboxProcess#descendants}, since they will end with the
 *       command; the handle's are those of the JDK.
 *   <li>A process that had ended before anybody asked for its number: it has its supervisor's,
 *       since in a process-id namespace nobody can say any more which was its own here, and a
 *       handle with which the JDK's do not compare, since that has none for what is gone.
 * </ul>
 *
 * <p>What a policy decides, or a wall needs, is not there to be compared:
 *
 * <ul>
 *   <li>Of {@link #environment}, what is as this process has it is what the policy's [environment]
 *       works on, at {@link #start}. What this program put or changed arrives as it is; where the
 *       policy blocks it, or sets it to another value, the command is refused. A PATH that the
 *       policy sets is also where the program is looked for.
 *   <li>Files for redirects are opened by this process, with this process's rights, before the
 *       command is confined. The command can use exactly these, however little the policy grants.
 *       One is refused if a link that lies where the command may write leads elsewhere, or if it is
 *       a named pipe there.
 *   <li>A command that is root has no capabilities: it may not enter a directory whose mode keeps
 *       its owner out. New files have a mode that lets nobody else write (a mask of at least 022).
 *   <li>With isolation namespace, the command has numbers of its own for itself and what it starts.
 *   <li>At the policy's deadline the exit value is 124. If somebody kills the supervisor, nobody
 *       knows how the command ended: the exit value is 137 then, that of the supervisor.
 *   <li>Where nothing was run, the exception is a {@link SandboxException}, an {@link IOException}
 *       of which the kind and {@link SandboxException#reason} say more than the message does.
 * </ul>
 *
 * <p>{@link SandboxCommand} has what {@link ProcessBuilder} does not know: descriptors, output that
 * is kept, outcomes. Not safe for use by several threads at once.
 */
public final class SandboxProcessBuilder {
  private final Sandbox sandbox;
  private List<String> command;
  private @Nullable BuilderEnvironment environment;
  private @Nullable File directory;
  private Redirect input = Redirect.PIPE;
  private Redirect output = Redirect.PIPE;
  private Redirect error = Redirect.PIPE;
  private boolean merged;

  SandboxProcessBuilder(Sandbox sandbox, List<String> command) {
    this.sandbox = sandbox;
    this.command = Objects.requireNonNull(command);
  }

  /** Sets the program and its arguments; the list is not copied. */
  public SandboxProcessBuilder command(List<String> argv) {
    command = Objects.requireNonNull(argv);
    return this;
  }

  /** Sets the program and its arguments. */
  public SandboxProcessBuilder command(String... argv) {
    return command(new ArrayList<>(Arrays.asList(argv)));
  }

  /** {@return the program and its arguments}; changes to the list count. */
  public List<String> command() {
    return command;
  }

  /**
   * {@return the command's environment}; it starts as this process's own, of which the policy's
   * [environment] lets less pass, and changes count. When it was emptied, the command gets what was
   * put there then and nothing else. It refuses what {@link ProcessBuilder#environment} refuses.
   */
  public Map<String, String> environment() {
    if (environment == null) {
      environment = new BuilderEnvironment();
    }
    return environment;
  }

  /** {@return the working directory; null for this process's own} */
  @SuppressWarnings("exports") // jspecify's annotations, which nobody needs to compile.
  public @Nullable File directory() {
    return directory;
  }

  /** Sets the working directory; null for this process's own. It is the default workspace too. */
  @SuppressWarnings("exports") // jspecify's annotations, which nobody needs to compile.
  public SandboxProcessBuilder directory(@Nullable File path) {
    directory = path;
    return this;
  }

  /**
   * Sets where standard input comes from.
   *
   * @throws IllegalArgumentException if the redirect is for writing
   */
  public SandboxProcessBuilder redirectInput(Redirect source) {
    if (source.type() == Redirect.Type.WRITE || source.type() == Redirect.Type.APPEND) {
      throw new IllegalArgumentException("Redirect invalid for reading: " + source);
    }
    input = source;
    return this;
  }

  /**
   * Sets where standard output goes.
   *
   * @throws IllegalArgumentException if the redirect is for reading
   */
  public SandboxProcessBuilder redirectOutput(Redirect destination) {
    output = writable(destination);
    return this;
  }

  /**
   * Sets where standard error goes, unless {@link #redirectErrorStream()}.
   *
   * @throws IllegalArgumentException if the redirect is for reading
   */
  public SandboxProcessBuilder redirectError(Redirect destination) {
    error = writable(destination);
    return this;
  }

  private static Redirect writable(Redirect destination) {
    if (destination.type() == Redirect.Type.READ) {
      throw new IllegalArgumentException("Redirect invalid for writing: " + destination);
    }
    return destination;
  }

  /** Takes standard input from a file. */
  public SandboxProcessBuilder redirectInput(File file) {
    return redirectInput(Redirect.from(file));
  }

  /** Sends standard output to a file, which is emptied first. */
  public SandboxProcessBuilder redirectOutput(File file) {
    return redirectOutput(Redirect.to(file));
  }

  /** Sends standard error to a file, which is emptied first. */
  public SandboxProcessBuilder redirectError(File file) {
    return redirectError(Redirect.to(file));
  }

  /** {@return where standard input comes from} */
  public Redirect redirectInput() {
    return input;
  }

  /** {@return where standard output goes} */
  public Redirect redirectOutput() {
    return output;
  }

  /** {@return where standard error goes, unless {@link #redirectErrorStream()}} */
  public Redirect redirectError() {
    return error;
  }

  /** Uses this process's own standard streams. */
  public SandboxProcessBuilder inheritIO() {
    return redirectInput(Redirect.INHERIT)
        .redirectOutput(Redirect.INHERIT)
        .redirectError(Redirect.INHERIT);
  }

  /** {@return whether standard error follows standard output} */
  public boolean redirectErrorStream() {
    return merged;
  }

  /** Sets whether standard error follows standard output. */
  public SandboxProcessBuilder redirectErrorStream(boolean follows) {
    merged = follows;
    return this;
  }

  /**
   * Starts the command.
   *
   * @throws SandboxException if it was not run; the message begins as {@link ProcessBuilder#start}
   *     begins it, and the kind says why
   * @throws IOException if a file of a redirect cannot be opened, an argument holds a NUL
   *     character, or this process's own resources do not suffice
   * @throws IndexOutOfBoundsException if the command is empty
   * @throws NullPointerException if an argument is null
   */
  public SandboxProcess start() throws IOException {
    return start(Optional.empty(), Optional.empty());
  }

  /**
   * Starts the command between others.
   *
   * @param before what it reads instead of its own input
   * @param after where it writes instead of its own output
   */
  SandboxProcess start(Optional<Stdio> before, Optional<Stdio> after) throws IOException {
    String[] argv = command.toArray(new String[0]);
    for (String argument : argv) {
      Objects.requireNonNull(argument);
    }
    String program = argv[0];
    for (String argument : argv) {
      if (argument.indexOf('\0') >= 0) {
        throw new IOException("invalid null character in command");
      }
    }
    try (var files = new RedirectFiles()) {
      SandboxCommand prepared = sandbox.command(argv).directory(workingDirectory());
      prepared.searchPath(searchPath());
      if (environment != null) {
        prepared.added(environment::allows);
        passOn(environment, prepared);
      }
      return prepared.start(grants -> streams(files, grants, before, after));
    } catch (SandboxException e) {
      throw explained(e, program);
    } catch (IOException | IllegalArgumentException e) {
      throw new IOException(cannotRun(program) + Text.of(e), e);
    }
  }

  /** This process's, as with ProcessBuilder, whatever PATH the command will have. */
  private static String searchPath() {
    return ExecutableSearch.path(OwnEnvironment.variables());
  }

  /**
   * {@return where the command begins}
   *
   * @throws NotExecutedException with what chdir(2) says, if it cannot
   */
  private Path workingDirectory() throws NotExecutedException {
    if (directory == null) {
      return Path.of("");
    }
    String text = directory.getPath();
    Path path = OsText.path(text);
    try {
      if (!text.isEmpty()) {
        // Of what is in it, so that it must be a directory that can be searched.
        FileStatus.require(path.resolve("."));
        return path;
      }
    } catch (KernelException e) {
      throw notThere(text, e.errno());
    }
    throw notThere(text, Errno.ENOENT);
  }

  private static NotExecutedException notThere(String directory, Errno why) {
    return new NotExecutedException(
        "the working directory " + OsText.show(directory) + ": " + why.text(), why);
  }

  private StdioSet streams(
      RedirectFiles files, FileGrants grants, Optional<Stdio> before, Optional<Stdio> after)
      throws IOException {
    Stdio in = before.isPresent() ? before.get() : files.open("standard input", input, grants);
    Stdio out = after.isPresent() ? after.get() : files.open("standard output", output, grants);
    if (!merged) {
      return new StdioSet(in, out, Optional.of(files.open("standard error", error, grants)));
    }
    if (error.file() != null) {
      // It is made, or emptied, and stays so.
      files.open("standard error", error, grants);
    }
    return new StdioSet(in, out, Optional.empty());
  }

  /**
   * Starts commands of which each reads what the one before it writes, as {@link
   * ProcessBuilder#startPipeline} does. They may be of several sandboxes.
   *
   * @return the processes, in the same order. Between them, there is nothing to write to and
   *     nothing to read from
   * @throws IllegalArgumentException if the input of any but the first, or the output of any but
   *     the last, is no {@link Redirect#PIPE}
   * @throws IOException as {@link #start}; those that run already are ended then
   */
  public static List<Process> startPipeline(List<SandboxProcessBuilder> builders)
      throws IOException {
    return Pipeline.start(builders);
  }

  /** Apart from what this process has itself, what stands there is what somebody has put there. */
  private static void passOn(Map<String, String> environment, SandboxCommand command) {
    Map<String, String> inherited = new HashMap<>();
    Map<String, String> own = new HashMap<>();
    for (Map.Entry<String, String> entry : environment.entrySet()) {
      boolean same = entry.getValue().equals(System.getenv(entry.getKey()));
      (same ? inherited : own).put(entry.getKey(), entry.getValue());
    }
    command.parentEnvironment(OwnEnvironment.restored(inherited)).environment(own);
  }

  private String cannotRun(String program) {
    return "Cannot run program \""
        + program
        + "\""
        + (directory == null ? "" : " (in directory \"" + directory + "\")")
        + ": ";
  }

  private SandboxException explained(SandboxException e, String program) {
    String cannotRun = cannotRun(program);
    return switch (e) {
      case NotExecutedException not -> {
        Path from = OsText.path(directory == null ? "" : directory.getPath());
        Errno errno = ExecAnswer.of(not.errno(), program, from, searchPath());
        // Letter by letter: there is code that looks for the number.
        yield new NotExecutedException(
            cannotRun + "Exec failed, error: " + errno.number() + " (" + errno.text() + ") ", not);
      }
      case RefusedException refused -> new RefusedException(cannotRun + refused.reason(), refused);
      case SetupFailedException failed ->
          new SetupFailedException(cannotRun + failed.reason(), failed);
    };
  }
}
