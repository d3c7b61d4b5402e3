package io.github.cofferdam.confinement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.cgroup.CgroupReading;
import io.github.cofferdam.cgroup.CgroupResource;
import io.github.cofferdam.cgroup.CgroupVerdict;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.policy.Cause;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.ProtectionState;
import io.github.cofferdam.policy.TreeLimit;
import io.github.cofferdam.rlimit.Limit;
import io.github.cofferdam.rlimit.Resource;
import java.io.IOException;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a policy's limits come to, with control groups of all kinds. */
class LimitPlanTest {
  /** A group that limits some resources and not others. */
  private record Model(Set<CgroupResource> limited) implements LimitGroup {
    @Override
    public boolean exists() {
      return true;
    }

    @Override
    public boolean limits(CgroupResource resource) {
      return true;
    }

    @Override
    public CgroupVerdict verdict(CgroupResource resource) {
      return limited.contains(resource)
          ? new CgroupVerdict(true, "a model's group")
          : new CgroupVerdict(false, "a model has no such control group");
    }

    @Override
    public SetupProgram open() {
      return SetupProgram.empty();
    }

    @Override
    public SetupProgram enter() {
      return SetupProgram.empty();
    }

    @Override
    public CgroupReading reading() {
      return CgroupReading.NONE;
    }

    @Override
    public boolean endsTheTree() {
      return !limited.isEmpty();
    }

    @Override
    public void close() {
      // A model holds nothing.
    }
  }

  private static final Set<CgroupResource> ALL = EnumSet.allOf(CgroupResource.class);
  private static final Set<CgroupResource> NOTHING = EnumSet.noneOf(CgroupResource.class);

  private static LimitPlan plan(Policy policy, Set<CgroupResource> limited) throws IOException {
    return LimitPlan.of(policy, false, limits -> new Model(limited));
  }

  private static Policy limited(TreeLimit limit) {
    return Policy.builder().limit(limit, 100).build();
  }

  /** A limit that is added later is one of these as soon as it has a name. */
  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"DISK", "CONNECTIONS", "BANDWIDTH"})
  void aGroupHoldsEveryLimitOfTheTree(TreeLimit limit) throws IOException {
    Claim claim = plan(limited(limit), ALL).claim(false, Map.of());

    assertEquals(ProtectionState.ENFORCED, claim.state());
    assertEquals(limit.key() + ": a model's group", claim.cause().words());
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"DISK", "CONNECTIONS", "BANDWIDTH"})
  void withoutItTheReportSaysThatOneIsMissing(TreeLimit limit) throws IOException {
    Claim claim = plan(limited(limit), NOTHING).claim(false, Map.of());

    assertEquals(ProtectionState.MISSING, claim.state());
    assertTrue(assertInstanceOf(Cause.LimitsShort.class, claim.cause()).lacksGroup());
    assertEquals("no_control_group", claim.cause().code());
  }

  @Test
  void whoMayWriteToTheGroupCanUndoIt() throws IOException {
    Claim claim = plan(limited(TreeLimit.TASKS), ALL).claim(true, Map.of());

    assertEquals(ProtectionState.PARTIAL, claim.state());
    assertFalse(assertInstanceOf(Cause.LimitsShort.class, claim.cause()).lacksGroup());
    assertTrue(claim.cause().words().contains("may write to its control group"));
  }

  /** The size of each file holds, and so does what the rlimits say. */
  @Test
  void diskTakesNoGroup() throws IOException {
    LimitPlan plan = plan(limited(TreeLimit.DISK), NOTHING);

    assertEquals(ProtectionState.PARTIAL, plan.claim(false, Map.of()).state());
    assertEquals("limits_short", plan.claim(false, Map.of()).cause().code());
    assertEquals(100, plan.rlimits().getOrDefault(Resource.FILE_SIZE, Limit.unlimited()).hard());
  }

  @Test
  void whatIsReservedIsNotLimitedInPlaceOfWhatIsUsed() throws IOException {
    LimitPlan plan = plan(Policy.builder().limit(TreeLimit.MEMORY, 1L << 30).build(), NOTHING);

    assertEquals(Map.of(), plan.rlimits());
  }
}
