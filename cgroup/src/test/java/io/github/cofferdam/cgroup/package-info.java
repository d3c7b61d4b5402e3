@NullMarked
package io.github.cofferdam.cgroup;

import org.jspecify.annotations.NullMarked;
