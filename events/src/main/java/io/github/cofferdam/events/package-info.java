/**
 * One stream of typed events, and what listens to it: the audit log, a file of JSON lines with
 * secrets masked.
 */
@NullMarked
package io.github.cofferdam.events;

import org.jspecify.annotations.NullMarked;
