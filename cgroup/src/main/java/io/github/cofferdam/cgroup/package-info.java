/**
 * Control groups of versions 1 and 2: where they are, a group of one's own for a process tree, its
 * limits, and what became of it.
 */
@NullMarked
package io.github.cofferdam.cgroup;

import org.jspecify.annotations.NullMarked;
