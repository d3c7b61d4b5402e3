package io.github.cofferdam.bindings.uapi;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.ValueLayout;

/**
 * The C types that the generated layouts are made of: the LP64 ABI, which is that of every
 * supported architecture.
 *
 * <p>Written by hand; {@code bindings/jextract/regenerate} leaves it alone. The class that jextract
 * generates in its place gives C pointers a target layout, which is a restricted operation, so that
 * reading a mere constant would ask for native access. Here a pointer that is read from a structure
 * is a segment of size zero.
 */
class UapiLayouts {
  public static final ValueLayout.OfByte C_CHAR = ValueLayout.JAVA_BYTE;
  public static final ValueLayout.OfShort C_SHORT = ValueLayout.JAVA_SHORT;
  public static final ValueLayout.OfInt C_INT = ValueLayout.JAVA_INT;
  public static final ValueLayout.OfLong C_LONG = ValueLayout.JAVA_LONG;
  public static final ValueLayout.OfLong C_LONG_LONG = ValueLayout.JAVA_LONG;
  public static final AddressLayout C_POINTER = ValueLayout.ADDRESS;

  UapiLayouts() {}

  /** {@return {@code member} as it stands in a packed structure} */
  static MemoryLayout align(ValueLayout member, long alignment) {
    return member.withByteAlignment(alignment);
  }
}
