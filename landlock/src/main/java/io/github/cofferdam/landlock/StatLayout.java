package io.github.cofferdam.landlock;

/**
 * Places in structures that tell about files. The generated classes know them as well, but to load
 * those takes tens of milliseconds in every process that starts a command; a test compares.
 *
 * <pre>
 * struct statx (linux/stat.h)
 *  0      32      40    80                    136       140       256
 *  +------+-------+-----+---------------------+---------+---------+
 *  | mask | inode | ... | birth: sec 64, nsec | device: | device: |
 *  | ...  | u64   |     | 32, reserved 32 ... | major   | minor   |
 *  +------+-------+-----+---------------------+---------+---------+
 *
 * struct statfs (asm/statfs.h): | type 64 | ...;  struct open_how (linux/openat2.h):
 * | flags 64 | mode 64 | resolve 64 |
 * </pre>
 */
final class StatLayout {
  static final long STATX_SIZE = 256;
  static final long STATX_INODE = 32;
  static final long STATX_BIRTH_NANOS = 88;
  static final long STATX_MAJOR = 136;
  static final long STATX_MINOR = 140;

  static final long STATFS_SIZE = 120;
  static final long STATFS_TYPE = 0;

  static final long OPEN_HOW_SIZE = 24;
  static final long OPEN_HOW_FLAGS = 0;
  static final long OPEN_HOW_RESOLVE = 16;

  private StatLayout() {}
}
