package io.github.cofferdam.confinement;

import io.github.cofferdam.documents.Text;
import io.github.cofferdam.landlock.Abi;
import io.github.cofferdam.landlock.LandlockLayer;
import io.github.cofferdam.landlock.LandlockPolicy;
import io.github.cofferdam.landlock.PathGrantException;
import io.github.cofferdam.landlock.RequiredFeatureException;
import io.github.cofferdam.landlock.ResolvedGrant;
import io.github.cofferdam.landlock.Scope;
import io.github.cofferdam.launcher.NoNewPrivileges;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.namespaces.NamespacePolicy;
import io.github.cofferdam.namespaces.RootPlan;
import io.github.cofferdam.seccomp.Baseline;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * What all walls share and add to: one Landlock ruleset, since each further layer denies REFER
 * again; one filter; one set of privileges; the limits. They are compiled in the order in which the
 * command's process goes through them.
 */
final class Layers {
  /** What a supervisor enters does not depend on its run. */
  private static final ConcurrentMap<Abi, SetupProgram> SIGNAL_SCOPES = new ConcurrentHashMap<>();

  private final Terms terms;
  private final LandlockPolicy.Builder ruleset = LandlockPolicy.builder();
  private final Set<Scope> scopes = EnumSet.noneOf(Scope.class);

  /** Blocked paths that are left out of the grants, as far as that can be. */
  private List<Path> carved = List.of();

  private final Map<Path, String> beyondLandlock = new LinkedHashMap<>();
  private final List<String> warnings = new ArrayList<>();
  private Baseline filter;
  private SetupProgram profile = SetupProgram.empty();
  private SetupProgram capabilities = SetupProgram.empty();
  private SetupProgram limits = SetupProgram.empty();
  private boolean supervisorScope;

  Layers(Terms terms) {
    this.terms = terms;
    filter = Baseline.of(terms.host().arch());
  }

  Terms terms() {
    return terms;
  }

  /** The rules on files and ports. */
  LandlockPolicy.Builder ruleset() {
    return ruleset;
  }

  /** Keeps signals or abstract sockets inside. */
  void scope(Scope scope) {
    ruleset.scope(scope);
    scopes.add(scope);
  }

  /** Leaves blocked paths out of the grants, as far as that can be. */
  void carve(List<Path> blocked) {
    carved = blocked;
  }

  /** What the policy says of a path and Landlock alone cannot do. */
  void beyondLandlock(Path path, String why) {
    beyondLandlock.put(path, why);
  }

  /** A sentence for people, in the report and on standard error. */
  void warn(String sentence) {
    warnings.add(sentence);
  }

  Baseline filter() {
    return filter;
  }

  void filter(Baseline wanted) {
    filter = wanted;
  }

  /** A filter behind the baseline, which lets it be installed. */
  void profile(SetupProgram program) {
    profile = program;
  }

  void capabilities(SetupProgram program) {
    capabilities = program;
  }

  /** Sets limits, after those that were set before. */
  void limits(SetupProgram program) {
    limits = limits.then(program);
  }

  /** Puts the supervisor into a layer of its own, which keeps its signals inside. */
  void supervisorScope() {
    supervisorScope = true;
  }

  /**
   * Compiles all of them.
   *
   * @param namespaces which the launcher makes, unless it enters others like them
   * @param root what the command will see of the file system
   * @throws Refusal if a path is not what it was when it was looked up
   */
  Built compile(NamespacePolicy namespaces, RootPlan root) throws Refusal {
    SetupProgram secure =
        capabilities
            .then(NoNewPrivileges.program())
            .then(supervisorScope ? signalScope() : SetupProgram.empty());
    LandlockLayer layer = carved.isEmpty() ? layer(ruleset.build()) : layerWithout(carved);
    CompiledFilter compiled = CompiledFilter.of(filter);
    SetupProgram filters = compiled.program().then(profile);
    return new Built(
        terms,
        layer,
        scopes,
        compiled,
        filters,
        namespaces,
        root,
        secure,
        limits.then(layer.program(terms.files().streams())).then(filters),
        beyondLandlock,
        warnings);
  }

  private SetupProgram signalScope() throws Refusal {
    Abi landlock = terms.host().landlock();
    SetupProgram made = SIGNAL_SCOPES.get(landlock);
    if (made == null) {
      made = layer(LandlockPolicy.signalScopeOnly()).program();
      SIGNAL_SCOPES.put(landlock, made);
    }
    return made;
  }

  private LandlockLayer layer(LandlockPolicy wanted) throws Refusal {
    try {
      return unmoved(wanted.on(terms.host().landlock()));
    } catch (PathGrantException | RequiredFeatureException e) {
      throw new Refusal(e);
    }
  }

  private LandlockLayer layerWithout(List<Path> blocked) throws Refusal {
    LandlockPolicy all = ruleset.build();
    var left = new ArrayList<>(blocked);
    while (!left.isEmpty()) {
      LandlockPolicy.Builder some = all.toBuilder();
      left.forEach(some::block);
      try {
        return unmoved(some.build().on(terms.host().landlock()));
      } catch (PathGrantException e) {
        // A strict policy refuses the run then; else as much is closed as can be.
        List<Path> failed = left.contains(e.path()) ? List.of(e.path()) : List.copyOf(left);
        failed.forEach(path -> beyondLandlock(path, whyNotBlocked(path, e)));
        left.removeAll(failed);
      } catch (RequiredFeatureException e) {
        throw new Refusal(e);
      }
    }
    return layer(all);
  }

  /**
   * The grants were looked up before, and lead nowhere else: another command may since have put
   * links where it may write, in place of the run's temporary directory for example.
   */
  private LandlockLayer unmoved(LandlockLayer made) throws Refusal {
    FileGrants files = terms.files();
    for (ResolvedGrant grant : made.grants()) {
      Path path = grant.path();
      boolean looked =
          files.readWrite().contains(path)
              || files.readExecute().contains(path)
              || files.read().contains(path)
              || files.sockets().contains(path);
      if (looked && !grant.real().startsWith(path)) {
        throw new Refusal(
            path + " has become a link to " + grant.real() + " since it was looked up");
      }
    }
    return made;
  }

  private static String whyNotBlocked(Path path, PathGrantException e) {
    return "the blocked path "
        + path
        + " is not closed: "
        + Text.of(e)
        // Other names of a file are no more closed by covering one of them.
        + (e.reason() == PathGrantException.Reason.OTHER_NAME ? "" : "; isolation = namespace can");
  }
}
