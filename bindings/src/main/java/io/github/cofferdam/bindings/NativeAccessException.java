package io.github.cofferdam.bindings;

/**
 * The virtual machine was started without permission for native access; the message names the flag.
 */
public final class NativeAccessException extends RuntimeException {
  private static final long serialVersionUID = 1;

  NativeAccessException(Module module, Throwable cause) {
    super(
        "Cofferdam calls the Linux kernel through java.lang.foreign, and this virtual machine"
            + " forbids it. Start it with --enable-native-access="
            + (module.isNamed() ? module.getName() : "ALL-UNNAMED"),
        cause);
  }
}
