package io.github.cofferdam.confinement;

import io.github.cofferdam.seccomp.ThreadStatus;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a host's administrator, or a sandbox around this process, has set for namespaces: limits,
 * switches of distributions, a filter.
 *
 * @param numbers by the names of the files in {@code /proc/sys/user} and {@code /proc/sys/kernel};
 *     what this kernel does not have, or this user may not read, is left out; copied
 * @param filtered whether a seccomp filter stands around this thread
 */
public record NamespaceSettings(Map<String, Long> numbers, boolean filtered) {
  /** As the files in {@code /proc/sys/user} call them. */
  public static final List<String> KINDS = List.of("user", "pid", "mnt", "net", "ipc", "uts");

  /** A switch of some distributions' kernels in {@code /proc/sys/kernel}: 0 for root alone. */
  public static final String CLONE = "unprivileged_userns_clone";

  /** A switch of AppArmor's there: 0 for no restriction. */
  public static final String APPARMOR = "apparmor_restrict_unprivileged_userns";

  private static final List<String> WITHOUT_NETWORK = List.of("user", "pid", "mnt", "ipc", "uts");

  private static final Path USER = Path.of("/proc/sys/user");
  private static final Path KERNEL = Path.of("/proc/sys/kernel");

  /** More than any number has; see {@link #read}. */
  private static final int ENOUGH = 64;

  /** Keeps a copy of the map, which nobody can change. */
  public NamespaceSettings {
    numbers = Map.copyOf(numbers);
  }

  /** {@return those that a run takes}, with a network namespace or without */
  static List<String> kinds(boolean network) {
    return network ? KINDS : WITHOUT_NETWORK;
  }

  /** {@return the name of the file with the largest number of namespaces of a kind} */
  public static String maximum(String kind) {
    return "max_" + kind + "_namespaces";
  }

  /** {@return what is set for the calling thread} */
  static NamespaceSettings ofThisThread() {
    var numbers = new HashMap<String, Long>();
    for (String kind : KINDS) {
      read(USER, maximum(kind), numbers);
    }
    read(KERNEL, CLONE, numbers);
    read(KERNEL, APPARMOR, numbers);
    return new NamespaceSettings(numbers, ThreadStatus.ofThisThread().filtered());
  }

  /**
   * Reads a number with one read: the kernel gives it to the first only (kernel/sysctl.c, {@code
   * do_proc_dointvec}).
   */
  private static void read(Path directory, String name, Map<String, Long> numbers) {
    try (InputStream in = Files.newInputStream(directory.resolve(name))) {
      var content = new byte[ENOUGH];
      int size = Math.max(0, in.read(content));
      String text = new String(content, 0, size, StandardCharsets.ISO_8859_1).strip();
      numbers.put(name, Long.parseLong(text));
    } catch (IOException | NumberFormatException e) {
      // Not there is an answer, and whoever wants the reason asks doctor.
      numbers.remove(name);
    }
  }

  /** {@return a number; below 0 where there is none} */
  long number(String name) {
    return numbers.getOrDefault(name, -1L);
  }
}
