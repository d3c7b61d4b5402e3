/** What a benchmark run found, and the file that it is kept in. */
@NullMarked
package io.github.cofferdam.bench.result;

import org.jspecify.annotations.NullMarked;
