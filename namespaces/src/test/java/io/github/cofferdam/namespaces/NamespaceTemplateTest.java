package io.github.cofferdam.namespaces;

import static io.github.cofferdam.namespaces.Inside.tools;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.bindings.FdInputStream;
import io.github.cofferdam.bindings.FdOutputStream;
import io.github.cofferdam.launcher.LaunchPlan;
import io.github.cofferdam.launcher.Launched;
import io.github.cofferdam.launcher.Launcher;
import io.github.cofferdam.launcher.SetupException;
import io.github.cofferdam.launcher.Stdio;
import io.github.cofferdam.launcher.StdioSet;
import io.github.cofferdam.launcher.Supervision;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What sandboxes of one template have in common, and what they never have. */
@Tag("kernel")
class NamespaceTemplateTest {
  private static final Set<Namespace> COMMON = EnumSet.of(Namespace.UTS, Namespace.NETWORK);

  private Path work;

  @BeforeAll
  static void needNamespaces() throws Exception {
    Inside.assumeAvailable();
    assumeTrue(NamespaceTemplate.canHold(tools().build()), "Linux < 5.12");
  }

  @BeforeEach
  void makeFiles() throws Exception {
    work = Files.createTempDirectory(Path.of("/var/tmp").toRealPath(), "cofferdam-test-");
    Files.writeString(work.resolve("file"), "mine\n");
  }

