package io.github.cofferdam.bench;

import io.github.cofferdam.bench.result.Measure;
import io.github.cofferdam.bench.result.Section;
import io.github.cofferdam.bench.result.Series;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A question whose answer is known: the second way takes half the time of the first. */
final class FakeQuestion implements Question {
  private final String id;
  private int times;
  private boolean failing;
  private Effort effort = Effort.FULL;

  FakeQuestion(String id) {
    this.id = id;
  }

  void fails(boolean yes) {
    failing = yes;
  }

  int times() {
    return times;
  }

  Effort effort() {
    return effort;
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public Section measure(Effort some, Progress progress) {
    times++;
    effort = some;
    if (failing) {
      throw new IllegalStateException("as it was told");
    }
    progress.at("something", 0.5);
    return new Section(
        id,
        "Title of " + id,
        "about",
        Section.Form.COMPARISON,
        "",
        List.of(
            series("first", List.of(2e6, 4e6, 3e6), Optional.empty()),
            series("second", List.of(1e6, 2e6, 1.5e6), Optional.empty()),
            series("third", List.of(), Optional.of("not here"))));
  }

  private static Series series(String label, List<Double> samples, Optional<String> missing) {
    return new Series(
        "group",
        label,
        Optional.empty(),
        List.of(label),
        samples.isEmpty() ? Map.of() : Map.of(Measure.WALL_TIME, samples),
        missing);
  }
}
