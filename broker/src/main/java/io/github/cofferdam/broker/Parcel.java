package io.github.cofferdam.broker;

import java.util.Arrays;

/** Something to send, and to where; it is closed by whoever has sent it. */
final class Parcel implements AutoCloseable {
  /** Of a stream, what is kept while it waits where much is kept already, in bytes. */
  static final int PIECE = 4096;

  private final HostSocket socket;
  private final byte[] where;
  private final byte[] data;
  private final ControlData control;
  private final int flags;

  /**
   * Takes all of it over.
   *
   * @param socket the program's
   * @param where the address; empty for none
   * @param data what is sent
   * @param control what goes with it
   * @param flags of the call
   */
  Parcel(HostSocket socket, byte[] where, byte[] data, ControlData control, int flags) {
    this.socket = socket;
    this.where = where;
    this.data = data;
    this.control = control;
    this.flags = flags;
  }

  HostSocket socket() {
    return socket;
  }

  /** {@return how many bytes it has} */
  int size() {
    return data.length;
  }

  /** {@return the same of a stream with less in it, which is for the sender to go on with} */
  Parcel shortened() {
    return data.length > PIECE && socket.isStream()
        ? new Parcel(socket, where, Arrays.copyOf(data, PIECE), control, flags)
        : this;
  }

  /** {@return whether whoever sends it waits until there is room} */
  boolean waits() {
    return (flags & HostSocket.MSG_DONTWAIT) == 0 && socket.blocks();
  }

  /** Sends it if there is room; EAGAIN if not. */
  long send() {
    byte[] extra = new byte[control.bytes().capacity()];
    control.bytes().get(0, extra);
    return socket.send(where, data, extra, flags | HostSocket.MSG_DONTWAIT);
  }

  @Override
  public void close() {
    control.close();
    socket.close();
  }
}
