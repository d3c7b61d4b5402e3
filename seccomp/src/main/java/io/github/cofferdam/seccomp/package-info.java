/**
 * System call filters as values: said in rules, compiled to classic BPF, questioned without a
 * kernel, installed as a setup program.
 *
 * <p>The rooms have one-way doors: rules ({@link io.github.cofferdam.seccomp.SeccompFilter}, {@link
 * io.github.cofferdam.seccomp.Rule}, {@link io.github.cofferdam.seccomp.Condition}) know nothing of
 * BPF; the compiler knows both; assembler, verifier and interpreter know nothing of rules.
 */
@NullMarked
package io.github.cofferdam.seccomp;

import org.jspecify.annotations.NullMarked;
