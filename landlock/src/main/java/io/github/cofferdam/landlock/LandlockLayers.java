package io.github.cofferdam.landlock;

import io.github.cofferdam.landlock.LandlockLayer.Status;
import io.github.cofferdam.launcher.SetupException;
import io.github.cofferdam.launcher.SetupProgram;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A {@link LayeredPolicy} for one kernel.
 *
 * @param layers in the order in which they are entered
 */
public record LandlockLayers(List<LandlockLayer> layers) {
  /** Keeps a copy of the list. */
  public LandlockLayers {
    layers = List.copyOf(layers);
  }

  /** {@return the system calls that enter all of them, as {@link LandlockLayer#program}} */
  public SetupProgram program() {
    SetupProgram program = SetupProgram.empty();
    for (LandlockLayer layer : layers) {
      program = program.then(layer.program());
    }
    return program;
  }

  /** {@return how much is enforced: of all, or of none, or else some} */
  public Status status() {
    Status first = layers.getFirst().status();
    return layers.stream().allMatch(layer -> layer.status() == first) ? first : Status.PARTIAL;
  }

  /** {@return what the kernel lacks of what any of them asks for} */
  public List<Gap> gaps() {
    return layers.stream().flatMap(layer -> layer.gaps().stream()).distinct().toList();
  }

  /**
   * {@return whether all layers let a right be used}: the first refusal, or the last layer's answer
   *
   * @throws IOException if the path cannot be looked up
   */
  public Explanation explain(Path path, FsRight right) throws IOException {
    Explanation explanation = layers.getFirst().explain(path, right);
    for (LandlockLayer layer : layers.subList(1, layers.size())) {
      if (explanation.allowed()) {
        explanation = layer.explain(path, right);
      }
    }
    return explanation;
  }

  /**
   * Enters all of them, as {@link LandlockLayer#restrictThisThread}.
   *
   * @throws SetupException if a system call fails; the thread is then in the layers before that
   *     one. Let it end
   */
  public void restrictThisThread() throws SetupException {
    for (LandlockLayer layer : layers) {
      layer.restrictThisThread();
    }
  }
}
