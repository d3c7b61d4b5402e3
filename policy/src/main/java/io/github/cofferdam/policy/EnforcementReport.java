package io.github.cofferdam.policy;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Optional;

/**
 * What holds in a run and what does not: one entry for each {@link Protection}.
 *
 * @param isolation the one that the run has; never {@link Isolation#AUTO}
 * @param protections in the order of the enum
 * @param warnings sentences for people: what the policy says and this run could not take at its
 *     word, such as a blocked path that is not there
 */
public record EnforcementReport(
    Isolation isolation, List<EnforcedProtection> protections, List<String> warnings) {

  /** Keeps copies of the lists, which nobody can change. */
  public EnforcementReport {
    if (isolation == Isolation.AUTO) {
      throw new IllegalArgumentException("a run has one isolation or the other");
    }
    protections = List.copyOf(protections);
    warnings = List.copyOf(warnings);
  }

  /** {@return the protections that hold only partly or not at all} */
  public List<EnforcedProtection> gaps() {
    var gaps = new ArrayList<EnforcedProtection>();
    for (EnforcedProtection protection : protections) {
      if (protection.fallsShort()) {
        gaps.add(protection);
      }
    }
    return gaps;
  }

  /** {@return the gaps in what the policy requires: with any of them, nothing is run} */
  public List<EnforcedProtection> unmet() {
    var unmet = new ArrayList<EnforcedProtection>();
    for (EnforcedProtection gap : gaps()) {
      if (gap.requirement() == Requirement.REQUIRE) {
        unmet.add(gap);
      }
    }
    return unmet;
  }

  /** {@return the entry of a protection} */
  public EnforcedProtection of(Protection protection) {
    for (EnforcedProtection entry : protections) {
      if (entry.protection() == protection) {
        return entry;
      }
    }
    throw new IllegalStateException("no entry for " + protection);
  }

  /** {@return this report, but for what is said of one protection} */
  public EnforcementReport with(ProtectionState state, Protection protection, Cause cause) {
    var all = new ArrayList<EnforcedProtection>();
    for (EnforcedProtection entry : protections) {
      all.add(
          entry.protection() == protection
              ? new EnforcedProtection(protection, entry.requirement(), state, cause)
              : entry);
    }
    return new EnforcementReport(isolation, all, warnings);
  }

  /** {@return this report with one more warning} */
  public EnforcementReport warning(String warning) {
    var all = new ArrayList<>(warnings);
    all.add(warning);
    return new EnforcementReport(isolation, protections, all);
  }

  /** Collects the entries; every protection needs one. */
  public static final class Builder {
    private final Isolation isolation;
    private final Enforcement enforcement;
    private final EnumMap<Protection, EnforcedProtection> entries = new EnumMap<>(Protection.class);
    private final List<String> warnings = new ArrayList<>();

    /**
     * A report without entries, which already names what this version does without.
     *
     * @param policy one whose isolation is decided
     */
    public Builder(Policy policy) {
      this.isolation = policy.isolation();
      this.enforcement = policy.enforcement();
      List<String> missing = policy.audit().missing();
      if (!missing.isEmpty()) {
        warn("missing: " + String.join(", ", missing) + " (nothing records such events yet)");
      }
    }

    /** {@return whether the policy asks for a protection at all} */
    public boolean wanted(Protection protection) {
      return enforcement.of(protection) != Requirement.OFF;
    }

    /**
     * Says how far a protection holds, and why; of one that is off in the policy that alone.
     *
     * @throws IllegalStateException if something was said of it before
     */
    public void claim(Protection protection, ProtectionState state, Cause cause) {
      EnforcedProtection entry =
          wanted(protection)
              ? new EnforcedProtection(protection, enforcement.of(protection), state, cause)
              : new EnforcedProtection(
                  protection, Requirement.OFF, ProtectionState.NOT_ASKED, new Cause.OffInPolicy());
      if (entries.put(protection, entry) != null) {
        throw new IllegalStateException("two entries for " + protection);
      }
    }

    /** What passed for enforced rests on something that is not there. */
    public void undermine(Protection protection, Cause.But.Gap gap, String why) {
      EnforcedProtection entry = entries.get(protection);
      if (entry != null && entry.state() == ProtectionState.ENFORCED) {
        entries.put(
            protection,
            new EnforcedProtection(
                protection,
                entry.requirement(),
                ProtectionState.PARTIAL,
                new Cause.But(entry.cause(), gap, why)));
      }
    }

    /** Adds a sentence that people read on standard error, in the report and in a dry run. */
    public void warn(String warning) {
      warnings.add(warning);
    }

    /**
     * {@return the report}
     *
     * @throws IllegalStateException if nothing was said of some protection
     */
    public EnforcementReport build() {
      var all = new ArrayList<EnforcedProtection>();
      for (Protection protection : Protection.values()) {
        EnforcedProtection entry = entries.get(protection);
        if (entry == null) {
          // A protection that nobody looked at must not pass for enforced.
          throw new IllegalStateException("nothing is known about " + protection);
        }
        all.add(entry);
      }
      var sentences = new ArrayList<>(warnings);
      missed(all).ifPresent(sentences::add);
      return new EnforcementReport(isolation, all, sentences);
    }

    /**
     * Names what the policy asks for and does without, in one sentence. That some are {@link
     * Protection#onlyPreferred} is nobody's decision where the level is strict and nothing was said
     * of them; it is no surprise either, and a warning in each such run would not be read.
     */
    private Optional<String> missed(List<EnforcedProtection> all) {
      var missing = new ArrayList<String>();
      var partial = new ArrayList<String>();
      for (EnforcedProtection entry : all) {
        boolean decided =
            !entry.protection().onlyPreferred()
                || enforcement.level() == Enforcement.Level.BEST_EFFORT
                || enforcement.overrides().containsKey(entry.protection());
        // Without what is required nothing runs: that is said elsewhere.
        if (entry.fallsShort() && entry.requirement() == Requirement.PREFER && decided) {
          (entry.state() == ProtectionState.MISSING ? missing : partial)
              .add(entry.protection().key());
        }
      }
      if (missing.isEmpty() && partial.isEmpty()) {
        return Optional.empty();
      }
      var parts = new ArrayList<String>();
      if (!missing.isEmpty()) {
        parts.add("not enforced here: " + String.join(", ", missing));
      }
      if (!partial.isEmpty()) {
        parts.add("only partly enforced here: " + String.join(", ", partial));
      }
      return Optional.of(String.join("; ", parts) + " (the enforcement report says why)");
    }
  }
}
