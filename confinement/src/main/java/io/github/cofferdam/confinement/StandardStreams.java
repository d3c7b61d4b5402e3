package io.github.cofferdam.confinement;

import io.github.cofferdam.bindings.Fd;
import io.github.cofferdam.bindings.FileStatus;
import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.landlock.Abi;
import io.github.cofferdam.landlock.FsRight;
import io.github.cofferdam.launcher.PseudoTerminal;
import io.github.cofferdam.launcher.Stdio;
import io.github.cofferdam.launcher.StdioSet;
import io.github.cofferdam.launcher.StreamState;
import io.github.cofferdam.policy.Cause;
import io.github.cofferdam.policy.Cause.But.Gap;
import io.github.cofferdam.policy.EnforcedProtection;
import io.github.cofferdam.policy.EnforcementReport;
import io.github.cofferdam.policy.Network;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.policy.ProtectionState;
import io.github.cofferdam.policy.Requirement;
import io.github.cofferdam.policy.StreamKind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * The three descriptors that a command gets, looked at before it does: they are the only things
 * that it has from outside, and what they lead to is behind every wall.
 */
public final class StandardStreams {
  private static final String[] NAMES = {"standard input", "standard output", "standard error"};
  private static final String[] REDIRECTIONS = {"</dev/null", ">/dev/null", "2>/dev/null"};

  private final StdioSet set;
  private final List<Seen> seen;

  private StandardStreams(StdioSet set, List<Seen> seen) {
    this.set = set;
    this.seen = seen;
  }

  private record Seen(int index, Fd fd, StandardStream stream) {
    String name() {
      return NAMES[index];
    }
  }

  /**
   * {@return the streams that a command is to have, as they are now}
   *
   * @param asked what the command is to have
   * @param terminal the command's own, which cannot do harm
   * @throws Refusal if one of them is what the policy does not allow
   */
  public static StandardStreams look(
      StdioSet asked, Policy policy, Network.Access access, Optional<PseudoTerminal> terminal)
      throws IOException {
    Stdio[] given = {asked.in(), asked.out(), asked.err().orElse(asked.out())};
    List<Seen> seen = new ArrayList<>();
    for (int i = 0; i < given.length; i++) {
      if (i == 2 && asked.err().isEmpty()) {
        continue;
      }
      Optional<StandardStream> stream = Optional.empty();
      // This process's own, which nobody closes here, by its number.
      Fd fd = given[i] instanceof Stdio.Descriptor descriptor ? descriptor.fd() : Fd.owning(i);
      if (given[i] instanceof Stdio.Inherit) {
        stream = inherited(i, policy, access);
        if (stream.isEmpty()) {
          given[i] = Stdio.closed();
        } else if (stream.get().isNullDevice() && stream.get().changeable()) {
          // As good, and cannot be changed.
          given[i] = stream.get().isAsGoodAsClosed() ? Stdio.closed() : Stdio.discard();
          stream = Optional.empty();
        }
      } else if (given[i] instanceof Stdio.Descriptor
          && !(terminal.isPresent() && fd.equals(terminal.get().peer()))) {
        stream = passed(fd, policy, access);
      }
      if (stream.isPresent()) {
        seen.add(new Seen(i, fd, stream.get()));
      }
    }
    refuse(seen, policy);
    return new StandardStreams(
        new StdioSet(given[0], given[1], asked.err().map(err -> given[2])), seen);
  }

  private static Optional<StandardStream> inherited(
      int number, Policy policy, Network.Access access) throws IOException {
    if (OwnFiles.opened(number)) {
      return Optional.empty();
    }
    Optional<StandardStream> stream = StandardStream.of(number, policy, access);
    return stream.isPresent() && stream.get().isFile() && OwnFiles.uses(number, stream.get().file())
        ? Optional.empty()
        : stream;
  }

