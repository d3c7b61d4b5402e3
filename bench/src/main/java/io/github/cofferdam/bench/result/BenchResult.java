package io.github.cofferdam.bench.result;

import java.util.List;

/**
 * What one benchmark run found. Everything that a report says is computed from it.
 *
 * @param format {@value #FORMAT}
 * @param started when the run began, as ISO 8601 in UTC
 * @param quick whether few rounds were run, to try it out
 * @param machine where it ran
 * @param tools the programs that were compared with, and those that are not here
 * @param sections what was measured
 */
public record BenchResult(
    String format,
    String started,
    boolean quick,
    Machine machine,
    List<Tool> tools,
    List<Section> sections) {
  /** Name and version of the file format. */
  public static final String FORMAT = "cofferdam-bench/1";

  public BenchResult {
    tools = List.copyOf(tools);
    sections = List.copyOf(sections);
  }
}
