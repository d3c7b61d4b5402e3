package io.github.cofferdam.landlock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.launcher.NoNewPrivileges;
import io.github.cofferdam.launcher.SetupProgram;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rights on TCP ports, in a confined child. */
@Tag("kernel")
class PortsTest {
  @BeforeAll
  static void needPorts() {
    LandlockSupport support = LandlockSupport.probe();
    assumeTrue(support.has(NetRight.BIND_TCP), support::toString);
  }

  private static LandlockPolicy.Builder ports() {
    return LandlockPolicy.builder()
        .filesUnrestricted()
        .handleNet(NetRight.BIND_TCP, NetRight.CONNECT_TCP);
  }

  private static Optional<Errno> attempt(LandlockPolicy.Builder policy, SetupProgram calls)
      throws Exception {
    LandlockLayer layer = policy.build().on(LandlockSupport.probe());
    return FsRightsTest.attempt(
        NoNewPrivileges.program().then(layer.program()), calls, Path.of("/usr/bin/true"));
  }

  private static void needV6(boolean v6) {
    if (v6) {
      try (var probe = new ServerSocket(0, 1, InetAddress.ofLiteral("::1"))) {
        assumeTrue(probe.isBound());
      } catch (IOException e) {
        assumeTrue(false, "no IPv6 here: " + e);
      }
    }
  }

  private static InetAddress loopback(boolean v6) {
    return InetAddress.ofLiteral(v6 ? "::1" : "127.0.0.1");
  }

  private static int freePort(boolean v6) throws IOException {
    try (var socket = new ServerSocket(0, 1, loopback(v6))) {
      return socket.getLocalPort();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void bindingNeedsTheRightOnThatPort(boolean v6) throws Exception {
    needV6(v6);
    int port = freePort(v6);
    var policy = ports().bindTcp(port).connectTcp(port + 1);

    assertEquals(Optional.empty(), attempt(policy, RawCalls.tcp("bind", v6, port)));
    assertEquals(Optional.of(Errno.EACCES), attempt(policy, RawCalls.tcp("bind", v6, port + 1)));
    assertEquals(Optional.of(Errno.EACCES), attempt(policy, RawCalls.tcp("bind", v6, 0)));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void connectingNeedsTheRightOnThatPort(boolean v6) throws Exception {
    needV6(v6);
    try (var granted = new ServerSocket(0, 5, loopback(v6));
        var other = new ServerSocket(0, 5, loopback(v6))) {
      var policy = ports().connectTcp(granted.getLocalPort()).bindTcp(other.getLocalPort());

      assertEquals(
          Optional.empty(), attempt(policy, RawCalls.tcp("connect", v6, granted.getLocalPort())));
      assertEquals(
          Optional.of(Errno.EACCES),
          attempt(policy, RawCalls.tcp("connect", v6, other.getLocalPort())));
    }
  }

  @Test
  void portZeroStandsForTheEphemeralOnes() throws Exception {
    assertEquals(Optional.empty(), attempt(ports().bindTcp(0), RawCalls.tcp("bind", false, 0)));
    assertEquals(
        Optional.of(Errno.EACCES),
        attempt(ports().bindTcp(0), RawCalls.tcp("bind", false, freePort(false))));
  }

  @Test
  void thePortsAreNotInNetworkOrder() throws Exception {
    // 0x1280 and 0x8012 are each other's bytes swapped; nobody listens there.
    var policy = ports().connectTcp(0x1280);

    assertEquals(
        Optional.of(Errno.ECONNREFUSED), attempt(policy, RawCalls.tcp("connect", false, 0x1280)));
    assertEquals(
        Optional.of(Errno.EACCES), attempt(policy, RawCalls.tcp("connect", false, 0x8012)));
  }

  @Test
  void theLastPortIs65535() throws Exception {
    assertEquals(
        Optional.of(Errno.ECONNREFUSED),
        attempt(ports().connectTcp(65535), RawCalls.tcp("connect", false, 65535)));
    assertEquals(
        Optional.of(Errno.EACCES), attempt(ports(), RawCalls.tcp("connect", false, 65535)));

    assertThrows(IllegalArgumentException.class, () -> ports().connectTcp(65536));
    assertThrows(IllegalArgumentException.class, () -> ports().quietPort(-1));
    var steps = new RulesetSteps();
    steps.create(new Effective(ports().build().terms(), LandlockSupport.probe()));
    steps.grantPort(65536, Set.of(NetRight.CONNECT_TCP), false);
    SetupProgram program = steps.enter(Set.of());
    assertEquals(
        Optional.of(Errno.EINVAL),
        FsRightsTest.attempt(NoNewPrivileges.program(), program, Path.of("/usr/bin/true")));
  }

  @Test
  void portsThatAreNotHandledAreOpen() throws Exception {
    var policy =
        LandlockPolicy.builder().filesUnrestricted().handleNet(NetRight.BIND_TCP).bindTcp(0);

    assertEquals(
        Optional.of(Errno.ECONNREFUSED),
        attempt(policy, RawCalls.tcp("connect", false, freePort(false))));
  }
}
