/**
 * What this host offers, found out by asking and by trying; a policy tried on it; and how to get
 * what it lacks.
 */
@NullMarked
package io.github.cofferdam.doctor;

import org.jspecify.annotations.NullMarked;
