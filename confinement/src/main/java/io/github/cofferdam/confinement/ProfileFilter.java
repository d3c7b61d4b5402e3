package io.github.cofferdam.confinement;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.documents.Text;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.PolicyPath;
import io.github.cofferdam.policy.SeccompSettings;
import io.github.cofferdam.profiles.ProfileException;
import io.github.cofferdam.profiles.SeccompProfile;
import io.github.cofferdam.seccomp.Action;
import io.github.cofferdam.seccomp.Profile;
import io.github.cofferdam.seccomp.SeccompFilter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** The filter of the seccomp profile that a policy names, to stand behind the baseline. */
public final class ProfileFilter {
  /** Without these, nothing could be started behind the filter, or said of what went wrong. */
  private static final List<String> NEEDED = List.of("execve", "exit_group", "write");

  /** Compiling takes longer than starting a process. */
  private static final ConcurrentMap<Profile, SeccompFilter> COMPILED = new ConcurrentHashMap<>();

  private ProfileFilter() {}

  /**
   * {@return the filter; empty if the policy names no profile}
   *
   * @param base the real directory that relative paths begin with
   * @param files what the command may write: not the profile of its next run
   * @throws Refusal if there is no such profile, it cannot be used, or the command could write it
   */
  public static Optional<SeccompFilter> of(Policy policy, Path base, FileGrants files)
      throws Refusal {
    SeccompSettings settings = policy.seccomp();
    if (!settings.isAny()) {
      return Optional.empty();
    }
    SeccompFilter filter =
        settings.file().isPresent()
            ? ofFile(policy, settings.file().get(), base, files)
            : COMPILED.computeIfAbsent(
                Profile.valueOf(settings.profile().orElseThrow().toUpperCase(Locale.ROOT)),
                profile -> profile.filter(Arch.host()));
    for (String call : NEEDED) {
      if (!filter.decide(Arch.host(), call).equals(Action.allow())
          && !filter.decide(Arch.host(), call).equals(Action.log())) {
        throw new Refusal(
            "seccomp: the profile "
                + Text.quote(settings.toString())
                + " does not let "
                + call
                + " pass, without which no command can be started behind it");
      }
    }
    return Optional.of(filter);
  }

  private static SeccompFilter ofFile(Policy policy, String text, Path base, FileGrants files)
      throws Refusal {
    new LinkedWays(files).refuse("seccomp.file", text, base);
    Path file = PolicyPath.resolve(text, base, PolicyPath.home());
    if (files.restricted()
        && PathFinder.find(file) instanceof PathFinder.Found(Path real)
        && files.mayWrite(real)) {
      throw new Refusal(
          "seccomp.file: "
              + OsText.show(real)
              + " lies where the command may write: it could choose what holds in its next run;"
              + " move it out of the writable paths");
    }
    try {
      List<String> kept =
          policy.capabilities().stream()
              .map(capability -> "CAP_" + capability.key().toUpperCase(Locale.ROOT))
              .toList();
      return SeccompProfile.load(file, policy.seccomp().profile().orElse(null))
          .filter(SeccompProfile.Selection.host().withCapabilities(kept));
    } catch (ProfileException e) {
      throw new Refusal("seccomp.file: " + e.getMessage(), e);
    }
  }
}
