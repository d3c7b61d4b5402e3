package io.github.cofferdam.confinement;

import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.landlock.Abi;
import io.github.cofferdam.landlock.FsRight;
import io.github.cofferdam.landlock.ResolvedGrant;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What Landlock's rules reach by other names: they hold for what mounts put beneath another name of
 * what is granted as well.
 */
final class OtherNames {
  private OtherNames() {}

  /**
   * Adds what can be done there, and the policy does not say. Where everything may be read and
   * executed, and nothing else, there is nothing more to reach.
   */
  static void addTo(Map<Path, String> beyond, Built built) throws Refusal {
    Terms terms = built.terms();
    if (terms.root() != null
        || !terms.restrictsFiles()
        || terms.isPlain()
        || built.landlock().equals(Abi.V0)) {
      return;
    }
    for (ResolvedGrant grant : built.layer().grants()) {
      if (grant.directory()) {
        for (MountReach reached : MountReach.of(terms.mounts().get(), grant.real())) {
          excess(terms.files().rules(), grant.rights(), reached.place())
              .ifPresent(done -> beyond.putIfAbsent(reached.place(), why(reached, done)));
        }
      }
    }
  }

  /** What the policy does not let be done with all at and beneath a path; empty if it does. */
  private static Optional<String> excess(PathRules rules, Set<FsRight> rights, Path path) {
    if (rights.contains(FsRight.WRITE_FILE) && !rules.allowsAll(path, rules::isWritable)) {
      return Optional.of("written");
    }
    if (rights.contains(FsRight.EXECUTE) && !rules.allowsAll(path, rules::isExecutable)) {
      return Optional.of("executed");
    }
    return rules.allowsAll(path, granted -> true) ? Optional.empty() : Optional.of("read");
  }

  private static String why(MountReach reached, String done) {
    return OsText.show(reached.place())
        + " can be "
        + done
        + ", which the policy does not say: Landlock's rule on "
        + OsText.show(reached.granted())
        + " holds by its other name "
        + OsText.show(reached.name())
        + " as well, and beneath that a mount leads there; unmount one of them, grant that as"
        + " well, or use isolation = namespace";
  }
}
