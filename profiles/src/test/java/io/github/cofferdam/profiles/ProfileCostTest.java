package io.github.cofferdam.profiles;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.documents.TomlReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a profile can make its reader do is bounded by counts, not by patience. */
class ProfileCostTest {
  private static String entries(String entry, int count) {
    return "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": ["
        + (entry + ",").repeat(count - 1)
        + entry
        + "]}";
  }

  /** Besides the entries: two keys, a string, an array and an object. */
  @ParameterizedTest
  @CsvSource({
    "1, 199995, syscalls[0]: expected an object", "1, 199996, more than 200000 keys and values",
    "{}, 210000, more than 200000 keys and values", "null, 200000, more than 200000 keys and values"
  })
  void jsonHasSoManyValues(String entry, int count, String message) {
    ProfileException e =
        assertThrows(
            ProfileException.class, () -> SeccompProfile.parse(entries(entry, count), "p.json"));
    assertTrue(String.valueOf(e.getMessage()).contains(message), e.getMessage());
  }

  @Test
  void jsonKeysCountToo() {
    var text = new StringBuilder("{");
    for (int i = 0; i < 100_000; i++) {
      text.append("\"d").append(i).append("\":1,");
    }
    ProfileException e =
        assertThrows(
            ProfileException.class, () -> SeccompProfile.parse(text + "\"z\":1}", "p.json"));
    assertTrue(
        String.valueOf(e.getMessage()).endsWith(": more than 200000 keys and values"),
        e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"1e999999999", "18446744073709551616", "-1", "1.5"})
  void jsonNumbersThatOverflowAreErrors(String number) {
    ProfileException e =
        assertThrows(
            ProfileException.class,
            () ->
                SeccompProfile.parse(
                    "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": " + number + "}",
                    "p.json"));
    assertEquals(
        "p.json:1:56: defaultErrnoRet: expected a whole number from 0 to 18446744073709551615,"
            + " found the number "
            + number,
        e.getMessage());
  }

  @Test
  void aListOfWrongNamesIsNotReadToItsEnd() {
    var names = new StringBuilder();
    for (int i = 0; i < 7_000; i++) {
      names.append("\"sys").append(i).append("\",");
    }
    ProfileException e =
        assertThrows(
            ProfileException.class,
            () ->
                SeccompProfile.parse(
                    "[seccomp]\ndefault = \"errno(EPERM)\"\nallow = [" + names + "]\n", "p.toml"));
    assertEquals(TomlReader.MAX_PROBLEMS, e.problems().size());
  }

  @Test
  void aConditionHasSoManyWords() {
    String most = "arg0 in [1" + ",1".repeat(1247) + "]";
    var _ = ConditionText.parse(most);
    assertThrows(
        IllegalArgumentException.class, () -> ConditionText.parse(most.replace("]", ",1,1]")));
  }
}
