/** Benchmarks of whole processes. */
@NullMarked
package io.github.cofferdam.bench;

import org.jspecify.annotations.NullMarked;
