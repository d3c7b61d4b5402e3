package io.github.cofferdam.policy;

import io.github.cofferdam.rlimit.Limit;
import io.github.cofferdam.rlimit.Resource;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/**
 * What is limited: the table {@code [limits]}.
 *
 * @param each limits of each process, in the order of the enum
 * @param together limits of all processes of a run
 */
record Limits(Map<Resource, Limit> each, TreeLimits together) {
  static final Limits NONE = new Limits(Map.of(), TreeLimits.NONE);

  /** Copies, and refuses numbers that no text can say. */
  Limits {
    EnumMap<Resource, Limit> copy = new EnumMap<>(Resource.class);
    copy.putAll(each);
    copy.forEach(LimitText::check);
    each = Collections.unmodifiableMap(copy);
  }

  Limits withEach(Map<Resource, Limit> values) {
    return new Limits(values, together);
  }

  Limits withTogether(TreeLimits values) {
    return new Limits(each, values);
  }

  Limits with(Resource resource, Limit limit) {
    EnumMap<Resource, Limit> all = new EnumMap<>(Resource.class);
    all.putAll(each);
    all.put(resource, limit);
    return withEach(all);
  }

  Limits with(TreeLimit limit, long value) {
    return withTogether(together.with(limit, value));
  }
}
