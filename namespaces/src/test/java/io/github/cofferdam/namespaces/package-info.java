@NullMarked
package io.github.cofferdam.namespaces;

import org.jspecify.annotations.NullMarked;
