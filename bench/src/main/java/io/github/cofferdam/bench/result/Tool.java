package io.github.cofferdam.bench.result;

import java.util.Optional;

/**
 * A program that is compared with.
 *
 * @param name the project's own name for itself, such as bubblewrap
 * @param version what the program says; empty if it is not here or does not run
 * @param missing why it was not measured, and how to get it; empty if it was
 */
public record Tool(String name, Optional<String> version, Optional<String> missing) {}
