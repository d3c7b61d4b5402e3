package io.github.cofferdam.landlock;

import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/** Immutable sets that keep the order of the enum. */
final class Sets {
  private Sets() {}

  static <E extends Enum<E>> Set<E> copy(Class<E> type, Collection<E> elements) {
    return Collections.unmodifiableSet(mutable(type, elements));
  }

  static <E extends Enum<E>> EnumSet<E> mutable(Class<E> type, Collection<E> elements) {
    var set = EnumSet.noneOf(type);
    set.addAll(elements);
    return set;
  }

  static <E extends Enum<E>> EnumSet<E> both(Class<E> type, Collection<E> a, Collection<E> b) {
    var set = mutable(type, a);
    set.retainAll(b);
    return set;
  }

  static <E extends Enum<E>> EnumSet<E> either(Class<E> type, Collection<E> a, Collection<E> b) {
    var set = mutable(type, a);
    set.addAll(b);
    return set;
  }
}
