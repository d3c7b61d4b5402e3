package io.github.cofferdam.seccomp;

/**
 * What a filter costs. Installing it costs time by {@code average} times the number of calls, since
 * the kernel then tries every number; afterwards numbers that are always allowed cost nothing, and
 * others what they execute.
 *
 * @param instructions length of the program, at most 4096
 * @param average executed instructions, over every number from 0 to the highest known one, with
 *     arguments of 0
 * @param maximum the most of them
 */
public record FilterCost(int instructions, double average, int maximum) {}
