package io.github.cofferdam.policy;

import io.github.cofferdam.documents.Text;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Paths that a policy grants or blocks, as written: {@code ~} and relative paths are resolved when
 * a sandbox is made. One that is granted and ends in {@code ?} need not be there.
 *
 * @param readOnly files and trees that may be read
 * @param readExecute files and trees that may be read and executed
 * @param readWrite files and trees that may be read and changed
 * @param overlay directories that may be read and changed, and whose changes are gone when the run
 *     ends: the host's stay as they are; needs isolation namespace
 * @param blocked files and trees that stay closed, also inside a grant; patterns stand for what
 *     matches when a run begins
 * @param bindMounts files and trees that are seen at another path; needs isolation namespace
 * @param temporarySize how many bytes the command's own {@code /tmp} and {@code /dev/shm} can hold,
 *     together with what it writes to {@code overlay}, 1 GiB if empty; needs isolation namespace
 * @param temporaryRoot whether a root has to be made for the run, in which only what is granted is
 *     there; needs isolation namespace, and paths that may be read
 * @param create whether directories of {@code readWrite} that are not there are made before the run
 * @param gitWorktree whether the repository that the workspace is a working tree of may be written
 */
public record Filesystem(
    List<String> readOnly,
    List<String> readExecute,
    List<String> readWrite,
    List<String> overlay,
    List<String> blocked,
    List<Bind> bindMounts,
    OptionalLong temporarySize,
    boolean temporaryRoot,
    boolean create,
    boolean gitWorktree) {

  /** Nothing granted and nothing blocked beyond what the mode says. */
  public static final Filesystem DEFAULT =
      new Filesystem(List.of(), List.of(), List.of(), List.of());

  /**
   * A file or tree of the host that the command sees at another path, to be read and executed, or
   * read and changed.
   *
   * @param host where it is, as written
   * @param inside where the command sees it: absolute
   * @param writable whether it may be changed
   */
  public record Bind(String host, String inside, boolean writable) {
    /**
     * Checks.
     *
     * @throws IllegalArgumentException when a path has a wrong form
     */
    public Bind {
      host = PolicyPath.canonical(host);
      inside = PolicyPath.canonical(inside);
      PolicyPath.check(host);
      PolicyPath.check(inside);
      if (inside.charAt(0) != '/' || inside.equals("/")) {
        throw new IllegalArgumentException(
            "something can be bound to an absolute path other than / only, not to "
                + Text.quote(inside));
      }
    }

    /** The same, from paths as they are. */
    public Bind(Path host, Path inside, boolean writable) {
      this(text(host), text(inside), writable);
    }

    /**
     * {@return a bind from {@code HOST:INSIDE}, {@code HOST:INSIDE:ro} or {@code HOST:INSIDE:rw}}
     *
     * @throws IllegalArgumentException when it has another form
     */
    public static Bind parse(String text) {
      String[] parts = text.split(":", -1);
      boolean writable = parts.length == 3 && parts[2].equals("rw");
      if (parts.length != 2 && !writable && !(parts.length == 3 && parts[2].equals("ro"))) {
        throw new IllegalArgumentException(
            Text.quote(text)
                + " is not of the form HOST:INSIDE, HOST:INSIDE:ro or HOST:INSIDE:rw"
                + " (write a colon in a path as \\x3a)");
      }
      return new Bind(parts[0], parts[1], writable);
    }

    @Override
    public String toString() {
      return host + ":" + inside + (writable ? ":rw" : "");
    }
  }

  /**
   * Copies the lists.
   *
   * @throws IllegalArgumentException when a path is empty, has control characters, {@code ~user} or
   *     <code>${VAR}</code> in it, is a pattern in another list than {@code blocked}, or stands in
   *     two lists, when something is bound twice, when an overlay is {@code /} or is bound
   *     elsewhere in order to be changed, or the size is not above zero
   */
  public Filesystem {
    readOnly = canonical(readOnly);
    readExecute = canonical(readExecute);
    readWrite = canonical(readWrite);
    overlay = canonical(overlay);
    blocked = canonical(blocked);
    bindMounts = List.copyOf(bindMounts);
    Map<String, String> seen = new HashMap<>();
    add(seen, "read_only", readOnly);
    add(seen, "read_execute", readExecute);
    add(seen, "read_write", readWrite);
    overlay.forEach(Filesystem::checkOverlay);
    add(seen, "overlay", overlay);
    add(seen, "blocked", blocked);
    Set<String> bound = new HashSet<>();
    for (Bind bind : bindMounts) {
      if (!bound.add("from " + bind.host()) || !bound.add("to " + bind.inside())) {
        throw new IllegalArgumentException(boundTwice(bind));
      }
      refuseChanged(bind, overlay);
    }
    if (temporarySize.isPresent() && temporarySize.getAsLong() < 1) {
      throw new IllegalArgumentException("temporary_size must be above zero");
    }
  }

  /** Without anything bound, and with the usual size. */
  public Filesystem(
      List<String> readOnly,
      List<String> readExecute,
      List<String> readWrite,
      List<String> blocked) {
    this(
        readOnly,
        readExecute,
        readWrite,
        List.of(),
        blocked,
        List.of(),
        OptionalLong.empty(),
        false,
        false,
        false);
  }

  /**
   * {@return this with other paths that may be read}
   *
   * @throws IllegalArgumentException as the constructor
   */
  public Filesystem withReadOnly(List<String> paths) {
    var next = new Next(this);
    next.readOnly = paths;
    return next.filesystem();
  }

  /**
   * {@return this with other paths that may be read and executed}
   *
   * @throws IllegalArgumentException as the constructor
   */
  public Filesystem withReadExecute(List<String> paths) {
    var next = new Next(this);
    next.readExecute = paths;
    return next.filesystem();
  }

  /**
   * {@return this with other paths that may be read and changed}
   *
   * @throws IllegalArgumentException as the constructor
   */
  public Filesystem withReadWrite(List<String> paths) {
    var next = new Next(this);
    next.readWrite = paths;
    return next.filesystem();
  }

  /**
   * {@return this with other directories whose changes are gone when the run ends}
   *
   * @throws IllegalArgumentException as the constructor
   */
  public Filesystem withOverlay(List<String> paths) {
    var next = new Next(this);
    next.overlay = paths;
    return next.filesystem();
  }

  /**
   * {@return this with other paths and patterns that stay closed}
   *
   * @throws IllegalArgumentException as the constructor
   */
  public Filesystem withBlocked(List<String> paths) {
    var next = new Next(this);
    next.blocked = paths;
    return next.filesystem();
  }

  /**
   * {@return this with other paths seen elsewhere}
   *
   * @throws IllegalArgumentException as the constructor
   */
  public Filesystem withBindMounts(List<Bind> binds) {
    var next = new Next(this);
    next.bindMounts = binds;
    return next.filesystem();
  }

  /**
   * {@return this with another size of the command's own {@code /tmp} and {@code /dev/shm}}
   *
   * @param bytes above zero
   * @throws IllegalArgumentException when it is not
   */
  public Filesystem withTemporarySize(long bytes) {
    var next = new Next(this);
    next.temporarySize = OptionalLong.of(bytes);
    return next.filesystem();
  }

  /**
   * {@return this with or without a root that is made for the run, in which only what is granted is
   * there}
   */
  public Filesystem withTemporaryRoot(boolean made) {
    var next = new Next(this);
    next.temporaryRoot = made;
    return next.filesystem();
  }

  /** {@return this, by which directories that may be written are made if they are not there} */
  public Filesystem withCreate(boolean made) {
    var next = new Next(this);
    next.create = made;
    return next.filesystem();
  }

  /**
   * {@return this, by which the repository may be written or not that the workspace is a linked
   * working tree of}
   */
  public Filesystem withGitWorktree(boolean written) {
    var next = new Next(this);
    next.gitWorktree = written;
    return next.filesystem();
  }

  /**
   * {@return a text that stands for exactly this path, whatever bytes are in it}: as one may write
   * it in the lists of a policy, where {@code *}, {@code ?}, backslashes and a tilde at the
   * beginning have a meaning of their own
   */
  public static String text(Path path) {
    return PolicyPath.of(path);
  }

  /** A check that a path does not stand in another list than this one. */
  Consumer<String> notIn(String list) {
    Map<String, String> seen = new HashMap<>();
    readOnly.forEach(path -> seen.put(PolicyPath.granted(path), "read_only"));
    readExecute.forEach(path -> seen.put(PolicyPath.granted(path), "read_execute"));
    readWrite.forEach(path -> seen.put(PolicyPath.granted(path), "read_write"));
    overlay.forEach(path -> seen.put(PolicyPath.granted(path), "overlay"));
    blocked.forEach(path -> seen.put(path, "blocked"));
    boolean grants = !list.equals("blocked");
    return path -> {
      String other = seen.get(grants ? PolicyPath.granted(path) : path);
      if (other != null && !other.equals(list)) {
        throw new IllegalArgumentException(contradiction(path, other, list));
      }
    };
  }

  private static List<String> canonical(List<String> texts) {
    return texts.stream().map(PolicyPath::canonical).toList();
  }

  private static void add(Map<String, String> seen, String list, List<String> paths) {
    for (String path : paths) {
      String named = path;
      if (list.equals("blocked")) {
        PolicyPath.checkBlocked(path);
      } else {
        PolicyPath.checkGrant(path);
        named = PolicyPath.granted(path);
      }
      String other = seen.putIfAbsent(named, list);
      if (other != null && !other.equals(list)) {
        throw new IllegalArgumentException(contradiction(path, other, list));
      }
    }
  }

  /**
   * Checks the form of a directory whose changes are gone when the run ends.
   *
   * @throws IllegalArgumentException as {@link PolicyPath#checkGrant}, and for the root directory
   */
  static void checkOverlay(String path) {
    PolicyPath.checkGrant(path);
    if (PolicyPath.granted(path).equals("/")) {
      throw new IllegalArgumentException(
          "/ cannot be an overlay; name the directories in it that the command is to change");
    }
  }

  private static void refuseChanged(Bind bind, List<String> overlay) {
    for (String path : overlay) {
      if (bind.writable() && PolicyPath.granted(path).equals(bind.host())) {
        throw new IllegalArgumentException(boundAndOverlay(bind.host()));
      }
    }
  }

  /** {@return the message for an overlay that could be changed by another name} */
  public static String boundAndOverlay(String path) {
    return Text.quote(path)
        + " stands in overlay, by which the host's directory is never changed, and in bind_mounts,"
        + " by which it could be";
  }

  /** {@return the message for a path that stands in two lists} */
  public static String contradiction(String path, String first, String second) {
    return Text.quote(path)
        + " stands in both "
        + first
        + " and "
        + second
        + "; a path can be in one list only";
  }

  /** {@return the message for a path of the host, or one inside, that is bound twice} */
  static String boundTwice(Bind bind) {
    return "something else is bound from " + bind.host() + " or to " + bind.inside() + " already";
  }

  /** {@return whether some of the paths begin in the workspace} */
  public boolean hasRelativePaths() {
    return Stream.of(
            readOnly,
            readExecute,
            readWrite,
            overlay,
            blocked,
            bindMounts.stream().map(Bind::host).toList())
        .flatMap(List::stream)
        .anyMatch(PolicyPath::isRelative);
  }

  /** One that is to be, whose parts have names: in a row, one is taken for another. */
  private static final class Next {
    private List<String> readOnly;
    private List<String> readExecute;
    private List<String> readWrite;
    private List<String> overlay;
    private List<String> blocked;
    private List<Bind> bindMounts;
    private OptionalLong temporarySize;
    private boolean temporaryRoot;
    private boolean create;
    private boolean gitWorktree;

    Next(Filesystem from) {
      readOnly = from.readOnly;
      readExecute = from.readExecute;
      readWrite = from.readWrite;
      overlay = from.overlay;
      blocked = from.blocked;
      bindMounts = from.bindMounts;
      temporarySize = from.temporarySize;
      temporaryRoot = from.temporaryRoot;
      create = from.create;
      gitWorktree = from.gitWorktree;
    }

    Filesystem filesystem() {
      return new Filesystem(
          readOnly,
          readExecute,
          readWrite,
          overlay,
          blocked,
          bindMounts,
          temporarySize,
          temporaryRoot,
          create,
          gitWorktree);
    }
  }
}
