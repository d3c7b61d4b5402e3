package io.github.cofferdam.landlock;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** What a policy's builder has collected so far. */
final class PolicyDraft {
  private Rights handled = Rights.NONE;
  private Rights quiet = Rights.NONE;
  private final EnumSet<RestrictFlag> flags = EnumSet.noneOf(RestrictFlag.class);
  private final Set<Feature> required = new LinkedHashSet<>();
  private boolean allRequired;
  private final List<PathGrant> paths = new ArrayList<>();
  private final List<Path> blocked = new ArrayList<>();
  private final List<Path> unblocked = new ArrayList<>();
  private final Map<Integer, Set<NetRight>> ports = new TreeMap<>();
  private final SortedSet<Integer> quietPorts = new TreeSet<>();

  void add(PolicyTerms terms) {
    handled = handled.with(terms.handled().all());
    quiet = quiet.with(terms.quiet().all());
    flags.addAll(terms.flags());
    required.addAll(terms.required());
    paths.addAll(terms.paths());
    blocked.addAll(terms.blocked());
    unblocked.addAll(terms.unblocked());
    terms.ports().forEach((port, rights) -> grant(rights, port));
    quietPorts.addAll(terms.quietPorts());
  }

  void add(PathGrant grant) {
    paths.add(grant);
  }

  void handleFs(Set<FsRight> rights) {
    handled = handled.withFs(rights);
  }

  void handle(Collection<? extends Feature> more) {
    handled = handled.with(more);
  }

  void use(Feature feature, Level level) {
    switch (level) {
      case OFF -> {
        required.remove(feature);
        leave(feature);
      }
      case PREFERRED -> {
        use(feature);
        required.remove(feature);
      }
      case REQUIRED -> {
        use(feature);
        required.add(feature);
      }
    }
  }

  private void use(Feature feature) {
    switch (feature) {
      case FsRight right -> handled = handled.with(right);
      case NetRight right -> handled = handled.with(right);
      case Scope scope -> handled = handled.with(scope);
      case RestrictFlag flag -> {
        if (flag == RestrictFlag.TSYNC) {
          throw new IllegalArgumentException(
              "which threads are restricted is not said by the policy but by"
                  + " restrictThisProcess()");
        }
        flags.add(flag);
      }
      case RuleFlag flag -> {
        // In use once something is quiet.
      }
    }
  }

  private void leave(Feature feature) {
    switch (feature) {
      case FsRight right -> handled = handled.without(right);
      case NetRight right -> handled = handled.without(right);
      case Scope scope -> handled = handled.without(scope);
      case RestrictFlag flag -> flags.remove(flag);
      case RuleFlag flag -> quiet = Rights.NONE;
    }
  }

  void requireAll() {
    allRequired = true;
  }

  void quiet(Feature feature) {
    quiet =
        switch (feature) {
          case FsRight right -> quiet.with(right);
          case NetRight right -> quiet.with(right);
          case Scope scope -> quiet.with(scope);
          case RestrictFlag flag -> throw new IllegalArgumentException(flag + " is never denied");
          case RuleFlag flag -> throw new IllegalArgumentException(flag + " is never denied");
        };
  }

  void quiet(int port) {
    requirePort(port);
    quietPorts.add(port);
  }

  void block(Path path) {
    PathGrant.requireKernelPath(path);
    blocked.add(path);
  }

  void unblock(Path path) {
    PathGrant.requireKernelPath(path);
    unblocked.add(path);
  }

  void grant(Set<NetRight> rights, int port) {
    requirePort(port);
    if (rights.isEmpty()) {
      throw new IllegalArgumentException("no rights are granted on port " + port);
    }
    ports.merge(
        port, Sets.copy(NetRight.class, rights), (a, b) -> Sets.either(NetRight.class, a, b));
  }

  private static void requirePort(int port) {
    if (port < 0 || port > 0xffff) {
      throw new IllegalArgumentException("not a port: " + port);
    }
  }

  /**
   * {@return what was collected}
   *
   * @throws IllegalArgumentException if it restricts nothing, or contradicts itself
   */
  PolicyTerms terms() {
    return new PolicyTerms(
        handled,
        quiet,
        flags,
        allRequired ? PolicyTerms.features(handled, quiet, flags) : required,
        paths,
        blocked,
        unblocked,
        ports,
        quietPorts);
  }
}
