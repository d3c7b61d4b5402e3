package io.github.cofferdam.bench.report;

/** A confidence interval of 95 %, both ends of it included. */
record Interval(double low, double high) {
  boolean contains(double value) {
    return low <= value && value <= high;
  }
}
