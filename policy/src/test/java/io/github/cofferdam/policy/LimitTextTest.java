package io.github.cofferdam.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.cofferdam.rlimit.Limit;
import io.github.cofferdam.rlimit.Resource;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LimitTextTest {

  @ParameterizedTest
  @CsvSource({
    "open_files, 256, OPEN_FILES, 256, 256",
    "open_files, 256:512, OPEN_FILES, 256, 512",
    "open_files, unlimited, OPEN_FILES, -1, -1",
    "open_files, 256:unlimited, OPEN_FILES, 256, -1",
    "address_space, 4096, ADDRESS_SPACE, 4096, 4096",
    "address_space, 1B, ADDRESS_SPACE, 1, 1",
    "address_space, 2K, ADDRESS_SPACE, 2048, 2048",
    "address_space, 2KiB, ADDRESS_SPACE, 2048, 2048",
    "address_space, 2kB, ADDRESS_SPACE, 2000, 2000",
    "file_size, 100MiB, FILE_SIZE, 104857600, 104857600",
    "file_size, 100MB, FILE_SIZE, 100000000, 100000000",
    "file_size, 2GiB, FILE_SIZE, 2147483648, 2147483648",
    "file_size, 2GB, FILE_SIZE, 2000000000, 2000000000",
    "file_size, 1TiB, FILE_SIZE, 1099511627776, 1099511627776",
    "file_size, 1TB, FILE_SIZE, 1000000000000, 1000000000000",
    "cpu_time, 30, CPU_TIME, 30, 31",
    "cpu_time, 30s, CPU_TIME, 30, 31",
    "cpu_time, 5m, CPU_TIME, 300, 301",
    "cpu_time, 2h, CPU_TIME, 7200, 7201",
    "cpu_time, 30:30, CPU_TIME, 30, 30",
    "cpu_time, unlimited, CPU_TIME, -1, -1",
    "realtime_time, 7us, REALTIME_TIME, 7, 7",
    "realtime_time, 7ms, REALTIME_TIME, 7000, 7000",
    "realtime_time, 7s, REALTIME_TIME, 7000000, 7000000",
    "virtual_memory_limit_bytes, 5, ADDRESS_SPACE, 5, 5",
    "cpu_time_limit_seconds, 5, CPU_TIME, 5, 6",
    "max_open_files, 5, OPEN_FILES, 5, 5",
    "max_file_size_bytes, 5, FILE_SIZE, 5, 5",
    "max_processes, 5, PROCESSES, 5, 5",
  })
  void reads(String name, String value, Resource resource, long soft, long hard) {
    assertEquals(Map.entry(resource, new Limit(soft, hard)), LimitText.parse(name, value));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "open_filse | 1 | unknown limit \"open_filse\"; did you mean open_files?",
        "open_files | 1s | limit open_files: expected a whole number such as 256, or \"unlimited\","
            + " found \"1s\"",
        "open_files | -1 | limit open_files: expected a whole number such as 256, or \"unlimited\","
            + " found \"-1\"",
        "open_files | 5: | limit open_files: expected a whole number such as 256, or \"unlimited\","
            + " found \"\"",
        "open_files | 6:5 | limit open_files: the soft limit 6 is above the hard limit 5",
        "cpu_time | 5ms | limit cpu_time: expected seconds such as 30, \"30s\", \"5m\" or"
            + " \"unlimited\", found \"5ms\"",
        "realtime_time | 5d | limit realtime_time: expected microseconds such as 500, \"500us\","
            + " \"10ms\" or \"unlimited\", found \"5d\"",
        "file_size | 16777216TiB | limit file_size: \"16777216TiB\" is too large: at most"
            + " 9223372036854775807",
        "file_size | 18446744073709551615 | limit file_size: \"18446744073709551615\" is too large:"
            + " at most 9223372036854775807",
        "file_size | 18446744073709551616 | limit file_size: \"18446744073709551616\" is too large:"
            + " at most 9223372036854775807",
      })
  void refuses(String name, String value, String message) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> LimitText.parse(name, value));

    assertEquals(message, e.getMessage());
  }

  @ParameterizedTest
  @CsvSource({
    "memory, 512MiB, MEMORY, 536870912",
    "memory_limit_bytes, 5, MEMORY, 5",
    "tasks, 32, TASKS, 32",
    "max_threads, 32, TASKS, 32",
    "cpu_percent, 150, CPU_PERCENT, 150",
    "cpu_percent_limit, 50, CPU_PERCENT, 50",
    "disk, 1GiB, DISK, 1073741824",
    "disk_quota_bytes, 1, DISK, 1",
    "io_read, 1MB, IO_READ, 1000000",
    "io_write, 7, IO_WRITE, 7",
    "io_write, 7kB/s, IO_WRITE, 7000",
    "connections, 20, CONNECTIONS, 20",
    "bandwidth, 10MiB/s, BANDWIDTH, 10485760",
    "bandwidth, 10MiB, BANDWIDTH, 10485760",
    "bandwidth, 9000/s, BANDWIDTH, 9000",
  })
  void setsLimitsOfTheTree(String name, String value, TreeLimit limit, long number) {
    Policy.Builder builder = Policy.builder();
    LimitText.set(builder, name, value);
    assertEquals(Map.of(limit, number), builder.build().treeLimits().values());

    LimitText.set(builder, name, "unlimited");
    assertEquals(TreeLimits.NONE, builder.build().treeLimits());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "memory | 0 | limit memory: expected at least 1, found 0",
        "cpu_percent | 50% | limit cpu_percent: expected a whole number such as 256, or"
            + " \"unlimited\", found \"50%\"",
        "connections | 0 | limit connections: expected at least 1, found 0",
        "connections | 5/s | limit connections: expected a whole number such as 256, or"
            + " \"unlimited\", found \"5/s\"",
        "memory | 5/s | limit memory: expected bytes such as 4096, \"100MiB\" or \"unlimited\","
            + " found \"5/s\"",
        "bandwidth | 10Mbit/s | limit bandwidth: expected bytes a second such as 4096, \"10MiB/s\""
            + " or \"unlimited\", found \"10Mbit/s\"",
        "bandwidth | /s | limit bandwidth: expected bytes a second such as 4096, \"10MiB/s\" or"
            + " \"unlimited\", found \"/s\"",
        "bandwidth | unlimited/s | limit bandwidth: expected bytes a second such as 4096,"
            + " \"10MiB/s\" or \"unlimited\", found \"unlimited/s\"",
        "bandwidth | 0/s | limit bandwidth: expected at least 1, found 0",
        "memroy | 1 | unknown limit \"memroy\"; did you mean memory?",
        "tasks | 1:2 | limit tasks: expected a whole number such as 256, or \"unlimited\", found"
            + " \"1:2\"",
      })
  void refusesLimitsOfTheTree(String name, String value, String message) {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class, () -> LimitText.set(Policy.builder(), name, value));

    assertEquals(message, e.getMessage());
  }

  @Test
  void setsLimitsOfEachProcess() {
    Policy.Builder builder = Policy.builder();
    LimitText.set(builder, "open_files", "5:6");
    assertEquals(Map.of(Resource.OPEN_FILES, new Limit(5, 6)), builder.build().limits());
  }

  @Test
  void namesAllLimitsWhenNothingIsNear() {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> LimitText.parse("xyzzy", "1"));

    assertEquals(
        "unknown limit \"xyzzy\"; valid names: " + String.join(", ", LimitText.names()),
        e.getMessage());
  }
}
