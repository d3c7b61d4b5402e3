/** The {@code cofferdam} command. */
@NullMarked
package io.github.cofferdam.cli;

import org.jspecify.annotations.NullMarked;
