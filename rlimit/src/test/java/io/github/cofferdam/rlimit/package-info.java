@NullMarked
package io.github.cofferdam.rlimit;

import org.jspecify.annotations.NullMarked;
