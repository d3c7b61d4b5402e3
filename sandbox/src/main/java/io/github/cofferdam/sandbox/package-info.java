/**
 * The door for applications: a policy, the sandbox that enforces it, the audit trail and the typed
 * outcome.
 *
 * <p>A {@link io.github.cofferdam.policy.Policy} is an immutable value that says what a command may
 * do. It comes from a TOML file or from a builder, and never from anything that the sandboxed side
 * wrote.
 */
@NullMarked
package io.github.cofferdam.sandbox;

import org.jspecify.annotations.NullMarked;
