@NullMarked
package io.github.cofferdam.confinement;

import org.jspecify.annotations.NullMarked;
