package io.github.cofferdam.cli;

import io.github.cofferdam.doctor.Finding;
import io.github.cofferdam.doctor.HostFact;
import io.github.cofferdam.doctor.HostReport;
import io.github.cofferdam.doctor.HostSection;
import io.github.cofferdam.doctor.PolicyTrial;
import io.github.cofferdam.doctor.TriedProtection;
import io.github.cofferdam.documents.JsonText;
import io.github.cofferdam.rlimit.Limit;
import java.io.PrintWriter;
import java.io.StringWriter;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;

/**
 * A {@link Diagnosis} as one JSON object on one line. Keys are stable: new ones may come, none goes
 * or changes its meaning.
 *
 * <ul>
 *   <li>{@code host}: an object of sections, each an object of facts: {@code kernel}, {@code
 *       landlock}, {@code seccomp}, {@code namespaces}, {@code user_namespaces}, {@code
 *       security_modules}, {@code memory_execution}, {@code cgroup}, {@code limits}, {@code audit},
 *       {@code programs}. Each fact has
 *       <ul>
 *         <li>{@code state}: {@code known}, {@code absent} (the host does not have it), {@code
 *             unknown} (it could not be found out) or {@code not_tried};
 *         <li>{@code value}, if known: a string, a number, a truth value (whether something works),
 *             an array of strings, or an object with {@code soft} and {@code hard}, which are
 *             numbers or {@code "unlimited"};
 *         <li>{@code detail}: in words, why or what it means; may be empty;
 *       </ul>
 *   <li>{@code auto}: the level that a policy gets here that leaves it to the host;
 *   <li>{@code isolation}: an array of trials, one for each isolation level with mode {@code
 *       readonly}. Each has
 *       <ul>
 *         <li>{@code level}: {@code basic} or {@code namespace};
 *         <li>{@code runs}: whether a command could be confined; if not, {@code failure} says why;
 *         <li>{@code remedy}, {@code remark}: in words; left out if there is none;
 *         <li>{@code protections}: an array of objects with {@code protection}, {@code requirement}
 *             ({@code require}, {@code prefer}, {@code off}), {@code availability} ({@code
 *             available}, {@code partly}, {@code not_available}, {@code not_tried}), {@code
 *             detail}, {@code code} (a stable word for the detail, left out where nothing is known)
 *             and, if a way is known, {@code remedy};
 *       </ul>
 *   <li>{@code require}, only with that option: a trial as above, with {@code file} and {@code
 *       enforceable}, which the exit status repeats.
 * </ul>
 */
final class DoctorJson {
  private DoctorJson() {}

  static void print(PrintWriter out, Diagnosis diagnosis) {
    // Not into what is printed to: the generator closes that, and nobody could print any more.
    var text = new StringWriter();
    try (JsonGenerator json =
        JsonText.factory().createGenerator(ObjectWriteContext.empty(), text)) {
      json.writeStartObject();
      host(json, diagnosis.host());
      json.writeStringProperty("auto", diagnosis.auto().key());
      json.writeArrayPropertyStart("isolation");
      for (PolicyTrial trial : diagnosis.levels()) {
        json.writeStartObject();
        trial(json, trial);
        json.writeEndObject();
      }
      json.writeEndArray();
      diagnosis
          .required()
          .ifPresent(required -> {
            json.writeObjectPropertyStart("require");
            json.writeStringProperty("file", required.file());
            json.writeBooleanProperty("enforceable", required.trial().enforceable());
            trial(json, required.trial());
            json.writeEndObject();
          });
      json.writeEndObject();
    }
    out.println(text);
  }

  private static void host(JsonGenerator json, HostReport host) {
    json.writeObjectPropertyStart("host");
    for (HostSection section : host.sections()) {
      json.writeObjectPropertyStart(section.key());
      for (HostFact fact : section.facts()) {
        json.writeObjectPropertyStart(fact.key());
        finding(json, fact.finding());
        json.writeEndObject();
      }
      json.writeEndObject();
    }
    json.writeEndObject();
  }

  private static void finding(JsonGenerator json, Finding finding) {
    switch (finding) {
      case Finding.Name(String value, String detail) -> {
        known(json, detail);
        json.writeStringProperty("value", value);
      }
      case Finding.Count(long value, String detail) -> {
        known(json, detail);
        json.writeNumberProperty("value", value);
      }
      case Finding.Works(boolean works, String detail) -> {
        known(json, detail);
        json.writeBooleanProperty("value", works);
      }
      case Finding.Names names -> {
        known(json, names.detail());
        json.writeArrayPropertyStart("value");
        names.values().forEach(json::writeString);
        json.writeEndArray();
      }
      case Finding.Ceiling(Limit limit) -> {
        known(json, "");
        json.writeObjectPropertyStart("value");
        amount(json, "soft", limit.soft());
        amount(json, "hard", limit.hard());
        json.writeEndObject();
      }
      case Finding.Absent(String reason) -> without(json, "absent", reason);
      case Finding.Unknown(String reason) -> without(json, "unknown", reason);
      case Finding.NotTried(String reason) -> without(json, "not_tried", reason);
    }
  }

  private static void known(JsonGenerator json, String detail) {
    without(json, "known", detail);
  }

  private static void without(JsonGenerator json, String state, String detail) {
    json.writeStringProperty("state", state);
    json.writeStringProperty("detail", detail);
  }

  private static void amount(JsonGenerator json, String name, long value) {
    if (value == Limit.UNLIMITED) {
      json.writeStringProperty(name, "unlimited");
    } else {
      json.writeNumberProperty(name, value);
    }
  }

  private static void trial(JsonGenerator json, PolicyTrial trial) {
    json.writeStringProperty("level", trial.isolation().key());
    json.writeBooleanProperty("runs", trial.failure().isEmpty());
    trial.failure().ifPresent(failure -> json.writeStringProperty("failure", failure));
    trial.remedy().ifPresent(remedy -> json.writeStringProperty("remedy", remedy));
    trial.remark().ifPresent(remark -> json.writeStringProperty("remark", remark));
    json.writeArrayPropertyStart("protections");
    for (TriedProtection entry : trial.protections()) {
      json.writeStartObject();
      json.writeStringProperty("protection", entry.protection().key());
      json.writeStringProperty("requirement", entry.requirement().key());
      json.writeStringProperty("availability", entry.availability());
      json.writeStringProperty("detail", entry.detail());
      entry.cause().ifPresent(cause -> json.writeStringProperty("code", cause.code()));
      entry.remedy().ifPresent(remedy -> json.writeStringProperty("remedy", remedy));
      json.writeEndObject();
    }
    json.writeEndArray();
  }
}
