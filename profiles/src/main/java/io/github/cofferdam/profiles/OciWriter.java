package io.github.cofferdam.profiles;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.SyscallTable;
import io.github.cofferdam.documents.JsonText;
import io.github.cofferdam.seccomp.Action;
import io.github.cofferdam.seccomp.Condition;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.PrettyPrinter;
import tools.jackson.core.util.DefaultPrettyPrinter;

/** Writes profiles as JSON of the OCI. */
final class OciWriter {
  private final SeccompProfile profile;
  private final StringWriter text = new StringWriter();
  private final JsonGenerator json = JsonText.factory().createGenerator(new Indented(), text);

  private static final class Indented extends ObjectWriteContext.Base {
    @Override
    public PrettyPrinter getPrettyPrinter() {
      return new DefaultPrettyPrinter();
    }

    @Override
    public boolean hasPrettyPrinter() {
      return true;
    }
  }

  OciWriter(SeccompProfile profile) {
    this.profile = profile;
  }

  String write() {
    json.writeStartObject();
    json.writeName("defaultAction");
    action(profile.defaultAction, "defaultErrnoRet");
    arches();
    if (!profile.flags.isEmpty()) {
      json.writeName("flags");
      strings(profile.flags);
    }
    json.writeName("syscalls");
    json.writeStartArray();
    for (ProfileEntry entry : profile.entries) {
      entry(entry);
    }
    for (ProfileEntry entry : newer()) {
      entry(entry);
    }
    json.writeEndArray();
    json.writeEndObject();
    json.close();
    return text + "\n";
  }

  private void strings(List<String> strings) {
    json.writeStartArray();
    strings.forEach(json::writeString);
    json.writeEndArray();
  }

  private void arches() {
    if (!profile.archMap.isEmpty()) {
      json.writeName("archMap");
      json.writeStartArray();
      for (List<String> machine : profile.archMap) {
        json.writeStartObject();
        json.writeStringProperty("architecture", machine.getFirst());
        json.writeName("subArchitectures");
        strings(machine.subList(1, machine.size()));
        json.writeEndObject();
      }
      json.writeEndArray();
    } else if (!profile.arches.isEmpty()) {
      json.writeName("architectures");
      strings(profile.arches.stream().map(OciWriter::name).toList());
    }
  }

  private static String name(Arch arch) {
    return OciReader.ARCHES.entrySet().stream()
        .filter(entry -> entry.getValue() == arch)
        .map(Map.Entry::getKey)
        .findFirst()
        .orElseThrow();
  }

  /**
   * Readers take the highest number that is named for the newest known call. So the newest one is
   * named, and so is what is newer but does not fail otherwise.
   */
  private List<ProfileEntry> newer() {
    if (profile.newer.byNames()) {
      return List.of();
    }
    if (!profile.newer.action().equals(Action.errno(Errno.ENOSYS))) {
      throw new IllegalArgumentException(
          "newer calls get "
              + profile.newer.action()
              + "; an OCI profile can only let them fail with ENOSYS");
    }
    Arch arch = profile.arches.isEmpty() ? Arch.host() : profile.arches.getFirst();
    SortedMap<Integer, String> byNumber = new TreeMap<>();
    SyscallTable.numbers(arch).forEach((name, number) -> byNumber.put(number, name));
    Set<String> named = new HashSet<>();
    profile.entries.forEach(entry -> named.addAll(entry.names()));
    int newest =
        profile
            .newer
            .newest()
            .map(name -> SyscallTable.number(arch, name).orElse(Integer.MAX_VALUE))
            .orElse(Integer.MAX_VALUE);
    var unknown = new ArrayList<String>();
    String last = byNumber.getOrDefault(byNumber.lastKey(), "");
    for (Map.Entry<Integer, String> call : byNumber.entrySet()) {
      if (call.getKey() > newest && !named.contains(call.getValue())) {
        unknown.add(call.getValue());
      }
    }
    var entries = new ArrayList<ProfileEntry>();
    if (!unknown.isEmpty()) {
      entries.add(entry(unknown, profile.newer.action()));
    } else if (!named.contains(last)) {
      entries.add(entry(List.of(last), profile.defaultAction));
    }
    return entries;
  }

  private static ProfileEntry entry(List<String> names, Action action) {
    return new ProfileEntry(names, action, List.of(), ProfileEntry.NOWHERE);
  }

  private void entry(ProfileEntry entry) {
    if (entry.alternatives().isEmpty()) {
      entry(entry, new TreeMap<>());
      return;
    }
    Condition condition = Conditions.any(entry.alternatives());
    try {
      for (SortedMap<Integer, OciTerms.Written> term : OciTerms.of(condition)) {
        entry(entry, term);
      }
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          String.join(", ", entry.names())
              + ": an OCI profile cannot say "
              + entry.action()
              + " if "
              + condition
              + ": "
              + e.getMessage(),
          e);
    }
  }

  private void entry(ProfileEntry entry, SortedMap<Integer, OciTerms.Written> term) {
    json.writeStartObject();
    json.writeName("names");
    strings(entry.names());
    json.writeName("action");
    action(entry.action(), "errnoRet");
    if (!term.isEmpty()) {
      json.writeName("args");
      json.writeStartArray();
      term.forEach(this::arg);
      json.writeEndArray();
    }
    circumstances("includes", entry.includes());
    circumstances("excludes", entry.excludes());
    json.writeEndObject();
  }

  private void arg(int index, OciTerms.Written test) {
    json.writeStartObject();
    json.writeNumberProperty("index", index);
    switch (test) {
      case OciTerms.Plain(var _, long value) -> number("value", value);
      case OciTerms.Pattern(long mask, long value) -> {
        number("value", mask);
        number("valueTwo", value);
      }
    }
    json.writeStringProperty("op", OciReader.OPERATOR_PREFIX + OciTerms.operator(test));
    json.writeEndObject();
  }

  private void number(String name, long unsigned) {
    json.writeName(name);
    json.writeNumber(Long.toUnsignedString(unsigned));
  }

  private void circumstances(String name, ProfileEntry.Circumstances circumstances) {
    if (circumstances.isAny()) {
      return;
    }
    json.writeName(name);
    json.writeStartObject();
    if (!circumstances.arches().isEmpty()) {
      json.writeName("arches");
      strings(circumstances.arches());
    }
    if (!circumstances.capabilities().isEmpty()) {
      json.writeName("caps");
      strings(circumstances.capabilities());
    }
    circumstances.minKernel().ifPresent(kernel -> json.writeStringProperty("minKernel", kernel));
    json.writeEndObject();
  }

  private void action(Action action, String numberName) {
    String name =
        switch (action) {
          case Action.Fail _ -> "ERRNO";
          case Action.Trace _ -> "TRACE";
          case Action.Plain plain ->
              switch (plain) {
                case ALLOW -> "ALLOW";
                case LOG -> "LOG";
                case USER_NOTIFICATION -> "NOTIFY";
                case TRAP -> "TRAP";
                case KILL_THREAD -> "KILL_THREAD";
                case KILL_PROCESS -> "KILL_PROCESS";
                case SKIP ->
                    throw new IllegalArgumentException("error 0 would fake a success: " + action);
              };
        };
    json.writeString(OciReader.ACTION_PREFIX + name);
    if (action instanceof Action.Fail(int number)) {
      json.writeNumberProperty(numberName, number);
    } else if (action instanceof Action.Trace(int data)) {
      json.writeNumberProperty(numberName, data);
    }
  }
}
