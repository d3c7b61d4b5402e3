/**
 * Strict reading of what people write: TOML and JSON with the places of all that is wrong, nothing
 * hidden, nothing twice, nothing that nobody asked for; and text that a terminal may show.
 *
 * <p>Internal: exported to the modules of this project that read or write documents.
 */
@NullMarked
package io.github.cofferdam.documents;

import org.jspecify.annotations.NullMarked;
