/** Linux namespaces and capabilities as values that become setup programs. */
@NullMarked
package io.github.cofferdam.namespaces;

import org.jspecify.annotations.NullMarked;
