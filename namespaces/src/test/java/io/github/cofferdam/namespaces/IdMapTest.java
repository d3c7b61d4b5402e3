package io.github.cofferdam.namespaces;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IdMapTest {

  @Test
  void printsAsTheKernelReadsIt() {
    assertEquals("0 65534 1\n", IdMap.single(0, 65534).toString());
    assertEquals("100 200 300\n", new IdMap(100, 200, 300).toString());
  }

  @Test
  void takesTheWholeRangeOfIds() {
    // 4294967295 means "no id" to the kernel and is in no range.
    assertEquals("0 0 4294967295\n", new IdMap(0, 0, 4294967295L).toString());
  }

  @ParameterizedTest
  @CsvSource({
    "-1, 0, 1",
    "0, -1, 1",
    "0, 0, 0",
    "0, 0, -1",
    "4294967295, 0, 1",
    "0, 4294967295, 1",
    "0, 0, 4294967296",
    "1, 0, 4294967295",
    "9223372036854775807, 0, 1"
  })
  void refusesWhatIsNoRange(long inside, long outside, long count) {
    var e = assertThrows(IllegalArgumentException.class, () -> new IdMap(inside, outside, count));

    assertTrue(e.toString().contains(inside + " " + outside + " " + count), e::toString);
  }
}
