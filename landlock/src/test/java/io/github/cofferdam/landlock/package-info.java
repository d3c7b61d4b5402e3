@NullMarked
package io.github.cofferdam.landlock;

import org.jspecify.annotations.NullMarked;
