/**
 * Seccomp profiles as files: the OCI's JSON and TOML, read strictly, judged, compiled to a {@link
 * io.github.cofferdam.seccomp.SeccompFilter}, and written.
 */
@NullMarked
package io.github.cofferdam.profiles;

import org.jspecify.annotations.NullMarked;
