package io.github.cofferdam.policy;

import io.github.cofferdam.documents.HiddenCharacters;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Reads the whole command line against the policy's rules.
 *
 * <p>Rules are advice against accidents; the wall is what the kernel enforces. What a program does
 * with its input, what {@code python -c} builds at run time, what {@code base64 -d | sh} decodes:
 * no rule can know it, and the kernel's limits hold all the same.
 *
 * <p>A pattern is looked for in these texts:
 *
 * <ul>
 *   <li>the arguments as given, joined by single spaces;
 *   <li>the same with the program's base name ({@code /bin/rm} as {@code rm}), and with quotes,
 *       escapes, tabs and {@code $IFS} undone as a shell would;
 *   <li>each simple command inside {@code sh -c}, {@code eval}, {@code env}, {@code sudo}, {@code
 *       xargs}, {@code find -exec} and the like, taken apart at {@code ;}, {@code &&}, {@code |}
 *       and inside {@code $(...)};
 *   <li>each of these with its one-letter options in other orders, together and apart.
 * </ul>
 *
 * <p>Precedence: a destructive rule that matches any of these texts refuses the command, unless
 * somebody confirms it. For the network the policy's global value is the most that anything gets;
 * below that, the first rule that matches and says something decides for each simple command, and
 * the strictest of them decides for the run. A rule that allows must match a simple command as
 * written; a rule that forbids may match any text. When the program to run is only known at run
 * time, every rule that forbids the network counts.
 */
public final class CommandRules {
  private final Network network;
  private final List<CommandPattern> patterns = new ArrayList<>();

  /** The rules of a policy's network, with what holds where none matches. */
  public CommandRules(Network network) {
    this.network = network;
    for (CommandRule rule : network.commandRules()) {
      patterns.add(new CommandPattern(rule.pattern()));
    }
  }

  /**
   * Reads a command.
   *
   * @param argv the program and its arguments, at least one
   * @return what the rules say
   */
  public CommandVerdict evaluate(List<String> argv) {
    return evaluate(argv, refusal -> false);
  }

  /**
   * Reads a command that somebody may want all the same.
   *
   * @param argv the program and its arguments, at least one
   * @param confirmed asked for each rule that marks the command as destructive; whether it may run
   *     in spite of that rule
   * @return what the rules say
   */
  public CommandVerdict evaluate(
      List<String> argv, Predicate<CommandRefusal.Destructive> confirmed) {
    CommandRefusal.Hidden hidden = hidden(argv);
    if (hidden != null) {
      return refused(hidden, null);
    }
    if (patterns.isEmpty()) {
      return new CommandVerdict(network.access(), Optional.empty(), Optional.empty());
    }
    SimpleCommands.Parts parts = SimpleCommands.of(argv);
    CommandVerdict destructive = destructive(parts, confirmed);
    if (destructive != null) {
      return destructive;
    }
    return parts.tooComplex() ? refused(new CommandRefusal.TooComplex(), null) : access(parts);
  }

  /**
   * Control characters in the program's name are refused always, elsewhere only when there are
   * rules to deceive.
   */
  private CommandRefusal.@Nullable Hidden hidden(List<String> argv) {
    int checked = patterns.isEmpty() ? 1 : argv.size();
    for (int i = 0; i < checked; i++) {
      int at = HiddenCharacters.indexIn(argv.get(i), i > 0);
      if (at >= 0) {
        return new CommandRefusal.Hidden(i, at, argv.get(i).charAt(at));
      }
    }
    return null;
  }

  private @Nullable CommandVerdict destructive(
      SimpleCommands.Parts parts, Predicate<CommandRefusal.Destructive> confirmed) {
    for (int i = 0; i < patterns.size(); i++) {
      CommandRule rule = network.commandRules().get(i);
      if (!rule.destructive()) {
        continue;
      }
      String found = first(i, parts.outer());
      for (int k = 0; found == null && k < parts.units().size(); k++) {
        found = first(i, parts.units().get(k).literal());
        found = found == null ? first(i, parts.units().get(k).variants()) : found;
      }
      if (found == null) {
        continue;
      }
      var refusal = new CommandRefusal.Destructive(i, rule.pattern(), found);
      if (!confirmed.test(refusal)) {
        return refused(refusal, rule);
      }
    }
    return null;
  }

  private @Nullable String first(int rule, Set<String> forms) {
    for (String form : forms) {
      if (patterns.get(rule).find(form)) {
        return form;
      }
    }
    return null;
  }

  private CommandVerdict access(SimpleCommands.Parts parts) {
    CommandRule allowed = null;
    for (SimpleCommands.Unit unit : parts.units()) {
      CommandRule decisive = decisive(parts, unit);
      if (decisive != null && !decisive.allowNetwork().orElse(true)) {
        return new CommandVerdict(Network.Access.NONE, Optional.empty(), Optional.of(decisive));
      }
      allowed = allowed == null ? decisive : allowed;
    }
    return new CommandVerdict(network.access(), Optional.empty(), Optional.ofNullable(allowed));
  }

  /** {@return the first rule that says something about the network of a simple command} */
  private @Nullable CommandRule decisive(SimpleCommands.Parts parts, SimpleCommands.Unit unit) {
    for (int i = 0; i < patterns.size(); i++) {
      CommandRule rule = network.commandRules().get(i);
      if (rule.allowNetwork().isEmpty()) {
        continue;
      }
      if (rule.allowNetwork().get() ? allows(i, parts, unit) : forbids(i, parts, unit)) {
        return rule;
      }
    }
    return null;
  }

  /**
   * An opaque command's words do not say what it does, so nothing in them can allow it anything.
   */
  private boolean allows(int rule, SimpleCommands.Parts parts, SimpleCommands.Unit unit) {
    return !unit.opaque()
        && (first(rule, unit.literal()) != null
            || (parts.units().size() == 1 && first(rule, parts.outer()) != null));
  }

  private boolean forbids(int rule, SimpleCommands.Parts parts, SimpleCommands.Unit unit) {
    return unit.opaque()
        || first(rule, unit.literal()) != null
        || first(rule, unit.variants()) != null
        || first(rule, parts.outer()) != null;
  }

  private CommandVerdict refused(CommandRefusal refusal, @Nullable CommandRule rule) {
    return new CommandVerdict(Network.Access.NONE, Optional.of(refusal), Optional.ofNullable(rule));
  }
}
