package io.github.cofferdam.bench.result;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One way to do something, measured many times. Section, group, label and parameter together are
 * its name.
 *
 * @param group what was done, such as {@code static program}
 * @param label by whom or how, such as {@code bubblewrap}
 * @param at the parameter's value, for a point of a curve
 * @param command the command line, or the calls in words
 * @param samples every figure, in the order in which they were taken
 * @param missing why there are none; empty if there are
 */
public record Series(
    String group,
    String label,
    Optional<Double> at,
    List<String> command,
    Map<Measure, List<Double>> samples,
    Optional<String> missing) {
  public Series {
    command = List.copyOf(command);
    samples = Map.copyOf(samples);
  }
}
