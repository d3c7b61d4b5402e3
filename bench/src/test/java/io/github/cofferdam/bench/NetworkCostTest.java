package io.github.cofferdam.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bench.result.Measure;
import io.github.cofferdam.bench.result.Section;
import io.github.cofferdam.bench.result.Series;
import java.util.LinkedHashMap;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("kernel")
class NetworkCostTest {
  private static final Progress SILENT = (what, done) -> assertTrue(done >= 0 && done <= 1, what);
  private static final NetworkCost.Size TINY = new NetworkCost.Size(2, 5, 1 << 20, 2, 2, 3, 1);

  private static Section measure(SearchPath path) throws Exception {
    var traces = new Traces();
    Section section = new NetworkCost(path).measure(TINY, SILENT);
    Sections.assertWellFormed(section);
    traces.assertNothingLeft();
    return section;
  }

  private static List<Series> in(Section section, String group) {
    return section.series().stream().filter(series -> series.group().equals(group)).toList();
  }

  @Test
  void connectionsTransfersStartsAndMemoryAreMeasured() throws Exception {
    SearchPath path = SearchPath.ofEnvironment();
    boolean compiles = path.find("gcc").isPresent();
    Section section = measure(path);
    var sizes = new LinkedHashMap<String, Integer>();
    for (Series series : section.series()) {
      sizes.merge(series.group(), 1, Integer::sum);
      // A host may lack namespaces or Landlock, and the broker may not work: then it says so.
      series.missing().ifPresent(why -> System.out.println(series.label() + ": " + why));
    }
    assertEquals(
        List.of(
            "socket",
            "connect",
            "close",
            "socket, connect and close",
            "1 MiB by write",
            "1 MiB by sendmsg",
            "start to exit of /usr/bin/true, basic",
            "start to exit of /usr/bin/true, namespace",
            "3 live sandboxes, basic: heap in use",
            "3 live sandboxes, namespace: heap in use"),
        List.copyOf(sizes.keySet()));
    assertEquals(List.of(5, 5, 5, 5, 5, 5, 4, 4, 4, 4), List.copyOf(sizes.values()));
    for (String group : List.of("connect", "1 MiB by sendmsg")) {
      Series direct = in(section, group).getFirst();
      assertEquals(!compiles, direct.missing().isPresent(), direct.toString());
    }
    for (Series series : section.series()) {
      List<Double> times = Sections.samples(series, Measure.WALL_TIME);
      assertTrue(times.stream().allMatch(nanos -> nanos > 0), series.toString());
    }
  }

  /** Of one connection, the whole is the sum of its parts. */
  @Test
  void partsAddUp() throws Exception {
    Section section = measure(SearchPath.ofEnvironment());
    List<Series> all = in(section, "socket, connect and close");
    for (int i = 0; i < all.size(); i++) {
      List<Double> sums = Sections.samples(all.get(i), Measure.WALL_TIME);
      for (int round = 0; round < sums.size(); round++) {
        double sum = 0;
        for (String part : List.of("socket", "connect", "close")) {
          Series series = in(section, part).get(i);
          assertEquals(all.get(i).label(), series.label());
          sum += Sections.samples(series, Measure.WALL_TIME).get(round);
        }
        assertEquals(sum, sums.get(round));
      }
    }
  }

  @Test
  void withoutACompilerStartsAreStillMeasured() throws Exception {
    Section section = measure(SearchPath.of(""));
    for (Series series : in(section, "connect")) {
      assertTrue(series.missing().orElse("").contains("apt install gcc"), series.toString());
    }
    Series start = in(section, "start to exit of /usr/bin/true, basic").getFirst();
    assertEquals(2, Sections.samples(start, Measure.WALL_TIME).size());
  }
}
