/** System calls, error numbers, descriptors and architectures, as small typed values. */
@NullMarked
package io.github.cofferdam.bindings;

import org.jspecify.annotations.NullMarked;
