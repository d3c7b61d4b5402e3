package io.github.cofferdam.doctor;

import io.github.cofferdam.confinement.NamespaceSettings;
import io.github.cofferdam.documents.Text;
import java.io.IOException;
import java.nio.file.NoSuchFileException;

/** What may keep a user from making namespaces: limits, and switches of distributions. */
final class UserNamespaceFacts {
  static final String SECTION = "user_namespaces";

  private UserNamespaceFacts() {}

  static HostSection of(HostProbe machine) {
    var facts = new Facts(SECTION);
    for (String kind : NamespaceSettings.KINDS) {
      String key = NamespaceSettings.maximum(kind);
      facts.ask(key, () -> new Finding.Count(number(machine, "/proc/sys/user/" + key), ""));
    }
    return facts
        .ask(NamespaceSettings.CLONE, () -> clone(machine))
        .ask(NamespaceSettings.APPARMOR, () -> appArmor(machine))
        .section();
  }

  private static Finding clone(HostProbe machine) throws IOException {
    return setting(
        machine,
        "/proc/sys/kernel/unprivileged_userns_clone",
        "a switch of some distributions' kernels only",
        value -> value == 0 ? "only root may make user namespaces" : "all users may");
  }

  private static Finding appArmor(HostProbe machine) throws IOException {
    return setting(
        machine,
        "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
        "a switch of AppArmor in some distributions' kernels only",
        value ->
            value == 0
                ? "AppArmor does not restrict them"
                : "AppArmor restricts them to programs whose profile allows userns");
  }

  /** What a number means. */
  interface Meaning {
    String of(long value);
  }

  /** A number in a file that not every kernel has. */
  static Finding setting(HostProbe machine, String file, String absent, Meaning meaning)
      throws IOException {
    try {
      long value = number(machine, file);
      return new Finding.Count(value, meaning.of(value));
    } catch (NoSuchFileException e) {
      return new Finding.Absent(absent);
    }
  }

  private static long number(HostProbe machine, String file) throws IOException {
    String content = machine.read(file).strip();
    try {
      return Long.parseLong(content);
    } catch (NumberFormatException e) {
      throw new IOException(file + " holds no number: " + Text.quote(content), e);
    }
  }
}
