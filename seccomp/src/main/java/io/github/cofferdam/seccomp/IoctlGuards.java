package io.github.cofferdam.seccomp;

import static io.github.cofferdam.seccomp.Argument.arg;
import static io.github.cofferdam.seccomp.Guards.ALLOW;
import static io.github.cofferdam.seccomp.Guards.REFUSE;
import static io.github.cofferdam.seccomp.Rule.when;

import io.github.cofferdam.bindings.uapi.Uapi;
import java.util.stream.IntStream;

/**
 * Rules for the commands of ioctl(2) that do to files, terminals and their owners what other calls
 * are refused for. The kernel reads an {@code unsigned int}:
 *
 * <pre>
 * | direction 2 | size 14 | type 8 | number 8 |     asm-generic/ioctl.h
 * </pre>
 *
 * <p>File systems take commands that neither Landlock nor a descriptor's own access stands before:
 * on one that is open for reading, btrfs makes and deletes subvolumes and takes snapshots, in which
 * a blocked path has a new name. So of their types only what is known to be harmless passes.
 */
final class IoctlGuards {
  private static final int TYPE = 0xff00;

  /** Types of file systems: btrfs, ext4 and fscrypt and fs-verity ('f'), f2fs, bcachefs. */
  private static final int[] FILE_SYSTEMS = {0x9400, 'f' << 8, 0xf500, 0xbc00};

  /** linux/fs.h and linux/fiemap.h, of those types: copies that share blocks, and what is there. */
  private static final int[] HARMLESS = {
    0x40049409, // FICLONE
    0x4020940d, // FICLONERANGE
    0xc0189436, // FIDEDUPERANGE
    (int) Uapi.FS_IOC_GETFLAGS(),
    0x80046601, // FS_IOC32_GETFLAGS
    0xc020660b, // FS_IOC_FIEMAP
  };

  /** Attributes of files, as far as they are changed by commands. */
  private static final int[] ATTRIBUTES = {
    (int) Uapi.FS_IOC_SETFLAGS(),
    0x40046602, // FS_IOC32_SETFLAGS
    0x401c5820, // FS_IOC_FSSETXATTR
    0x40047211, // FAT_IOCTL_SET_ATTRIBUTES of linux/msdos_fs.h
  };

  /**
   * What outlasts the command on a terminal that it was handed, or keeps others from using it: text
   * that is typed in, another line discipline, a lock, stopped output.
   */
  private static final int[] TERMINAL = {
    Uapi.TIOCSTI(), Uapi.TIOCLINUX(), Uapi.TIOCSETD(), Uapi.TIOCEXCL(), Uapi.TCXONC(),
  };

  private static final int[] GENERATIONS = {
    0x40087602, // FS_IOC_SETVERSION
    0x40047602, // FS_IOC32_SETVERSION
  };

  /** {@code _IOW('o', 4, struct reflink_arguments)} of fs/ocfs2/ocfs2_ioctl.h: makes a file. */
  private static final int OCFS2_REFLINK = 0x40186f04;

  /** SIOCGIFNAME, and the last of its type, linux/sockios.h. */
  private static final int FIRST_OF_INTERFACES = 0x8910;

  private static final int LAST_OF_SOCKETS = 0x89ff;

  private IoctlGuards() {}

  /**
   * {@return the rule}
   *
   * @param metadataChanges whether attributes of files can be changed
   * @param interfaces whether sockets tell of interfaces and their addresses
   */
  static Rule rule(boolean metadataChanges, boolean interfaces) {
    IntStream refused =
        IntStream.concat(
            IntStream.of(TERMINAL),
            IntStream.concat(
                IntStream.of(ProcessGuards.OWNER_COMMANDS), IntStream.of(GENERATIONS)));
    IntStream harmless = IntStream.of(HARMLESS);
    if (metadataChanges) {
      // Those of other types pass without being asked for.
      IntStream asked = IntStream.of(ATTRIBUTES).filter(IoctlGuards::isOfFileSystem);
      harmless = IntStream.concat(harmless, asked);
    } else {
      refused = IntStream.concat(refused, IntStream.of(ATTRIBUTES));
    }
    IntArgument command = arg(1).asInt();
    Rule.Then rule =
        when(command.in(IntStream.concat(refused, IntStream.of(OCFS2_REFLINK)).toArray()))
            .then(REFUSE)
            .orWhen(command.in(harmless.toArray()))
            .then(ALLOW)
            .orWhen(command.masked(TYPE).in(FILE_SYSTEMS))
            .then(REFUSE);
    if (!interfaces) {
      rule =
          rule.orWhen(command.atLeast(FIRST_OF_INTERFACES).and(command.atMost(LAST_OF_SOCKETS)))
              .then(REFUSE);
    }
    return rule.otherwise(ALLOW);
  }

  private static boolean isOfFileSystem(int command) {
    return IntStream.of(FILE_SYSTEMS).anyMatch(type -> type == (command & TYPE));
  }
}
