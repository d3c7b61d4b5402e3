package io.github.cofferdam.doctor;

/**
 * One line of a {@link HostReport}.
 *
 * @param key what was asked, such as {@code memfd_noexec}; unique in its section, and stable
 * @param finding the answer
 */
public record HostFact(String key, Finding finding) {}
