package io.github.cofferdam.landlock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.landlock.FakeKernel.Call;
import io.github.cofferdam.landlock.LandlockLayer.Status;
import io.github.cofferdam.launcher.SetupException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * One policy that asks for everything, on a kernel of each version: what it makes the kernel
 * enforce, what it reports, and what it refuses.
 */
class EveryAbiTest {
  @TempDir private Path temporary;

  private LandlockPolicy.Builder everything() throws IOException {
    Path directory = temporary.toRealPath().resolve("directory");
    Path file = directory.resolve("file");
    if (!Files.exists(directory)) {
      Files.createDirectory(directory);
      Files.createFile(file);
    }
    return LandlockPolicy.builder()
        .readWriteExecute(directory)
        .connectUnix(file)
        .deviceWithIoctl(Path.of("/dev/null"))
        .readIfPresent(temporary.resolve("missing"))
        .handleNet(NetRight.values())
        .bindTcp(80)
        .connectTcp(443)
        .bindUdp(53)
        .connectUdp(123)
        .scope(Scope.values())
        .prefer(RestrictFlag.LOG_NEW_EXEC_ON, RestrictFlag.NO_NEW_PRIVS)
        .quiet(FsRight.READ_FILE, NetRight.CONNECT_TCP, Scope.SIGNAL)
        .quietBeneath(Path.of("/dev"))
        .quietPort(443)
        .quietPort(22);
  }

