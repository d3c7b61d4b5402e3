package io.github.cofferdam.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bench.result.BenchResult;
import io.github.cofferdam.bench.result.Machine;
import io.github.cofferdam.bench.result.Measure;
import io.github.cofferdam.bench.result.ResultFile;
import io.github.cofferdam.bench.result.Section;
import io.github.cofferdam.bench.result.Series;
import io.github.cofferdam.bench.result.Tool;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NamedNodeMap;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class ReportTest {
  /** What would break out of markup, of attributes, of tables, of a terminal or of a line. */
  private static final String EVIL =
      "</title></style><script>alert(1)</script>\"' onload='x' & &amp; | `x` [a](javascript:b)"
          + " ]]> --> \u0000\u001b[2J\u202e\ud800 \n# <img src=http://x.invalid/>";

  @TempDir Path folder;

  private Document written(BenchResult result) throws Exception {
    Report.write(result, folder);
    return parsed(Files.readString(folder.resolve(Report.HTML)));
  }

  private static Document parsed(String text) throws Exception {
    var factory = DocumentBuilderFactory.newDefaultInstance();
    factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
    return factory
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(text.replaceFirst("^<!DOCTYPE html>\n", ""))));
  }

  private static List<Element> all(Document page, String name) {
    return list(page.getElementsByTagName(name));
  }

  private static List<Element> all(Element element, String name) {
    return list(element.getElementsByTagName(name));
  }

  private static List<Element> list(NodeList nodes) {
    return IntStream.range(0, nodes.getLength()).mapToObj(i -> (Element) nodes.item(i)).toList();
  }

  private static Element ofClass(Element element, String name) {
    return list(element.getElementsByTagName("*")).stream()
        .filter(x -> x.getAttribute("class").equals(name))
        .findFirst()
        .orElseThrow();
  }

  /** What holds for every page. */
  private static void assertSound(Document page) {
    var ids = new HashSet<String>();
    var links = new ArrayList<String>();
    for (Element element : all(page, "*")) {
      NamedNodeMap attributes = element.getAttributes();
      for (int i = 0; i < attributes.getLength(); i++) {
        String name = attributes.item(i).getNodeName();
        String value = attributes.item(i).getNodeValue();
        assertFalse(name.startsWith("on") || name.equals("src") || name.equals("style"), name);
        switch (name) {
          case "id" -> assertTrue(ids.add(value), () -> "twice: " + value);
          case "href", "aria-labelledby" -> links.add(value);
          default -> assertFalse(value.contains("NaN") || value.contains("Infinity"), value);
        }
      }
      switch (element.getTagName()) {
        case "script", "img", "link", "iframe", "object", "form", "foreignObject" ->
            throw new AssertionError(element.getTagName());
        case "svg" -> assertPicture(element);
        case "table" -> assertTable(element);
        default -> {}
      }
    }
    for (String link : links) {
      for (String id : link.split(" ", -1)) {
        assertTrue(ids.contains(id.replaceFirst("^#", "")), link);
      }
    }
    String text = page.getDocumentElement().getTextContent();
    assertFalse(text.contains("NaN") || text.contains("Infinity"), text);
  }

  private static void assertPicture(Element svg) {
    boolean within =
        svg.getParentNode() instanceof Element parent
            && !parent.getTagName().equals("div")
            && !parent.getTagName().equals("li");
    boolean hidden = svg.getAttribute("aria-hidden").equals("true");
    if (!within && !hidden) {
      assertEquals("img", svg.getAttribute("role"));
      assertEquals("title", list(svg.getElementsByTagName("*")).getFirst().getTagName());
    }
  }

  private static void assertTable(Element table) {
    assertEquals(1, all(table, "caption").size());
    List<Element> rows = all(table, "tr");
    int columns = all(rows.getFirst(), "th").size();
    for (Element head : all(rows.getFirst(), "th")) {
      assertEquals("col", head.getAttribute("scope"));
    }
    for (Element row : rows.subList(1, rows.size())) {
      assertEquals("row", all(row, "th").getFirst().getAttribute("scope"));
      assertEquals(columns - 1, all(row, "td").size());
    }
  }

  private static double number(String text) {
    return Double.parseDouble(text.replace(",", ""));
  }

  /** {@return the middle one, or the mean of the two in the middle: by hand, for comparison} */
  private static double median(DoubleStream figures) {
    double[] sorted = figures.sorted().toArray();
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }

  @Test
  void everyFigureCanBeComputedFromTheJson() throws Exception {
    Path json = folder.resolve("result.json");
    ResultFile.write(json, new MadeUp(1).whole());
    BenchResult result = ResultFile.read(json);
    Document page = written(result);
    assertSound(page);
    int ratios = 0;
    for (Element table : all(page, "table")) {
      List<String> heads = all(table, "th").stream().map(Element::getTextContent).toList();
      int at = heads.indexOf("Ratio");
      if (at < 0) {
        continue;
      }
      assertTrue(heads.get(1).startsWith("Median, "), heads.get(1));
      double size = heads.get(1).endsWith("µs") ? 1e3 : heads.get(1).endsWith("ms") ? 1e6 : 1e9;
      String group = all(table, "caption").getFirst().getTextContent().replaceFirst(": time$", "");
      for (Element row : all(all(table, "tbody").getFirst(), "tr")) {
        String label = all(row, "th").getFirst().getTextContent();
        List<Element> cells = all(row, "td");
        List<Double> samples = samples(result, group, label);
        List<Double> first = samples(result, group, "");
        double median = median(samples.stream().mapToDouble(x -> x));
        double ratio =
            median(
                IntStream.range(0, samples.size()).mapToDouble(i -> samples.get(i) / first.get(i)));
        assertShows(median, size, cells.get(0));
        assertShows(ratio, 1, cells.get(at - 1));
        ratios++;
      }
    }
    // Twelve ways of two programs, five of three works, and one of the last.
    assertEquals(40, ratios);
    // The plots show the same ratios as the tables.
    List<Double> plotted =
        all(page, "div").stream()
            .filter(div -> div.getAttribute("class").equals("ratio"))
            .map(div -> number(all(div, "data").getFirst().getAttribute("value")))
            .toList();
    List<Double> tabled =
        all(page, "table").stream()
            .filter(table -> table.getTextContent().contains("Ratio"))
            .flatMap(table -> all(all(table, "tbody").getFirst(), "tr").stream())
            .map(row -> number(all(all(row, "td").get(1), "data").getFirst().getAttribute("value")))
            .toList();
    assertEquals(tabled, plotted);
  }

  private static void assertShows(double figure, double size, Element cell) {
    Element data = all(cell, "data").getFirst();
    assertEquals(figure, number(data.getAttribute("value")), figure * 1e-9);
    String shown = data.getTextContent();
    int point = shown.indexOf('.');
    double half = 0.5 * Math.pow(10, point < 0 ? 0 : point + 1 - shown.length());
    assertEquals(figure / size, number(shown), half * 1.001);
  }

  /** {@return those of a label, or of the group's first} */
  private static List<Double> samples(BenchResult result, String group, String label) {
    return result.sections().stream()
        .flatMap(section -> section.series().stream())
        .filter(x -> x.group().equals(group) && (label.isEmpty() || x.label().equals(label)))
        .findFirst()
        .orElseThrow()
        .samples()
        .getOrDefault(Measure.WALL_TIME, List.of());
  }

  @Test
  void everythingIsSaid() throws Exception {
    BenchResult result = new MadeUp(1).whole();
    Document page = written(result);
    String text = page.getDocumentElement().getTextContent();
    String markdown = Files.readString(folder.resolve(Report.MARKDOWN));
    for (Section section : result.sections()) {
      assertTrue(text.contains(section.about()), section.id());
      assertTrue(markdown.contains("## " + section.title()), section.id());
      for (Series series : section.series()) {
        assertTrue(text.contains(series.label()), series.label());
        assertTrue(markdown.contains(series.label()), series.label());
      }
    }
    for (Tool tool : result.tools()) {
      assertTrue(text.contains(tool.name()));
      assertTrue(text.contains(tool.version().or(tool::missing).orElseThrow()), tool.name());
    }
    for (String said :
        List.of(
            "AMD EPYC 7B13",
            "6.18.5",
            "root (uid 0)",
            "sh -c 'umount /sys/fs/cgroup/unified; exec crun",
            "minijail, nsjail, landrun, runsc: not installed",
            "launcher, plain at 64: this machine has 8 GiB",
            "logarithmic scale",
            "From start to exit, static program: ProcessBuilder takes ",
            "Of Cofferdam's 4 ways the best is launcher, plain with 0.2")) {
      assertTrue(text.contains(said), said);
    }
    assertTrue(markdown.contains("| Way | Median, µs | Ratio | 95 % | p10 | p90 | p99 |"));
    assertFalse(text.contains("Quick run"));
  }

  @Test
  void aQuickRunIsMarked() throws Exception {
    BenchResult whole = MadeUp.result(List.of());
    BenchResult quick =
        new BenchResult(
            whole.format(), whole.started(), true, whole.machine(), List.of(), List.of());
    Document page = written(quick);
    assertSound(page);
    assertTrue(page.getDocumentElement().getTextContent().contains("Quick run"));
    assertTrue(Files.readString(folder.resolve(Report.MARKDOWN)).contains("quick run"));
  }

  @Test
  void textsAreOnlyTexts() throws Exception {
    List<Double> samples = List.of(1.0, 2.0);
    var series =
        List.of(
            new Series(
                EVIL,
                EVIL,
                Optional.of(1.0),
                List.of("x", EVIL),
                Map.of(Measure.WALL_TIME, samples),
                Optional.empty()),
            new Series(
                EVIL, EVIL + 2, Optional.of(2.0), List.of(EVIL), Map.of(), Optional.of(EVIL)));
    var machine = new Machine(EVIL, 1, 1, EVIL, EVIL, EVIL, EVIL, 1, List.of(EVIL));
    var result =
        new BenchResult(
            BenchResult.FORMAT,
            EVIL,
            true,
            machine,
            List.of(
                new Tool(EVIL, Optional.of(EVIL), Optional.empty()),
                new Tool(EVIL, Optional.empty(), Optional.of(EVIL))),
            List.of(
                new Section("start", EVIL, EVIL, Section.Form.COMPARISON, EVIL, series),
                new Section(EVIL, EVIL, EVIL, Section.Form.CURVE, EVIL, series),
                new Section(EVIL, EVIL, EVIL, Section.Form.CURVE, EVIL, List.of())));
    Document page = written(result);
    assertSound(page);
    String shown = "</title></style><script>alert(1)</script>\"' onload='x' & &amp; | `x`";
    assertTrue(page.getDocumentElement().getTextContent().contains(shown));
    String source = Files.readString(folder.resolve(Report.HTML));
    assertFalse(source.contains("<script"));
    assertFalse(source.codePoints().anyMatch(x -> x < ' ' && x != '\n'));
    assertFalse(source.contains("\u202e"));
    String markdown = Files.readString(folder.resolve(Report.MARKDOWN));
    assertFalse(markdown.contains("<"));
    assertFalse(markdown.contains("\u001b"));
    assertFalse(markdown.contains(" | `"));
    assertSound(parsed(Files.readString(folder.resolve(Report.PICTURE))));
  }

  @Test
  void nothingMeasuredIsSaid() throws Exception {
    Document page =
        written(
            MadeUp.result(
                List.of(),
                new Section("start", "Nothing", "", Section.Form.COMPARISON, "", List.of()),
                new Section("curve", "No curve", "", Section.Form.CURVE, "", List.of()),
                new Section(
                    "absent",
                    "All absent",
                    "",
                    Section.Form.COMPARISON,
                    "",
                    List.of(
                        MadeUp.missing("g", "one", "no time"),
                        MadeUp.series("two", Measure.WALL_TIME, List.of()))),
                new Section(
                    "lost",
                    "Lost curve",
                    "",
                    Section.Form.CURVE,
                    "",
                    List.of(
                        MadeUp.missing("g", "three", "no place"),
                        MadeUp.series("nowhere", Measure.RATE, List.of(1.0))))));
    assertSound(page);
    String text = page.getDocumentElement().getTextContent();
    for (String said : List.of("one: no time", "two: no figures", "three: no place", "nowhere")) {
      assertTrue(text.contains(said), said);
    }
    assertEquals(2, text.split("Nothing was measured", -1).length - 1);
    assertFalse(Files.exists(folder.resolve(Report.PICTURE)));
  }

  @Test
  void whatIsComparedWithMayBeAbsent() throws Exception {
    Document page =
        written(
            MadeUp.result(
                List.of(),
                MadeUp.section(
                    MadeUp.missing("group", "baseline", "no compiler"),
                    MadeUp.series("launcher", Measure.WALL_TIME, List.of(5.0)))));
    assertSound(page);
    String text = page.getDocumentElement().getTextContent();
    assertTrue(text.contains("baseline has no figures, so there are no ratios"), text);
    Element row = ofClass(page.getDocumentElement(), "row ours");
    assertEquals("–", ofClass(row, "ratio").getTextContent());
  }

  @Test
  void oneSampleHasNoInterval() throws Exception {
    Document page =
        written(
            MadeUp.result(
                List.of(),
                MadeUp.section(
                    MadeUp.series("first", Measure.WALL_TIME, List.of(10.0)),
                    MadeUp.series("launcher", Measure.WALL_TIME, List.of(5.0)))));
    assertSound(page);
    Element row = all(all(page, "tbody").getFirst(), "tr").get(1);
    assertEquals("0.500", all(row, "td").get(1).getTextContent());
    assertEquals("–", all(row, "td").get(2).getTextContent());
  }

  @Test
  void anythingThatCanBeMeasuredCanBeDrawn() throws Exception {
    List<Double> zeros = List.of(0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
    List<Double> huge = List.of(1e-9, 1e15, 1.0, 7.0, 1e6, 1e9, 1e300);
    List<Double> below = List.of(-5.0, -1.0, 0.0, 1.0, 2.0, 3.0);
    for (Measure measure : Measure.values()) {
      for (List<Double> first : List.of(zeros, huge, below)) {
        Series zero = MadeUp.series("zero", measure, zeros);
        Series large = MadeUp.series("huge", measure, huge);
        Series negative = MadeUp.series("below", measure, below);
        Document page =
            written(
                MadeUp.result(
                    MadeUp.tools(),
                    MadeUp.section(MadeUp.series("first", measure, first), zero, large, negative),
                    new Section(
                        "curve",
                        "",
                        "",
                        Section.Form.CURVE,
                        "",
                        List.of(
                            MadeUp.point("", "a", 0, Map.of(measure, first)),
                            MadeUp.point("", "a", 1e9, Map.of(measure, zeros)),
                            MadeUp.point("", "a", 1, Map.of(measure, huge)),
                            MadeUp.point("", "b", -1, Map.of(measure, below))))));
        assertSound(page);
        assertSound(parsed(Files.readString(folder.resolve(Report.PICTURE))));
      }
    }
  }

  @Test
  void manyCurvesLookDifferent() throws Exception {
    var points = new ArrayList<Series>();
    for (int i = 0; i < 20; i++) {
      points.add(MadeUp.point("g", "way " + i, 1, Map.of(Measure.RATE, List.of(i + 1.0))));
    }
    Document page =
        written(
            MadeUp.result(List.of(), new Section("c", "C", "", Section.Form.CURVE, "p", points)));
    assertSound(page);
    var looks = new HashSet<String>();
    all(page, "li").stream()
        .filter(li -> li.getAttribute("class").startsWith("line"))
        .forEach(li ->
            assertTrue(
                looks.add(
                    li.getAttribute("class") + all(li, "path").getFirst().getAttribute("d"))));
    assertEquals(20, looks.size());
  }

  @Test
  void thePictureIsOfTheFirstGroup() throws Exception {
    BenchResult result = new MadeUp(1).whole();
    written(result);
    Document picture = parsed(Files.readString(folder.resolve(Report.PICTURE)));
    assertSound(picture);
    Element svg = picture.getDocumentElement();
    assertEquals("svg", svg.getTagName());
    String text = svg.getTextContent();
    for (Series series : result.sections().getFirst().series()) {
      assertEquals(series.missing().isEmpty(), text.contains(series.label()), series.label());
    }
    assertTrue(text.contains("prefers-color-scheme: dark"));
    assertFalse(text.contains("/usr/bin/true"));
    // One that is left from an earlier report would be of other figures.
    Report.write(MadeUp.result(List.of()), folder);
    assertFalse(Files.exists(folder.resolve(Report.PICTURE)));
  }

  @Test
  void whatIsNoNumberIsRefusedBeforeAnythingIsWritten() {
    BenchResult result =
        MadeUp.result(
            List.of(), MadeUp.section(MadeUp.series("x", Measure.WALL_TIME, List.of(Double.NaN))));
    Path report = folder.resolve("new");
    assertThrows(IllegalArgumentException.class, () -> Report.write(result, report));
    assertFalse(Files.exists(report));
  }
}
