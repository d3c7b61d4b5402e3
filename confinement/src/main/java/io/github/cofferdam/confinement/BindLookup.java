package io.github.cofferdam.confinement;

import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.namespaces.BindMount;
import io.github.cofferdam.policy.Filesystem;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.PolicyPath;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Finds what a policy binds to other paths, in a root of the command's own. */
final class BindLookup {
  private BindLookup() {}

  /**
   * {@return all of them}
   *
   * @param overlays directories of which the host's are never changed
   */
  static List<BindMount> binds(Policy policy, List<Path> overlays, Path workspace) throws Refusal {
    Filesystem files = policy.filesystem();
    if (!OwnRoot.isMadeFor(policy)) {
      Optional<String> setting = FileGrants.rootSetting(files);
      if (setting.isPresent()) {
        throw new Refusal(
            setting.get()
                + " needs a root of the command's own: isolation = namespace, a mode other than"
                + " full-access, and the protections filesystem and namespaces not off");
      }
      return List.of();
    }
    if (files.temporaryRoot() && files.readOnly().isEmpty() && files.readExecute().isEmpty()) {
      throw new Refusal(
          "filesystem.create_temp_root makes a root in which only what is granted is there, and"
              + " nothing is granted to be read: list it in read_only and read_execute");
    }
    var binds = new ArrayList<BindMount>();
    for (Filesystem.Bind bind : files.bindMounts()) {
      Path host = GrantLookup.real("bind_mounts", bind.host(), workspace);
      Path inside = PolicyPath.resolve(bind.inside(), PathFinder.ROOT, Optional.empty());
      if (inside.equals(PathFinder.ROOT)
          || inside.equals(OwnRoot.DEV)
          || inside.startsWith("/proc")) {
        throw new Refusal(
            "filesystem.bind_mounts: " + inside + " is the command's own; bind to another path");
      }
      if (host.startsWith(OwnRoot.PROC)) {
        throw new Refusal(
            "filesystem.bind_mounts: "
                + OsText.show(host)
                + " is a file of the host's processes or of its kernel, which isolation = namespace"
                + " keeps out of sight; the command has a /proc of its own");
      }
      if (bind.writable() && overlays.contains(host)) {
        throw new Refusal("filesystem: " + Filesystem.boundAndOverlay(OsText.show(host)));
      }
      if (overlays.contains(inside)) {
        throw new Refusal(
            "filesystem: "
                + OsText.show(inside)
                + " stands in overlay, and bind_mounts puts something else there");
      }
      refuseNewPlace(files, inside, binds);
      binds.add(new BindMount(host, inside, bind.writable()));
    }
    return binds;
  }

  /** In the host's root, which takes no new names, something has to be there to be mounted over. */
  private static void refuseNewPlace(Filesystem files, Path inside, List<BindMount> others)
      throws Refusal {
    boolean whole =
        (files.readOnly().isEmpty() && files.readExecute().isEmpty())
            || files.readExecute().contains("/");
    boolean own = inside.startsWith(PrivateRoot.TMP) || inside.startsWith(OwnRoot.DEV);
    if (!whole
        || own
        || others.stream().anyMatch(other -> inside.startsWith(other.inside()))
        || !(PathFinder.find(inside) instanceof PathFinder.Missing)) {
      return;
    }
    throw new Refusal(
        "filesystem.bind_mounts: there is no "
            + OsText.show(inside)
            + " on the host, whose root the command sees, and which takes no new names; bind to a"
            + " path beneath /tmp or to one that is there, or list what may be read (read_only,"
            + " read_execute): then the root is made for the run");
  }
}
