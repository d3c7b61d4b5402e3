package io.github.cofferdam.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.LimitText;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.PolicyException;
import io.github.cofferdam.rlimit.Limit;
import io.github.cofferdam.rlimit.Resource;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sizes and times that 63 bits, or the kernel's clocks, do not hold are errors that say so. */
class LimitOverflowTest {
  private static final String MOST = "9223372036854775807";

  private static PolicyException refused(String toml) {
    return assertThrows(PolicyException.class, () -> Policy.parse(toml, "p.toml"));
  }

  @ParameterizedTest
  @CsvSource({
    "9999999TiB, 8388607TiB",
    "8388608TiB, 9223372TB",
    "9223373TB, 8589934591GiB",
    "8589934592G, 8796093022207M",
    "8796093022208M, 9007199254740991KiB",
    "9007199254740992K, 9223372036854775kB",
    "9223372036854775808, 9223372036854775807",
    "18446744073709551615B, 9223372036854775807B",
    "18446744073709551616, 1",
    "99999999999999999999999999999999999999999999, 0001",
  })
  void sizes(String tooLarge, String largest) throws Exception {
    for (String key :
        new String[] {
          "limits.memory",
          "limits.disk",
          "limits.io_read",
          "limits.file_size",
          "limits.stack",
          "limits.memory_limit_bytes",
          "limits.max_file_size_bytes",
          "filesystem.temporary_size"
        }) {
      PolicyException e = refused(key + " = \"" + tooLarge + "\"");
      assertEquals(
          "p.toml:1:1: " + key + ": \"" + tooLarge + "\" is too large: at most " + MOST,
          e.getMessage());
      var _ = Policy.parse(key + " = \"" + largest + "\"", "p.toml");
    }
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> LimitText.set(Policy.builder(), "memory", tooLarge));
    assertEquals(
        "limit memory: \"" + tooLarge + "\" is too large: at most " + MOST, e.getMessage());
    e = assertThrows(IllegalArgumentException.class, () -> LimitText.parse("data", tooLarge));
    assertEquals("limit data: \"" + tooLarge + "\" is too large: at most " + MOST, e.getMessage());
    e =
        assertThrows(
            IllegalArgumentException.class, () -> LimitText.parse("data", "1:" + tooLarge));
    assertTrue(String.valueOf(e.getMessage()).contains("\" is too large"), e.getMessage());
  }

  @Test
  void theLargestSizeIsWhatIsWritten() throws Exception {
    Policy policy =
        Policy.parse(
            "limits.memory = "
                + MOST
                + "\nlimits.data = \"8388607TiB\"\nfilesystem.temporary_size = \""
                + MOST
                + "\"",
            "p.toml");
    assertEquals(OptionalLong.of(Long.MAX_VALUE), policy.treeLimits().memory());
    assertEquals(OptionalLong.of(Long.MAX_VALUE), policy.filesystem().temporarySize());
    assertEquals(Limit.of(8388607L << 40), policy.limits().get(Resource.DATA));
    assertEquals(policy, Policy.parse(policy.toToml(), "again"));
  }

  /** The kernel would multiply by a thousand million, and go by what is left of that. */
  @ParameterizedTest
  @CsvSource({
    "\"9223372037\", \"9223372036\"",
    "\"999999999999h\", \"2562047h\"",
    "\"2562048h\", \"153722867m\"",
    "9223372037, 9223372036",
    "'{ soft = 1, hard = 9223372037 }', '{ soft = 1, hard = 9223372036 }'",
    "\"1:9223372037s\", \"1:9223372036s\"",
  })
  void seconds(String tooLarge, String largest) throws Exception {
    for (String key : new String[] {"limits.cpu_time", "limits.cpu_time_limit_seconds"}) {
      PolicyException e = refused(key + " = " + tooLarge);
      assertTrue(
          String.valueOf(e.getMessage()).endsWith(" is too large: at most 9223372036"),
          e.getMessage());
      Limit limit = Policy.parse(key + " = " + largest, "p").limits().get(Resource.CPU_TIME);
      assertTrue(limit != null && limit.hard() <= 9_223_372_036L, () -> key + ": " + limit);
    }
  }

  @ParameterizedTest
  @CsvSource({"9223372036855s, 9223372036854s", "9223372036854776ms, 9223372036854775ms"})
  void microseconds(String tooLarge, String largest) throws Exception {
    assertTrue(
        String.valueOf(refused("limits.realtime_time = \"" + tooLarge + "\"").getMessage())
            .endsWith(" is too large: at most " + MOST));
    var _ = Policy.parse("limits.realtime_time = \"" + largest + "\"", "p");
  }

  @Test
  void aBuilderTakesWhatTextCanSay() {
    assertThrows(
        IllegalArgumentException.class,
        () -> Policy.builder().limit(Resource.DATA, new Limit(1, Long.MIN_VALUE)));
    assertThrows(
        IllegalArgumentException.class,
        () -> Policy.builder().limits(Map.of(Resource.CPU_TIME, Limit.of(9_223_372_037L))));
    Policy policy =
        Policy.builder()
            .limit(Resource.DATA, Limit.of(Long.MAX_VALUE))
            .limit(Resource.CPU_TIME, new Limit(1, Limit.UNLIMITED))
            .build();
    assertEquals(2, policy.limits().size());
  }

  /** What is allowed can be carried out: no step overflows on the way to the kernel. */
  @ParameterizedTest
  @EachIsolation
  @Tag("kernel")
  void theLargestNumbersAreCarriedOut(Isolation isolation) throws Exception {
    Sandboxed.assumeAvailable(isolation);
    String toml =
        "timeout.wall = \"9223372036854ms\"\nlimits.cpu_time = 9223372036\nlimits.file_size = "
            + MOST
            + (isolation == Isolation.NAMESPACE
                ? "\nfilesystem.temporary_size = " + MOST + "\nisolation.type = \"namespace\""
                : "");
    Outcome outcome =
        Sandboxed.of(Policy.parse(toml, "p.toml"))
            .command("/bin/sh", "-c", "ulimit -t; echo > $TMPDIR/f && echo written")
            .captureOutput()
            .run();
    assertTrue(outcome.success(), outcome::toJson);
    assertEquals("9223372036\nwritten\n", outcome.output().orElseThrow().out());
  }
}
