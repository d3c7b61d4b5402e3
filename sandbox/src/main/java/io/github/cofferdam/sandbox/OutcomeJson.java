package io.github.cofferdam.sandbox;

import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.documents.JsonText;
import io.github.cofferdam.launcher.ResourceUsage;
import io.github.cofferdam.policy.EnforcedProtection;
import io.github.cofferdam.policy.EnforcementReport;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;

/** An {@link Outcome} as one JSON object. */
final class OutcomeJson {
  private OutcomeJson() {}

  static String write(Outcome outcome) {
    var text = new StringWriter();
    try (JsonGenerator json =
        JsonText.factory().createGenerator(ObjectWriteContext.empty(), text)) {
      json.writeStartObject();
      json.writeStringProperty("run", outcome.runId());
      json.writeArrayPropertyStart("argv");
      for (String arg : outcome.argv()) {
        json.writeString(arg);
      }
      json.writeEndArray();
      ending(json, outcome.ending());
      json.writeNumberProperty("status", outcome.ending().shellStatus());
      json.writeNumberProperty("wall_seconds", outcome.wallTime().toNanos() / 1e9);
      if (outcome.usage().isPresent()) {
        usage(json, outcome.usage().get());
      }
      if (outcome.peakMemory().isPresent()) {
        json.writeObjectPropertyStart("peak_memory");
        json.writeNumberProperty("bytes", outcome.peakMemory().get().bytes());
        json.writeBooleanProperty("whole_tree", outcome.peakMemory().get().wholeTree());
        json.writeEndObject();
      }
      if (outcome.output().isPresent()) {
        json.writeBooleanProperty("output_complete", outcome.output().get().complete());
      }
      json.writeArrayPropertyStart("limits_hit");
      for (HitLimit hit : outcome.limitsHit()) {
        json.writeStartObject();
        json.writeStringProperty("limit", hit.limit());
        json.writeStringProperty("evidence", hit.evidence());
        json.writeEndObject();
      }
      json.writeEndArray();
      if (outcome.enforcement().isPresent()) {
        json.writeStringProperty("isolation", outcome.enforcement().get().isolation().key());
      }
      json.writeArrayPropertyStart("enforcement");
      for (EnforcedProtection protection : protections(outcome)) {
        enforcement(json, protection);
      }
      json.writeEndArray();
      json.writeArrayPropertyStart("warnings");
      for (String warning : warnings(outcome)) {
        json.writeString(warning);
      }
      json.writeEndArray();
      json.writeArrayPropertyStart("environment_dropped");
      for (String name : outcome.environmentDropped()) {
        json.writeString(name);
      }
      json.writeEndArray();
      if (outcome.network().isPresent()) {
        network(json, outcome.network().get());
      }
      json.writeArrayPropertyStart("made_names");
      for (Path made : outcome.madeNames()) {
        json.writeString(OsText.show(made));
      }
      json.writeEndArray();
      json.writeArrayPropertyStart("refusals");
      if (outcome.ending() instanceof Ending.Refused refused) {
        json.writeString(refused.reason());
      }
      json.writeEndArray();
      json.writeEndObject();
    }
    return text.toString();
  }

  private static void ending(JsonGenerator json, Ending ending) {
    json.writeStringProperty("kind", ending.kind());
    switch (ending) {
      case Ending.Exited exited -> json.writeNumberProperty("exit_code", exited.code());
      case Ending.Signalled signalled -> json.writeNumberProperty("signal", signalled.signal());
      case Ending.LimitHit hit -> {
        json.writeStringProperty("limit", hit.limit());
        json.writeStringProperty("evidence", hit.evidence());
        json.writeNumberProperty("signal", hit.signal());
      }
      case Ending.TimedOut timedOut ->
          json.writeNumberProperty("timeout_seconds", timedOut.after().toNanos() / 1e9);
      case Ending.Refused refused -> json.writeStringProperty("reason", refused.reason());
      case Ending.SetupFailed failed -> json.writeStringProperty("reason", failed.reason());
      case Ending.NotExecuted not -> json.writeStringProperty("reason", not.reason());
      case Ending.Closed closed -> {}
      case Ending.SupervisorLost lost -> {}
    }
  }

  private static void network(JsonGenerator json, NetworkUse network) {
    json.writeObjectPropertyStart("network");
    json.writeNumberProperty("allowed", network.allowed());
    json.writeNumberProperty("refused", network.refused());
    json.writeArrayPropertyStart("refused_targets");
    for (String target : network.refusedTargets()) {
      json.writeString(target);
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void usage(JsonGenerator json, ResourceUsage usage) {
    json.writeObjectPropertyStart("usage");
    json.writeNumberProperty("user_seconds", usage.userTime().toNanos() / 1e9);
    json.writeNumberProperty("system_seconds", usage.systemTime().toNanos() / 1e9);
    json.writeNumberProperty("max_resident_bytes", usage.maxResidentBytes());
    json.writeNumberProperty("minor_faults", usage.minorFaults());
    json.writeNumberProperty("major_faults", usage.majorFaults());
    json.writeNumberProperty("blocks_read", usage.blocksRead());
    json.writeNumberProperty("blocks_written", usage.blocksWritten());
    json.writeEndObject();
  }

  private static List<EnforcedProtection> protections(Outcome outcome) {
    return outcome.enforcement().map(EnforcementReport::protections).orElseGet(ArrayList::new);
  }

  private static List<String> warnings(Outcome outcome) {
    return outcome.enforcement().map(EnforcementReport::warnings).orElseGet(ArrayList::new);
  }

  private static void enforcement(JsonGenerator json, EnforcedProtection entry) {
    json.writeStartObject();
    json.writeStringProperty("protection", entry.protection().key());
    json.writeStringProperty("requirement", entry.requirement().key());
    json.writeStringProperty("state", entry.state().key());
    json.writeStringProperty("detail", entry.detail());
    json.writeStringProperty("code", entry.cause().code());
    json.writeEndObject();
  }
}
