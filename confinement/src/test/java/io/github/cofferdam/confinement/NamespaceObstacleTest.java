package io.github.cofferdam.confinement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.launcher.Arg;
import io.github.cofferdam.launcher.SetupException;
import io.github.cofferdam.launcher.Step;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is concluded from a step that failed, on hosts of all kinds. */
class NamespaceObstacleTest {
  private final Map<String, Long> numbers = new HashMap<>();
  private boolean filtered;

  @BeforeEach
  void setUsualMaxima() {
    for (String kind : NamespaceSettings.KINDS) {
      numbers.put(NamespaceSettings.maximum(kind), 96365L);
    }
  }

  private static Step unshare(String flags) {
    return Step.of("unshare", "create namespaces (" + flags + ")", Arg.of(1, flags));
  }

  private Optional<NamespaceObstacle> of(Step step, Errno errno, boolean privileged) {
    return NamespaceObstacle.of(
        new SetupException(step, errno), new NamespaceSettings(numbers, filtered), privileged);
  }

  private String reason(Step step, Errno errno) {
    return of(step, errno, false).map(NamespaceObstacle::reason).orElse("");
  }

  @Test
  void distributionsHaveASwitchForUsers() {
    numbers.put("unprivileged_userns_clone", 0L);
    Step step = unshare("CLONE_NEWUSER");
    assertTrue(reason(step, Errno.EPERM).contains("kernel.unprivileged_userns_clone is 0"));
    String privileged = of(step, Errno.EPERM, true).orElseThrow().reason();
    assertTrue(privileged.contains("security module"), privileged);
  }

  @Test
  void appArmorLetsThemBeMadeAndRefusesTheRest() {
    numbers.put("apparmor_restrict_unprivileged_userns", 1L);
    for (Step step :
        new Step[] {
          unshare("CLONE_NEWPID|CLONE_NEWNS"),
          Step.of("write", "write /proc/self/uid_map", Arg.of(3)),
          Step.of("mount", "mount a file system"),
        }) {
      for (Errno errno : new Errno[] {Errno.EPERM, Errno.EACCES}) {
        assertTrue(reason(step, errno).contains("AppArmor"), step::toString);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "CLONE_NEWUSER, 'user.max_user_namespaces is 7'",
    "CLONE_NEWPID|CLONE_NEWNS, 'user.max_mnt_namespaces is 96365, user.max_pid_namespaces is 7'",
    "CLONE_NEWNS|CLONE_NEWUTS, user.max_uts_namespaces is 96365"
  })
  void aLimitThatIsReachedIsNamed(String flags, String limits) {
    numbers.put("max_user_namespaces", 7L);
    numbers.put("max_pid_namespaces", 7L);
    for (Errno errno : new Errno[] {Errno.ENOSPC, Errno.EUSERS}) {
      String reason = reason(unshare(flags), errno);
      assertTrue(reason.contains("as many namespaces as there may be"), reason);
      assertTrue(reason.contains(limits), reason);
    }
  }

  @Test
  void aKernelWithoutThemIsToldFromAFilter() {
    Step step = unshare("CLONE_NEWUSER");
    assertEquals("this kernel was built without them", reason(step, Errno.EINVAL));
    filtered = true;
    assertTrue(reason(step, Errno.ENOSYS).contains("seccomp filter"));
    assertTrue(reason(step, Errno.EPERM).contains("inside a sandbox"));
  }

  @Test
  void nothingIsSaidOfOtherStepsAndErrors() {
    filtered = true;
    numbers.put("unprivileged_userns_clone", 0L);
    assertEquals("", reason(Step.of("chdir", "enter a directory"), Errno.EACCES));
    assertEquals("", reason(Step.of("mount", "mount a file system"), Errno.ENOENT));
    assertEquals("", reason(unshare("CLONE_NEWUSER"), Errno.ENOMEM));
    assertEquals("", reason(Step.of("write", "write /proc/self/uid_map"), Errno.EIO));
  }
}
