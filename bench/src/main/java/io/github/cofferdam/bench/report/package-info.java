/** What is made from a benchmark's result: the report, and the comparison of two results. */
@NullMarked
package io.github.cofferdam.bench.report;

import org.jspecify.annotations.NullMarked;
