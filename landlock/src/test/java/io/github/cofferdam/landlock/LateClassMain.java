package io.github.cofferdam.landlock;

import java.nio.file.Path;

/**
 * A virtual machine in which a confined thread is the first to use a class. Prints whether that
 * worked inside, and then outside.
 */
final class LateClassMain {
  private LateClassMain() {}

  /** Nothing else uses it. */
  static final class Late {
    private Late() {}

    static String name() {
      return "loaded";
    }
  }

  /** Arguments: {@code without} or {@code with} the class path, and a file that is granted. */
  public static void main(String[] args) throws Exception {
    var builder = LandlockPolicy.builder().read(Path.of(args[1]));
    if (args[0].equals("with")) {
      builder.readClasses();
    }
    LandlockLayer layer = builder.build().on(LandlockSupport.probe());
    String inside = ConfinedThread.call(layer, LateClassMain::use);
    System.out.println("inside " + inside + ", outside " + use());
  }

  private static String use() {
    try {
      return Late.name();
    } catch (NoClassDefFoundError e) {
      return "broken";
    }
  }
}
