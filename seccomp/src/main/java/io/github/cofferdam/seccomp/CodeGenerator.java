package io.github.cofferdam.seccomp;

import io.github.cofferdam.seccomp.BpfAssembler.Label;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes a decision as a program, every part of it once. A word is loaded only for those who come
 * without it: a test has an entrance before its load and, where somebody comes from another test of
 * the same word, one behind it.
 */
final class CodeGenerator {
  private final BpfAssembler assembler = new BpfAssembler();
  private final Map<Integer, Entrances> entrances = new HashMap<>();
  private final boolean keepLoads;

  private static final class Entrances {
    private final Label beforeLoad = new Label();

    /** Whole word loaded, mask not applied. */
    private final Label beforeMask = new Label();

    private final Label loaded = new Label();
    private boolean needsLoad;
    private boolean needsMask;
  }

  /**
   * @param keepLoads whether what is loaded already is used
   */
  CodeGenerator(boolean keepLoads) {
    this.keepLoads = keepLoads;
  }

  BpfProgram generate(Decision root) {
    List<Decision> order = order(root);
    for (Decision decision : order) {
      entrances.put(decision.id(), new Entrances());
    }
    // What leads to each, and with what.
    enter(root, null);
    for (Decision decision : order) {
      if (decision instanceof Decision.Test test) {
        enter(test.ifTrue(), test.word());
        enter(test.ifFalse(), test.word());
      }
    }
    for (Decision decision : order) {
      Entrances here = at(decision);
      if (decision instanceof Decision.Test test) {
        write(test, here);
      } else if (decision instanceof Decision.Verdict verdict) {
        assembler.bind(here.beforeLoad);
        assembler.returns(verdict.action());
      }
    }
    return assembler.assemble();
  }

  /** Each before what it leads to. */
  private static List<Decision> order(Decision root) {
    var behindFirst = new ArrayList<Decision>();
    visit(root, new HashSet<>(), behindFirst);
    return behindFirst.reversed();
  }

  private static void visit(Decision decision, Set<Integer> seen, List<Decision> behindFirst) {
    if (seen.add(decision.id())) {
      if (decision instanceof Decision.Test test) {
        visit(test.ifFalse(), seen, behindFirst);
        visit(test.ifTrue(), seen, behindFirst);
      }
      behindFirst.add(decision);
    }
  }

  private void write(Decision.Test test, Entrances here) {
    WordTest word = test.word();
    if (here.needsLoad) {
      assembler.bind(here.beforeLoad);
      assembler.load(word.offset());
    }
    if (word.mask() != -1 && (here.needsLoad || here.needsMask)) {
      assembler.bind(here.beforeMask);
      assembler.and(word.mask());
    }
    assembler.bind(here.loaded);
    assembler.jumpIf(
        word.operator().code(), word.k(), enter(test.ifTrue(), word), enter(test.ifFalse(), word));
  }

  /** Where to jump to with this word loaded. */
  private Label enter(Decision decision, @Nullable WordTest loaded) {
    Entrances there = at(decision);
    if (!(decision instanceof Decision.Test test)) {
      return there.beforeLoad;
    }
    if (keepLoads && loaded != null && loaded.offset() == test.word().offset()) {
      if (loaded.mask() == test.word().mask()) {
        return there.loaded;
      }
      if (loaded.mask() == -1) {
        there.needsMask = true;
        return there.beforeMask;
      }
    }
    there.needsLoad = true;
    return there.beforeLoad;
  }

  private Entrances at(Decision decision) {
    Entrances found = entrances.get(decision.id());
    if (found == null) {
      throw new IllegalStateException("not in order: " + decision.id());
    }
    return found;
  }
}
