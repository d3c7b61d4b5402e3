@NullMarked
package io.github.cofferdam.policy;

import org.jspecify.annotations.NullMarked;
