package io.github.cofferdam.profiles;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.KernelVersion;
import io.github.cofferdam.documents.DocumentException;
import io.github.cofferdam.documents.JsonNode;
import io.github.cofferdam.documents.JsonReader;
import io.github.cofferdam.documents.JsonSection;
import io.github.cofferdam.documents.Problems;
import io.github.cofferdam.documents.Text;
import io.github.cofferdam.documents.TextPlaces;
import io.github.cofferdam.seccomp.Action;
import io.github.cofferdam.seccomp.Argument;
import io.github.cofferdam.seccomp.Comparison;
import io.github.cofferdam.seccomp.Condition;
import io.github.cofferdam.seccomp.LongArgument;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads seccomp profiles of the OCI's runtime-spec, with what Docker and podman add: {@code
 * archMap}, {@code includes}, {@code excludes}, {@code name} in place of {@code names}, errors by
 * name. Also an object of several profiles, in which names may be shorter.
 */
final class OciReader {
  static final String ACTION_PREFIX = "SCMP_ACT_";
  static final String OPERATOR_PREFIX = "SCMP_CMP_";

  /** What runtime-spec calls the architectures that are known here. */
  static final Map<String, Arch> ARCHES =
      ordered(
          "SCMP_ARCH_X86_64",
          Arch.X86_64,
          "SCMP_ARCH_X86",
          Arch.I386,
          "SCMP_ARCH_X32",
          Arch.X32,
          "SCMP_ARCH_AARCH64",
          Arch.AARCH64,
          "SCMP_ARCH_RISCV64",
          Arch.RISCV64);

  /** What becomes of {@link #OTHER_ARCHES}: a filter refuses what it has no numbers for. */
  static final String NAME_ONLY =
      " is known by its name only: system calls of that architecture are not let in";

  /**
   * The other architectures of libseccomp and runtime-spec, which no filter here is compiled for.
   */
  private static final Set<String> OTHER_ARCHES =
      Set.of(
          "SCMP_ARCH_ARM",
          "SCMP_ARCH_LOONGARCH64",
          "SCMP_ARCH_M68K",
          "SCMP_ARCH_MIPS",
          "SCMP_ARCH_MIPS64",
          "SCMP_ARCH_MIPS64N32",
          "SCMP_ARCH_MIPSEL",
          "SCMP_ARCH_MIPSEL64",
          "SCMP_ARCH_MIPSEL64N32",
          "SCMP_ARCH_PARISC",
          "SCMP_ARCH_PARISC64",
          "SCMP_ARCH_PPC",
          "SCMP_ARCH_PPC64",
          "SCMP_ARCH_PPC64LE",
          "SCMP_ARCH_S390",
          "SCMP_ARCH_S390X",
          "SCMP_ARCH_SH",
          "SCMP_ARCH_SHEB");

  private static final List<String> FLAGS =
      List.of(
          "SECCOMP_FILTER_FLAG_TSYNC",
          "SECCOMP_FILTER_FLAG_LOG",
          "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
          "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV");

  private static final Set<String> ACTIONS =
      new LinkedHashSet<>(
          List.of(
              "ALLOW",
              "ERRNO",
              "KILL",
              "KILL_PROCESS",
              "KILL_THREAD",
              "LOG",
              "NOTIFY",
              "TRACE",
              "TRAP"));

  /** A comparison of an argument with value and valueTwo. */
  private interface Comparing {
    Comparison of(LongArgument argument, long value, long valueTwo);
  }

  private static final Map<String, Comparing> OPERATORS =
      ordered(
          "EQ",
          (Comparing) (argument, value, _) -> argument.eq(value),
          "NE",
          (Comparing) (argument, value, _) -> argument.ne(value),
          "LT",
          (Comparing) (argument, value, _) -> argument.lessThan(value),
          "LE",
          (Comparing) (argument, value, _) -> argument.atMost(value),
          "GT",
          (Comparing) (argument, value, _) -> argument.greaterThan(value),
          "GE",
          (Comparing) (argument, value, _) -> argument.atLeast(value),
          "MASKED_EQ",
          (Comparing) (argument, value, two) -> argument.masked(value).eq(two));

  private final String source;
  private final Problems problems;
  private final boolean several;
  private final List<String> remarks = new ArrayList<>();

