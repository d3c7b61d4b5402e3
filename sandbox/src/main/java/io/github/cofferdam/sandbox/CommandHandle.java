package io.github.cofferdam.sandbox;

import io.github.cofferdam.launcher.Launched;
import org.jspecify.annotations.Nullable;

/**
 * The command of a run as a {@link ProcessHandle}: the JDK's own for it, so that it equals and
 * compares with every other. It is looked for when somebody asks for it, since most never do, and
 * is the same one from then on.
 *
 * <p>Whoever kills the command by it ends the run in order: the supervisor sees that, ends what the
 * command has left and says how it ended. A handle of the supervisor would do neither.
 */
final class CommandHandle {
  private final SandboxProcess process;
  private final Launched launched;
  private @Nullable ProcessHandle found;

  CommandHandle(SandboxProcess process, Launched launched) {
    this.process = process;
    this.launched = launched;
  }

  synchronized ProcessHandle get() {
    ProcessHandle handle = found;
    if (handle == null) {
      // As long as nobody has waited for the supervisor, its number is nobody else's.
      handle =
          ProcessTree.command(launched.pid(), launched.commandPid())
              .filter(command -> !launched.ended())
              .orElseGet(() -> new EndedProcessHandle(process, launched.pid()));
      found = handle;
    }
    return handle;
  }
}