  private static Optional<StandardStream> passed(Fd fd, Policy policy, Network.Access access)
      throws IOException {
    if (!fd.acquire()) {
      return Optional.empty();
    }
    try {
      return StandardStream.of(fd.number(), policy, access);
    } finally {
      fd.release();
    }
  }

  private static void refuse(List<Seen> all, Policy policy) throws Refusal {
    var message = new StringBuilder();
    for (Seen one : all) {
      Optional<StreamKind> needs = one.stream().needs();
      if (needs.isPresent() && !policy.streams().contains(needs.get())) {
        message
            .append(message.isEmpty() ? "" : "\n")
            .append(one.name())
            .append(" (descriptor ")
            .append(one.index())
            .append(") is ")
            .append(one.stream().what())
            .append(". For the command to have it ")
            .append(needs.get().gives())
            .append("; redirect it (")
            .append(REDIRECTIONS[one.index()])
            .append("), or let the policy allow it: [streams] allow = [\"")
            .append(needs.get().key())
            .append("\"]");
      }
    }
    if (!message.isEmpty()) {
      throw new Refusal(message.toString());
    }
  }

  /** What the command is to get: what this process has not open, it does not get either. */
  public StdioSet set() {
    return set;
  }

  /**
   * {@return by number, the rights with which the command may open them again by name} ({@code
   * /dev/stderr}, {@code /dev/fd/2}, {@code /proc/self/fd/2}): those that the descriptors give.
   */
  public Map<Integer, Set<FsRight>> reopened() {
    var rights = new TreeMap<Integer, Set<FsRight>>();
    for (Seen one : seen) {
      Set<FsRight> of = one.stream().reopened();
      if (!of.isEmpty()) {
        rights.put(one.index(), of);
      }
    }
    return rights;
  }

  /** Adds how those are that the command shares with this process, to be restored. */
  public void addStates(List<StreamState> states) throws IOException {
    for (Seen one : seen) {
      // As in >file 2>&1.
      if (states.stream().noneMatch(state -> state.add(one.fd()))) {
        states.add(StreamState.of(one.fd(), one.stream().file()));
      }
    }
  }

  /**
   * Refuses streams that lead to a file which is not to be the command's, such as the audit log:
   * what it says there is no log.
   *
   * @param what what the file is
   */
  public void refuse(String what, Path path) throws IOException {
    FileStatus file =
        FileStatus.of(path.toRealPath())
            .orElseThrow(() -> new Refusal(what + " " + path + " is gone"));
    for (Seen one : seen) {
      if (one.stream().file().sameFile(file)) {
        throw new Refusal(
            "a standard stream leads to "
                + what
                + " "
                + path
                + ", which the command could change through it; redirect the stream to another"
                + " file");
      }
    }
  }

  /** {@return whether one is a file that the command may fill} */
  public boolean fillFiles() {
    return seen.stream().anyMatch(one -> one.stream().isFileToWrite());
  }

