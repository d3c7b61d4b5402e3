/** What the tests of several modules share. */
@NullMarked
package io.github.cofferdam.testkit;

import org.jspecify.annotations.NullMarked;
