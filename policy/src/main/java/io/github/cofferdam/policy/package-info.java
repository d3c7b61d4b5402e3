/**
 * What may pass, as a value: a {@link io.github.cofferdam.policy.Policy} says what a command may
 * do. It comes from a TOML file or from a builder, and never from anything that the confined side
 * wrote. Beside it stand the words in which every report answers: {@link
 * io.github.cofferdam.policy.Protection}, {@link io.github.cofferdam.policy.Enforcement}, {@link
 * io.github.cofferdam.policy.EnforcementReport}.
 */
@NullMarked
package io.github.cofferdam.policy;

import org.jspecify.annotations.NullMarked;
