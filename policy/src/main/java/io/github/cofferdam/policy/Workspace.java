package io.github.cofferdam.policy;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * How much may be changed, and where: the table {@code [sandbox]}.
 *
 * @param said how much, if the policy says so
 * @param path where, as written; empty for the working directory of the caller
 * @param presets what the policy names, each once
 * @param shareCaches whether caches of presets are written on the host
 * @param cachesRead whether a host can only let them be read; no policy says that itself
 */
record Workspace(
    Optional<Mode> said,
    Optional<String> path,
    List<Preset> presets,
    boolean shareCaches,
    boolean cachesRead) {
  static final Workspace DEFAULT =
      new Workspace(Optional.empty(), Optional.empty(), List.of(), false, false);

  /** Checks the form of the path. */
  Workspace {
    Objects.requireNonNull(said);
    path = path.map(PolicyPath::canonical);
    path.ifPresent(PolicyPath::check);
    presets = List.copyOf(new LinkedHashSet<>(presets));
  }

  /** What the policy says, else what a preset does. */
  Mode mode() {
    if (said.isPresent() || presets.isEmpty()) {
      return said.orElse(Mode.READONLY);
    }
    return PresetUnion.mode(presets).orElse(Mode.READONLY);
  }

  Workspace withMode(Mode value) {
    return new Workspace(Optional.of(value), path, presets, shareCaches, cachesRead);
  }

  Workspace withPath(String value) {
    return new Workspace(said, Optional.of(value), presets, shareCaches, cachesRead);
  }

  Workspace withPresets(List<Preset> values) {
    return new Workspace(said, path, values, shareCaches, cachesRead);
  }

  /** With more presets than there are. */
  Workspace plus(List<Preset> more) {
    var all = new ArrayList<>(presets);
    all.addAll(more);
    return withPresets(all);
  }

  Workspace withShareCaches(boolean value) {
    return new Workspace(said, path, presets, value, cachesRead);
  }

  Workspace withCachesRead() {
    return new Workspace(said, path, presets, shareCaches, true);
  }

  /** With a mode of its own: two policies are the same wherever their modes were said. */
  Workspace settled() {
    return withMode(mode());
  }
}
