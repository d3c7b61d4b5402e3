package io.github.cofferdam.policy;

import java.util.Locale;

/**
 * Why a protection holds in a run, or why not: a value, for programs to go by. Its words are made
 * once, when it is; reports carry both.
 */
public sealed interface Cause
    permits Cause.Held,
        Cause.OffInPolicy,
        Cause.AllowedByPolicy,
        Cause.NamespacesNotGiven,
        Cause.NoLandlock,
        Cause.LandlockTooOld,
        Cause.RenamesRefused,
        Cause.RootWithoutLandlock,
        Cause.DeviceGranted,
        Cause.MetadataUnseen,
        Cause.PathNotCovered,
        Cause.PathMayAppear,
        Cause.PathBeyondLandlock,
        Cause.StorageGranted,
        Cause.VirtualMachineInReach,
        Cause.SupervisorInReach,
        Cause.CapabilitiesLeft,
        Cause.ProcessFilesOpen,
        Cause.HostProcShown,
        Cause.ControlGroupsWritable,
        Cause.LimitsShort,
        Cause.But,
        CrashCause,
        NetworkCause {
  /** {@return the words for people} */
  String words();

  /**
   * {@return the name of this kind of cause, such as {@code landlock_too_old}}; it stays as it is
   */
  String code();

  // ---------------------------------------------------------------- what holds

  /** What a protection rests on. */
  enum Means {
    /** Landlock alone. */
    LANDLOCK,
    /** The system call filter alone. */
    SECCOMP,
    /** Mounts in a root of the command's own, perhaps with Landlock behind them. */
    MOUNTS,
    /** Namespaces, perhaps with a filter behind them. */
    NAMESPACES,
    /** A broker that is asked by the filter, perhaps with Landlock behind it. */
    BROKER,
    /** What is done before the command is executed. */
    START,
    /** Control groups, rlimits, sizes of file systems. */
    LIMITS,
    /** Where what is protected lies. */
    PLACE
  }

  /**
   * It holds.
   *
   * @param means what it rests on
   * @param words by what, and what that costs
   */
  record Held(Means means, String words) implements Cause {
    @Override
    public String code() {
      return "by_" + means.name().toLowerCase(Locale.ROOT);
    }
  }

  // ---------------------------------------------------------------- what is not asked for

  /** The policy switches it off. */
  record OffInPolicy() implements Cause {
    @Override
    public String words() {
      return "off in the policy";
    }

    @Override
    public String code() {
      return "off_in_policy";
    }
  }

  /**
   * The policy allows what it would protect from, or asks for nothing that it would protect.
   *
   * @param words what the policy says
   */
  record AllowedByPolicy(String words) implements Cause {
    @Override
    public String code() {
      return "allowed_by_policy";
    }
  }

  /**
   * The policy leaves it to the host whether there are namespaces, and it gives none.
   *
   * @param why what keeps this process from them
   */
  record NamespacesNotGiven(String why) implements Cause {
    @Override
    public String words() {
      return "isolation = auto has become basic, since this host gives no namespaces: " + why;
    }

    @Override
    public String code() {
      return "namespaces_not_given";
    }
  }

  // ---------------------------------------------------------------- what the kernel lacks

  /**
   * There is no Landlock at all, and nothing takes its place.
   *
   * @param grants whether it would keep what is granted apart from what is not; else what this
   *     virtual machine runs from
   */
  record NoLandlock(boolean grants) implements Cause {
    @Override
    public String words() {
      return grants
          ? "this kernel has no Landlock (Linux 5.13 or newer with landlock among its LSMs)"
          : "nothing keeps the command from its user's files: this kernel has no Landlock";
    }

    @Override
    public String code() {
      return "no_landlock";
    }
  }

  /**
   * Landlock has what it takes only from a later version on.
   *
   * @param needs that version
   * @param linux the Linux that has it, such as {@code 6.2}
   * @param has the version of this kernel; 0 if it has none
   */
  record LandlockTooOld(int needs, String linux, int has) implements Cause {
    @Override
    public String words() {
      return "needs Landlock "
          + needs
          + " (Linux "
          + linux
          + " or newer); this kernel has "
          + (has == 0 ? "none" : has);
    }

    @Override
    public String code() {
      return "landlock_too_old";
    }
  }

  /** Landlock 1 cannot tell renames and links apart. */
  record RenamesRefused() implements Cause {
    @Override
    public String words() {
      return "Landlock 1 refuses every rename and link across directories; Linux 5.19 lets grants"
          + " decide";
    }

    @Override
    public String code() {
      return "renames_refused";
    }
  }

  /**
   * A root of the command's own without Landlock behind it.
   *
   * @param runsWritten whether what may only be written can be executed as well
   */
  record RootWithoutLandlock(boolean runsWritten) implements Cause {
    @Override
    public String words() {
      // A read-only mount keeps nobody from writing to what is no file of that mount's.
      return "a root of its own; "
          + (runsWritten ? "what may only be written can be executed as well, and " : "")
          + "named pipes that may only be read can be written, since this kernel has no Landlock";
    }

    @Override
    public String code() {
      return "root_without_landlock";
    }
  }

  /**
   * A device that the policy grants takes all commands.
   *
   * @param device its path
   * @param needs the version of Landlock that could keep it from them
   * @param linux the Linux that has it
   */
  record DeviceGranted(String device, int needs, String linux) implements Cause {
    @Override
    public String words() {
      return device
          + ", which the policy grants, takes all ioctl commands, of which Landlock "
          + needs
          + " (Linux "
          + linux
          + " or newer) could keep it; other devices are not there";
    }

    @Override
    public String code() {
      return "device_granted";
    }
  }

  /** Nothing sees changes of modes, owners, times and attributes. */
  record MetadataUnseen() implements Cause {
    @Override
    public String words() {
      return "Landlock does not see chmod, chown, utime and setxattr, and a command that may write"
          + " files needs them; isolation = namespace keeps them inside the writable paths";
    }

    @Override
    public String code() {
      return "metadata_unseen";
    }
  }

  // ---------------------------------------------------------------- paths

  /**
   * A blocked path that cannot be closed.
   *
   * @param path as people read it
   * @param why what keeps it from being closed
   */
  record PathNotCovered(String path, String why) implements Cause {
    @Override
    public String words() {
      return "the blocked path " + path + " cannot be closed: " + why;
    }

    @Override
    public String code() {
      return "path_not_covered";
    }
  }

  /**
   * Paths that the policy closes, or keeps from being written, are not there, and the command may
   * make them.
   *
   * @param words which
   */
  record PathMayAppear(String words) implements Cause {
    @Override
    public String code() {
      return "path_may_appear";
    }
  }

  /**
   * What the policy says of a path, and Landlock alone cannot do.
   *
   * @param words which path, and why
   */
  record PathBeyondLandlock(String words) implements Cause {
    @Override
    public String code() {
      return "path_beyond_landlock";
    }
  }

  /**
   * A device that the policy grants, on which what it blocks may be stored.
   *
   * @param device its path
   */
  record StorageGranted(String device) implements Cause {
    @Override
    public String words() {
      return "the policy grants "
          + device
          + ", on which what it blocks may be stored; take it out of the policy, or allow that:"
          + " filesystem = \"prefer\" in [enforcement]";
    }

    @Override
    public String code() {
      return "storage_granted";
    }
  }

  /**
   * Files that this virtual machine runs from lie within reach.
   *
   * @param words which
   */
  record VirtualMachineInReach(String words) implements Cause {
    @Override
    public String code() {
      return "virtual_machine_in_reach";
    }
  }

  // ---------------------------------------------------------------- processes

  /**
   * The command can kill what ends its tree.
   *
   * @param group whether a control group ends what is left then
   */
  record SupervisorInReach(boolean group) implements Cause {
    @Override
    public String words() {
      return "the command can kill its supervisor, which walks its children to end them; Landlock"
          + " 6 or isolation = namespace close that"
          + (group ? "; what is left then is ended by its control group" : "");
    }

    @Override
    public String code() {
      return "supervisor_in_reach";
    }
  }

  /** The policy leaves the command capabilities that reach other processes. */
  record CapabilitiesLeft() implements Cause {
    @Override
    public String words() {
      return "with the capabilities that the policy leaves it, the command may read other"
          + " processes";
    }

    @Override
    public String code() {
      return "capabilities_left";
    }
  }

  /** Files of other processes in {@code /proc}, and of control groups, can be written. */
  record ProcessFilesOpen() implements Cause {
    @Override
    public String words() {
      return "seccomp refuses numbers of other processes, but oom_score_adj, autogroup,"
          + " coredump_filter and the like of this user's processes in /proc can be written, and"
          + " members of his control groups moved; isolation = namespace closes that";
    }

    @Override
    public String code() {
      return "process_files_open";
    }
  }

  /**
   * The host's processes are shown inside.
   *
   * @param path where, as people read it
   */
  record HostProcShown(String path) implements Cause {
    @Override
    public String words() {
      return "process-id namespace, but "
          + path
          + " shows the host's processes, since a /proc is mounted there; unmount it, or block the"
          + " directory that it is in";
    }

    @Override
    public String code() {
      return "host_proc_shown";
    }
  }

  /** The command may write to control groups, and so act on their members. */
  record ControlGroupsWritable() implements Cause {
    @Override
    public String words() {
      return "process-id namespace, but the command may write to control groups, and so end or"
          + " stop their members";
    }

    @Override
    public String code() {
      return "control_groups_writable";
    }
  }

  // ---------------------------------------------------------------- limits

  /**
   * Limits that do not hold in full.
   *
   * @param words for each limit by what it holds, or why not
   * @param lacksGroup whether a control group that cannot be had would hold them
   */
  record LimitsShort(String words, boolean lacksGroup) implements Cause {
    @Override
    public String code() {
      return lacksGroup ? "no_control_group" : "limits_short";
    }
  }

  // ---------------------------------------------------------------- crashes

  // ---------------------------------------------------------------- on top of others

  /**
   * What would hold, but for something that lies open beside it.
   *
   * @param base what would hold
   * @param gap what lies open
   * @param why in words
   */
  record But(Cause base, Gap gap, String why) implements Cause {
    /** What lies open beside a wall. */
    public enum Gap {
      /** The memory of other processes of the user, which could be made to do anything. */
      MEMORY_OF_OTHERS,
      /** What can be read of other processes of the user. */
      FILES_OF_OTHERS,
      /** What the command's standard streams lead to. */
      STREAMS
    }

    @Override
    public String words() {
      return base.words() + "; " + why;
    }

    @Override
    public String code() {
      return gap.name().toLowerCase(Locale.ROOT);
    }
  }
}
