@NullMarked
package io.github.cofferdam.profiles;

import org.jspecify.annotations.NullMarked;
