package io.github.cofferdam.cli;

import io.github.cofferdam.doctor.HostFact;
import io.github.cofferdam.doctor.HostSection;
import io.github.cofferdam.doctor.PolicyTrial;
import io.github.cofferdam.doctor.TriedProtection;
import io.github.cofferdam.policy.ProtectionState;
import java.io.PrintWriter;

/** A {@link Diagnosis} as a table: plain text of at most {@value #WIDTH} columns. */
final class DoctorText {
  static final int WIDTH = 100;

  /** For the names of sections, and of protections. */
  private static final int FIRST = 20;

  /** For the names of facts, and for what is available. */
  private static final int SECOND = 16;

  private DoctorText() {}

  static void print(PrintWriter out, Diagnosis diagnosis) {
    for (HostSection section : diagnosis.host().sections()) {
      out.println(section.key().replace('_', ' '));
      int width = section.facts().stream().mapToInt(fact -> fact.key().length()).max().orElse(0);
      for (HostFact fact : section.facts()) {
        row(out, pad("  " + fact.key(), Math.max(FIRST, width + 4)), fact.finding().text());
      }
    }
    for (PolicyTrial trial : diagnosis.levels()) {
      out.println();
      out.println(
          "mode readonly, isolation "
              + trial.isolation().key()
              + (trial.isolation() == diagnosis.auto() ? " (which auto is here)" : ""));
      trial(out, trial);
    }
    diagnosis
        .required()
        .ifPresent(required -> {
          out.println();
          row(out, "policy ", required.file());
          row(
              out,
              "  ",
              required.trial().enforceable()
                  ? "can be enforced: this host gives all that it requires"
                  : "cannot be enforced in full here");
          trial(out, required.trial());
        });
  }

  private static void trial(PrintWriter out, PolicyTrial trial) {
    trial.failure().ifPresent(failure -> row(out, "  cannot run: ", failure));
    trial.remedy().ifPresent(remedy -> row(out, "  to get it:  ", remedy));
    trial.remark().ifPresent(remark -> row(out, "  ", remark));
    for (TriedProtection entry : trial.protections()) {
      String first = pad("  " + entry.protection().key(), FIRST);
      row(
          out,
          first + pad(entry.availability().replace('_', ' '), SECOND),
          entry.detail() + (entry.unmet() ? " (required)" : ""));
      entry
          .remedy()
          .ifPresent(remedy ->
              row(
                  out,
                  " ".repeat(FIRST + SECOND),
                  (entry.state() == ProtectionState.NOT_ASKED ? "with " : "to get it: ") + remedy));
    }
  }

  /** A name and what is said of it, on further lines where that is long. */
  private static void row(PrintWriter out, String name, String text) {
    var line = new StringBuilder(name);
    int indent = name.length();
    boolean empty = true;
    for (String word : printable(text).strip().split("\\s+", -1)) {
      String rest = word;
      if (!empty && line.length() + 1 + rest.length() > WIDTH) {
        out.println(line);
        line.setLength(0);
        line.append(" ".repeat(indent));
        empty = true;
      }
      if (!empty) {
        line.append(' ');
      }
      while (line.length() + rest.length() > WIDTH) {
        int fits = WIDTH - line.length();
        out.println(line.append(rest, 0, fits));
        rest = rest.substring(fits);
        line.setLength(0);
        line.append(" ".repeat(indent));
      }
      line.append(rest);
      empty = false;
    }
    out.println(line.toString().stripTrailing());
  }

  private static String pad(String text, int width) {
    return text + " ".repeat(Math.max(1, width - text.length()));
  }

  /** Names on a host may hold anything, also what moves a terminal's cursor. */
  private static String printable(String text) {
    var clean = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean control = Character.isISOControl(c) && c != '\n' && c != '\t';
      clean.append(control || Character.getType(c) == Character.FORMAT ? '?' : c);
    }
    return clean.toString();
  }
}
