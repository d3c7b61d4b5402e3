package io.github.cofferdam.broker;

import io.github.cofferdam.policy.IpAddress;
import io.github.cofferdam.policy.TransportProtocol;
import java.util.List;
import java.util.Optional;

/** Something that a command's program asked of the network, and what was decided. */
public sealed interface NetworkDecision {
  /** {@return whether it was allowed} */
  boolean allowed();

  /** {@return the rule that decided, as policies have it, or why there is none} */
  String rule();

  /** {@return where to, in a few characters: {@code example.org (192.0.2.1) port 443/tcp}} */
  String target();

  /**
   * A program wanted to get somewhere, or to be reached.
   *
   * @param pid the process, as this virtual machine sees it; 0 if it is not known
   * @param program the file that it executes; empty if it is not known
   * @param call the system call
   * @param address where to, or where it is to be reached
   * @param port the port there
   * @param protocol what the socket speaks
   * @param names the names that had this address as an answer
   */
  record Reached(
      long pid,
      String program,
      String call,
      IpAddress address,
      int port,
      TransportProtocol protocol,
      List<String> names,
      boolean allowed,
      String rule)
      implements NetworkDecision {
    /** Keeps a copy of the list, which nobody can change. */
    public Reached {
      names = List.copyOf(names);
    }

    @Override
    public String target() {
      String number = address.toString();
      String where = names.isEmpty() ? number : names.getFirst() + " (" + number + ")";
      return where + " port " + port + "/" + protocol.key();
    }
  }

  /**
   * A name was asked for. Who asked is not known: questions come over a socket.
   *
   * @param name the name
   * @param address the answer that was refused; empty if the name may not be asked for at all
   */
  record Named(String name, Optional<IpAddress> address, String rule) implements NetworkDecision {
    @Override
    public boolean allowed() {
      return false;
    }

    @Override
    public String target() {
      return address.map(found -> name + " (" + found + ")").orElse(name);
    }
  }
}
