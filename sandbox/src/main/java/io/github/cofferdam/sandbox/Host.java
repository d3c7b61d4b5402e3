package io.github.cofferdam.sandbox;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.landlock.Abi;
import io.github.cofferdam.namespaces.Capabilities;
import java.io.IOException;

/**
 * What this host can do, as far as a confinement depends on it. A value, so that a test can ask
 * what would happen on another one.
 *
 * @param arch the architecture
 * @param landlock the Landlock version, 0 if there is none
 * @param mayDropPrivileges whether this thread holds CAP_SETPCAP, and so can take the privileges
 *     from user id 0
 */
record Host(Arch arch, Abi landlock, boolean mayDropPrivileges) {

  static Host current() throws IOException {
    return new Host(Arch.host(), Abi.current(), Capabilities.holds(Uapi.CAP_SETPCAP()));
  }
}
