package io.github.cofferdam.confinement;

import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.landlock.FsRight;
import io.github.cofferdam.namespaces.BindMount;
import io.github.cofferdam.policy.Filesystem;
import io.github.cofferdam.policy.Mode;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.PolicyPath;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a policy's mode and lists come to on this host: absolute paths, links resolved.
 *
 * @param restricted whether files are restricted at all
 * @param read may be read
 * @param readExecute may be read and executed
 * @param readWrite may be read and written
 * @param overlay directories that may be read, and written without a change of the host's
 * @param blocked may not be used, although a grant above them says otherwise, and devices on which
 *     it may be stored
 * @param binds seen at another path
 * @param links the symbolic links on the way to what is granted, and what they hold
 * @param terminal devices that are the command's own terminal
 * @param missing what may be written, need not be there and is not, without links on the way
 * @param unmade what may only be read, is not there, and lies where the command may make it
 * @param streams what the command may open its standard streams for again, by their numbers
 * @param sockets the only Unix sockets that may be connected to, if the policy lists any
 * @param warnings what people should know of the blocked paths
 */
public record FileGrants(
    boolean restricted,
    List<Path> read,
    List<Path> readExecute,
    List<Path> readWrite,
    List<Path> overlay,
    List<Path> blocked,
    List<BindMount> binds,
    Map<Path, String> links,
    List<Path> terminal,
    List<Path> missing,
    List<Path> unmade,
    Map<Integer, Set<FsRight>> streams,
    List<Path> sockets,
    List<String> warnings)
    implements LinkedWays.Reach {

  /**
   * Works a policy out.
   *
   * @param workspace where relative paths begin, and what {@code workspace-write} may write
   * @param temp the run's own directory for temporary files on the host; null if it has none
   * @param homes other homes, denied as well where a policy denies something in the home
   */
  public static FileGrants of(Policy policy, Path workspace, @Nullable Path temp, Set<String> homes)
      throws Refusal {
    Filesystem files = policy.filesystem();
    refuseTooMany(files);
    if (files.gitWorktree() && policy.mode() != Mode.WORKSPACE_WRITE) {
      throw new Refusal(
          "filesystem.git_worktree has the repository of a writable workspace written, and with"
              + " mode "
              + policy.mode().key()
              + " there is no such workspace; use mode workspace-write, or leave git_worktree out");
    }
    var links = new LinkedHashMap<Path, String>();
    var unread = new ArrayList<Path>();
    var missing = new ArrayList<Path>();
    List<Path> readOnly =
        GrantLookup.resolve("read_only", files.readOnly(), workspace, links, unread);
    List<Path> readExecute =
        GrantLookup.resolve("read_execute", files.readExecute(), workspace, links, unread);
    // What is to be made need not be there: it is looked for again when that is done.
    List<String> written =
        files.create()
            ? files.readWrite().stream().map(text -> PolicyPath.granted(text) + "?").toList()
            : files.readWrite();
    List<Path> readWrite = GrantLookup.resolve("read_write", written, workspace, links, missing);
    List<Path> overlay = OverlayLookup.overlays(files, workspace, links, unread);
    List<BindMount> binds = BindLookup.binds(policy, overlay, workspace);
    var granted = new ArrayList<Path>();
    granted.addAll(readOnly);
    granted.addAll(readExecute);
    granted.addAll(readWrite);
    granted.addAll(overlay);
    binds.forEach(bind -> granted.add(bind.source()));
    if (policy.mode() == Mode.WORKSPACE_WRITE) {
      granted.add(workspace);
    }
    BlockedPaths denied =
        BlockedPaths.of(files.blocked(), byPresets(policy), workspace, granted, homes);
    List<Path> blocked = denied.paths();
    if (blocked.contains(PathFinder.ROOT)) {
      throw new Refusal(
          "filesystem.blocked names /, and nothing would be left to run; list what may be used in"
              + " read_only, read_execute and read_write, then nothing else can be");
    }
    List<String> listed = policy.network().unixSockets();
    var absent = new ArrayList<Path>();
    List<Path> sockets = SocketLookup.sockets(listed, workspace, links, blocked, absent);
    if (policy.mode() == Mode.FULL_ACCESS) {
      if (!files.readOnly().isEmpty()
          || !files.readExecute().isEmpty()
          || !files.readWrite().isEmpty()) {
        throw new Refusal(
            "mode full-access restricts no files, but the policy lists paths that may be used;"
                + " use mode readonly or workspace-write");
      }
      return new FileGrants(
          false,
          List.of(),
          List.of(),
          List.of(),
          List.of(),
          StorageDevices.withThose(policy, blocked, List.of(PathFinder.ROOT), binds),
          List.of(),
          Map.of(),
          List.of(),
          List.of(),
          List.of(),
          Map.of(),
          sockets,
          denied.warnings());
    }
    if (files.readOnly().isEmpty() && files.readExecute().isEmpty()) {
      readExecute = new ArrayList<>(List.of(PathFinder.ROOT));
    }
    if (!policy.presets().isEmpty()) {
      // One grants by a relative path what another blocks, where the workspace is a home.
      readExecute.removeAll(blocked);
    }
    var rules = new PathRules(readOnly, readExecute, readWrite, overlay, blocked);
    refuseContradictions(rules);
    var writable = new ArrayList<>(readWrite);
    if (policy.mode() == Mode.WORKSPACE_WRITE) {
      OverlayLookup.refuseWorkspace(overlay, workspace);
      refuseBlockedWorkspace(workspace, policy.workspace().isPresent(), rules);
      writable.add(workspace);
      Path repository = workspace.resolve(".git");
      List<Path> onlyRead = both(both(readOnly, readExecute), unread);
      if (files.gitWorktree()) {
        repository = GitWorktree.repository(workspace, writable);
        refuseNamedRepository(rules, repository);
        writable.add(repository);
        granted.add(repository);
        unread.addAll(GitWorktree.standIns(workspace, repository, unread));
      }
      unread.addAll(GitWorktree.ofAllTrees(workspace, repository, onlyRead));
    }
    // Nobody has named this one, so it opens nothing that is blocked.
    if (temp != null && !beneath(temp, blocked)) {
      writable.add(temp);
    }
    if (readExecute.contains(PathFinder.ROOT) && !granted.contains(PathFinder.ROOT)) {
      granted.add(PathFinder.ROOT);
    }
    blocked = StorageDevices.withThose(policy, blocked, granted, binds);
    ProtectedNames names =
        ProtectedNames.of(new PathRules(readOnly, readExecute, writable, overlay, blocked), unread);
    var grants =
        new FileGrants(
            true,
            readOnly,
            both(readExecute, names.kept()),
            List.copyOf(writable),
            overlay,
            blocked,
            binds,
            links,
            List.of(),
            missing,
            names.unmade(),
            Map.of(),
            sockets,
            denied.warnings());
    refuseReplaceableLinks(files, grants, workspace, denied, unread);
    refuse(new LinkedWays(grants), SocketLookup.KEY, listed, workspace, both(sockets, absent));
    return grants;
  }

  /** What only presets block: no host has all of it. */
  private static Set<String> byPresets(Policy policy) {
    Set<String> blocked = new HashSet<>(policy.filesystem().blocked());
    policy.ownFilesystem().blocked().forEach(blocked::remove);
    return blocked;
  }

  /**
   * {@return a device that the policy names and on which what is blocked may be stored}
   *
   * @param ownRoot whether the command has a root of its own, where devices work in few places
   */
  Optional<Path> grantedStorage(boolean ownRoot) throws Refusal {
    if (blocked.isEmpty()) {
      return Optional.empty();
    }
    for (Path path : rules().granted()) {
      if ((!ownRoot || path.startsWith(OwnRoot.DEV)) && StorageDevices.isOne(path)) {
        return Optional.of(path);
      }
    }
    for (BindMount bind : binds) {
      if (bind.devicesWork() && StorageDevices.isOne(bind.source())) {
        return Optional.of(bind.source());
      }
    }
    return Optional.empty();
  }

  private static void refuseTooMany(Filesystem files) throws Refusal {
    int count =
        files.readOnly().size()
            + files.readExecute().size()
            + files.readWrite().size()
            + files.overlay().size()
            + files.bindMounts().size();
    if (count > BlockedPaths.MOST) {
      throw new Refusal(
          "the policy grants "
              + count
              + " paths (read_only, read_execute, read_write, overlay, bind_mounts), and "
              + BlockedPaths.MOST
              + " is the most; grant directories that they are in");
    }
  }

  /**
   * What a link leads to is what the policy means, so the command must not replace the link.
   *
   * @param unread what may be read, need not be there and is not
   */
  private static void refuseReplaceableLinks(
      Filesystem files, FileGrants grants, Path workspace, BlockedPaths denied, List<Path> unread)
      throws Refusal {
    var ways = new LinkedWays(grants);
    refuse(ways, "filesystem.read_only", files.readOnly(), workspace, both(grants.read(), unread));
    refuse(
        ways,
        "filesystem.read_execute",
        files.readExecute(),
        workspace,
        both(both(grants.readExecute(), unread), grants.blocked()));
    refuse(
        ways,
        "filesystem.read_write",
        files.readWrite(),
        workspace,
        both(grants.readWrite(), grants.missing()));
    refuse(ways, "filesystem.overlay", files.overlay(), workspace, both(grants.overlay(), unread));
    List<Path> sources = grants.binds().stream().map(BindMount::source).toList();
    for (Filesystem.Bind bind : files.bindMounts()) {
      ways.refuse("filesystem.bind_mounts", bind.host(), workspace, sources);
    }
    for (Map.Entry<Path, String> way : denied.ways().entrySet()) {
      ways.refuseWay("filesystem.blocked", way.getValue(), way.getKey());
    }
  }

  private static void refuse(
      LinkedWays ways, String key, List<String> texts, Path base, List<Path> found) throws Refusal {
    for (String text : texts) {
      ways.refuse(key, PolicyPath.granted(text), base, found);
    }
  }

  private static List<Path> both(List<Path> some, List<Path> more) {
    return Stream.concat(some.stream(), more.stream()).toList();
  }

  /** {@return the blocked path at or above a path that closes it; empty if it is open} */
  public Optional<Path> closing(Path path) {
    return rules().closing(path);
  }

  /** {@return which of the paths decides about a path} */
  PathRules rules() {
    return new PathRules(read, readExecute, readWrite, overlay, blocked);
  }

  /** Different names can lead to the same: what is written in the policy was compared before. */
  private static void refuseContradictions(PathRules listed) throws Refusal {
    Map<String, List<Path>> lists =
        Map.of(
            "read_only", listed.read(),
            "read_execute", listed.readExecute(),
            "read_write", listed.readWrite());
    for (Map.Entry<String, List<Path>> list : lists.entrySet()) {
      refuseBoth(list.getKey(), list.getValue(), "overlay", listed.overlay());
      refuseBoth(list.getKey(), list.getValue(), "blocked", listed.blocked());
    }
    refuseBoth("overlay", listed.overlay(), "blocked", listed.blocked());
  }

  private static void refuseBoth(
      String key, List<Path> paths, String otherKey, List<Path> otherPaths) throws Refusal {
    for (Path path : otherPaths) {
      if (paths.contains(path)) {
        throw new Refusal("filesystem." + Filesystem.contradiction(path.toString(), key, otherKey));
      }
    }
  }

  /** What a policy names itself is not opened by the way. */
  private static void refuseNamedRepository(PathRules listed, Path repository) throws Refusal {
    boolean read = listed.read().contains(repository) || listed.readExecute().contains(repository);
    boolean kept = listed.overlay().contains(repository);
    boolean closed =
        listed.blocked().stream()
            .anyMatch(path -> path.startsWith(repository) || repository.startsWith(path));
    if (read || kept || closed) {
      throw new Refusal(
          "filesystem.git_worktree lets "
              + OsText.show(repository)
              + " be written, and the policy "
              + (closed
                  ? "blocks it, in part at least"
                  : kept ? "has it in overlay" : "says that it is to be read"));
    }
  }

  /** What is the workspace only because the command runs there does not open what is blocked. */
  private static void refuseBlockedWorkspace(Path workspace, boolean named, PathRules listed)
      throws Refusal {
    if (listed.blocked().contains(workspace)) {
      throw new Refusal(
          "filesystem.blocked names the workspace "
              + OsText.show(workspace)
              + ", which is to be written; choose another (sandbox.workspace), or do not block"
              + " it");
    }
    if (!named && listed.isBlocked(workspace)) {
      throw new Refusal(
          "the working directory "
              + OsText.show(workspace)
              + " is the workspace, since the policy names none, and lies in what"
              + " filesystem.blocked names; if it is to be open all the same, name it:"
              + " sandbox.workspace, or filesystem.read_write");
    }
  }

  /**
   * {@return these, and a terminal of the command's own: by its path, and by the name that every
   * session has for its own terminal}
   */
  public FileGrants withTerminal(Path device) {
    return new FileGrants(
        restricted,
        read,
        readExecute,
        readWrite,
        overlay,
        blocked,
        binds,
        links,
        List.of(Path.of("/dev/tty"), device),
        missing,
        unmade,
        streams,
        sockets,
        warnings);
  }

  /** {@return these, and what the command's standard streams may be opened for again} */
  public FileGrants withStreams(Map<Integer, Set<FsRight>> reopened) {
    return new FileGrants(
        restricted,
        read,
        readExecute,
        readWrite,
        overlay,
        blocked,
        binds,
        links,
        terminal,
        missing,
        unmade,
        reopened,
        sockets,
        warnings);
  }

  /** What of a policy only a root of the command's own can carry out; empty if nothing. */
  static Optional<String> rootSetting(Filesystem files) {
    if (!files.bindMounts().isEmpty()) {
      return Optional.of("filesystem.bind_mounts");
    }
    if (!files.overlay().isEmpty()) {
      return Optional.of("filesystem.overlay");
    }
    if (files.temporaryRoot()) {
      return Optional.of("filesystem.create_temp_root");
    }
    return files.temporarySize().isPresent()
        ? Optional.of("filesystem.temporary_size")
        : Optional.empty();
  }

  /**
   * {@return the blocked paths that lie beneath a grant, so that not granting them is not enough}
   */
  List<Path> carvedOut() {
    if (!restricted) {
      return blocked;
    }
    List<Path> granted = rules().granted();
    var carved = new ArrayList<Path>();
    for (Path path : blocked) {
      if (granted.stream().anyMatch(path::startsWith)) {
        carved.add(path);
      }
    }
    return carved;
  }

  /** {@return whether the command may write to a path} */
  @Override
  public boolean mayWrite(Path path) {
    if (!restricted || beneath(path, readWrite)) {
      return true;
    }
    for (BindMount bind : binds) {
      if (bind.writable() && path.startsWith(bind.source())) {
        return true;
      }
    }
    return false;
  }

  /** {@return whether the policy grants writing to anything of the host} */
  boolean grantsAnyWriting() {
    return !restricted || !readWrite.isEmpty() || binds.stream().anyMatch(BindMount::writable);
  }

  /**
   * {@return whether the policy means a path to be written}: the most specific of its paths says
   * so. What lies beneath a writable path need not.
   */
  @Override
  public boolean grantsWriting(Path path) {
    PathRules rules = rules();
    if (rules.isBlocked(path)) {
      return false;
    }
    if (!restricted) {
      return true;
    }
    Optional<Path> deciding = rules.deciding(path);
    if (deciding.isPresent() && rules.isWritable(deciding.get())) {
      return true;
    }
    for (BindMount bind : binds) {
      Path source = bind.source();
      // What may only be read and lies in it is taken out of it.
      if (bind.writable()
          && path.startsWith(source)
          && deciding.filter(each -> each.startsWith(source) && !each.equals(source)).isEmpty()) {
        return true;
      }
    }
    return false;
  }

  /** {@return whether everything on the host is granted, if only to be read} */
  boolean wholeRoot() {
    return read.contains(PathFinder.ROOT)
        || readExecute.contains(PathFinder.ROOT)
        || readWrite.contains(PathFinder.ROOT);
  }

  private static boolean beneath(Path path, List<Path> roots) {
    for (Path root : roots) {
      if (path.startsWith(root)) {
        return true;
      }
    }
    return false;
  }
}
