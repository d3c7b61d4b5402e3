package io.github.cofferdam.launcher;

/**
 * A descriptor that one step opens and later steps use. Two slots are equal only if they are the
 * same object: the name is for people.
 *
 * <p>In a child its number is known when the image is written, because the child begins with known
 * descriptors and the kernel hands out the lowest free number. On this thread it is whatever the
 * kernel gives.
 */
public final class Slot implements Arg {
  private final String name;

  private Slot(String name) {
    this.name = name;
  }

  /** {@return a new slot} */
  public static Slot named(String name) {
    return new Slot(name);
  }

  @Override
  public String display() {
    return name;
  }

  @Override
  public String toString() {
    return name;
  }
}
