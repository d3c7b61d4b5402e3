package io.github.cofferdam.policy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * All keys of a policy file, each described once: reading, writing, the options of the command
 * line, and the schema for editors come from here, and from {@link ReachKeys}, {@link NetworkKeys}
 * and {@link RunKeys}, which have the lines. What contradicts what stands in the records.
 *
 * <p>Made anew by each call: a command that reads no policy needs the options alone, and nothing of
 * this has to be kept.
 */
public final class PolicyKeys {
  private PolicyKeys() {}

  /** {@return the options that change a policy, in the order of the keys} */
  public static List<PolicyOption> options() {
    List<PolicyOption> options = new ArrayList<>();
    for (PolicyTable<?> table : tables()) {
      table.options(options);
    }
    return options;
  }

  /**
   * {@return a JSON Schema (2020-12) of policy files, with which editors complete and check them}
   */
  public static String schema() {
    Map<String, Object> tables = new LinkedHashMap<>();
    for (PolicyTable<?> table : tables()) {
      table.describe(tables);
    }
    Map<String, Object> schema =
        Schema.of(
            "$schema",
            "https://json-schema.org/draft/2020-12/schema",
            "title",
            "Cofferdam policy",
            "description",
            "What a command may do. Cofferdam itself checks more than a schema can say.");
    schema.putAll(Schema.table(tables, List.of()));
    return Schema.text(schema);
  }

  /** {@return the tables, in the order in which they are written} */
  static List<PolicyTable<?>> tables() {
    return List.of(
        ReachKeys.sandbox(),
        ReachKeys.filesystem(),
        NetworkKeys.network(),
        RunKeys.audit(),
        RunKeys.limits(),
        ReachKeys.environment(),
        RunKeys.enforcement(),
        RunKeys.isolation(),
        RunKeys.processes(),
        RunKeys.timeout(),
        ReachKeys.streams(),
        RunKeys.seccomp());
  }

  /** {@return keys outside of any table that people try, and what to write instead} */
  static Map<String, String> refused() {
    Map<String, String> refused = new LinkedHashMap<>();
    refused.put("include", "a policy is one file; other files are not read from it");
    refused.put("extends", "a policy is one file; other files are not read from it");
    refused.put("execution_timeout", "write [timeout] wall = \"600s\"");
    refused.put("isolation_type", "write [isolation] type = \"namespace\"");
    refused.put("sandbox_mode", "write [enforcement] level = \"strict\"");
    return refused;
  }
}
