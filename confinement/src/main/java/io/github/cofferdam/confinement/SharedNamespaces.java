package io.github.cofferdam.confinement;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.namespaces.Namespace;
import io.github.cofferdam.namespaces.NamespacePolicy;
import io.github.cofferdam.namespaces.NamespaceTemplate;
import io.github.cofferdam.namespaces.RootFilesystem;
import io.github.cofferdam.policy.Network;
import java.io.IOException;
import java.lang.ref.Cleaner;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
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
  /**
   * Descriptors that a sandbox may hold come to six times as many, and one more for the image of
   * its last run.
   */
  private static final int MOST = 4;

  /**
   * Of all sandboxes together: they are closed only when the garbage collector gets to it, and a
   * program that makes a sandbox for each request should not run out of descriptors.
   */
  private static final int MOST_IN_ALL = 32;

  private static final AtomicInteger OPEN = new AtomicInteger();

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
      OPEN.addAndGet(-all.size());
      all.values().forEach(NamespaceTemplate::close);
      all.clear();
    }
  }

  /**
   * What makes two runs the same in this respect; all else comes from the one policy.
   *
   * @param access what the command rules have left, which decides whether there is a network
   *     namespace at all
   * @param common which namespaces are the same, besides that of users
   */
  record Key(RootFilesystem root, Network.Access access, Set<Namespace> common) {}

  private final Templates templates = new Templates();
  private @Nullable Key last;
  private boolean making;
  private boolean cleaned;

  /**
   * {@return namespaces for a run, {@linkplain NamespaceTemplate#acquire acquired}; empty if it has
   * to make its own}
   *
   * @param owner as long as it can be reached, they are kept
   */
  Optional<NamespaceTemplate> acquire(
      Object owner, NamespacePolicy namespaces, Key key, Optional<Duration> deadline)
      throws KernelException {
    if (!NamespaceTemplate.canHold(key.root())) {
      return Optional.empty();
    }
    NamespaceTemplate known;
    synchronized (templates) {
      known = templates.all.get(key);
      if (known == null) {
        if (making || !key.equals(last) || OPEN.get() >= MOST_IN_ALL) {
          last = key;
          return Optional.empty();
        }
        making = true;
        last = null;
      } else if (!known.acquire()) {
        return Optional.empty();
      }
    }
    // A file system that does not answer keeps this run waiting, but no other.
    if (known == null) {
      return make(owner, namespaces, key, deadline);
    }
    boolean current = false;
    try {
      current = known.isCurrent();
    } finally {
      if (!current) {
        known.release();
      }
    }
    if (current) {
      return Optional.of(known);
    }
    synchronized (templates) {
      if (templates.all.remove(key, known)) {
        OPEN.decrementAndGet();
      }
      // This run is the first one again.
      last = key;
    }
    known.close();
    return Optional.empty();
  }

  /**
   * Whoever cannot have common namespaces will find out why when he makes his own; but whose time
   * is over does not begin again.
   */
  private Optional<NamespaceTemplate> make(
      Object owner, NamespacePolicy namespaces, Key key, Optional<Duration> deadline)
      throws KernelException {
    NamespaceTemplate made = null;
    try {
      made = NamespaceTemplate.create(namespaces, key.common(), key.root(), deadline);
    } catch (IOException e) {
      if (e instanceof KernelException kernel && kernel.errno() == Errno.ETIMEDOUT) {
        throw kernel;
      }
      return Optional.empty();
    } finally {
      synchronized (templates) {
        making = false;
        if (made != null) {
          made = keep(owner, key, made);
        }
      }
    }
    return Optional.ofNullable(made);
  }

  /** Returns it acquired, or null if it cannot be. */
  private @Nullable NamespaceTemplate keep(Object owner, Key key, NamespaceTemplate made) {
    if (templates.closed || !made.acquire()) {
      made.close();
      return null;
    }
    templates.all.put(key, made);
    OPEN.incrementAndGet();
    if (templates.all.size() > MOST) {
      var oldest = templates.all.entrySet().iterator();
      NamespaceTemplate unused = oldest.next().getValue();
      oldest.remove();
      OPEN.decrementAndGet();
      unused.close();
    }
    if (!cleaned) {
      cleaned = true;
      Cleaning.CLEANER.register(owner, templates);
    }
    return made;
  }
}