  @AfterEach
  void removeFiles() throws Exception {
    try (var all = Files.walk(work)) {
      for (Path path : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  private static NamespacePolicy policy() {
    return NamespacePolicy.builder()
        .add(
            Namespace.USER,
            Namespace.MOUNT,
            Namespace.PID,
            Namespace.IPC,
            Namespace.UTS,
            Namespace.NETWORK)
        .hostname("inside")
        .build();
  }

  private RootFilesystem root() {
    return tools().bind(BindMount.writable(work, Path.of("/data"))).build();
  }

  private static NamespaceTemplate template(RootFilesystem root) throws Exception {
    return NamespaceTemplate.create(policy(), COMMON, root, Optional.empty());
  }

  private static LaunchPlan plan(NamespaceTemplate template, String script) {
    LaunchPlan.Builder plan =
        LaunchPlan.of("/bin/sh", List.of("sh", "-c", "exec 2>&1; " + script))
            .variable("PATH", "/usr/bin:/bin")
            .directory("/")
            .supervision(Supervision.PID_NAMESPACE)
            .launcherSteps(template.launcherProgram())
            .initSteps(template.initProgram().then(Capabilities.dropAll(true)));
    template.passTo(plan);
    return plan.build();
  }

  private static Launched start(NamespaceTemplate template, String script) throws Exception {
    return Launcher.start(
        plan(template, script), new StdioSet(Stdio.pipe(), Stdio.pipe(), Optional.empty()));
  }

  private static String output(Launched launched) throws Exception {
    try (var in = new FdInputStream(launched.stream(1).orElseThrow())) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static String run(NamespaceTemplate template, String script) throws Exception {
    try (Launched launched = start(template, script)) {
      launched.stream(0).orElseThrow().close();
      String output = output(launched);
      launched.await();
      return output;
    }
  }

  static List<Set<Namespace>> whatIsCommonIsTheSameAndTheRestIsNot() {
    return List.of(COMMON, EnumSet.of(Namespace.UTS, Namespace.NETWORK, Namespace.IPC));
  }

  @ParameterizedTest
  @MethodSource
  void whatIsCommonIsTheSameAndTheRestIsNot(Set<Namespace> common) throws Exception {
    var shared = new TreeSet<>(List.of("user"));
    for (Namespace namespace : common) {
      shared.add(namespace.fileName());
    }
    try (NamespaceTemplate template =
        NamespaceTemplate.create(policy(), common, root(), Optional.empty())) {
      // Each by its own; a namespace that is gone may give its number to the next one.
      try (Launched one = start(template, "readlink /proc/self/ns/*; read line");
          Launched other = start(template, "readlink /proc/self/ns/*; read line")) {
        one.stream(0).orElseThrow().close();
        List<String> first = output(one).lines().toList();
        other.stream(0).orElseThrow().close();
        List<String> second = output(other).lines().toList();
        var same = new ArrayList<String>();
        for (String namespace : first) {
          if (second.contains(namespace)) {
            same.add(namespace.substring(0, namespace.indexOf(':')));
          }
        }
        same.removeIf(name -> name.contains("cgroup") || name.contains("time"));
        assertEquals(List.copyOf(shared), same);
        for (String kind : shared) {
          String outside =
              Files.readSymbolicLink(Path.of("/proc/thread-self/ns/" + kind)).toString();
          assertFalse(first.contains(outside), outside);
        }
      }
      assertEquals("inside\n", run(template, "cat /proc/sys/kernel/hostname"));
      assertEquals("lo\n", run(template, "sed 1,2d /proc/net/dev | tr -d ' ' | cut -d: -f1"));
    }
  }

  @Test
  void whatOneWritesNoOtherSees() throws Exception {
    try (NamespaceTemplate template = template(root())) {
      try (Launched one =
          start(
              template, "echo secret > /tmp/file; cp /tmp/file /dev/shm/; echo done; read line")) {
        try (var in = new FdInputStream(one.stream(1).orElseThrow())) {
          assertEquals("done\n", new String(in.readNBytes(5), StandardCharsets.UTF_8));
          assertEquals("", run(template, "ls -A /tmp /dev/shm | grep -v : | grep . || true"));
          assertEquals("1\n2\n", run(template, "for p in /proc/[0-9]*; do echo ${p#/proc/}; done"));
          new FdOutputStream(one.stream(0).orElseThrow()).write('\n');
        }
        one.await();
      }
      assertEquals("", run(template, "ls -A /tmp"));
      run(template, "echo more >> /data/file");
      assertEquals("mine\nmore\n", run(template, "cat /data/file"));
    }
  }

  /** As root inside, with all capabilities there: what it takes away is its own copy. */
  @Test
  void beneathItsOwnMountsIsNothingOfOthers() throws Exception {
    NamespacePolicy asRoot =
        NamespacePolicy.builder()
            .add(Namespace.USER, Namespace.MOUNT, Namespace.PID)
            .uidMap(
                IdMap.single(
                    0,
                    io.github.cofferdam.bindings.Syscall.call(
                        io.github.cofferdam.bindings.Syscall.number("geteuid"))))
            .build();
    try (NamespaceTemplate template =
        NamespaceTemplate.create(asRoot, EnumSet.of(Namespace.USER), root(), Optional.empty())) {
      LaunchPlan.Builder plan =
          LaunchPlan.of(
                  "/bin/sh",
                  List.of(
                      "sh",
                      "-c",
                      "exec 2>&1; umount /tmp; umount /tmp; umount /dev/shm; umount -l /proc;"
                          + " ls -A /tmp /dev/shm; ls /proc | grep '^[0-9]'; touch /tmp/no;"
                          + " touch /dev/shm/no; cat /data/file"))
              .variable("PATH", "/usr/bin:/bin")
              .directory("/")
              .supervision(Supervision.PID_NAMESPACE)
              .launcherSteps(template.launcherProgram())
              .initSteps(template.initProgram());
      template.passTo(plan);
      try (Launched launched =
          Launcher.start(
              plan.build(), new StdioSet(Stdio.discard(), Stdio.pipe(), Optional.empty()))) {
        String output = output(launched);
        launched.await();
        assertEquals(
            """
            /dev/shm:

            /tmp:
            touch: cannot touch '/tmp/no': Read-only file system
            touch: cannot touch '/dev/shm/no': Read-only file system
            mine
            """,
            output);
      }
      assertEquals("mine\n", run(template, "cat /data/file; touch /tmp/yes /dev/shm/yes"));
    }
  }

  @Test
  void itIsCurrentUntilWhatIsBoundIsReplaced() throws Exception {
    Path directory = Files.createDirectory(work.resolve("directory"));
    RootFilesystem root = tools().bind(BindMount.readOnly(directory, Path.of("/data"))).build();
    try (NamespaceTemplate template = template(root)) {
      Files.createFile(directory.resolve("new"));
      assertTrue(template.isCurrent());
      assertEquals("new\n", run(template, "ls /data"));
      Files.delete(directory.resolve("new"));
      Files.delete(directory);
      Files.createDirectory(directory);
      assertFalse(template.isCurrent());
    }
  }

  @Test
  void itIsCurrentUntilWhatIsBlockedComesOrGoes() throws Exception {
    Path secret = work.resolve("secret");
    RootFilesystem root = tools().bind(BindMount.writable(work, work)).block(secret).build();
    try (NamespaceTemplate template = template(root)) {
      assertTrue(template.isCurrent());
      Files.createFile(secret);
      assertFalse(template.isCurrent());
    }
    try (NamespaceTemplate template = template(root)) {
      assertTrue(template.isCurrent());
      assertTrue(run(template, "cat " + secret).contains("Permission denied"));
      Files.delete(secret);
      assertFalse(template.isCurrent());
    }
  }

  /** The inode is the same, but what covers it is where the file went. */
  @Test
  void itIsCurrentUntilACoverIsElsewhere() throws Exception {
    Path secret = Files.createFile(work.resolve("secret"));
    RootFilesystem root = tools().bind(BindMount.writable(work, work)).block(secret).build();
    try (NamespaceTemplate template = template(root)) {
      run(template, "true");
      assertTrue(template.isCurrent());
      Path other = Files.move(secret, work.resolve("other"));
      Files.createLink(secret, other);
      assertEquals("", run(template, "cat " + secret));
      assertFalse(template.isCurrent());
    }
  }

  /** In a mount namespace of another process, since tests mount nothing on the host. */
  @Test
  void aMountIsNoticed() throws Exception {
    try (MountWatch watch = MountWatch.begin()) {
      assertFalse(watch.changed());
      assertFalse(watch.changed());
    }
    MountWatch closed = MountWatch.begin();
    closed.close();
    assertTrue(closed.changed());
  }

  @Test
  void onlyRootsInTwoPartsCanBeHeld() {
    assertFalse(NamespaceTemplate.canHold(RootFilesystem.unchanged().build()));
    assertFalse(NamespaceTemplate.canHold(RootFilesystem.host().writable(true).build()));
    assertFalse(NamespaceTemplate.canHold(tools().terminal(true).build()));
    for (String inside : List.of("/tmp/x", "/dev/shm", "/dev/shm/x", "/dev/pts")) {
      RootFilesystem.Builder root = tools().bind(BindMount.readOnly(work, Path.of(inside)));
      assertFalse(NamespaceTemplate.canHold(root.build()), inside);
    }
    assertTrue(
        NamespaceTemplate.canHold(tools().bind(BindMount.readOnly(work, Path.of("/tmp"))).build()));
    assertTrue(NamespaceTemplate.canHold(RootFilesystem.host().build()));
  }

  @Test
  void whatWouldBeCommonToOthersIsRefused() {
    for (Namespace namespace :
        List.of(Namespace.PID, Namespace.CGROUP, Namespace.MOUNT, Namespace.TIME)) {
      assertThrows(
          IllegalArgumentException.class,
          () ->
              NamespaceTemplate.create(policy(), EnumSet.of(namespace), root(), Optional.empty()));
    }
  }

  @Test
  void aBindThatIsNotThereFailsWithItsName() throws Exception {
    RootFilesystem root =
        tools().bind(BindMount.readOnly(work.resolve("missing"), Path.of("/data"))).build();
    long before = descriptors();
    SetupException e = assertThrows(SetupException.class, () -> template(root));
    assertTrue(String.valueOf(e.getMessage()).contains("missing"), e.getMessage());
    assertEquals(before, descriptors());
  }

  @Test
  void closedWhileItIsUsedItLastsUntilTheStart() throws Exception {
    NamespaceTemplate template = template(root());
    assertTrue(template.acquire());
    template.close();
    assertFalse(template.acquire());
    assertEquals("mine\n", run(template, "cat /data/file"));
    template.release();
    assertThrows(IllegalStateException.class, () -> run(template, "true"));
    assertNotEquals(true, template.isCurrent());
  }

  private static long descriptors() throws Exception {
    try (var all = Files.list(Path.of("/proc/self/fd"))) {
      return all.count();
    }
  }
}
