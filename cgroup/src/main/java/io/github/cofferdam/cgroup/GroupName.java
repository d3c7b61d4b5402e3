package io.github.cofferdam.cgroup;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names of groups. They say whose they are, so that those of a virtual machine that was killed can
 * be recognised and removed by the next one:
 *
 * <pre>
 * cofferdam-4026531836-1234-567890-7
 *           |          |    |      number, or "self" for the group that the owner itself is in
 *           |          process id and start time of the owner
 *           process-id namespace of the owner
 * </pre>
 */
final class GroupName {
  private static final Pattern FORM =
      Pattern.compile("cofferdam-(\\d{1,19})-((\\d{1,10})-\\d{1,19})-(\\d{1,19}|self)");

  private static final AtomicLong COUNTER = new AtomicLong();

  private GroupName() {}

  /** {@return a new name for a sandbox's group} */
  static String next(CgroupFiles files) throws IOException {
    return prefix(files) + COUNTER.incrementAndGet();
  }

  /** {@return the name of the group that this process moves itself to} */
  static String own(CgroupFiles files) throws IOException {
    return prefix(files) + "self";
  }

  private static String prefix(CgroupFiles files) throws IOException {
    String identity = files.identity(files.self());
    if (identity.isEmpty()) {
      throw new IOException("cannot tell when this process was started");
    }
    return "cofferdam-" + files.processNamespace() + "-" + identity + "-";
  }

  /**
   * {@return whether a name's owner has ended}; not for names of other process-id namespaces, whose
   * processes cannot be seen.
   */
  static boolean isStale(String name, CgroupFiles files) throws IOException {
    Matcher matcher = FORM.matcher(name);
    return matcher.matches()
        && matcher.group(1).equals(Long.toString(files.processNamespace()))
        && !files.identity(Long.parseLong(matcher.group(3))).equals(matcher.group(2));
  }

  /** {@return whether a process has moved itself to a group of this name} */
  static boolean isOwn(String name) {
    return FORM.matcher(name).matches() && name.endsWith("-self");
  }
}
