@NullMarked
package io.github.cofferdam.doctor;

import org.jspecify.annotations.NullMarked;
