package io.github.cofferdam.sandbox;

/**
 * A limit of the policy that was in the way of a run.
 *
 * @param limit its name in the policy, such as {@code memory}
 * @param evidence what the kernel has counted or reported, in words
 */
public record HitLimit(String limit, String evidence) {}
