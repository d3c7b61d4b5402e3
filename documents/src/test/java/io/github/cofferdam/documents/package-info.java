@NullMarked
package io.github.cofferdam.documents;

import org.jspecify.annotations.NullMarked;