  /** Masks in hexadecimal; {@code rules} are those on paths and ports. */
  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          #   fs,   net, scopes, flags, quiet, rules, status
          0,  0,     0, 0, 0,  false, 0, NONE
          1,  1fff,  0, 0, 0,  false, 2, PARTIAL
          2,  3fff,  0, 0, 0,  false, 2, PARTIAL
          3,  7fff,  0, 0, 0,  false, 2, PARTIAL
          4,  7fff,  3, 0, 0,  false, 4, PARTIAL
          5,  ffff,  3, 0, 0,  false, 4, PARTIAL
          6,  ffff,  3, 3, 0,  false, 4, PARTIAL
          7,  ffff,  3, 3, 2,  false, 4, PARTIAL
          8,  ffff,  3, 3, 2,  false, 4, PARTIAL
          9,  1ffff, 3, 3, 2,  false, 5, PARTIAL
          10, 1ffff, f, 3, 2,  true,  9, FULL
          11, 1ffff, f, 3, 12, true,  9, FULL
          """)
  void enforces(
      int version,
      String fs,
      String net,
      String scopes,
      String flags,
      boolean quiet,
      int rules,
      Status status)
      throws Exception {
    var kernel = new FakeKernel(Abi.of(version));

    LandlockLayer layer = everything().build().on(LandlockSupport.probe(kernel));
    kernel.calls.clear();
    layer.program().run(kernel);

    assertEquals(status, layer.status());
    assertEquals(rules, kernel.calls("landlock_add_rule").size());
    assertEquals(List.of(temporary.resolve("missing")), layer.skipped());
    if (version == 0) {
      assertEquals(List.of(), kernel.calls);
      return;
    }
    Call create = kernel.calls("landlock_create_ruleset").getFirst();
    assertEquals(fs, Long.toHexString(create.int64(0, 0)));
    assertEquals(net, Long.toHexString(create.int64(0, 8)));
    assertEquals(scopes, Long.toHexString(create.int64(0, 16)));
    assertEquals(quiet ? FsRight.READ_FILE.bit() : 0, create.int64(0, 24));
    assertEquals(quiet ? NetRight.CONNECT_TCP.bit() : 0, create.int64(0, 32));
    assertEquals(quiet ? Scope.SIGNAL.bit() : 0, create.int64(0, 40));
    Call enter = kernel.calls("landlock_restrict_self").getFirst();
    assertEquals(flags, Long.toHexString(enter.args().get(1)));
    // 443 is quiet and granted, /dev and 22 only quiet.
    assertEquals(
        quiet ? 3 : 0,
        kernel.calls("landlock_add_rule").stream().filter(call -> call.args().get(3) == 1).count());
  }

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          1, REFER always denied; TRUNCATE IOCTL_DEV RESOLVE_UNIX BIND_TCP CONNECT_TCP BIND_UDP \
             CONNECT_SEND_UDP ABSTRACT_UNIX_SOCKET SIGNAL; LOG_NEW_EXEC_ON NO_NEW_PRIVS QUIET
          2, ; TRUNCATE IOCTL_DEV RESOLVE_UNIX BIND_TCP CONNECT_TCP BIND_UDP \
             CONNECT_SEND_UDP ABSTRACT_UNIX_SOCKET SIGNAL; LOG_NEW_EXEC_ON NO_NEW_PRIVS QUIET
          3, ; IOCTL_DEV RESOLVE_UNIX BIND_TCP CONNECT_TCP BIND_UDP \
             CONNECT_SEND_UDP ABSTRACT_UNIX_SOCKET SIGNAL; LOG_NEW_EXEC_ON NO_NEW_PRIVS QUIET
          4, ; IOCTL_DEV RESOLVE_UNIX BIND_UDP CONNECT_SEND_UDP ABSTRACT_UNIX_SOCKET SIGNAL; \
             LOG_NEW_EXEC_ON NO_NEW_PRIVS QUIET
          5, ; RESOLVE_UNIX BIND_UDP CONNECT_SEND_UDP ABSTRACT_UNIX_SOCKET SIGNAL; \
             LOG_NEW_EXEC_ON NO_NEW_PRIVS QUIET
          6, ; RESOLVE_UNIX BIND_UDP CONNECT_SEND_UDP; LOG_NEW_EXEC_ON NO_NEW_PRIVS QUIET
          7, ; RESOLVE_UNIX BIND_UDP CONNECT_SEND_UDP; NO_NEW_PRIVS QUIET
          8, ; RESOLVE_UNIX BIND_UDP CONNECT_SEND_UDP; NO_NEW_PRIVS QUIET
          9, ; BIND_UDP CONNECT_SEND_UDP; NO_NEW_PRIVS QUIET
          10, ; ; NO_NEW_PRIVS
          11, ; ;
          """)
  void reports(int version, String expected) throws Exception {
    LandlockPolicy policy = everything().build();

    List<Gap> gaps = policy.on(Abi.of(version)).gaps();

    String[] parts = expected.split(";", -1);
    assertEquals(
        parts[0].replace(" always denied", "").strip(), names(gaps, Gap.Effect.ALWAYS_DENIED));
    assertEquals(parts[1].replaceAll("\\s+", " ").strip(), names(gaps, Gap.Effect.UNRESTRICTED));
    assertEquals(parts[2].strip(), names(gaps, Gap.Effect.LEFT_OUT));
    assertEquals(gaps, policy.gaps(LandlockSupport.of(Abi.of(version))));
    assertTrue(gaps.stream().noneMatch(Gap::refused));
  }

  private static String names(List<Gap> gaps, Gap.Effect effect) {
    return gaps.stream()
        .filter(gap -> gap.effect() == effect)
        .map(gap -> gap.feature().name())
        .collect(Collectors.joining(" "));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11})
  void refuses(int version) throws Exception {
    Abi abi = Abi.of(version);
    LandlockPolicy strict = everything().requireAll().build();

    if (version == 11) {
      assertEquals(Status.FULL, strict.on(abi).status());
    } else {
      var e = assertThrows(RequiredFeatureException.class, () -> strict.on(abi));
      assertEquals(everything().build().gaps(LandlockSupport.of(abi)), e.gaps());
    }
    for (FsRight right : FsRight.values()) {
      LandlockPolicy policy =
          LandlockPolicy.builder().readWrite(temporary).prefer(right).require(right).build();
      if (abi.has(right)) {
        assertEquals(Level.REQUIRED, policy.level(right));
        assertFalse(policy.on(abi).gaps().stream().anyMatch(gap -> gap.feature() == right));
      } else {
        var e = assertThrows(RequiredFeatureException.class, () -> policy.on(abi));
        assertEquals(List.of(right), e.gaps().stream().map(Gap::feature).toList());
        assertTrue(e.toString().contains(right.name()), e::toString);
      }
    }
  }

  /** Below 8 there is no way to do it, and doing it for one thread would pass for it. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 8, 11})
  void theWholeProcessNeedsVersion8(int version) throws Exception {
    LandlockLayer layer = everything().build().on(Abi.of(version));

    if (version < 8) {
      var e = assertThrows(RequiredFeatureException.class, layer::restrictThisProcess);
      assertEquals(RestrictFlag.TSYNC, e.gaps().getFirst().feature());
    } else {
      var kernel = new FakeKernel(Abi.of(version));
      layer.processProgram().run(kernel);
      assertEquals(
          version == 8 ? 0b01010 : 0b11010,
          kernel.calls("landlock_restrict_self").getFirst().args().get(1));
    }
  }

  @Test
  void aPinnedBaselineHandlesNoMoreOnANewerKernel() throws Exception {
    for (int version = 6; version <= 11; version++) {
      var kernel = new FakeKernel(Abi.of(version));
      LandlockPolicy.builder().baseline(Abi.V6).build().on(Abi.of(version)).program().run(kernel);
      assertEquals(0xffff, kernel.calls.getFirst().int64(0, 0));
    }
  }

  @Test
  void theSeventeenthLayerIsAnErrorOfItsOwn() throws Exception {
    var kernel = new FakeKernel(Abi.V7);
    LandlockLayer layer = everything().build().on(Abi.V7);
    for (int i = 0; i < LandlockLayer.MAX_LAYERS; i++) {
      layer.program().run(kernel);
    }

    var e = assertThrows(SetupException.class, () -> layer.program().run(kernel));

    SetupException identified = layer.identify(e);
    assertTrue(identified instanceof LayerLimitException, identified::toString);
    assertEquals(Errno.E2BIG, identified.errno());
    assertEquals(identified.getMessage(), e.getMessage());
  }

  @Test
  void aChangedPathIsAnErrorOfItsOwn() throws Exception {
    var kernel = new FakeKernel(Abi.V7);
    kernel.changePaths();
    LandlockLayer layer = everything().build().on(Abi.V7);

    var e = assertThrows(SetupException.class, () -> layer.program().run(kernel));

    assertTrue(layer.identify(e) instanceof PathChangedException, e::toString);
    assertTrue(e.toString().contains("is still what was looked up"), e::toString);
    assertEquals(List.of(), kernel.calls("landlock_restrict_self"));
  }
}
