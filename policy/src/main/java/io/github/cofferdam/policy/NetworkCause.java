package io.github.cofferdam.policy;

/** Why what is said of sockets holds in a run only partly, or not at all. */
public sealed interface NetworkCause extends Cause {
  /**
   * Nobody can answer what a filter asks, so that only sockets as such can be refused.
   *
   * @param why what keeps this process from it
   */
  record BrokerNotGiven(String why) implements NetworkCause {
    @Override
    public String words() {
      return "takes a broker, which does not work here: " + why;
    }

    @Override
    public String code() {
      return "broker_not_given";
    }
  }

  /**
   * Unix sockets are left to the kernel, which without Landlock lets a thread that is quick enough
   * make something else of such a call.
   *
   * @param needs the version of Landlock that would keep it from that
   * @param linux the Linux that has it
   * @param has the version of this kernel; 0 if it has none
   */
  record UnixSocketsBesideBroker(int needs, String linux, int has) implements NetworkCause {
    @Override
    public String words() {
      return "with Unix sockets allowed, a thread that changes the address of a call while it is"
          + " decided on can reach what no rule allows: to be closed takes Landlock "
          + needs
          + " (Linux "
          + linux
          + " or newer); this kernel has "
          + (has == 0 ? "none" : has);
    }

    @Override
    public String code() {
      return "unix_sockets_beside_broker";
    }
  }

  /**
   * The command's root has the Unix sockets that the policy lists, and whichever others lie in what
   * else it grants.
   *
   * @param needs the version of Landlock that would tell them apart
   * @param linux the Linux that has it
   * @param has the version of this kernel; 0 if it has none
   */
  record UnixSocketsInRoot(int needs, String linux, int has) implements NetworkCause {
    @Override
    public String words() {
      return "a root of its own, which has the sockets that the policy lists; but those that lie in"
          + " other places that may be read can be connected to as well: to be closed takes"
          + " Landlock "
          + needs
          + " (Linux "
          + linux
          + " or newer); this kernel has "
          + (has == 0 ? "none" : has);
    }

    @Override
    public String code() {
      return "unix_sockets_in_root";
    }
  }

  /**
   * All limits hold but for the bandwidth, of which only what goes out is limited, and that of each
   * connection by itself.
   *
   * @param words for each limit by what it holds
   */
  record BandwidthOneWay(String words) implements NetworkCause {
    @Override
    public String code() {
      return "bandwidth_one_way";
    }
  }
}
