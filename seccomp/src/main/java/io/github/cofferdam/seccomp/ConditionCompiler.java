package io.github.cofferdam.seccomp;

import io.github.cofferdam.seccomp.BpfAssembler.Label;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Writes the test of one argument. BPF compares 32 bits, so 64 are compared upper half first. */
final class ConditionCompiler {
  private final BpfAssembler assembler;
  private final Condition condition;

  ConditionCompiler(BpfAssembler assembler, Condition condition) {
    this.assembler = assembler;
    this.condition = condition;
  }

  void test(Label holds, Label fails) {
    long operand = condition.operands().getFirst();
    switch (condition.operator()) {
      case IN -> in(holds, fails);
      case NOT_IN -> in(fails, holds);
      case GREATER -> greater(operand, false, holds, fails);
      case AT_LEAST -> greater(operand, true, holds, fails);
      case LESS -> greater(operand, true, fails, holds);
      case AT_MOST -> greater(operand, false, fails, holds);
    }
  }

  private void in(Label holds, Label fails) {
    if (condition.width() == Condition.Width.BITS_32) {
      lowIn(lows(condition.operands()), holds, fails);
      return;
    }
    var lowsByHigh = new TreeMap<Integer, List<Long>>();
    for (long operand : condition.operands()) {
      int high = (int) (operand >>> 32);
      List<Long> group = lowsByHigh.get(high);
      if (group == null) {
        group = new ArrayList<>();
        lowsByHigh.put(high, group);
      }
      group.add(operand);
    }
    for (Map.Entry<Integer, List<Long>> group : lowsByHigh.entrySet()) {
      boolean last = group.equals(lowsByHigh.lastEntry());
      Label next = last ? fails : new Label();
      var same = new Label();
      loadHigh();
      assembler.jumpIfEqual(group.getKey(), same, next);
      assembler.bind(same);
      lowIn(lows(group.getValue()), holds, fails);
      if (!last) {
        assembler.bind(next);
      }
    }
  }

  private static List<Integer> lows(List<Long> values) {
    var lows = new ArrayList<Integer>(values.size());
    for (long value : values) {
      lows.add((int) value);
    }
    return lows;
  }

  private void lowIn(List<Integer> values, Label holds, Label fails) {
    int mask = (int) condition.mask();
    if (mask != -1 && values.equals(List.of(0))) {
      assembler.load(SeccompData.low(condition.argument()));
      assembler.jumpIfAnySet(mask, fails, holds);
      return;
    }
    loadLow();
    for (int i = 0; i < values.size(); i++) {
      boolean last = i + 1 == values.size();
      Label next = last ? fails : new Label();
      assembler.jumpIfEqual(values.get(i), holds, next);
      if (!last) {
        assembler.bind(next);
      }
    }
  }

  private void greater(long operand, boolean orEqual, Label holds, Label fails) {
    if (condition.width() == Condition.Width.BITS_64) {
      int high = (int) (operand >>> 32);
      var notGreater = new Label();
      var same = new Label();
      loadHigh();
      assembler.jumpIfGreater(high, holds, notGreater);
      assembler.bind(notGreater);
      assembler.jumpIfEqual(high, same, fails);
      assembler.bind(same);
    }
    loadLow();
    if (orEqual) {
      assembler.jumpIfAtLeast((int) operand, holds, fails);
    } else {
      assembler.jumpIfGreater((int) operand, holds, fails);
    }
  }

  private void loadLow() {
    load(SeccompData.low(condition.argument()), (int) condition.mask());
  }

  private void loadHigh() {
    load(SeccompData.high(condition.argument()), (int) (condition.mask() >>> 32));
  }

  private void load(int offset, int mask) {
    assembler.load(offset);
    if (mask != -1) {
      assembler.and(mask);
    }
  }
}
