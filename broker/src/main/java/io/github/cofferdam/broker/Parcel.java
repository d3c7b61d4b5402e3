package io.github.cofferdam.broker;

/**
 * Something to send, and to where; it is closed by whoever has sent it.
 *
 * @param socket the program's
 * @param where the address; empty for none
 * @param data what is sent
 * @param control what goes with it
 * @param flags of the call
 */
record Parcel(HostSocket socket, byte[] where, byte[] data, ControlData control, int flags)
    implements AutoCloseable {
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
