/**
 * A policy on this host: the layers that enforce it, and what may be claimed for them.
 *
 * <p>Internal: exported to the modules of this project that run commands or judge hosts.
 */
@NullMarked
package io.github.cofferdam.confinement;

import org.jspecify.annotations.NullMarked;
