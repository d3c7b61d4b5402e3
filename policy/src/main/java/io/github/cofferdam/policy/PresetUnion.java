package io.github.cofferdam.policy;

import io.github.cofferdam.documents.Text;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a policy's own tables and the presets that it names come to together.
 *
 * <p>What the policy says itself of a path or a variable stands. What a preset blocks stays
 * blocked. A preset grants nothing to be read that can be read anyway, and never takes away by
 * granting: where the policy lets everything be read, everything still can be.
 */
final class PresetUnion {
  /** Where relative paths begin, so that they are no others. */
  private static final Path BASE = Path.of("/ where the command runs");

  private enum In {
    READ_ONLY,
    READ_EXECUTE,
    READ_WRITE,
    OVERLAY,
    BLOCKED;

    String key() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** A path as it is written, and the preset that has it; none if the policy itself does. */
  private record Entry(In list, String text, @Nullable Preset from) {}

  private final Filesystem own;
  private final Map<String, Entry> entries = new LinkedHashMap<>();

  private PresetUnion(Filesystem own) {
    this.own = own;
    put(own, null);
  }

  /**
   * {@return the files of a policy}
   *
   * @throws IllegalArgumentException when the policy grants the very path that a preset blocks, or
   *     two presets grant one in different ways
   */
  static Filesystem filesystem(Filesystem own, Workspace workspace, boolean basic) {
    List<Preset> presets = withSecrets(workspace.presets());
    if (presets.isEmpty()) {
      throw new IllegalArgumentException(
          "share_caches is about the caches of presets, and the policy names none");
    }
    if (workspace.mode() == Mode.FULL_ACCESS) {
      throw new IllegalArgumentException(
          "mode full-access restricts no files, and a preset is a list of those that may be used;"
              + " use mode readonly or workspace-write, or name no presets");
    }
    var union = new PresetUnion(own);
    for (Preset preset : presets) {
      union.put(granted(preset.policy().filesystem(), workspace.shareCaches(), basic), preset);
      if (basic) {
        union.put(granted(preset.basicPolicy().filesystem(), false, true), preset);
      }
    }
    return union.filesystem();
  }

  /** Caches that are shared are written; else isolation basic can only let them be read. */
  private static Filesystem granted(Filesystem said, boolean shared, boolean basic) {
    if (said.overlay().isEmpty() || !(shared || basic)) {
      return said;
    }
    Filesystem without = said.withOverlay(List.of());
    return shared
        ? without.withReadWrite(plus(said.readWrite(), said.overlay()))
        : without.withReadExecute(plus(said.readExecute(), said.overlay()));
  }

  /** Whatever preset is named, nothing secret is read. */
  private static List<Preset> withSecrets(List<Preset> presets) {
    if (presets.isEmpty()) {
      return presets;
    }
    Set<Preset> all = new LinkedHashSet<>();
    all.add(Preset.SECRETS);
    all.addAll(presets);
    return List.copyOf(all);
  }

  /** {@return the caches that presets grant and the policy says nothing of itself} */
  static List<String> caches(Filesystem own, List<Preset> presets) {
    var caches = new LinkedHashSet<String>();
    var union = new PresetUnion(own);
    for (Preset preset : presets) {
      for (String cache : preset.policy().filesystem().overlay()) {
        if (!union.entries.containsKey(meaning(In.OVERLAY, cache))) {
          caches.add(cache);
        }
      }
    }
    return List.copyOf(caches);
  }

  private void put(Filesystem said, @Nullable Preset from) {
    put(In.READ_ONLY, said.readOnly(), from);
    put(In.READ_EXECUTE, said.readExecute(), from);
    put(In.READ_WRITE, said.readWrite(), from);
    put(In.OVERLAY, said.overlay(), from);
    put(In.BLOCKED, said.blocked(), from);
  }

  private void put(In list, List<String> texts, @Nullable Preset from) {
    for (String text : texts) {
      String meaning = meaning(list, text);
      Entry there = entries.get(meaning);
      var entry = new Entry(list, text, from);
      if (there == null || (list == In.BLOCKED && there.from() != null)) {
        entries.put(meaning, entry);
      } else if (from != null && list != there.list()) {
        refuseContradiction(entry, there);
      }
    }
  }

  private static void refuseContradiction(Entry entry, Entry there) {
    Preset from = entry.from();
    Preset other = there.from();
    if (from == null || there.list() == In.BLOCKED) {
      return;
    }
    if (other == null) {
      if (entry.list() == In.BLOCKED) {
        throw new IllegalArgumentException(
            Text.quote(there.text())
                + " stands in "
                + there.list().key()
                + ", and the preset "
                + from.key()
                + " blocks it; grant what lies beneath it, or leave one of them out");
      }
      return;
    }
    throw new IllegalArgumentException(
        Text.quote(entry.text())
            + " stands in "
            + there.list().key()
            + " of the preset "
            + other.key()
            + " and in "
            + entry.list().key()
            + " of the preset "
            + from.key()
            + "; say which it is: in a list of the policy itself");
  }

