package io.github.cofferdam.sandbox;

import io.github.cofferdam.namespaces.Namespace;
import io.github.cofferdam.namespaces.NamespacePolicy;
import io.github.cofferdam.namespaces.NamespaceTemplate;
import io.github.cofferdam.namespaces.RootFilesystem;
import java.io.IOException;
import java.lang.ref.Cleaner;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the runs of one sandbox have in common: made when a command is run under the same policy and
 * in the same root a second time, so that whoever runs one command pays nothing for it.
 *
 * <p>A run that finds them out of date, because something was mounted or a bound directory was
 * replaced, makes its own namespaces, and the one after it makes common ones again: on a host where
 * mounts come and go all the time, nothing is made in vain more than every other time.
 */
final class SharedNamespaces {
  /** Descriptors that a sandbox may hold come to five times as many. */
  private static final int MOST = 4;

  /** Started with the first template. */
  private static final class Cleaning {
    static final Cleaner CLEANER = Cleaner.create();

    private Cleaning() {}
  }

  /** The templates, apart from what the garbage collector watches. */
  private static final class Templates implements Runnable {
    private final Map<Key, NamespaceTemplate> all = new LinkedHashMap<>(MOST, 0.75f, true);
    private boolean closed;

    @Override
    public synchronized void run() {
      closed = true;
      all.values().forEach(NamespaceTemplate::close);
      all.clear();
    }
  }

  /**
   * What makes two runs the same in this respect; all else comes from the one policy.
   *
   * @param common empty if they have no network namespace in common
   */
  record Key(RootFilesystem root, Set<Namespace> common) {}

  private final Templates templates = new Templates();
  private @Nullable Key last;
  private boolean cleaned;

  /**
   * {@return namespaces for a run, {@linkplain NamespaceTemplate#acquire acquired}; empty if it has
   * to make its own}
   *
   * @param owner as long as it can be reached, they are kept
   */
  Optional<NamespaceTemplate> acquire(
      Object owner, NamespacePolicy namespaces, Key key, Optional<Duration> deadline) {
    if (!NamespaceTemplate.canHold(key.root())) {
      return Optional.empty();
    }
    synchronized (templates) {
      NamespaceTemplate known = templates.all.get(key);
      if (known != null) {
        if (known.isCurrent() && known.acquire()) {
          return Optional.of(known);
        }
        templates.all.remove(key);
        known.close();
        last = null;
        return Optional.empty();
      }
      if (!key.equals(last)) {
        last = key;
        return Optional.empty();
      }
      return make(owner, namespaces, key, deadline);
    }
  }

  /** Whoever cannot have common namespaces will find out why when he makes his own. */
  private Optional<NamespaceTemplate> make(
      Object owner, NamespacePolicy namespaces, Key key, Optional<Duration> deadline) {
    last = null;
    NamespaceTemplate made;
    try {
      made = NamespaceTemplate.create(namespaces, key.common(), key.root(), deadline);
    } catch (IOException e) {
      return Optional.empty();
    }
    if (templates.closed || !made.acquire()) {
      made.close();
      return Optional.empty();
    }
    templates.all.put(key, made);
    if (templates.all.size() > MOST) {
      var oldest = templates.all.entrySet().iterator();
      NamespaceTemplate unused = oldest.next().getValue();
      oldest.remove();
      unused.close();
    }
    if (!cleaned) {
      cleaned = true;
      Cleaning.CLEANER.register(owner, templates);
    }
    return Optional.of(made);
  }
}
