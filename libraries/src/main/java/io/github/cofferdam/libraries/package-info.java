/** Nothing but the packages below: what other libraries are made of, under these names. */
@NullMarked
package io.github.cofferdam.libraries;

import org.jspecify.annotations.NullMarked;
