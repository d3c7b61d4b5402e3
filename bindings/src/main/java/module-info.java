/**
 * The kernel interface that every other module stands on: generated UAPI constants and layouts,
 * system call numbers, and one system call handle that captures the error number.
 *
 * <p>This is the only module that needs native access: {@code
 * --enable-native-access=io.github.cofferdam.bindings}.
 */
module io.github.cofferdam.bindings {
  requires static org.jspecify;

  exports io.github.cofferdam.bindings;
  exports io.github.cofferdam.bindings.uapi;
}
