package io.github.cofferdam.bench.result;

/** What was measured, in which unit, and which way is better. */
public enum Measure {
  /** From start to end by the clock, in nanoseconds. */
  WALL_TIME("time", "ns", true),
  /** Time of all processors, user and system, in nanoseconds. */
  CPU_TIME("CPU time", "ns", true),
  /** The most memory that was resident, of all processes together where that is known, in bytes. */
  PEAK_MEMORY("peak memory", "B", true),
  /** Memory in use, in bytes. */
  MEMORY("memory", "B", true),
  /** Open descriptors. */
  DESCRIPTORS("descriptors", "", true),
  /** Threads of the virtual machine. */
  THREADS("threads", "", true),
  /** How often a second. */
  RATE("rate", "/s", false);

  private final String text;
  private final String unit;
  private final boolean lessIsBetter;

  Measure(String text, String unit, boolean lessIsBetter) {
    this.text = text;
    this.unit = unit;
    this.lessIsBetter = lessIsBetter;
  }

  /** {@return the measure's name for people} */
  public String text() {
    return text;
  }

  /** {@return the unit of the samples; empty for counts} */
  public String unit() {
    return unit;
  }

  /** {@return whether a smaller figure is the better one} */
  public boolean lessIsBetter() {
    return lessIsBetter;
  }
}
