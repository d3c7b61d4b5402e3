package io.github.cofferdam.sandbox;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What {@link SandboxProcessBuilder#environment} gives: the JDK's own map, for its checks, which
 * notes what was taken out of it. A command gets some variables that its caller does not have, such
 * as TMPDIR; one that was taken out is not wanted, and from a map that was emptied all were.
 */
final class BuilderEnvironment extends AbstractMap<String, String> {
  private final Map<String, String> variables = new ProcessBuilder().environment();
  private final Set<String> removed = new HashSet<>();
  private boolean emptied;

  /** Whether the command is to get a variable that nobody has put here. */
  boolean allows(String name) {
    return !emptied && !variables.isEmpty() && !removed.contains(name);
  }

  @Override
  public @Nullable String get(Object name) {
    return variables.get(name);
  }

  @Override
  public boolean containsKey(Object name) {
    return variables.containsKey(name);
  }

  @Override
  public boolean containsValue(Object value) {
    return variables.containsValue(value);
  }

  @Override
  public @Nullable String put(String name, String value) {
    return variables.put(name, value);
  }

  @Override
  public @Nullable String remove(Object name) {
    String value = variables.remove(name);
    note((String) name);
    return value;
  }

  @Override
  public void clear() {
    variables.clear();
    emptied = true;
  }

  private void note(String name) {
    removed.add(name);
    emptied |= variables.isEmpty();
  }

  @Override
  public Set<Map.Entry<String, String>> entrySet() {
    return new Entries(variables.entrySet());
  }

  private final class Entries extends AbstractSet<Map.Entry<String, String>> {
    private final Set<Map.Entry<String, String>> entries;

    Entries(Set<Map.Entry<String, String>> entries) {
      this.entries = entries;
    }

    @Override
    public int size() {
      return entries.size();
    }

    @Override
    public boolean contains(Object entry) {
      return entries.contains(entry);
    }

    @Override
    public void clear() {
      BuilderEnvironment.this.clear();
    }

    @Override
    public Iterator<Map.Entry<String, String>> iterator() {
      Iterator<Map.Entry<String, String>> all = entries.iterator();
      return new Iterator<>() {
        private String last = "";

        @Override
        public boolean hasNext() {
          return all.hasNext();
        }

        @Override
        public Map.Entry<String, String> next() {
          Map.Entry<String, String> entry = all.next();
          last = entry.getKey();
          return entry;
        }

        @Override
        public void remove() {
          all.remove();
          note(last);
        }
      };
    }
  }
}
