package io.github.cofferdam.seccomp;

import static io.github.cofferdam.seccomp.Argument.arg;
import static io.github.cofferdam.seccomp.Guards.ALLOW;
import static io.github.cofferdam.seccomp.Guards.REFUSE;
import static io.github.cofferdam.seccomp.Rule.when;

import io.github.cofferdam.bindings.uapi.Uapi;

/**
 * Rules for the calls that set limits: setrlimit(2), which is about the caller, and prlimit(2),
 * which may name another process.
 *
 * <p>The limits themselves lie in memory, so a rule sees which limit is set and not to what. That
 * of core files has to stay where it was put: at 1 the kernel neither writes a file nor starts the
 * program that core_pattern may name, at 0 it starts the program all the same (fs/coredump.c,
 * {@code cprm->limit}). Most who change it lower it to 0, so that their secrets are not dumped, and
 * some of them end when they are refused (gpg, ssh-agent, scripts with {@code set -e}). So they are
 * told that it was done: nothing is dumped, which is what they asked for.
 */
final class LimitGuards {
  private static final Action PRETEND = Action.Plain.SKIP;

  private LimitGuards() {}

  /**
   * Adds the rules.
   *
   * @param ownNumbers whether numbers name only the run's own processes and their init
   * @param coreLimitChanges whether the limit of core files can be changed
   */
  static void add(SeccompFilter.Builder rules, boolean ownNumbers, boolean coreLimitChanges) {
    Condition ours = ProcessGuards.ours(ownNumbers).apply(0);
    // Everybody can read limits in /proc.
    Condition reads = arg(2).asLong().eq(0);
    if (coreLimitChanges) {
      rules.replace(
          "prlimit64", when(ours).then(ALLOW).orWhen(reads).then(ALLOW).otherwise(REFUSE));
      return;
    }
    // The kernel reads an unsigned int.
    rules.replace(
        "setrlimit", when(arg(0).asInt().eq(Uapi.RLIMIT_CORE())).then(PRETEND).otherwise(ALLOW));
    rules.replace(
        "prlimit64",
        when(reads)
            .then(ALLOW)
            .orWhen(Condition.not(ours))
            .then(REFUSE)
            .orWhen(arg(1).asInt().ne(Uapi.RLIMIT_CORE()))
            .then(ALLOW)
            // A success that leaves the old limit unwritten, or is about a process that may not be
            // there, would be a lie.
            .orWhen(arg(0).asInt().eq(0), arg(3).asLong().eq(0))
            .then(PRETEND)
            .otherwise(REFUSE));
  }
}
