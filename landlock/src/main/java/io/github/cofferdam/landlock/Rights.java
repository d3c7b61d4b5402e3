package io.github.cofferdam.landlock;

import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What a ruleset can deny, in the kernel's three groups: an immutable value.
 *
 * @param fs rights on files
 * @param net rights on ports
 * @param scopes what may not leave the domain
 */
record Rights(Set<FsRight> fs, Set<NetRight> net, Set<Scope> scopes) {
  static final Rights NONE = new Rights(Set.of(), Set.of(), Set.of());

  Rights {
    fs = Sets.copy(FsRight.class, fs);
    net = Sets.copy(NetRight.class, net);
    scopes = Sets.copy(Scope.class, scopes);
  }

  /** {@return those of some features that can be denied} Flags are left out. */
  private static Rights of(Collection<? extends Feature> features) {
    var fs = EnumSet.noneOf(FsRight.class);
    var net = EnumSet.noneOf(NetRight.class);
    var scopes = EnumSet.noneOf(Scope.class);
    for (Feature feature : features) {
      if (feature instanceof FsRight right) {
        fs.add(right);
      } else if (feature instanceof NetRight right) {
        net.add(right);
      } else if (feature instanceof Scope scope) {
        scopes.add(scope);
      } else if (!(feature instanceof RestrictFlag || feature instanceof RuleFlag)) {
        throw new IllegalArgumentException(feature.toString());
      }
    }
    return new Rights(fs, net, scopes);
  }

  /** {@return all of them, in the order of the groups} */
  Set<Feature> all() {
    var all = new LinkedHashSet<Feature>(fs);
    all.addAll(net);
    all.addAll(scopes);
    return all;
  }

  boolean isEmpty() {
    return fs.isEmpty() && net.isEmpty() && scopes.isEmpty();
  }

  boolean containsAll(Rights others) {
    return all().containsAll(others.all());
  }

  /** {@return these and others} Flags are left out. */
  Rights with(Collection<? extends Feature> others) {
    Set<Feature> both = all();
    both.addAll(others);
    return of(both);
  }

  Rights with(Feature other) {
    return with(List.of(other));
  }

  Rights without(Feature other) {
    return only(feature -> feature != other);
  }

  /** {@return these with other rights on files in place of those} */
  Rights withFs(Set<FsRight> others) {
    return new Rights(others, net, scopes);
  }

  /** {@return those of these that a test keeps} */
  Rights only(Predicate<Feature> test) {
    Set<Feature> kept = all();
    kept.removeIf(test.negate());
    return of(kept);
  }
}
