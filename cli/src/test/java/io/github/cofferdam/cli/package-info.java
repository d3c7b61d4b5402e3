/** Tests of the command, in this process and out of it. */
@NullMarked
package io.github.cofferdam.cli;

import org.jspecify.annotations.NullMarked;
