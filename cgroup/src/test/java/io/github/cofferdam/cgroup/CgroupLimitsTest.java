package io.github.cofferdam.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CgroupLimitsTest {

  @Test
  void valuesAreEqualByWhatTheySay() {
    CgroupLimits.Builder builder = CgroupLimits.builder().memory(1).tasks(2);
    CgroupLimits limits = builder.build();

    assertEquals(limits, CgroupLimits.builder().tasks(2).memory(1).build());
    assertEquals(limits.hashCode(), builder.build().hashCode());
    assertNotEquals(limits, builder.cpuPercent(3).build());
    assertEquals(Set.of(CgroupResource.MEMORY, CgroupResource.TASKS), limits.resources());
    assertEquals(OptionalLong.of(2), limits.of(CgroupResource.TASKS));
    assertEquals(OptionalLong.empty(), limits.of(CgroupResource.CPU_PERCENT));
  }

  @Test
  void whatNoKernelTakes() {
    CgroupLimits.Builder builder = CgroupLimits.builder();
    assertThrows(IllegalArgumentException.class, () -> builder.memory(0));
    assertThrows(IllegalArgumentException.class, () -> builder.swap(-1));
    assertThrows(IllegalArgumentException.class, () -> builder.tasks(0));
    assertThrows(IllegalArgumentException.class, () -> builder.cpuPercent(0));
    assertThrows(
        IllegalArgumentException.class, () -> builder.limit(CgroupResource.IO, 1), "no device");
    OptionalLong none = OptionalLong.empty();
    assertThrows(
        IllegalArgumentException.class, () -> new IoLimit("8:0", OptionalLong.of(0), none));
    assertEquals("8:0 rbps=5 wbps=max", new IoLimit("8:0", OptionalLong.of(5), none).line());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "8", "8:", ":0", "8:0:1", "a:0", "8:0\n8:1"})
  void aDeviceIsTwoNumbers(String device) {
    assertThrows(
        IllegalArgumentException.class,
        () -> new IoLimit(device, OptionalLong.empty(), OptionalLong.empty()));
  }
}
