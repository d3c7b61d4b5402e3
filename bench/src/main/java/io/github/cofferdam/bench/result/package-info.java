/** What a benchmark run found, and the file that it is kept in. */
@org.jspecify.annotations.NullMarked
package io.github.cofferdam.bench.result;
