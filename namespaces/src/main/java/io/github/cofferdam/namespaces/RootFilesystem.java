package io.github.cofferdam.namespaces;

import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.namespaces.RootParts.Base;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The files that a sandbox sees: an immutable value that becomes a program for the first process of
 * its process-id namespace, which needs a mount namespace of its own, too.
 *
 * {@snippet lang="java" :
 * RootFilesystem root =
 *     RootFilesystem.empty()
 *         .bind(BindMount.readOnly(Path.of("/usr"), Path.of("/usr")))
 *         .bind(BindMount.writable(Path.of("/home/me/work"), Path.of("/work")))
 *         .link(Path.of("/bin"), "usr/bin")
 *         .size(64L << 20)
 *         .build();
 * LaunchPlan.of("/bin/sh", List.of("sh"))
 *     .supervision(Supervision.PID_NAMESPACE)
 *     .launcherSteps(namespaces.launcherProgram())
 *     .initSteps(root.program());
 * }
 *
 * <p>Whatever it begins with, the sandbox's {@code /proc} shows its own processes only; it cannot
 * be written to, or in an {@linkplain #unchanged} root not where it stands for the sandbox's init.
 * {@link #empty} and {@link #host} also have
 *
 * <ul>
 *   <li>a {@code /tmp} and a {@code /dev/shm} of their own, in memory, with a common {@linkplain
 *       Builder#size limit};
 *   <li>a {@code /dev} with null, zero, full, random, urandom and pseudo-terminals of its own;
 *   <li>no mount on which set-user-id programs or devices work, those in {@code /dev} aside;
 *   <li>no way for mounts to pass between host and sandbox.
 * </ul>
 */
public final class RootFilesystem {
  private static final long DEFAULT_SIZE = 1L << 30;

  private final RootParts parts;

  private RootFilesystem(RootParts parts) {
    this.parts = parts;
  }

  /** {@return a builder of a root in which only what is bound exists} */
  public static Builder empty() {
    return new Builder(Base.EMPTY);
  }

  /**
   * {@return a builder of a root in which the host's files are there to be read} Its {@code /tmp},
   * {@code /dev} and {@code /proc} are replaced; what is bound as writable can be changed.
   */
  public static Builder host() {
    return new Builder(Base.HOST);
  }

  /**
   * {@return a builder of a root that is the host's, but for {@code /proc} and what is blocked}
   * Nothing can be bound there.
   */
  public static Builder unchanged() {
    return new Builder(Base.UNCHANGED);
  }

  /**
   * {@return what this comes to on this host as it is now: what the first process of the sandbox
   * does, and what is closed by it}
   */
  public RootPlan plan() {
    return plan(MountApi.ofHost());
  }

  /** {@return what the first process of the sandbox does before anything else runs there} */
  public SetupProgram program() {
    return plan().program();
  }

  SetupProgram program(MountApi api) {
    return plan(api).program();
  }

  private RootPlan plan(MountApi api) {
    return new RootPlan(parts, RootLayout.of(parts), api);
  }

  /** The values of this. */
  RootParts parts() {
    return parts;
  }

  @Override
  @SuppressWarnings("exports") // jspecify's annotations, which nobody needs to compile.
  public boolean equals(@Nullable Object other) {
    return other instanceof RootFilesystem root && parts.equals(root.parts);
  }

  @Override
  public int hashCode() {
    return parts.hashCode();
  }

  /** Collects what a root has. */
  public static final class Builder {
    private final Base base;
    private final List<BindMount> binds = new ArrayList<>();
    private final Map<Path, String> links = new LinkedHashMap<>();
    private final List<Path> blocked = new ArrayList<>();
    private boolean writable;
    private boolean executable = true;
    private boolean terminal;
    private long size = DEFAULT_SIZE;

    private Builder(Base base) {
      this.base = base;
    }

    /**
     * Binds a file or tree of the host. One that is bound beneath another is there in its place,
     * and decides for itself whether it can be changed; if so, or if what it is bound to can be, no
     * directory above that could be changed can be renamed. In {@link #empty} directories and mount
     * points are made as needed, elsewhere only in {@code /tmp} and {@code /dev}: the launch fails
     * where there is none. What is written to an {@linkplain BindMount#overlay overlay} counts for
     * the {@linkplain #size limit}.
     *
     * @throws IllegalArgumentException if something else is bound there, or it is in {@code /proc}
     */
    public Builder bind(BindMount bind) {
      requireOwn("nothing can be bound");
      if (bind.inside().startsWith(SystemPaths.PROCESSES)
          || bind.inside().equals(SystemPaths.DEVICES)) {
        throw new IllegalArgumentException(bind.inside() + " is the sandbox's own: " + bind);
      }
      for (BindMount other : binds) {
        if (other.inside().equals(bind.inside()) && !other.equals(bind)) {
          throw new IllegalArgumentException(
              "both " + other + " and " + bind + " are bound to " + bind.inside());
        }
      }
      binds.add(bind);
      return this;
    }

    /**
     * Makes a symbolic link in an empty root, such as {@code /bin} to {@code usr/bin}.
     *
     * @param inside where it is in the sandbox
     * @param target what it holds
     * @throws IllegalArgumentException if the path is not absolute and normal, or the root is not
     *     empty
     */
    public Builder link(Path inside, String target) {
      BindMount.require(inside);
      if (base != Base.EMPTY) {
        throw new IllegalArgumentException("links are made in an empty root only: " + inside);
      }
      links.put(inside, target);
      return this;
    }

    /**
     * Closes a file or tree of the host, wherever the sandbox would see it: by this name, by
     * another that a mount gives it, or beneath a bind; also what the sandbox has of its own by
     * that name. What is bound beneath it to its own path can be used there: the deepest path
     * decides. The directories above cannot be renamed. {@link RootFilesystem#plan} says what could
     * not be closed. What does not exist is not closed.
     *
     * @param source absolute, without symbolic links
     * @throws IllegalArgumentException if the path is not absolute and normal
     */
    public Builder block(Path source) {
      BindMount.require(source);
      blocked.add(source);
      return this;
    }

    /**
     * Sets how many bytes {@code /tmp}, {@code /dev/shm} and what is written to overlays can hold
     * together; 1 GiB if not.
     *
     * @throws IllegalArgumentException if it is less than 1
     */
    public Builder size(long bytes) {
      if (bytes < 1) {
        throw new IllegalArgumentException("not a size: " + bytes);
      }
      size = bytes;
      return this;
    }

    /**
     * Has everything writable that the host's user may write, of {@link #host}.
     *
     * @throws IllegalArgumentException if the root is {@link RootFilesystem#unchanged}
     */
    public Builder writable(boolean value) {
      requireOwn("it is writable");
      writable = value;
      return this;
    }

    /**
     * Has programs of {@link #host} run only where something is bound on which they may.
     *
     * @throws IllegalArgumentException if the root is {@link RootFilesystem#unchanged}
     */
    public Builder executable(boolean value) {
      requireOwn("it is executable");
      executable = value;
      return this;
    }

    /**
     * Gives it {@code /dev/tty}, for a session with a controlling terminal.
     *
     * @throws IllegalArgumentException if the root is {@link RootFilesystem#unchanged}
     */
    public Builder terminal(boolean value) {
      requireOwn("it has the host's /dev");
      terminal = value;
      return this;
    }

    private void requireOwn(String what) {
      if (base == Base.UNCHANGED) {
        throw new IllegalArgumentException("the root is the host's: " + what);
      }
    }

    /** {@return the root} */
    public RootFilesystem build() {
      return new RootFilesystem(
          new RootParts(base, writable, executable, terminal, size, binds, links, blocked));
    }
  }
}
