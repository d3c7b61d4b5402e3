@NullMarked
package io.github.cofferdam.events;

import org.jspecify.annotations.NullMarked;
