package io.github.cofferdam.sandbox;

/**
 * The most memory that a run used at any time.
 *
 * @param bytes how much
 * @param wholeTree whether all processes were counted together, by a control group; else it is the
 *     largest resident set of any one process
 */
public record PeakMemory(long bytes, boolean wholeTree) {}
