/** Checks over the whole repository: its arrows, its native access, its form, its documents. */
@NullMarked
package io.github.cofferdam.checks;

import org.jspecify.annotations.NullMarked;
