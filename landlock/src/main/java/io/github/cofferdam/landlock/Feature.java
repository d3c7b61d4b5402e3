package io.github.cofferdam.landlock;

/** Something that Landlock can do, from some version of its interface on. */
public sealed interface Feature permits FsRight, NetRight, Scope, RestrictFlag, RuleFlag {

  /** {@return the kernel's name without its prefix, such as {@code READ_FILE}} */
  String name();

  /** {@return its bit in the kernel's structures} */
  long bit();

  /** {@return the first version of the interface that has it} */
  Abi abi();
}
