package io.github.cofferdam.landlock;

import io.github.cofferdam.bindings.FileStatus;

/**
 * Which file or directory something is, whatever its names, as {@code statx(2)} says.
 *
 * @param major of the device that it is on
 * @param minor of that device
 * @param inode its number there
 * @param birthNanos the part below a second of the time at which it was made, 0 where the file
 *     system does not know: tells a file from a later one that was given the same inode number
 */
public record FileIdentity(int major, int minor, long inode, int birthNanos) {
  static FileIdentity of(FileStatus status) {
    return new FileIdentity(status.major(), status.minor(), status.inode(), status.birthNanos());
  }

  /** {@return whether this is the same inode; the kernel's rules go by that} */
  boolean sameInode(FileIdentity other) {
    return inode == other.inode && minor == other.minor && major == other.major;
  }

  @Override
  public String toString() {
    return "inode " + inode + " on " + major + ":" + minor;
  }
}
