/** Tests of the benchmarks, with sizes that make them no benchmarks. */
@NullMarked
package io.github.cofferdam.bench;

import org.jspecify.annotations.NullMarked;
