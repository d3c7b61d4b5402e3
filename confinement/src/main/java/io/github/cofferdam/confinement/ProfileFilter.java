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
import java.io.IOException;
import java.nio.file.Files;
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
   * @param streams what it may write as well
   * @throws Refusal if there is no such profile, it cannot be used, or the command could write it
   */
  public static Optional<SeccompFilter> of(
      Policy policy, Path base, FileGrants files, StandardStreams streams) throws Refusal {
    SeccompSettings settings = policy.seccomp();
    if (!settings.isAny()) {
      return Optional.empty();
    }
    SeccompFilter filter =
        settings.file().isPresent()
            ? ofFile(policy, settings.file().get(), base, files, streams)
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

  private static void refuseWritable(Path file, FileGrants files, StandardStreams streams)
      throws Refusal {
    if (files.mayWrite(file)) {
      throw new Refusal(
          "seccomp.file: "
              + OsText.show(file)
              + " lies where the command may write: it could choose what holds in its next run;"
              + " move it out of the writable paths");
    }
    try {
      if (files.grantsAnyWriting() && (int) Files.getAttribute(file, "unix:nlink") > 1) {
        throw new Refusal(
            "seccomp.file: "
                + OsText.show(file)
                + " has several names (hard links), and another one may lie where the command may"
                + " write; use a copy of it");
      }
      streams.refuse("the profile of seccomp.file", file);
    } catch (Refusal e) {
      throw e;
    } catch (IOException e) {
      throw new Refusal("seccomp.file: " + Text.of(e), e);
    }
  }

  private static SeccompFilter ofFile(
      Policy policy, String text, Path base, FileGrants files, StandardStreams streams)
      throws Refusal {
    Path file = PolicyPath.resolve(text, base, PolicyPath.home());
    if (files.restricted() && PathFinder.find(file) instanceof PathFinder.Found(Path real)) {
      new LinkedWays(files).refuse("seccomp.file", text, base, List.of(real));
      refuseWritable(real, files, streams);
      // Not by the way that led there.
      file = real;
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
