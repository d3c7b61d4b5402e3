/**
 * Answers the kernel's questions while a command runs: which host, which name, which port.
 *
 * <p>Internal: exported to the modules of this project that run commands or judge hosts.
 */
@NullMarked
package io.github.cofferdam.broker;

import org.jspecify.annotations.NullMarked;
