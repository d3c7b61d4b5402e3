package io.github.cofferdam.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.doctor.Finding;
import io.github.cofferdam.doctor.HostFact;
import io.github.cofferdam.doctor.HostReport;
import io.github.cofferdam.doctor.HostSection;
import io.github.cofferdam.doctor.PolicyTrial;
import io.github.cofferdam.doctor.TriedProtection;
import io.github.cofferdam.policy.Cause;
import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Protection;
import io.github.cofferdam.policy.ProtectionState;
import io.github.cofferdam.policy.Requirement;
import io.github.cofferdam.rlimit.Limit;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

/** The two ways to print a diagnosis say the same, for findings of all kinds. */
class DoctorPrintTest {
  private static final String LONG = "word ".repeat(60).strip();

  private static final Diagnosis DIAGNOSIS =
      new Diagnosis(
          new HostReport(
              List.of(
                  section("kernel", new Finding.Name("6.1-\u001b[31mred", "coloured")),
                  section("count", new Finding.Count(3, "three")),
                  section("works", new Finding.Works(true, "tried")),
                  section("fails", new Finding.Works(false, LONG)),
                  section("names", new Finding.Names(List.of("one", "two"), "")),
                  section("no_names", new Finding.Names(List.of(), "of none")),
                  section("ceiling", new Finding.Ceiling(new Limit(7, Limit.UNLIMITED))),
                  section("absent", new Finding.Absent("not there")),
                  section("unknown", new Finding.Unknown("x".repeat(250))),
                  section("not_tried", new Finding.NotTried("no listener")))),
          List.of(
              trial(Isolation.BASIC, Optional.empty()),
              trial(Isolation.NAMESPACE, Optional.of("cannot create namespaces"))),
          Optional.of(new Diagnosis.Required("p.toml", trial(Isolation.BASIC, Optional.empty()))));

  private static HostSection section(String key, Finding finding) {
    return new HostSection(key, List.of(new HostFact("fact_of_" + key, finding)));
  }

  private static PolicyTrial trial(Isolation isolation, Optional<String> failure) {
    return new PolicyTrial(
        isolation,
        failure,
        failure.map(why -> "sysctl something=1"),
        Optional.of("a remark"),
        List.of(
            new TriedProtection(
                Protection.SIGNALS,
                Requirement.REQUIRE,
                ProtectionState.MISSING,
                LONG,
                Optional.of(new Cause.LandlockTooOld(6, "6.12", 5)),
                Optional.of("Linux 6.12 or newer")),
            new TriedProtection(
                Protection.NAMESPACES,
                Requirement.PREFER,
                ProtectionState.NOT_ASKED,
                "isolation = basic",
                Optional.of(new Cause.AllowedByPolicy("isolation = basic")),
                Optional.empty())));
  }

  private static String print(BiConsumer<PrintWriter, Diagnosis> printer) {
    var text = new StringWriter();
    var out = new PrintWriter(text);
    printer.accept(out, DIAGNOSIS);
    out.flush();
    return text.toString();
  }

  /** Lines that were broken are whole again, and so are words. */
  private static String squeezed(String text) {
    return text.replaceAll("\\s+", "");
  }

  private static String value(Object value) {
    return switch (value) {
      case Boolean works -> works ? "yes" : "no";
      case List<?> names ->
          names.isEmpty() ? "none" : String.join("", names.toArray(String[]::new));
      case Map<?, ?> limit -> "soft" + limit.get("soft") + ",hard" + limit.get("hard");
      default -> value.toString();
    };
  }

  @Test
  void eachFormEndsItsLastLine() {
    assertTrue(print(DoctorJson::print).endsWith("}\n"));
    assertTrue(print(DoctorText::print).endsWith("\n"));
  }

  @Test
  void theTableSaysWhatJsonSays() {
    Map<String, Object> json = Json.object(print(DoctorJson::print));
    String table = squeezed(print(DoctorText::print)).replace("(required)", "");
    Json.asObject(Objects.requireNonNull(json.get("host")))
        .forEach((section, facts) ->
            Json.asObject(facts)
                .forEach((key, fact) -> {
                  Map<String, Object> finding = Json.asObject(fact);
                  Object value = finding.get("value");
                  if (value != null) {
                    String shown = squeezed(value(value)).replace('\u001b', '?');
                    assertTrue(table.contains(key + shown), key + shown);
                  }
                  String detail = squeezed(String.valueOf(finding.get("detail")));
                  assertTrue(table.contains(detail), detail);
                }));
    var trials = new ArrayList<>(Json.objects(json, "isolation"));
    trials.add(Json.asObject(Objects.requireNonNull(json.get("require"))));
    assertEquals(3, trials.size());
    for (Map<String, Object> trial : trials) {
      for (String key : List.of("failure", "remedy", "remark")) {
        assertTrue(table.contains(squeezed(String.valueOf(trial.getOrDefault(key, "")))), key);
      }
      for (Map<String, Object> entry : Json.objects(trial, "protections")) {
        String line =
            entry.get("protection")
                + String.valueOf(entry.get("availability")).replace("_", "")
                + squeezed(String.valueOf(entry.get("detail")));
        assertTrue(table.contains(line), line);
        assertTrue(table.contains(squeezed(String.valueOf(entry.getOrDefault("remedy", "")))));
      }
    }
  }

  @Test
  void everyStateIsOneOfThePromised() {
    Map<String, Object> host =
        Json.asObject(Objects.requireNonNull(Json.object(print(DoctorJson::print)).get("host")));
    for (String state : List.of("absent", "unknown", "not_tried")) {
      Map<String, Object> facts = Json.asObject(Objects.requireNonNull(host.get(state)));
      Map<String, Object> fact =
          Json.asObject(Objects.requireNonNull(facts.get("fact_of_" + state)));
      assertEquals(state, fact.get("state"));
      assertFalse(fact.containsKey("value"));
    }
  }

  @Test
  void linesFitAndCarryNoControlCharacters() {
    for (String line : print(DoctorText::print).lines().toList()) {
      assertTrue(line.length() <= DoctorText.WIDTH, line);
      assertTrue(line.chars().noneMatch(Character::isISOControl), line);
    }
  }

  @Test
  void aRequiredGapFailsAndAFailureDoesToo() {
    assertFalse(DIAGNOSIS.required().orElseThrow().trial().enforceable());
    assertFalse(DIAGNOSIS.levels().getLast().enforceable());
  }
}
