package io.github.cofferdam.landlock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.FileStatus;
import io.github.cofferdam.landlock.FakeKernel.Call;
import io.github.cofferdam.landlock.LandlockLayer.Status;
import io.github.cofferdam.landlock.PathGrantException.Reason;
import io.github.cofferdam.launcher.SetupException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a layer does, on kernels with any version. */
class LayerCompilerTest {
  @TempDir private Path temporary;
  private Path directory;
  private Path file;

  @BeforeEach
  void makeFiles() throws IOException {
    directory = Files.createDirectory(temporary.toRealPath().resolve("directory"));
    file = Files.createFile(directory.resolve("file"));
  }

  private LandlockPolicy everything() {
    return LandlockPolicy.builder()
        .readWriteExecute(directory)
        .deviceWithIoctl(Path.of("/dev/null"))
        .connectUnix(file)
        .handleNet(NetRight.values())
        .bindTcp(0)
        .connectTcp(443)
        .scope(Scope.values())
        .build();
  }

  @Test
  void whatTheConfinedProcessFindsElsewhereIsOpenedThereAndCompared() throws IOException {
    Path inside = Path.of("/no/such/inside");
    LandlockPolicy policy = LandlockPolicy.builder().readWriteAt(directory, inside).build();

    String steps = policy.on(Abi.V7).program().toString();

    assertTrue(steps.contains("openat2(AT_FDCWD, \"/no/such/inside\""), steps);
    assertFalse(steps.contains("\"" + directory + "\""), steps);
    assertTrue(steps.contains("must give stx_ino="), steps);
    assertTrue(steps.contains("WRITE_FILE"), steps);
    assertTrue(policy.toString().contains(", which is at " + inside), policy::toString);
    // Files take what files can have.
    String onFile =
        LandlockPolicy.builder()
            .readExecuteAt(file, inside)
            .build()
            .on(Abi.V7)
            .program()
            .toString();
    assertTrue(onFile.contains("allowed_access=EXECUTE|READ_FILE,"), onFile);
  }

  @Test
  void whatIsMadeLaterIsNotLookedUp() throws IOException {
    Path made = Path.of("/no/such/made");
    LandlockPolicy policy =
        LandlockPolicy.builder()
            .baseline(Abi.V1)
            .grantMade(EnumSet.of(FsRight.READ_DIR, FsRight.REFER), made)
            .build();

    String steps = policy.on(Abi.V7).program().toString();

    assertTrue(steps.contains("openat2(AT_FDCWD, \"/no/such/made\""), steps);
    assertFalse(steps.contains("statx("), steps);
    assertTrue(steps.contains("allowed_access=READ_DIR,"), steps);
  }

  @Test
  void whatIsMadeLaterAndComparedIsCompared() throws IOException {
    LandlockPolicy policy =
        LandlockPolicy.builder()
            .grantMade(EnumSet.of(FsRight.READ_DIR), directory)
            .readWriteAt(directory, directory)
            .build();

    assertTrue(policy.on(Abi.V7).program().toString().contains("statx("));
  }