  /**
   * Adds what they do to a report.
   *
   * @param readOnlyMounts whether nothing but mounts keeps the command from changing modes and
   *     owners: those are not the mounts through which the streams were opened
   * @param landlock what refuses to open again for writing, or to cut short, what is open for
   *     reading
   * @param granted whether the command may write to a path by the policy
   */
  public EnforcementReport describe(
      EnforcementReport report, boolean readOnlyMounts, Abi landlock, Predicate<Path> granted) {
    EnforcementReport described = report;
    var changeable = new StringBuilder();
    var read = new StringBuilder();
    var added = new StringBuilder();
    for (Seen one : seen) {
      StandardStream stream = one.stream();
      if (stream.changeable() && !stream.path().filter(granted).isPresent()) {
        changeable.append(changeable.isEmpty() ? "" : ", ").append(one.name());
        changeable.append(" (").append(stream.what()).append(')');
        if (stream.isToBeRead()) {
          read.append(read.isEmpty() ? "" : ", ").append(one.name());
        }
      }
      if (stream.needs().isPresent()) {
        String text =
            one.name() + " is " + stream.what() + ", which " + stream.needs().get().gives();
        added.append("; ").append(text);
        described = described.warning("the command's " + text);
      } else if (stream.isUnixStream()) {
        added
            .append("; ")
            .append(one.name())
            .append(" is a Unix stream, over which descriptors can be passed with its other end");
      }
    }
    if (!added.isEmpty()) {
      EnforcedProtection before = report.of(Protection.DESCRIPTORS);
      described =
          described.with(
              before.state(),
              Protection.DESCRIPTORS,
              new Cause.But(before.cause(), Gap.STREAMS, added.substring(2)));
    }
    EnforcedProtection metadata = report.of(Protection.METADATA);
    if (!read.isEmpty() && readOnlyMounts) {
      described = reopened(described, Protection.FILESYSTEM, landlock, Abi.V1, read);
      described = reopened(described, Protection.TRUNCATE, landlock, Abi.V3, read);
    }
    if (!changeable.isEmpty() && readOnlyMounts && metadata.state() == ProtectionState.ENFORCED) {
      described =
          described.with(
              ProtectionState.PARTIAL,
              Protection.METADATA,
              new Cause.But(
                  metadata.cause(),
                  Gap.STREAMS,
                  "but through its descriptor, the command can change mode, owner, times and"
                      + " attributes of "
                      + changeable));
    }
    return described;
  }

  /**
   * Adds what the command can do with them that only its own mounts keep it from.
   *
   * @param files what it may use
   */
  public EnforcementReport describeReopened(EnforcementReport report, FileGrants files)
      throws Refusal {
    var reopened = new ReopenedStreams(files);
    EnforcementReport described = report;
    for (Seen one : seen) {
      boolean written = reopened.canBeWritten(one.stream());
      if (!written && !reopened.canBeRead(one.stream())) {
        continue;
      }
      Path path = one.stream().path().orElseThrow();
      String text =
          one.name()
              + " leads to "
              + OsText.show(path)
              + ", which the policy does not let it "
              + (written ? "write" : "read")
              + ", but it can open it again through /proc/self/fd, past its own mounts;"
              + " use a pipe ("
              + (written ? "cat FILE | ..." : "... | cat >> FILE")
              + "), or a file that lies elsewhere";
      described = falls(described, Protection.FILESYSTEM, text);
      if (written) {
        described = falls(described, Protection.TRUNCATE, text);
        described = falls(described, Protection.METADATA, text);
        if (VirtualMachineFiles.now().runsFrom(path)) {
          described = falls(described, Protection.VIRTUAL_MACHINE, text);
        }
      }
    }
    return described;
  }

  private static EnforcementReport falls(
      EnforcementReport report, Protection protection, String text) {
    EnforcedProtection entry = report.of(protection);
    // What is blocked in mode full-access is not asked for otherwise.
    boolean blocked =
        protection == Protection.FILESYSTEM
            && entry.state() == ProtectionState.NOT_ASKED
            && entry.requirement() != Requirement.OFF;
    return entry.state() == ProtectionState.ENFORCED || blocked
        ? report.with(
            ProtectionState.PARTIAL,
            protection,
            new Cause.But(entry.cause(), Gap.STREAMS, "but " + text))
        : report;
  }

  /** The mounts through which the streams were opened may be writable. */
  private static EnforcementReport reopened(
      EnforcementReport report,
      Protection protection,
      Abi present,
      Abi needed,
      CharSequence streams) {
    EnforcedProtection entry = report.of(protection);
    if (present.compareTo(needed) >= 0 || entry.state() != ProtectionState.ENFORCED) {
      return report;
    }
    return report.with(
        ProtectionState.PARTIAL,
        protection,
        new Cause.But(
            entry.cause(),
            Gap.STREAMS,
            "but without Landlock "
                + needed.version()
                + ", the command can change the content of what its descriptors lead to: "
                + streams));
  }
}
