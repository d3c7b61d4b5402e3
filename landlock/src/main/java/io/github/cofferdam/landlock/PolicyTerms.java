package io.github.cofferdam.landlock;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a {@link LandlockPolicy} says: an immutable value that contradicts itself nowhere.
 *
 * @param handled what is denied where nothing grants it
 * @param quiet what of that is kept out of the audit log, where a path or a port is quiet
 * @param flags how the domain is entered
 * @param required what a kernel must have
 * @param paths what is said about paths, in the order in which it was said
 * @param blocked paths that stay closed beneath what is granted
 * @param unblocked paths that are open again beneath those
 * @param ports what is granted on ports
 * @param quietPorts ports on which denials are not logged
 */
record PolicyTerms(
    Rights handled,
    Rights quiet,
    Set<RestrictFlag> flags,
    Set<Feature> required,
    List<PathGrant> paths,
    List<Path> blocked,
    List<Path> unblocked,
    Map<Integer, Set<NetRight>> ports,
    SortedSet<Integer> quietPorts) {
  PolicyTerms {
    flags = Sets.copy(RestrictFlag.class, flags);
    required = Collections.unmodifiableSet(new LinkedHashSet<>(required));
    paths = List.copyOf(paths);
    blocked = List.copyOf(blocked);
    unblocked = List.copyOf(unblocked);
    var copy = new TreeMap<Integer, Set<NetRight>>();
    ports.forEach((port, rights) -> copy.put(port, Sets.copy(NetRight.class, rights)));
    ports = Collections.unmodifiableSortedMap(copy);
    quietPorts = Collections.unmodifiableSortedSet(new TreeSet<>(quietPorts));

    if (handled.isEmpty()) {
      throw new IllegalArgumentException("the policy restricts nothing");
    }
    Set<Feature> used = features(handled, quiet, flags);
    for (Feature feature : required) {
      if (!used.contains(feature)) {
        throw new IllegalArgumentException(feature.name() + " is required and not used");
      }
    }
    requireQuietHandled(handled, quiet, paths, quietPorts);
    requirePathsGrantable(handled.fs(), paths, blocked);
    ports.forEach((port, rights) -> requireHandled(rights, handled.net(), "on port " + port));
  }

  /** The kernel answers EINVAL to each of these. */
  private static void requireQuietHandled(
      Rights handled, Rights quiet, List<PathGrant> paths, Set<Integer> quietPorts) {
    if (!handled.containsAll(quiet)) {
      throw new IllegalArgumentException(
          "only what is handled can be quiet: what is not handled is never denied");
    }
    if (quiet.fs().isEmpty() && paths.stream().anyMatch(PathGrant::quiet)) {
      throw new IllegalArgumentException("a path is quiet, but no right on files is");
    }
    if (quiet.net().isEmpty() && !quietPorts.isEmpty()) {
      throw new IllegalArgumentException("a port is quiet, but no right on ports is");
    }
  }

  private static void requirePathsGrantable(
      Set<FsRight> handled, List<PathGrant> paths, List<Path> blocked) {
    if (handled.isEmpty() && !(paths.isEmpty() && blocked.isEmpty())) {
      throw new IllegalArgumentException(
          "files are unrestricted, so nothing can be granted or blocked on "
              + (paths.isEmpty() ? blocked.getFirst() : paths.getFirst().path()));
    }
    for (PathGrant grant : paths) {
      if (grant.otherRoot() && !blocked.isEmpty()) {
        throw new IllegalArgumentException(
            "what is blocked is looked up for this process, and the confined one has another"
                + " root directory: "
                + grant);
      }
      if (!grant.adapts()) {
        requireHandled(grant.rights(), handled, "on " + grant.path());
      }
    }
  }

  private static <F extends Feature> void requireHandled(
      Set<F> granted, Set<F> handled, String where) {
    for (F right : granted) {
      if (!handled.contains(right)) {
        throw new IllegalArgumentException(
            right.name()
                + " is granted "
                + where
                + " and not handled, so that it is allowed everywhere; handle it");
      }
    }
  }

  /** {@return everything that a policy uses} */
  static Set<Feature> features(Rights handled, Rights quiet, Set<RestrictFlag> flags) {
    Set<Feature> features = handled.all();
    features.addAll(flags);
    if (!quiet.isEmpty()) {
      features.add(RuleFlag.QUIET);
    }
    return features;
  }

  /** {@return how much the policy depends on something} */
  Level level(Feature feature) {
    if (required.contains(feature)) {
      return Level.REQUIRED;
    }
    return features(handled, quiet, flags).contains(feature) ? Level.PREFERRED : Level.OFF;
  }

  /** What is handled and what is granted, one line each. */
  @Override
  public String toString() {
    var text = new StringBuilder();
    line(text, "handle files: ", Names.of(handled.fs()));
    line(text, "handle ports: ", Names.of(handled.net()));
    line(text, "scope: ", Names.of(handled.scopes()));
    if (!flags.isEmpty()) {
      line(text, "flags: ", Names.of(flags));
    }
    if (!required.isEmpty()) {
      line(text, "require: ", Names.of(required));
    }
    if (!quiet.isEmpty()) {
      line(
          text,
          "quiet: ",
          Names.of(quiet.fs()) + ", " + Names.of(quiet.net()) + ", " + Names.of(quiet.scopes()));
    }
    paths.forEach(grant -> line(text, "", grant.toString()));
    blocked.forEach(path -> line(text, "block ", path.toString()));
    unblocked.forEach(path -> line(text, "unblock ", path.toString()));
    ports.forEach((port, rights) -> line(text, "grant ", Names.of(rights) + " on port " + port));
    quietPorts.forEach(port -> line(text, "quiet on port ", port.toString()));
    return text.toString();
  }

  private static void line(StringBuilder text, String what, String value) {
    text.append(what).append(value).append('\n');
  }
}
