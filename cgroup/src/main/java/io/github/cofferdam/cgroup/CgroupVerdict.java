package io.github.cofferdam.cgroup;

/**
 * Whether a limit holds.
 *
 * @param enforced whether it does
 * @param detail by what, such as {@code memory.max (cgroup v2)}, or why not
 */
public record CgroupVerdict(boolean enforced, String detail) {}
