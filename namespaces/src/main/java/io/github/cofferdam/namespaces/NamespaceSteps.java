package io.github.cofferdam.namespaces;

import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Arg;
import io.github.cofferdam.launcher.Memory;
import io.github.cofferdam.launcher.Slot;
import io.github.cofferdam.launcher.Step;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;

/**
 * Single steps to make namespaces and to enter those of others.
 *
 * {@snippet lang="java" :
 * Slot other = Slot.named("other");
 * SetupProgram program =
 *     SetupProgram.of(
 *         NamespaceSteps.openProcess(pid, other),
 *         NamespaceSteps.enter(other, EnumSet.of(Namespace.USER, Namespace.NETWORK)),
 *         Step.close(other));
 * }
 */
public final class NamespaceSteps {
  private NamespaceSteps() {}

  /**
   * {@return the step that leaves some namespaces for new ones} A new process-id or time namespace
   * is that of the children.
   *
   * @throws IllegalArgumentException if there are none
   */
  public static Step unshare(Set<Namespace> namespaces) {
    String names = names(namespaces);
    return Step.of(
        "unshare",
        "create namespaces (" + names.replace("|", ", ") + ")",
        Arg.of(flags(namespaces), names));
  }

  /**
   * {@return the step that opens a namespace's file, such as {@code /proc/1/ns/net}}
   *
   * @param file absolute
   */
  public static Step open(Path file, Slot slot) {
    String path = OsText.of(file);
    return Step.of(
            "openat",
            "open the namespace " + path,
            Arg.of(Uapi.AT_FDCWD(), "AT_FDCWD"),
            Memory.text(path),
            Arg.of(Uapi.O_RDONLY() | Uapi.O_CLOEXEC(), "O_RDONLY|O_CLOEXEC"))
        .opening(slot);
  }

  /** {@return the step that opens a process, for {@link #enter(Slot, Set)}} */
  public static Step openProcess(long pid, Slot slot) {
    return Step.of("pidfd_open", "open the process " + pid, Arg.of(pid), Arg.of(0)).opening(slot);
  }

  /**
   * {@return the step that enters the namespace of an open file} It fails with EINVAL if the
   * namespace is of another kind.
   */
  public static Step enter(Slot file, Namespace namespace) {
    return setns(file, EnumSet.of(namespace));
  }

  /**
   * {@return the step that enters some namespaces of an open process, all of them or none} (Linux
   * 5.8)
   *
   * @throws IllegalArgumentException if there are none
   */
  public static Step enter(Slot process, Set<Namespace> namespaces) {
    return setns(process, namespaces);
  }

  private static Step setns(Slot slot, Set<Namespace> namespaces) {
    String names = names(namespaces);
    return Step.of(
        "setns",
        "enter namespaces (" + names.replace("|", ", ") + ")",
        slot,
        Arg.of(flags(namespaces), names));
  }

  static long flags(Set<Namespace> namespaces) {
    long flags = 0;
    for (Namespace namespace : namespaces) {
      flags |= namespace.flag();
    }
    return flags;
  }

  private static String names(Set<Namespace> namespaces) {
    if (namespaces.isEmpty()) {
      throw new IllegalArgumentException("no namespaces");
    }
    var names = new StringBuilder();
    for (Namespace namespace : EnumSet.copyOf(namespaces)) {
      names.append(names.isEmpty() ? "" : "|").append(namespace.flagName());
    }
    return names.toString();
  }
}