  private OciReader(String source, Problems problems, boolean several) {
    this.source = source;
    this.problems = problems;
    this.several = several;
  }

  private static <T> Map<String, T> ordered(Object... keysAndValues) {
    var map = new LinkedHashMap<String, T>();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      @SuppressWarnings("unchecked")
      T value = (T) keysAndValues[i + 1];
      map.put((String) keysAndValues[i], value);
    }
    return map;
  }

  /**
   * Reads profiles by name; a single one has an empty one.
   *
   * @throws DocumentException with everything that is wrong
   */
  static Map<String, SeccompProfile> read(String text, String source) throws DocumentException {
    var problems = new Problems(source);
    var places = new TextPlaces(text);
    var profiles = new LinkedHashMap<String, SeccompProfile>();
    if (!(JsonReader.read(places, problems) instanceof JsonNode.Members root)) {
      throw new DocumentException(source, "expected a JSON object");
    }
    var section = new JsonSection(places, problems, "", root);
    boolean several = section.has("profiles");
    if (several) {
      section
          .section("profiles")
          .ifPresent(named -> {
            if (named.keys().isEmpty()) {
              section.fail("profiles", "no profile");
            }
            for (String name : named.keys()) {
              named(named, name)
                  .ifPresent(one ->
                      profiles.put(name, new OciReader(source, problems, true).profile(one)));
            }
          });
    } else {
      profiles.put("", new OciReader(source, problems, false).profile(section));
    }
    problems.throwIfAny();
    return profiles;
  }

  private static Optional<JsonSection> named(JsonSection profiles, String name) {
    if (name.isEmpty()) {
      profiles.fail(name, "a profile needs a name");
    }
    if (!profiles.has(name)) {
      profiles.fail(name, "expected an object, found null");
    }
    return profiles.section(name);
  }

  private SeccompProfile profile(JsonSection section) {
    section.passOver("comment", "description", "name", "version", "$schema");
    Optional<Action> byDefault =
        action(section, "defaultAction", "defaultErrnoRet", "defaultErrno");
    if (!section.has("defaultAction")) {
      section.fail("defaultAction", "missing; it says what happens to calls without an entry");
    }
    Action defaultAction = byDefault.orElse(Action.killProcess());
    var entries = new ArrayList<ProfileEntry>();
    for (JsonSection entry : section.sections("syscalls")) {
      entry(entry, defaultAction).ifPresent(entries::add);
      entry.reportUnknown(source, remarks);
    }
    List<List<String>> archMap = archMap(section);
    List<Arch> arches = arches(section, "architectures", true);
    if (section.has("archMap") && section.has("architectures")) {
      section.fail("architectures", "there is archMap as well; use one of them");
    }
    List<String> flags = section.texts("flags");
    for (String flag : flags) {
      if (!FLAGS.contains(flag)) {
        section.fail(
            "flags",
            "unknown flag "
                + Text.quote(flag)
                + JsonSection.suggestion(flag, new LinkedHashSet<>(FLAGS)));
      }
    }
    for (String key : List.of("listenerPath", "listenerMetadata")) {
      if (section.text(key).isPresent()) {
        remark(section.place(), section.dotted(key) + " is not used: nobody is asked there");
      }
    }
    section.reportUnknown(source, remarks);
    return new SeccompProfile(
        source,
        defaultAction,
        entries,
        archMap,
        arches,
        SeccompProfile.Newer.BY_NAMES,
        Action.killProcess(),
        flags,
        remarks);
  }

  private void remark(TextPlaces.Place place, String text) {
    remarks.add(source + ":" + place + ": " + text);
  }

  private List<List<String>> archMap(JsonSection section) {
    var map = new ArrayList<List<String>>();
    for (JsonSection machine : section.sections("archMap")) {
      var names = new ArrayList<String>();
      machine.text("architecture").ifPresent(names::add);
      if (names.isEmpty()) {
        machine.fail("architecture", "missing");
        continue;
      }
      names.addAll(machine.texts("subArchitectures"));
      for (String name : names) {
        checkArch(
            machine, name.equals(names.getFirst()) ? "architecture" : "subArchitectures", name);
      }
      machine.reportUnknown(source, remarks);
      map.add(names);
    }
    return map;
  }

  private List<Arch> arches(JsonSection section, String key, boolean remark) {
    var arches = new ArrayList<Arch>();
    for (String name : section.texts(key)) {
      checkArch(section, key, name);
      Arch arch = ARCHES.get(name);
      if (arch != null) {
        arches.add(arch);
      } else if (remark && OTHER_ARCHES.contains(name)) {
        remark(section.place(), section.dotted(key) + ": " + name + NAME_ONLY);
      }
    }
    return arches;
  }

  private static void checkArch(JsonSection section, String key, String name) {
    if (!ARCHES.containsKey(name) && !OTHER_ARCHES.contains(name)) {
      section.fail(
          key,
          "unknown architecture "
              + Text.quote(name)
              + JsonSection.suggestion(name, ARCHES.keySet()));
    }
  }

  private Optional<ProfileEntry> entry(JsonSection entry, Action defaultAction) {
    entry.passOver("comment");
    int before = problems.size();
    List<String> names = entry.texts("names");
    Optional<String> name = entry.text("name");
    if (name.isPresent() && !names.isEmpty()) {
      entry.fail("name", "there is names as well; use one of them");
    } else if (name.isPresent()) {
      names = List.of(name.get());
    } else if (names.isEmpty() && problems.size() == before) {
      entry.fail("names", "missing: an entry is about at least one system call");
    }
    Optional<Action> action = action(entry, "action", "errnoRet", "errno");
    if (!entry.has("action")) {
      entry.fail("action", "missing");
    }
    List<Comparison> comparisons = comparisons(entry);
    var includes = circumstances(entry, "includes");
    var excludes = circumstances(entry, "excludes");
    if (action.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new ProfileEntry(
            names,
            action.get(),
            alternatives(entry, comparisons, ProfileEntry.stricter(action.get(), defaultAction)),
            includes,
            excludes,
            entry.place()));
  }

  /**
   * All arguments of an entry must meet their conditions. Where two are about the same one, runc
   * and crun make an entry of each, which then suffices alone: what refuses is taken so, for more
   * is refused then.
   */
  private List<Condition> alternatives(
      JsonSection entry, List<Comparison> comparisons, boolean refuses) {
    boolean twice =
        comparisons.stream().map(Comparison::argument).distinct().count() < comparisons.size();
    if (twice) {
      remark(
          entry.place(),
          "two conditions on one argument: "
              + (refuses
                  ? "one of them suffices, as container engines read it"
                  : "all must hold, though container engines take one to suffice"));
    }
    if (twice && refuses) {
      return List.copyOf(comparisons);
    }
    return switch (comparisons.size()) {
      case 0 -> List.of();
      case 1 -> List.of(comparisons.getFirst());
      default -> List.of(new Condition.All(List.copyOf(comparisons)));
    };
  }

  private List<Comparison> comparisons(JsonSection entry) {
    var comparisons = new ArrayList<Comparison>();
    for (JsonSection arg : entry.sections("args")) {
      Optional<Long> index = arg.number("index");
      Optional<Long> value = arg.number("value");
      long two = arg.number("valueTwo").orElse(0L);
      Comparing operator = operator(arg);
      for (String key : List.of("index", "value", "op")) {
        if (!arg.has(key)) {
          arg.fail(key, "missing");
        }
      }
      arg.reportUnknown(source, remarks);
      if (index.isEmpty() || value.isEmpty() || operator == null) {
        continue;
      }
      if (Long.compareUnsigned(index.get(), 5) > 0) {
        arg.fail(
            "index",
            "system calls have arguments 0 to 5, not " + Long.toUnsignedString(index.get()));
        continue;
      }
      try {
        Comparison comparison =
            operator.of(Argument.arg(index.get().intValue()).asLong(), value.get(), two);
        if (comparison.isNever()) {
          arg.fail("op", "no argument meets " + comparison);
        }
        comparisons.add(comparison);
      } catch (IllegalArgumentException e) {
        arg.fail("valueTwo", String.valueOf(e.getMessage()));
      }
    }
    return comparisons;
  }

  private @Nullable Comparing operator(JsonSection arg) {
    String text = arg.text("op").orElse(null);
    if (text == null) {
      return null;
    }
    String name = withoutPrefix(text, OPERATOR_PREFIX);
    Comparing operator = OPERATORS.get(name);
    if (operator == null) {
      arg.fail("op", unknown("operator", text, OPERATOR_PREFIX, OPERATORS.keySet()));
    }
    return operator;
  }

  /** In a file of several profiles, names may be written without their prefix and in lower case. */
  private String withoutPrefix(String text, String prefix) {
    if (text.startsWith(prefix)) {
      return text.substring(prefix.length());
    }
    return several ? text.toUpperCase(Locale.ROOT) : "";
  }

  private static String unknown(String kind, String text, String prefix, Set<String> names) {
    var full = new LinkedHashSet<String>();
    names.forEach(name -> full.add(prefix + name));
    String whole = text.startsWith(prefix) ? text : prefix + text.toUpperCase(Locale.ROOT);
    return "unknown " + kind + " " + Text.quote(text) + JsonSection.suggestion(whole, full);
  }

  private Optional<Action> action(
      JsonSection section, String key, String numberKey, String nameKey) {
    Optional<Integer> data = data(section, numberKey, nameKey);
    String text = section.text(key).orElse(null);
    if (text == null) {
      return Optional.empty();
    }
    String name = withoutPrefix(text, ACTION_PREFIX);
    if (!ACTIONS.contains(name)) {
      section.fail(key, unknown("action", text, ACTION_PREFIX, ACTIONS));
      return Optional.empty();
    }
    boolean takesData = name.equals("ERRNO") || name.equals("TRACE");
    if (data.isPresent() && !takesData) {
      section.fail(section.has(numberKey) ? numberKey : nameKey, text + " takes no number");
      return Optional.empty();
    }
    int number = data.orElse(Errno.EPERM.number());
    try {
      return Optional.of(
          switch (name) {
            case "ALLOW" -> Action.allow();
            case "ERRNO" -> {
              if (number == 0) {
                throw new IllegalArgumentException(
                    "error 0 would fake a success; write SCMP_ACT_ALLOW, or an error");
              }
              yield Action.errno(number);
            }
            case "KILL", "KILL_THREAD" -> Action.killThread();
            case "KILL_PROCESS" -> Action.killProcess();
            case "LOG" -> Action.log();
            case "NOTIFY" -> Action.userNotification();
            case "TRACE" -> Action.trace(number);
            case "TRAP" -> Action.trap();
            default -> throw new IllegalStateException(name);
          });
    } catch (IllegalArgumentException e) {
      section.fail(section.has(numberKey) ? numberKey : nameKey, String.valueOf(e.getMessage()));
      return Optional.empty();
    }
  }

  /** The error's number, or that of its name, which podman writes as well. */
  private static Optional<Integer> data(JsonSection section, String numberKey, String nameKey) {
    Optional<Integer> number =
        section
            .number(numberKey)
            .map(value ->
                Long.compareUnsigned(value, Integer.MAX_VALUE) > 0
                    ? Integer.MAX_VALUE
                    : value.intValue());
    String name = section.text(nameKey).orElse(null);
    if (name == null || name.isEmpty()) {
      return number;
    }
    Optional<Errno> errno = ActionText.errno(name);
    if (errno.isEmpty()) {
      section.fail(nameKey, "unknown error " + Text.quote(name));
      return number;
    }
    if (number.isPresent() && number.get() != errno.get().number()) {
      section.fail(
          nameKey, name + " is " + errno.get().number() + ", and " + numberKey + " says otherwise");
    }
    return Optional.of(errno.get().number());
  }

  private ProfileEntry.Circumstances circumstances(JsonSection entry, String key) {
    JsonSection section = entry.section(key).orElse(null);
    if (section == null) {
      return ProfileEntry.Circumstances.ANY;
    }
    List<String> arches = section.texts("arches");
    List<String> capabilities = section.texts("caps");
    Optional<String> minKernel = section.text("minKernel").filter(text -> !text.isEmpty());
    if (minKernel.isPresent()) {
      try {
        var _ = KernelVersion.parse(minKernel.get());
      } catch (IllegalArgumentException e) {
        section.fail("minKernel", String.valueOf(e.getMessage()));
        minKernel = Optional.empty();
      }
    }
    section.reportUnknown(source, remarks);
    return new ProfileEntry.Circumstances(arches, capabilities, minKernel);
  }
}
