package io.github.cofferdam.cgroup;

import java.util.OptionalLong;

/**
 * How fast a block device may be used.
 *
 * @param device the disk, not a partition of it, as {@code major:minor}
 * @param read bytes a second; empty for as fast as it goes
 * @param write bytes a second; empty for as fast as it goes
 */
public record IoLimit(String device, OptionalLong read, OptionalLong write) {

  /**
   * Refuses what the kernel does not take.
   *
   * @throws IllegalArgumentException if the device is not two numbers, or a rate is below 1
   */
  public IoLimit {
    String[] numbers = device.split(":", -1);
    if (numbers.length != 2 || !isNumber(numbers[0]) || !isNumber(numbers[1])) {
      throw new IllegalArgumentException("expected a device such as 8:0, found " + device);
    }
    if (read.orElse(1) < 1 || write.orElse(1) < 1) {
      throw new IllegalArgumentException("a rate of less than a byte a second");
    }
  }

  private static boolean isNumber(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return false;
      }
    }
    return !text.isEmpty();
  }

  /** As {@code io.max} takes it. */
  String line() {
    return device + " rbps=" + rate(read) + " wbps=" + rate(write);
  }

  private static String rate(OptionalLong bytes) {
    return bytes.isPresent() ? Long.toString(bytes.getAsLong()) : "max";
  }
}
