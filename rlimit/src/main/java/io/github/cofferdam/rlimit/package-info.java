/**
 * POSIX resource limits: all sixteen, typed, for this process, another one, or a child before it
 * starts.
 */
@NullMarked
package io.github.cofferdam.rlimit;

import org.jspecify.annotations.NullMarked;
