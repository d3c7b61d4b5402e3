/**
 * Landlock as values: what a process may do with files, ports, signals and sockets, enforced by the
 * kernel.
 *
 * <p>A {@link io.github.cofferdam.landlock.LandlockPolicy} says what may be done. {@link
 * io.github.cofferdam.landlock.LandlockPolicy#on} turns it into a {@link
 * io.github.cofferdam.landlock.LandlockLayer} for a kernel that offers so much of Landlock: the
 * system calls that enforce it, and what this kernel cannot enforce.
 *
 * @see <a href="https://docs.kernel.org/userspace-api/landlock.html">Landlock: unprivileged access
 *     control</a>
 */
@NullMarked
package io.github.cofferdam.landlock;

import org.jspecify.annotations.NullMarked;
