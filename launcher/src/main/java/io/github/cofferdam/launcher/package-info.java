/** Setup programs and the launcher that runs them in a child. */
@NullMarked
package io.github.cofferdam.launcher;

import org.jspecify.annotations.NullMarked;
