package io.github.cofferdam.namespaces;

/** How a root is made. */
enum Way {
  /** In each sandbox, by the new system calls. */
  TREES,
  /** In each sandbox, by the old one. */
  CLASSIC,
  /** In two parts, if that root can be; else as {@link #TREES}. */
  TEMPLATE
}