  /** Where it leads, as far as a text tells. */
  private static String meaning(In list, String text) {
    try {
      String path = list == In.BLOCKED ? text : PolicyPath.granted(text);
      return PolicyPath.resolve(path, BASE, PolicyPath.home()).toString();
    } catch (IllegalArgumentException e) {
      // A pattern, or there is no home: then only the same text means the same.
      return text;
    }
  }

  private Filesystem filesystem() {
    boolean everything = own.readOnly().isEmpty() && own.readExecute().isEmpty();
    if (everything) {
      entries
          .entrySet()
          .removeIf(each -> isReading(each.getValue()) && !opensOrProtects(each.getKey()));
    }
    List<String> readExecute = texts(In.READ_EXECUTE, own.readExecute());
    List<String> readOnly = texts(In.READ_ONLY, own.readOnly());
    if (everything && !(readExecute.isEmpty() && readOnly.isEmpty())) {
      readExecute.addFirst("/");
    }
    return own.withReadOnly(List.of())
        .withReadExecute(List.of())
        .withReadWrite(List.of())
        .withOverlay(List.of())
        .withBlocked(texts(In.BLOCKED, own.blocked()))
        .withReadWrite(texts(In.READ_WRITE, own.readWrite()))
        .withOverlay(texts(In.OVERLAY, own.overlay()))
        .withReadOnly(readOnly)
        .withReadExecute(readExecute);
  }

  private static boolean isReading(Entry entry) {
    return entry.from() != null
        && (entry.list() == In.READ_ONLY || entry.list() == In.READ_EXECUTE);
  }

  /** Whether a path opens something that is blocked, or lies in what may be written. */
  private boolean opensOrProtects(String meaning) {
    Path path = Path.of(meaning);
    if (path.startsWith(BASE) || !path.isAbsolute()) {
      return true;
    }
    for (Map.Entry<String, Entry> each : entries.entrySet()) {
      In list = each.getValue().list();
      boolean narrows = list == In.BLOCKED || list == In.READ_WRITE || list == In.OVERLAY;
      Path around = Path.of(each.getKey());
      if (narrows && (!around.isAbsolute() || path.startsWith(around))) {
        return true;
      }
    }
    return false;
  }

  /** The policy's own as they are, also what is there twice, and those of presets behind. */
  private List<String> texts(In list, List<String> ofPolicy) {
    var texts = new ArrayList<>(ofPolicy);
    for (Entry entry : entries.values()) {
      if (entry.list() == list && entry.from() != null) {
        texts.add(entry.text());
      }
    }
    return texts;
  }

  /**
   * {@return the environment of a policy}
   *
   * @throws IllegalArgumentException when two presets set a variable to different values
   */
  static Environment environment(Environment own, List<Preset> presets, boolean basic) {
    Set<String> pass = new LinkedHashSet<>(own.pass());
    var set = new LinkedHashMap<Preset, Map<String, String>>();
    for (Preset preset : presets) {
      var variables = new LinkedHashMap<String, String>();
      for (Policy policy :
          basic ? List.of(preset.policy(), preset.basicPolicy()) : List.of(preset.policy())) {
        pass.addAll(policy.environment().pass());
        variables.putAll(policy.environment().set());
      }
      set.put(preset, variables);
    }
    return own.withPass(List.copyOf(pass)).withSet(new Variables(set).over(own.set()));
  }

  /** What presets set. */
  record Variables(Map<Preset, Map<String, String>> set) {
    /**
     * {@return what is set, by a policy and then by them}
     *
     * @throws IllegalArgumentException when two of them set the same to different values, and the
     *     policy does not
     */
    Map<String, String> over(Map<String, String> own) {
      var all = new LinkedHashMap<>(own);
      var from = new HashMap<String, Preset>();
      set.forEach((preset, variables) ->
          variables.forEach((name, value) -> {
            if (own.containsKey(name)) {
              return;
            }
            Preset first = from.putIfAbsent(name, preset);
            if (first != null && !value.equals(all.get(name))) {
              throw new IllegalArgumentException(
                  "the presets "
                      + first.key()
                      + " and "
                      + preset.key()
                      + " set the environment variable "
                      + name
                      + " differently; set it in [environment] set");
            }
            all.put(name, value);
          }));
      return all;
    }
  }

  /**
   * {@return what presets say of how much may be changed}
   *
   * @throws IllegalArgumentException when two say something else
   */
  static Optional<Mode> mode(Collection<Preset> presets) {
    var modes = new EnumMap<Mode, Preset>(Mode.class);
    for (Preset preset : presets) {
      preset.policy().toBuilder().workspace.said().ifPresent(mode -> modes.put(mode, preset));
    }
    if (modes.size() > 1) {
      throw new IllegalArgumentException(
          "the presets "
              + String.join(" and ", modes.values().stream().map(Preset::key).toList())
              + " have different modes; set sandbox.mode");
    }
    return modes.keySet().stream().findFirst();
  }

  private static List<String> plus(List<String> some, List<String> more) {
    var all = new ArrayList<>(some);
    all.addAll(more);
    return all;
  }
}
