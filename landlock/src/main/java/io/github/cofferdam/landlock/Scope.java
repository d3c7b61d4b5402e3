package io.github.cofferdam.landlock;

import io.github.cofferdam.bindings.uapi.Uapi;

/**
 * What a process can be kept from doing to processes outside its domain; the other direction stays
 * open. There are no exceptions, and the kernel answers EPERM.
 *
 * @see <a href="https://docs.kernel.org/userspace-api/landlock.html#scope-flags">Landlock: scope
 *     flags</a>
 */
public enum Scope implements Feature {
  /** Connect or send to abstract Unix sockets that were bound outside. */
  ABSTRACT_UNIX_SOCKET(Uapi.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET(), 6),
  /** Send signals to processes outside. */
  SIGNAL(Uapi.LANDLOCK_SCOPE_SIGNAL(), 6);

  private final long bit;
  private final int abi;

  Scope(long bit, int abi) {
    this.bit = bit;
    this.abi = abi;
  }

  @Override
  public long bit() {
    return bit;
  }

  @Override
  public Abi abi() {
    return Abi.of(abi);
  }
}
