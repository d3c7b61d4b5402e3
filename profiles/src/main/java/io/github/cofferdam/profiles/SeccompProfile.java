package io.github.cofferdam.profiles;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.KernelVersion;
import io.github.cofferdam.documents.DocumentException;
import io.github.cofferdam.seccomp.Action;
import io.github.cofferdam.seccomp.BpfProgram;
import io.github.cofferdam.seccomp.SeccompFilter;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A seccomp profile that was read from a file: an immutable value, from which filters for several
 * architectures and circumstances can be made.
 *
 * <p>Three forms are read, told apart by what is in the file:
 *
 * <ul>
 *   <li>the OCI's JSON, as runc, Docker and podman use it: {@code {"defaultAction":
 *       "SCMP_ACT_ERRNO", "archMap": [...], "syscalls": [...]}};
 *   <li>a JSON object {@code {"profiles": {"name": {...}, ...}}} of several such profiles, in which
 *       actions and operators may be written without their prefix;
 *   <li>TOML, with a table {@code [seccomp]}, see below.
 * </ul>
 *
 * {@snippet lang=toml :
 * [seccomp]
 * default = "errno(EPERM)"     # allow, log, errno(NAME or number), trace(number), notify, trap,
 *                              # kill_thread, kill_process: for calls without a rule
 * newer = "errno(ENOSYS)"      # calls that are newer than the profile; this if missing
 * newest = "landlock_create_ruleset"  # the newest call that the profile's writer knew; if missing,
 *                              # all that this version knows
 * foreign_arch = "kill_process" # calls of other architectures; this if missing
 * arches = ["x86_64", "i386"]  # if missing, this machine's
 * allow = ["read", "write", "@memory"]  # @ begins the name of a SyscallSet
 *
 * [[seccomp.rules]]
 * syscalls = ["ioctl"]
 * when = ["(int) arg1 == 0x5412"]  # all must hold; [(int)] argN [& MASK] OP VALUE, where OP is
 *                              # == != < <= > >= or in [VALUE, ...]; with &&, ||, !(...)
 * action = "errno(EPERM)"
 * }
 *
 * <p>{@code (int)} compares the lower 32 bits, as a call reads them that takes an {@code int};
 * without it all 64 are compared. The text is what {@link SeccompFilter#explain} prints.
 *
 * <p>Entries have no order. Where two of them say different things for the same arguments of a
 * call, that is an error which names both. Only of two that are for all arguments the stricter one
 * holds, and {@link #warnings} names them: podman's own profile has such a pair. libseccomp is
 * laxer: what is said first for all arguments silences the rest.
 *
 * <p>Of JSON, container engines decide what is not said there, and this does as they do: an entry
 * applies if all of {@code includes} and nothing of {@code excludes} is so; names that no
 * architecture has are passed over, with a warning; arguments are compared as 64 bits; numbers
 * above the highest one that the profile names fail with ENOSYS, unless its default is to allow, to
 * log or to trace. Where engines are lax, this is strict: calls of other architectures end the
 * process; numbers that no table names fail with ENOSYS under a default of allow as well; and of
 * two conditions on one argument in one entry, which runc and crun take for alternatives, both must
 * hold for what is more lenient than the default.
 *
 * @see <a href="https://github.com/opencontainers/runtime-spec/blob/main/config-linux.md#seccomp">
 *     runtime-spec</a>
 */
public final class SeccompProfile {
  final String source;
  final Action defaultAction;
  final List<ProfileEntry> entries;

  /** By the machine's architecture, which is the first, the others that it runs. */
  final List<List<String>> archMap;

  final List<Arch> arches;

  /** Actions of what no entry is about, and the newest call that the writer knew. */
  final Newer newer;

  final Action foreignArch;
  final List<String> flags;
  final List<String> remarks;

  /**
   * What is newer than the profile.
   *
   * @param action what happens to it
   * @param newest the newest known call; empty for all that the table has
   * @param byNames whether the call with the highest number that an entry names is the newest one
   */
  record Newer(Action action, Optional<String> newest, boolean byNames) {
    /** As runc does it. */
    static final Newer BY_NAMES = new Newer(Action.errno(Errno.ENOSYS), Optional.empty(), true);
  }

  SeccompProfile(
      String source,
      Action defaultAction,
      List<ProfileEntry> entries,
      List<List<String>> archMap,
      List<Arch> arches,
      Newer newer,
      Action foreignArch,
      List<String> flags,
      List<String> remarks) {
    this.source = source;
    this.defaultAction = defaultAction;
    this.entries = List.copyOf(entries);
    this.archMap = List.copyOf(archMap);
    this.arches = List.copyOf(arches);
    this.newer = newer;
    this.foreignArch = foreignArch;
    this.flags = List.copyOf(flags);
    this.remarks = List.copyOf(remarks);
  }

  /**
   * For whom a filter is made.
   *
   * @param arches whose calls; empty for this machine's and those others that the profile names
   *     with it. The first counts as the machine's, or {@link Arch#X86_64} where it is among them
   * @param capabilities those that the process may have, such as {@code CAP_SYS_ADMIN}
   * @param kernel the version, such as {@code 6.12}
   * @param newerFails whether calls that are newer than a JSON profile fail with ENOSYS; else they
   *     get its default action
   */
  public record Selection(
      List<Arch> arches, Set<String> capabilities, String kernel, boolean newerFails) {
    /**
     * Checks and copies.
     *
     * @throws IllegalArgumentException if the kernel's version does not begin with two numbers
     */
    public Selection {
      arches = List.copyOf(arches);
      capabilities = Set.copyOf(capabilities);
      var _ = KernelVersion.parse(kernel);
    }

    /** {@return this machine, its kernel, and a process without capabilities} */
    public static Selection host() {
      return new Selection(List.of(), Set.of(), System.getProperty("os.version", "0.0"), true);
    }

    /** {@return the same for calls of some architectures} */
    public Selection forArches(Arch... some) {
      return new Selection(List.of(some), capabilities, kernel, newerFails);
    }

    /** {@return the same for a process that may have some capabilities} */
    public Selection withCapabilities(Collection<String> some) {
      return new Selection(arches, new TreeSet<>(some), kernel, newerFails);
    }

    /** {@return the same for another kernel} */
    public Selection onKernel(String version) {
      return new Selection(arches, capabilities, version, newerFails);
    }
  }

  /**
   * {@return the one profile of a file}
   *
   * @throws ProfileException if the file cannot be read, is not a profile, or has several
   */
  public static SeccompProfile load(Path file) throws ProfileException {
    return load(file, null);
  }

  /**
   * {@return a profile of a file}
   *
   * @param name which one, where the file has several; null for the only one
   * @throws ProfileException if the file cannot be read, is not a profile, or has none of that name
   */
  @SuppressWarnings("exports") // jspecify's annotations, which nobody needs to compile.
  public static SeccompProfile load(Path file, @Nullable String name) throws ProfileException {
    try {
      return ProfileFile.read(file).profile(name);
    } catch (DocumentException e) {
      throw new ProfileException(e);
    }
  }

  /**
   * {@return the program that a file says: a compiled one as it is, a profile's compiled}
   *
   * @param name which profile, where the file has several; null for the only one
   * @param selection for whom a profile is compiled
   * @throws ProfileException if the file cannot be read, or is neither
   */
  @SuppressWarnings("exports") // jspecify's annotations, which nobody needs to compile.
  public static BpfProgram program(Path file, @Nullable String name, Selection selection)
      throws ProfileException {
    try {
      ProfileFile read = ProfileFile.read(file);
      return read.isProgram() ? read.program() : read.profile(name).filter(selection).program();
    } catch (DocumentException e) {
      throw new ProfileException(e);
    }
  }

  /**
   * {@return the one profile of a text}
   *
   * @param source what messages call it
   * @throws ProfileException if it is not a profile, or several
   */
  public static SeccompProfile parse(String text, String source) throws ProfileException {
    try {
      return ProfileFile.profile(text, source, null);
    } catch (DocumentException e) {
      throw new ProfileException(e);
    }
  }

  /**
   * {@return a filter as a profile}, to be written
   *
   * @throws IllegalArgumentException if a profile cannot say what the filter says; the message
   *     names the rule
   */
  public static SeccompProfile of(SeccompFilter filter) {
    return ProfileFromFilter.of(filter);
  }

  /**
   * {@return the filter for this machine and a process without capabilities}
   *
   * @throws ProfileException as {@link #filter(Selection)}
   */
  public SeccompFilter filter() throws ProfileException {
    return filter(Selection.host());
  }

  /**
   * {@return the filter}
   *
   * @throws ProfileException if entries contradict each other, a condition can never hold, a way
   *     around a rule is left open, or the program would be too long
   */
  public SeccompFilter filter(Selection selection) throws ProfileException {
    return compile(selection).filter();
  }

  /**
   * {@return what a person should know about the profile, although it can be used: what of it is
   * passed over, and where it does not do what it seems to}; with places, in no particular order
   *
   * @throws ProfileException as {@link #filter(Selection)}
   */
  public List<String> warnings(Selection selection) throws ProfileException {
    return compile(selection).warnings();
  }

  private ProfileCompiler.Compiled compile(Selection selection) throws ProfileException {
    try {
      return new ProfileCompiler(this, selection).compiled();
    } catch (DocumentException e) {
      throw new ProfileException(e);
    }
  }

  /** {@return what happens to system calls without an entry} */
  public Action defaultAction() {
    return defaultAction;
  }

  /**
   * {@return the flags that the filter should be installed with: {@code SECCOMP_FILTER_FLAG_*}}.
   * The filter itself does not know them.
   */
  public List<String> flags() {
    return flags;
  }

  /**
   * {@return the profile as JSON of the OCI}
   *
   * @throws IllegalArgumentException if that form cannot say what the profile says
   */
  public String toOci() {
    return new OciWriter(this).write();
  }
}
