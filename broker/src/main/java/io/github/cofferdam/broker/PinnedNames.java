package io.github.cofferdam.broker;

import io.github.cofferdam.policy.IpAddress;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;

/**
 * Which names an address was told for in a run. It keeps them until the run ends, whatever the
 * names' servers say later: a connection that was allowed when its name was resolved stays allowed,
 * and one name's new address takes nothing from another. May be used by several threads.
 *
 * <p>It holds 4,096 addresses, and 8,192 names for all of them. Those that were unused for longest
 * leave first; a client would have to ask for them again.
 */
final class PinnedNames {
  private static final int MOST_ADDRESSES = 4096;
  private static final int MOST_NAMES = 2 * MOST_ADDRESSES;
  private static final int MOST_OF_ONE = 64;

  /** The one that was unused for longest comes first. */
  private final Map<IpAddress, LinkedHashSet<String>> names = new LinkedHashMap<>(16, 0.75f, true);

  private int count;

  /** Remembers that a name was told to have an address. */
  synchronized void pin(String name, IpAddress address) {
    LinkedHashSet<String> known = names.computeIfAbsent(address, key -> new LinkedHashSet<>(2));
    // The one that was told last is the last to leave.
    if (!known.remove(name)) {
      count++;
    }
    known.add(name);
    if (known.size() > MOST_OF_ONE) {
      known.removeFirst();
      count--;
    }
    Iterator<LinkedHashSet<String>> oldest = names.values().iterator();
    while (names.size() > MOST_ADDRESSES || count > MOST_NAMES) {
      count -= oldest.next().size();
      oldest.remove();
    }
  }

  /**
   * {@return the names that an address was told for}, the one that was told last at the end; none
   * if it never was
   */
  synchronized List<String> namesOf(IpAddress address) {
    LinkedHashSet<String> known = names.get(address);
    return known == null ? List.of() : List.copyOf(known);
  }
}