  @Test
  void nothingCanBeBlockedInAnotherRoot() {
    var elsewhere = LandlockPolicy.builder().readWriteAt(directory, file).block(file);
    var made = LandlockPolicy.builder().grantMade(EnumSet.of(FsRight.READ_DIR), file).block(file);

    assertThrows(IllegalArgumentException.class, elsewhere::build);
    assertThrows(IllegalArgumentException.class, made::build);
    assertThrows(
        IllegalArgumentException.class,
        () -> LandlockPolicy.builder().readExecuteAt(file, Path.of("relative")));
    assertThrows(
        IllegalArgumentException.class, () -> LandlockPolicy.builder().grantMade(Set.of(), file));
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1fff, 0, 0, 17bf, 6",
    "2, 3fff, 0, 0, 37bf, 6",
    "3, 7fff, 0, 0, 77bf, 6",
    "4, 7fff, 3, 0, 77bf, 6",
    "5, ffff, 3, 0, 77bf, 8006",
    "6, ffff, 3, 3, 77bf, 8006",
    "7, ffff, 3, 3, 77bf, 8006",
    "9, 1ffff, 3, 3, 77bf, 8006",
    "11, 1ffff, f, 3, 77bf, 8006"
  })
  void handlesAndGrantsWhatTheVersionHas(
      int version, String fs, String net, String scopes, String onDirectory, String onDevice)
      throws IOException {
    var kernel = new FakeKernel(Abi.of(version));

    everything().on(Abi.of(version)).program().run(kernel);

    Call create = kernel.calls.getFirst();
    assertEquals("landlock_create_ruleset", create.syscall());
    assertEquals(48, create.args().get(1));
    assertEquals(48, create.memory().getFirst().length);
    assertEquals(Long.parseLong(fs, 16), create.int64(0, 0));
    assertEquals(Long.parseLong(net, 16), create.int64(0, 8));
    assertEquals(Long.parseLong(scopes, 16), create.int64(0, 16));
    for (int quiet = 24; quiet < 48; quiet += 8) {
      assertEquals(0, create.int64(0, quiet));
    }
    List<Call> rules = rules(kernel, 1);
    assertEquals(
        Long.parseLong(onDirectory, 16) & Long.parseLong(fs, 16), rules.get(0).int64(2, 0));
    assertEquals(Long.parseLong(onDevice, 16), rules.get(1).int64(2, 0));
    assertEquals(version >= 9 ? 3 : 2, rules.size());
    List<Call> ports = rules(kernel, 2);
    assertEquals(version >= 4 ? 2 : 0, ports.size());
    if (version >= 4) {
      assertEquals(List.of(0L, 443L), ports.stream().map(call -> call.int64(2, 8)).toList());
      assertEquals(List.of(1L, 2L), ports.stream().map(call -> call.int64(2, 0)).toList());
    }
  }

  @Test
  void readsLikeStrace() throws Exception {
    LandlockPolicy policy =
        LandlockPolicy.builder()
            .read(directory)
            .handleNet(NetRight.CONNECT_TCP)
            .connectTcp(443)
            .scope(Scope.SIGNAL)
            .build();
    FileIdentity found = FileIdentity.of(FileStatus.require(directory));

    assertEquals(
        """
        landlock_create_ruleset({handled_access_fs=EXECUTE|WRITE_FILE|READ_FILE|READ_DIR|REMOVE_DIR|REMOVE_FILE|\
        MAKE_CHAR|MAKE_DIR|MAKE_REG|MAKE_SOCK|MAKE_FIFO|MAKE_BLOCK|MAKE_SYM|REFER|TRUNCATE|IOCTL_DEV, \
        handled_access_net=CONNECT_TCP, scoped=SIGNAL}, 48, 0) = ruleset
        openat2(AT_FDCWD, "%s", {flags=O_PATH|O_CLOEXEC, \
        resolve=RESOLVE_NO_SYMLINKS|RESOLVE_NO_MAGICLINKS}, 24) = path
        statx(path, "", AT_EMPTY_PATH, STATX_TYPE|STATX_MODE|STATX_NLINK|STATX_INO|STATX_BTIME, {...}) must give \
        stx_ino=%d, upper half of stx_ino=%d, stx_dev_major=%d, stx_dev_minor=%d, stx_btime.tv_nsec=%d
        landlock_add_rule(ruleset, LANDLOCK_RULE_PATH_BENEATH, \
        {allowed_access=READ_FILE|READ_DIR, parent_fd=path}, 0)
        close(path)
        landlock_add_rule(ruleset, LANDLOCK_RULE_NET_PORT, {allowed_access=CONNECT_TCP, port=443}, 0)
        landlock_restrict_self(ruleset, 0)
        close(ruleset)
        """
            .formatted(
                directory,
                found.inode() & 0xffffffffL,
                found.inode() >>> 32,
                found.major(),
                found.minor(),
                found.birthNanos()),
        policy.on(Abi.V7).program().toString());
  }

  @Test
  void descriptorsAreFilledIn() throws IOException {
    var kernel = new FakeKernel(Abi.V7);

    LandlockPolicy.builder().read(directory).build().on(Abi.V7).program().run(kernel);

    Call open = kernel.calls.get(1);
    assertEquals(-100, open.args().get(0));
    assertEquals(02000000 | 010000000, open.int64(2, 0));
    assertEquals(0x04 | 0x02, open.int64(2, 16));
    Call rule = rules(kernel, 1).getFirst();
    assertEquals(100, rule.args().get(0));
    assertEquals(12, rule.memory().get(2).length);
    assertEquals(101, rule.int32(2, 8));
    assertEquals(101, kernel.calls("statx").getFirst().args().get(0));
    assertEquals(
        List.of(101L, 100L),
        kernel.calls("close").stream().map(call -> call.args().getFirst()).toList());
    assertEquals(
        List.of(100L, 0L), kernel.calls("landlock_restrict_self").getFirst().args().subList(0, 2));
  }

  @Test
  void onePathGetsOneRule() throws IOException {
    var kernel = new FakeKernel(Abi.V7);
    Path link = Files.createSymbolicLink(temporary.resolve("link"), directory);

    LandlockLayer layer =
        LandlockPolicy.builder()
            .read(directory)
            .grant(Set.of(FsRight.EXECUTE), link)
            .build()
            .on(Abi.V7);
    layer.program().run(kernel);

    assertEquals(List.of(0xdL), rules(kernel, 1).stream().map(call -> call.int64(2, 0)).toList());
    ResolvedGrant second = layer.grants().get(1);
    assertEquals(
        new ResolvedGrant(
            link,
            directory,
            true,
            EnumSet.of(FsRight.EXECUTE),
            FileIdentity.of(FileStatus.require(directory))),
        second);
  }

  @Test
  void withoutLandlockNothingIsDoneAndEverythingIsMissing() throws IOException {
    LandlockLayer layer = everything().on(Abi.V0);

    assertTrue(layer.program().isEmpty());
    assertEquals(Status.NONE, layer.status());
    assertEquals(17 + 4 + 2, layer.gaps().size());
    assertThrows(IllegalStateException.class, layer::restrictThisThread);
  }

  @Test
  void gapsNameWhatIsMissing() throws IOException {
    LandlockLayer layer = everything().on(Abi.V4);

    assertEquals(Status.PARTIAL, layer.status());
    assertEquals(
        List.of(
            FsRight.IOCTL_DEV,
            FsRight.RESOLVE_UNIX,
            NetRight.BIND_UDP,
            NetRight.CONNECT_SEND_UDP,
            Scope.ABSTRACT_UNIX_SOCKET,
            Scope.SIGNAL),
        layer.gaps().stream().map(Gap::feature).toList());
    assertEquals(Abi.V5, layer.gaps().getFirst().needed());
    assertEquals(
        "IOCTL_DEV is not restricted: it needs Landlock ABI 5, this kernel has Landlock ABI 4",
        layer.gaps().getFirst().toString());
    assertEquals(Status.FULL, everything().on(Abi.V10).status());
    assertEquals(List.of(), everything().on(Abi.V10).gaps());
  }

  @Test
  void renamingAcrossDirectoriesIsAlwaysDeniedByTheFirstVersion() throws IOException {
    var policy = LandlockPolicy.builder().baseline(Abi.V2);

    LandlockLayer layer = policy.readWrite(directory).build().on(Abi.V1);

    assertEquals(List.of(new Gap(FsRight.REFER, Abi.V1, Gap.Effect.ALWAYS_DENIED)), layer.gaps());
    assertEquals(Status.FULL, layer.status());
    assertEquals(List.of(), LandlockPolicy.builder().baseline(Abi.V2).build().on(Abi.V1).gaps());
  }

  @Test
  void intentAdaptsToFiles() throws IOException {
    LandlockLayer layer = LandlockPolicy.builder().readWrite(file).build().on(Abi.V7);

    ResolvedGrant grant = layer.grants().getFirst();
    assertFalse(grant.directory());
    assertEquals(
        EnumSet.of(FsRight.WRITE_FILE, FsRight.READ_FILE, FsRight.TRUNCATE), grant.rights());
  }

  @Test
  void directoryRightsOnFilesAreRefused() {
    LandlockPolicy policy =
        LandlockPolicy.builder()
            .grant(EnumSet.of(FsRight.READ_FILE, FsRight.READ_DIR), file)
            .build();

    var e = assertThrows(PathGrantException.class, () -> policy.on(Abi.V7));
    assertEquals(Reason.NOT_A_DIRECTORY, e.reason());
    assertEquals(file, e.path());
    assertTrue(e.toString().contains("READ_DIR can be granted on directories only"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"missing", "missing/deeper", "directory/file/beneath"})
  void missingPathsAreNamedOrSkipped(String name) throws IOException {
    Path missing = temporary.resolve(name);

    var e =
        assertThrows(
            PathGrantException.class,
            () -> LandlockPolicy.builder().read(missing).build().on(Abi.V7));
    assertEquals(Reason.MISSING, e.reason());
    assertTrue(e.toString().contains(missing.toString()));

    LandlockLayer layer =
        LandlockPolicy.builder().readIfPresent(missing).readIfPresent(file).build().on(Abi.V7);
    assertEquals(List.of(missing), layer.skipped());
    assertEquals(1, layer.grants().size());
  }

  @ParameterizedTest
  @ValueSource(strings = {"/proc/self", "/proc/thread-self/status", "/proc/self/../self/maps"})
  void whatMeansAnotherProcessInTheChildIsRefused(String path) {
    LandlockPolicy policy = LandlockPolicy.builder().readIfPresent(Path.of(path)).build();

    var e = assertThrows(PathGrantException.class, () -> policy.on(Abi.V7));
    assertEquals(Reason.OWN_PROC_DIRECTORY, e.reason());
  }

  @Test
  void circlesOfLinksAreReported() throws IOException {
    Path link = temporary.resolve("circle");
    Files.createSymbolicLink(link, link);
    LandlockPolicy policy = LandlockPolicy.builder().readIfPresent(link).build();

    var e = assertThrows(PathGrantException.class, () -> policy.on(Abi.V7));
    assertEquals(Reason.UNREACHABLE, e.reason());
  }

  @Test
  void signalScopeOnlyRestrictsNothingElse() throws IOException {
    var kernel = new FakeKernel(Abi.V6);

    LandlockLayer layer = LandlockPolicy.signalScopeOnly().on(Abi.V6);
    layer.program().run(kernel);

    assertEquals(Status.FULL, layer.status());
    assertEquals(1 << 13, kernel.calls.getFirst().int64(0, 0));
    assertEquals(2, kernel.calls.getFirst().int64(0, 16));
    assertEquals(List.of("/"), opened(kernel));
    assertEquals(1 << 13, rules(kernel, 1).getFirst().int64(2, 0));
    assertTrue(LandlockPolicy.signalScopeOnly().on(Abi.V5).program().isEmpty());
    assertEquals(Status.NONE, LandlockPolicy.signalScopeOnly().on(Abi.V5).status());
  }

  @Test
  void pathsKeepTheirBytes() throws IOException {
    Path odd = Files.createDirectory(directory.resolve("a b%20#?~ \\x"));
    var kernel = new FakeKernel(Abi.V7);

    LandlockPolicy.builder().read(odd).build().on(Abi.V7).program().run(kernel);

    assertEquals(List.of(odd.toString()), opened(kernel));
  }

  @Test
  void aKernelThatPromisesTooMuchIsNotBelieved() {
    var kernel = new FakeKernel(Abi.V4);

    var e = assertThrows(SetupException.class, () -> everything().on(Abi.V6).program().run(kernel));
    assertEquals(Errno.EINVAL, e.errno());
  }

  private static List<Call> rules(FakeKernel kernel, int type) {
    return kernel.calls.stream()
        .filter(call -> call.syscall().equals("landlock_add_rule") && call.args().get(1) == type)
        .toList();
  }

  private static List<String> opened(FakeKernel kernel) {
    return kernel.calls.stream()
        .filter(call -> call.syscall().equals("openat2"))
        .map(call ->
            new String(
                call.memory().get(1), 0, call.memory().get(1).length - 1, StandardCharsets.UTF_8))
        .toList();
  }

  // ---------------------------------------------------------------- later

  @Test
  void aLayerIsCurrentUntilAnotherFileIsAtAGrant() throws IOException {
    Path granted = Files.createDirectory(temporary.toRealPath().resolve("granted"));
    LandlockLayer layer = LandlockPolicy.builder().read(granted).build().on(Abi.V7);
    assertTrue(layer.isCurrent());
    Files.createFile(granted.resolve("entry"));
    assertTrue(layer.isCurrent(), "what is beneath does not matter");
    Files.move(granted, granted.resolveSibling("moved"));
    assertFalse(layer.isCurrent(), "gone");
    Files.createDirectory(granted);
    assertFalse(layer.isCurrent(), "another one");
    Files.delete(granted);
    Files.createSymbolicLink(granted, Path.of("moved"));
    assertFalse(layer.isCurrent(), "a link to it: a path with links is opened by nobody");
    Files.delete(granted);
    Files.move(granted.resolveSibling("moved"), granted);
    assertTrue(layer.isCurrent());
  }

  @Test
  void aLayerIsCurrentUntilALinkLeadsElsewhere() throws IOException {
    Path root = temporary.toRealPath();
    Files.createDirectory(root.resolve("one"));
    Files.createDirectory(root.resolve("other"));
    Path link = Files.createSymbolicLink(root.resolve("link"), Path.of("one"));
    LandlockLayer layer = LandlockPolicy.builder().read(link).build().on(Abi.V7);
    assertTrue(layer.isCurrent());
    Files.delete(link);
    Files.createSymbolicLink(link, Path.of("other"));
    assertFalse(layer.isCurrent());
  }

  @Test
  void aLayerIsCurrentUntilWhatWasSkippedIsThere() throws IOException {
    Path missing = temporary.toRealPath().resolve("missing");
    LandlockLayer layer =
        LandlockPolicy.builder().read(Path.of("/usr")).readIfPresent(missing).build().on(Abi.V7);
    assertTrue(layer.isCurrent());
    Files.createDirectory(missing);
    assertFalse(layer.isCurrent());
  }

  /** What comes to be beside a blocked path would not be granted by it. */
  @Test
  void aLayerWithBlockedPathsIsNeverCurrent() throws IOException {
    Path root = temporary.toRealPath();
    Path blocked = Files.createDirectory(root.resolve("blocked"));
    Files.createDirectory(root.resolve("beside"));
    LandlockLayer layer = LandlockPolicy.builder().read(root).block(blocked).build().on(Abi.V7);
    assertFalse(layer.isCurrent());
  }
}
