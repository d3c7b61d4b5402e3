@NullMarked
package io.github.cofferdam.broker;

import org.jspecify.annotations.NullMarked;
