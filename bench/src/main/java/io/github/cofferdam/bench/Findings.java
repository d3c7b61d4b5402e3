package io.github.cofferdam.bench;

import io.github.cofferdam.bench.result.Measure;
import io.github.cofferdam.bench.result.Series;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Collects the samples of a section; its series stand in the order in which they were added. */
final class Findings {
  private final Map<Name, Samples> all = new LinkedHashMap<>();

  private record Name(String group, String label, Optional<Double> at) {}

  /** Adds a series of a comparison, or finds the one of this name. */
  Samples series(String group, String label, List<String> command) {
    return samples(new Name(group, label, Optional.empty()), command);
  }

  /** Adds a point of a curve, or finds the one of this name. */
  Samples point(String group, String label, double at, List<String> command) {
    return samples(new Name(group, label, Optional.of(at)), command);
  }

  private Samples samples(Name name, List<String> command) {
    return all.computeIfAbsent(name, any -> new Samples(command));
  }

  /** {@return all that was found} */
  List<Series> toList() {
    var list = new ArrayList<Series>();
    all.forEach((name, samples) ->
        list.add(
            new Series(
                name.group(),
                name.label(),
                name.at(),
                samples.command,
                samples.missing.isPresent() ? Map.of() : samples.copy(),
                samples.missing)));
    return list;
  }

  /** What one series has. */
  static final class Samples {
    private final List<String> command;
    private final Map<Measure, List<Double>> values = new EnumMap<>(Measure.class);
    private Optional<String> missing = Optional.empty();

    private Samples(List<String> command) {
      this.command = List.copyOf(command);
    }

    void add(Measure measure, double value) {
      values.computeIfAbsent(measure, any -> new ArrayList<>()).add(value);
    }

    /** Says why there are no samples, for good; those that there are do not count. */
    void missing(String reason) {
      missing = Optional.of(reason);
    }

    boolean isMissing() {
      return missing.isPresent();
    }

    private Map<Measure, List<Double>> copy() {
      var copy = new EnumMap<Measure, List<Double>>(Measure.class);
      values.forEach((measure, list) -> copy.put(measure, List.copyOf(list)));
      return copy;
    }
  }
}
