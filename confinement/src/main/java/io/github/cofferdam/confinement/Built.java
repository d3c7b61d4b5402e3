package io.github.cofferdam.confinement;

import io.github.cofferdam.landlock.Abi;
import io.github.cofferdam.landlock.Feature;
import io.github.cofferdam.landlock.FsRight;
import io.github.cofferdam.landlock.LandlockLayer;
import io.github.cofferdam.landlock.NetRight;
import io.github.cofferdam.landlock.Scope;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.launcher.Step;
import io.github.cofferdam.namespaces.Namespace;
import io.github.cofferdam.namespaces.NamespacePolicy;
import io.github.cofferdam.namespaces.RootPlan;
import io.github.cofferdam.policy.Cause;
import io.github.cofferdam.policy.Protection;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the walls compiled to: claims are read off this.
 *
 * @param terms what they were built from
 * @param layer the command's Landlock layer; without rules where the kernel has none
 * @param scopes what the layer was asked to keep inside
 * @param filter the system call filter
 * @param filters installs it, and a profile behind it
 * @param namespaces the namespaces that the command is in
 * @param root what it sees of the file system
 * @param secure what is done before the command's process is started
 * @param command what the command's process does before it executes the command
 * @param beyondLandlock why Landlock alone cannot do what the policy says of a path
 * @param warnings sentences for people
 */
record Built(
    Terms terms,
    LandlockLayer layer,
    Set<Scope> scopes,
    CompiledFilter filter,
    SetupProgram filters,
    NamespacePolicy namespaces,
    RootPlan root,
    SetupProgram secure,
    SetupProgram command,
    Map<Path, String> beyondLandlock,
    List<String> warnings) {

  /** The version of Landlock that the layer was made for. */
  Abi landlock() {
    return layer.abi();
  }

  /** Whether the command's layer denies, or keeps inside, what this is about. */
  boolean has(Feature feature) {
    if (feature instanceof FsRight right) {
      return landlock().has(right) && layer.handledFs().contains(right);
    }
    if (feature instanceof Scope scope) {
      return landlock().has(scope) && scopes.contains(scope);
    }
    throw new IllegalArgumentException("no wall rests on " + feature);
  }

  /** Whether the command's layer allows nothing of this but what it names. */
  boolean handles(NetRight right) {
    return landlock().has(right) && layer.handledNet().contains(right);
  }

  /** What is said of a protection that rests on something of Landlock's. */
  Claim byLandlock(Protection protection, Feature feature, String words) {
    if (!has(feature) && landlock().has(feature) && terms.wanted(protection)) {
      throw new IllegalStateException("nothing was built that uses " + feature);
    }
    return has(feature)
        ? Claim.enforced(protection, Cause.Means.LANDLOCK, words)
        : Claim.missing(
            protection,
            new Cause.LandlockTooOld(
                feature.abi().version(), feature.abi().linux(), landlock().version()));
  }

  /** Whether the command is in a Landlock domain at all: that closes the memory of others. */
  boolean hasDomain() {
    return !layer.program().isEmpty();
  }

  boolean isIn(Namespace namespace) {
    return namespaces.namespaces().contains(namespace);
  }

  /** Whether a call is made before the command's process is started. */
  boolean secures(String syscall) {
    for (Step step : secure.steps()) {
      if (step.syscall().equals(syscall)) {
        return true;
      }
    }
    return false;
  }

  /** Whether the filters are the last thing that is set up: nothing later can undo them. */
  boolean endsWithFilters() {
    List<Step> last = filters.steps();
    List<Step> all = command.steps();
    int first = all.size() - last.size();
    return first >= 0 && !last.isEmpty() && all.subList(first, all.size()).equals(last);
  }

  /** Whether no file is granted to be written on such a file system, wherever it is mounted. */
  boolean mayNotWrite(Set<String> types) throws Refusal {
    return terms.files().restricted()
        && (terms.isPlain()
            || KernelMounts.written(terms.files(), terms.root(), terms.mounts().get(), types)
                .isEmpty());
  }

  /**
   * Whether a wall keeps the command from writing to files in any file system of some types.
   *
   * @param types such as {@code proc}
   */
  boolean fences(Set<String> types) throws Refusal {
    return terms.restrictsFiles() && (terms.ownNamespaces() || hasDomain()) && mayNotWrite(types);
  }
}
