package io.github.cofferdam.confinement;

import io.github.cofferdam.documents.Text;
import io.github.cofferdam.landlock.LandlockPolicy;
import io.github.cofferdam.landlock.PathGrantException;
import io.github.cofferdam.landlock.RequiredFeatureException;
import io.github.cofferdam.landlock.ResolvedGrant;
import java.nio.file.Path;
import java.util.List;

/** What the policy grants of files, as Landlock's rules, and what rules cannot say. */
final class LandlockGrants {
  private static final String[] DEVICES = {
    "/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"
  };

  private LandlockGrants() {}

  /** Adds the grants of a command that has no root of its own. */
  static void add(Layers layers) {
    FileGrants files = layers.terms().files();
    LandlockPolicy.Builder rules = layers.ruleset();
    files.read().forEach(rules::read);
    for (Path path : files.readExecute()) {
      addExecution(layers, path);
    }
    files.readWrite().forEach(rules::readWrite);
    for (String device : DEVICES) {
      rules.deviceIfPresent(Path.of(device));
    }
    files.terminal().forEach(rules::deviceWithIoctlIfPresent);
  }

  /**
   * All that lies in a directory may be executed, except what the policy says may only be read:
   * rights add up, so its neighbours are granted instead. The directory itself can be listed, and
   * what is made there later be read, but not executed.
   */
  private static void addExecution(Layers layers, Path path) {
    FileGrants files = layers.terms().files();
    LandlockPolicy.Builder rules = layers.ruleset();
    List<Path> only =
        files.read().stream()
            .filter(each -> each.startsWith(path) && files.rules().losesExecution(each))
            .toList();
    if (only.isEmpty()) {
      rules.readExecute(path);
      return;
    }
    LandlockPolicy.Builder neighbours = LandlockPolicy.builder().readExecute(path);
    only.forEach(neighbours::block);
    try {
      for (ResolvedGrant grant : neighbours.build().on(layers.terms().host().landlock()).grants()) {
        rules.readExecuteIfPresent(grant.real());
      }
      rules.read(path);
      layers.warn(
          path
              + ": what is made in it later cannot be executed, since "
              + only.getFirst()
              + " in it may only be read; isolation = namespace has no such limit");
    } catch (PathGrantException | RequiredFeatureException e) {
      only.forEach(each -> layers.beyondLandlock(each, Text.of(e)));
      rules.readExecute(path);
    }
  }

  /** Taking it out of the writable path would take new names from the directories above it. */
  static void noteReadOnlyInWritable(Layers layers) {
    PathRules rules = layers.terms().files().rules();
    for (Path path : rules.granted()) {
      rules
          .writableAbove(path)
          .ifPresent(writable ->
              layers.beyondLandlock(
                  path,
                  path
                      + " may not be written, but lies in "
                      + writable
                      + ", which may be: Landlock alone cannot keep it from being written without"
                      + " refusing new names in "
                      + path.getParent()
                      + "; isolation = namespace can"));
    }
  }
}
