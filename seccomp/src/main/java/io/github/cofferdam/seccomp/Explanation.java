package io.github.cofferdam.seccomp;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.SyscallTable;

/**
 * What a filter does with a call, and why.
 *
 * @param action what happens
 * @param call the call: its name, or its number where it has none, with its arguments
 * @param reason the rule that decided, in words
 */
public record Explanation(Action action, String call, String reason) {

  static Explanation of(SeccompFilter filter, Arch from, int number, long... args) {
    Action action = filter.decide(from, number, args);
    String name = SyscallTable.name(from, number).orElse("");
    var call = new StringBuilder(from + " " + (name.isEmpty() ? "call " + number : name) + "(");
    for (int i = 0; i < args.length; i++) {
      call.append(i == 0 ? "0x" : ", 0x").append(Long.toHexString(args[i]));
    }
    return new Explanation(action, call.append(')').toString(), reason(filter, from, number, args));
  }

  private static String reason(SeccompFilter filter, Arch from, int number, long... args) {
    // As the kernel sees it: the audit value and bit 30 say which convention it is.
    Arch seen = from;
    if (from == Arch.X86_64 || from == Arch.X32) {
      seen = (number & SeccompData.X32_BIT) != 0 || number < 0 ? Arch.X32 : Arch.X86_64;
    }
    if (!filter.arches().contains(seen)) {
      return "the filter is for " + filter.arches() + "; calls of " + seen + " are foreign";
    }
    String name = SyscallTable.name(seen, number).orElse("");
    Rule rule = filter.rules().get(name);
    if (rule != null) {
      return name + ": " + rule.reason(args);
    }
    if (name.isEmpty()) {
      return "no system call of " + seen + " is known by this number: newer than the filter";
    }
    return filter.knows(seen, number)
        ? name + " has no rule: what holds for all others"
        : "newer than what the filter knows";
  }

  /** All in one line. */
  @Override
  public String toString() {
    return call + " -> " + action + ": " + reason;
  }
}
