package io.github.cofferdam.namespaces;

import io.github.cofferdam.launcher.SetupProgram;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What a {@link RootFilesystem} comes to on this host, as it was when this was made. */
public final class RootPlan {
  private final RootParts root;
  private final RootLayout layout;
  private final MountApi api;

  RootPlan(RootParts root, RootLayout layout, MountApi api) {
    this.root = root;
    this.layout = layout;
    this.api = api;
  }

  /** {@return what the first process of the sandbox does before anything else runs there} */
  public SetupProgram program() {
    return new RootSteps(root, layout, api).program();
  }

  /** {@return what is mounted so that changes stay in the sandbox} */
  public List<BindMount> overlays() {
    return layout.overlays().stream().map(RootLayout.Bound::bind).toList();
  }

  /**
   * {@return those of the blocked paths that are there, and closed by all names by which the
   * sandbox could see them} Names elsewhere of files inside a blocked directory are not known.
   */
  public Set<Path> closed() {
    return Set.copyOf(layout.closed());
  }

  /**
   * {@return the blocked paths that are there and that this does not close, each with the reason}
   */
  public Map<Path, String> open() {
    return Map.copyOf(layout.open());
  }
}
