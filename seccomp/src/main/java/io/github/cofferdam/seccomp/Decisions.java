package io.github.cofferdam.seccomp;

import io.github.cofferdam.seccomp.WordTest.Operator;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Makes {@link Decision}s, each once, and turns conditions into them: and, or and not become the
 * way in which tests lead to each other, 64-bit comparisons become those of the two halves.
 */
final class Decisions {
  private final Map<Action, Decision> verdicts = new HashMap<>();
  private final Map<TestKey, Decision> tests = new HashMap<>();
  private int nextId;

  private record TestKey(WordTest word, int ifTrue, int ifFalse) {
    @Override
    public boolean equals(Object other) {
      return other instanceof TestKey key
          && ifTrue == key.ifTrue
          && ifFalse == key.ifFalse
          && word.equals(key.word);
    }

    @Override
    public int hashCode() {
      return (word.hashCode() * 31 + ifTrue) * 31 + ifFalse;
    }
  }

  Decision verdict(Action action) {
    Decision verdict = verdicts.get(action);
    if (verdict == null) {
      verdict = new Decision.Verdict(nextId++, action);
      verdicts.put(action, verdict);
    }
    return verdict;
  }

  /** A test in its simplest form; what cannot turn both ways is no test. */
  Decision test(WordTest test, Decision ifTrue, Decision ifFalse) {
    int mask = test.mask();
    int k = test.k();
    return switch (test.operator()) {
      case ANY_SET -> {
        int bits = mask & k;
        yield bits == 0
            ? ifFalse
            : unique(new WordTest(test.offset(), -1, Operator.ANY_SET, bits), ifTrue, ifFalse);
      }
      case AT_LEAST -> {
        if (k == 0) {
          yield ifTrue;
        }
        yield Integer.compareUnsigned(k, mask) > 0 ? ifFalse : unique(test, ifTrue, ifFalse);
      }
      case EQUAL -> {
        if ((k & ~mask) != 0) {
          yield ifFalse;
        }
        if (mask == 0) {
          yield ifTrue;
        }
        // One bit, or none of several: asked without changing the accumulator.
        if (mask != -1 && (k == 0 || Integer.bitCount(mask) == 1)) {
          var anySet = new WordTest(test.offset(), -1, Operator.ANY_SET, mask);
          yield k == 0 ? unique(anySet, ifFalse, ifTrue) : unique(anySet, ifTrue, ifFalse);
        }
        yield unique(test, ifTrue, ifFalse);
      }
    };
  }

  private Decision unique(WordTest test, Decision ifTrue, Decision ifFalse) {
    if (ifTrue.id() == ifFalse.id()) {
      return ifTrue;
    }
    var key = new TestKey(test, ifTrue.id(), ifFalse.id());
    Decision decision = tests.get(key);
    if (decision == null) {
      decision = new Decision.Test(nextId++, test, ifTrue, ifFalse);
      tests.put(key, decision);
    }
    return decision;
  }

  Decision rule(Rule rule) {
    Decision decision = verdict(rule.otherwise());
    for (Rule.Clause clause : rule.clauses().reversed()) {
      decision = all(clause.conditions(), verdict(clause.action()), decision);
    }
    return decision;
  }

  Decision condition(Condition condition, Decision holds, Decision fails) {
    if (condition instanceof Comparison comparison) {
      return comparison(comparison, holds, fails);
    }
    if (condition instanceof Condition.All all) {
      return all(all.conditions(), holds, fails);
    }
    if (condition instanceof Condition.Not not) {
      return condition(not.condition(), fails, holds);
    }
    Decision decision = fails;
    for (Condition each : ((Condition.Any) condition).conditions().reversed()) {
      decision = condition(each, holds, decision);
    }
    return decision;
  }

  private Decision all(List<Condition> conditions, Decision holds, Decision fails) {
    Decision decision = holds;
    for (Condition each : conditions.reversed()) {
      decision = condition(each, decision, fails);
    }
    return decision;
  }

  private Decision comparison(Comparison comparison, Decision holds, Decision fails) {
    long operand = comparison.operands().getFirst();
    return switch (comparison.operator()) {
      case IN -> in(comparison, holds, fails);
      case NOT_IN -> in(comparison, fails, holds);
      case AT_LEAST -> atLeast(comparison, operand, holds, fails);
      case LESS -> atLeast(comparison, operand, fails, holds);
      case GREATER -> greater(comparison, operand, holds, fails);
      case AT_MOST -> greater(comparison, operand, fails, holds);
    };
  }

  private Decision greater(Comparison comparison, long operand, Decision holds, Decision fails) {
    boolean last = operand == comparison.width().bits();
    return last ? fails : atLeast(comparison, operand + 1, holds, fails);
  }

  private Decision atLeast(Comparison comparison, long operand, Decision holds, Decision fails) {
    int mask = (int) comparison.mask();
    int offset = SeccompData.low(comparison.argument());
    Decision low = test(new WordTest(offset, mask, Operator.AT_LEAST, (int) operand), holds, fails);
    if (comparison.width() == Comparison.Width.BITS_32) {
      return low;
    }
    int highMask = (int) (comparison.mask() >>> 32);
    int high = (int) (operand >>> 32);
    int highOffset = SeccompData.high(comparison.argument());
    Decision equal = test(new WordTest(highOffset, highMask, Operator.EQUAL, high), low, fails);
    return high == -1
        ? equal
        : test(new WordTest(highOffset, highMask, Operator.AT_LEAST, high + 1), holds, equal);
  }

  private Decision in(Comparison comparison, Decision holds, Decision fails) {
    int mask = (int) comparison.mask();
    int offset = SeccompData.low(comparison.argument());
    if (comparison.width() == Comparison.Width.BITS_32) {
      return among(offset, mask, comparison.operands(), holds, fails);
    }
    var lowsByHigh = new TreeMap<Long, List<Long>>();
    for (long value : comparison.operands()) {
      List<Long> lows = lowsByHigh.get(value >>> 32);
      if (lows == null) {
        lows = new ArrayList<>();
        lowsByHigh.put(value >>> 32, lows);
      }
      lows.add(value & 0xffff_ffffL);
    }
    int highMask = (int) (comparison.mask() >>> 32);
    Decision decision = fails;
    for (Map.Entry<Long, List<Long>> group : lowsByHigh.descendingMap().entrySet()) {
      Decision low = among(offset, mask, group.getValue(), holds, fails);
      decision =
          test(
              new WordTest(
                  SeccompData.high(comparison.argument()),
                  highMask,
                  Operator.EQUAL,
                  group.getKey().intValue()),
              low,
              decision);
    }
    return decision;
  }

  private Decision among(int offset, int mask, List<Long> values, Decision holds, Decision fails) {
    if (values.size() <= AlphabeticTree.FEW) {
      Decision decision = fails;
      for (long value : values.reversed()) {
        decision = test(new WordTest(offset, mask, Operator.EQUAL, (int) value), holds, decision);
      }
      return decision;
    }
    var search = new RangeSearch(this, offset, mask);
    long next = 0;
    for (long value : new TreeSet<>(values)) {
      if (value > next) {
        search.add(next, value, fails, 1);
      }
      search.add(value, value + 1, holds, 1);
      next = value + 1;
    }
    if (next <= 0xffff_ffffL) {
      search.add(next, 1L << 32, fails, 1);
    }
    return search.build();
  }
}
