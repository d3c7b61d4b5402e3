package io.github.cofferdam.confinement;

import io.github.cofferdam.bindings.MountInfo;
import io.github.cofferdam.landlock.Abi;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.policy.Requirement;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Whether a command could write to its own audit log, or put another one in its place: then it
 * could take back what the log says, and nothing is run.
 */
public final class AuditReach {
  private AuditReach() {}

  /**
   * Refuses a log within reach.
   *
   * @param log its path, as the policy has it but absolute
   */
  public static void refuse(Policy policy, FileGrants files, Host host, Path log) throws Refusal {
    Path real;
    MountInfo mounts;
    List<Path> places = new ArrayList<>();
    try {
      real = log.toRealPath();
      places.add(real);
      mounts = MountInfo.read();
      places.addAll(mounts.placesAndImages(real));
    } catch (IOException e) {
      throw new Refusal("the audit log " + log + " is gone", e);
    }
    if (!isWalled(policy, files, host)) {
      refuseUnlessCovered(policy, files, real);
      return;
    }
    for (Path place : places) {
      if (files.mayWrite(place)
          || (!OwnRoot.isMadeFor(policy) && isWrittenByOtherName(files, mounts, place))) {
        throw new Refusal(
            "the audit log "
                + real
                + (place.equals(real) ? "" : ", which is " + place + " too,")
                + " lies where the command may write; put it somewhere else");
      }
    }
  }

  /** What Landlock lets be written in a directory, it does by all names of the directory. */
  private static boolean isWrittenByOtherName(FileGrants files, MountInfo mounts, Path log) {
    for (Path granted : files.readWrite()) {
      for (Path name : mounts.otherPlaces(granted)) {
        if (log.startsWith(name)) {
          return true;
        }
      }
    }
    return false;
  }

  /** Whether anything keeps the command from its user's files. */
  private static boolean isWalled(Policy policy, FileGrants files, Host host) {
    return files.restricted()
        && policy.enforcement().of(Protection.FILESYSTEM) != Requirement.OFF
        && (OwnRoot.isMadeFor(policy) || host.landlock().compareTo(Abi.V1) >= 0);
  }

  /** The log is this user's, or it would not have been opened; so the command may change it. */
  private static void refuseUnlessCovered(Policy policy, FileGrants files, Path log)
      throws Refusal {
    boolean covers = OwnRoot.coversPaths(policy);
    for (Path blocked : files.blocked()) {
      if (covers && log.startsWith(blocked)) {
        return;
      }
    }
    String why =
        !files.restricted()
            ? "mode = full-access"
            : policy.enforcement().of(Protection.FILESYSTEM) == Requirement.OFF
                ? "enforcement.filesystem = off"
                : "a kernel without Landlock";
    throw new Refusal(
        "the audit log "
            + log
            + " lies where the command may write, because of "
            + why
            + "; use mode = readonly or workspace-write, or isolation = namespace (in mode"
            + " full-access with the log's directory in filesystem.blocked), or do without the"
            + " log");
  }
}
