package io.github.cofferdam.rlimit;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.launcher.Arg;
import io.github.cofferdam.launcher.Memory;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.launcher.Step;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RlimitPolicyTest {
  private static final RlimitPolicy FILES =
      RlimitPolicy.builder().limit(Resource.OPEN_FILES, Limit.of(256)).build();

  @Test
  void readsLikeStrace() {
    RlimitPolicy policy =
        FILES.toBuilder()
            .limit(Resource.CPU_TIME, new Limit(10, Limit.UNLIMITED))
            .limit(Resource.ADDRESS_SPACE, Limit.of(1L << 63))
            .build();

    assertEquals(
        """
        prlimit64(0, RLIMIT_AS, {rlim_cur=9223372036854775808, rlim_max=9223372036854775808}, NULL)
        prlimit64(0, RLIMIT_CPU, {rlim_cur=10, rlim_max=RLIM64_INFINITY}, NULL)
        prlimit64(0, RLIMIT_NOFILE, {rlim_cur=256, rlim_max=256}, NULL)
        """,
        policy.program().toString());
  }

  @Test
  void theStructureIsTheKernels() {
    Step step =
        RlimitPolicy.of(Map.of(Resource.OPEN_FILES, new Limit(3, 5))).program().steps().getFirst();

    var memory = MemorySegment.ofArray(((Memory) step.args().get(2)).bytes());
    assertEquals(16, memory.byteSize());
    assertEquals(3, memory.get(ValueLayout.JAVA_LONG_UNALIGNED, 0));
    assertEquals(5, memory.get(ValueLayout.JAVA_LONG_UNALIGNED, 8));
  }

  @Test
  void theLastStepSaysWhatALimitIsLeftAt() {
    SetupProgram program =
        RlimitPolicy.of(Map.of(Resource.CORE_FILE, Limit.of(9)))
            .program()
            .then(FILES.program())
            .then(SetupProgram.of(Step.of("getpid", "ask for the number")))
            .then(RlimitPolicy.of(Map.of(Resource.CORE_FILE, new Limit(1, 2))).program())
            .then(SetupProgram.of(ofAnother(Resource.CORE_FILE)));

    assertEquals(Optional.of(new Limit(1, 2)), RlimitPolicy.leftBy(program, Resource.CORE_FILE));
    assertEquals(
        Optional.ofNullable(FILES.limits().get(Resource.OPEN_FILES)),
        RlimitPolicy.leftBy(program, Resource.OPEN_FILES));
    assertEquals(Optional.empty(), RlimitPolicy.leftBy(program, Resource.STACK));
  }

  private static Step ofAnother(Resource resource) {
    Step own = RlimitPolicy.of(Map.of(resource, Limit.of(7))).program().steps().getFirst();
    return Step.of(
        "prlimit64", "limit another", Arg.of(4711), own.args().get(1), own.args().get(2));
  }

  @Test
  void isAValue() {
    assertEquals(FILES, FILES.toBuilder().build());
    assertEquals(FILES.hashCode(), RlimitPolicy.of(FILES.limits()).hashCode());
    assertThrows(
        UnsupportedOperationException.class,
        () -> FILES.limits().put(Resource.CORE_FILE, Limit.of(0)));
    assertTrue(RlimitPolicy.builder().build().program().isEmpty());
  }

  @Test
  void namesWhatIsCountedPerUser() {
    RlimitPolicy policy = FILES.toBuilder().limit(Resource.PROCESSES, Limit.of(100)).build();

    assertEquals(Set.of(), FILES.countedPerUser());
    assertEquals(Set.of(Resource.PROCESSES), policy.countedPerUser());
    assertTrue(Resource.LOCKED_MEMORY.countedPerUser(), "huge pages and System V segments are");
    assertFalse(Resource.OPEN_FILES.countedPerUser());
  }

  @Test
  void aHardLimitAboveThePresentOneIsToldBeforehand() {
    Map<Resource, Limit> current = Map.of(Resource.OPEN_FILES, new Limit(10, 128));

    var e = assertThrows(LimitException.class, () -> FILES.check(current, false));
    assertEquals(Errno.EPERM, e.errno());
    assertEquals(Resource.OPEN_FILES, e.resource());
    assertEquals(Optional.of(Limit.of(256)), e.asked());
    assertEquals(Optional.of(new Limit(10, 128)), e.current());
    assertEquals(
        "cannot set open_files (RLIMIT_NOFILE) to 256: the hard limit is 128; ask for at most that,"
            + " or raise it as a user with CAP_SYS_RESOURCE, and not above fs.nr_open: prlimit64:"
            + " Operation not permitted (EPERM)",
        e.getMessage());
  }

  @Test
  void whatCanBeSetIsNotRefused() {
    assertDoesNotThrow(() -> FILES.check(Map.of(Resource.OPEN_FILES, Limit.of(256)), false));
    assertDoesNotThrow(() -> FILES.check(Map.of(Resource.OPEN_FILES, Limit.unlimited()), false));
    assertDoesNotThrow(() -> FILES.check(Map.of(Resource.OPEN_FILES, Limit.of(1)), true));
    assertDoesNotThrow(() -> FILES.check(Map.of(), false));
  }

  @Test
  void unlimitedIsAboveEveryNumber() {
    var unlimited = RlimitPolicy.of(Map.of(Resource.DATA, Limit.unlimited()));

    assertThrows(
        LimitException.class,
        () -> unlimited.check(Map.of(Resource.DATA, Limit.of(Long.MAX_VALUE)), false));
  }
}
