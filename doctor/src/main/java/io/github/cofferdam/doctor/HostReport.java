package io.github.cofferdam.doctor;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.rlimit.Resource;
import java.util.List;

/**
 * What a host offers to the user who asks: a value.
 *
 * <p>Each fact is asked for by itself. One that cannot be found out is {@link Finding.Unknown}, and
 * keeps no other from being found out.
 *
 * {@snippet :
 * HostReport host = HostReport.probe();
 * if (host.finding("namespaces", "all") instanceof Finding.Works(boolean works, String why)) {
 *   System.out.println(works ? "namespaces" : "no namespaces: " + why);
 * }
 * }
 *
 * @param sections in the order in which they are read; copied
 */
public record HostReport(List<HostSection> sections) {
  private static final List<String> PROGRAMS =
      List.of("crun", "runc", "runsc", "podman", "docker", "nft", "slirp4netns", "pasta");

  /** Keeps a copy of the list, which nobody can change. */
  public HostReport {
    sections = List.copyOf(sections);
  }

  /**
   * {@return what this machine offers to this user}
   *
   * <p>Namespaces and execution from memory are tried: a few processes are started, and have ended
   * when this returns. Nothing else is changed.
   */
  public static HostReport probe() {
    Arch.host();
    return probe(new ThisHost());
  }

  static HostReport probe(HostProbe machine) {
    return new HostReport(
        List.of(
            KernelFacts.of(machine),
            LandlockFacts.of(machine),
            SeccompFacts.of(machine),
            NetworkFacts.of(machine),
            NamespaceTrials.of(machine),
            UserNamespaceFacts.of(machine),
            SecurityModuleFacts.of(machine),
            MemoryFacts.of(machine),
            CgroupFacts.of(machine),
            limits(machine),
            KernelAuditFacts.of(machine),
            programs(machine)));
  }

  /**
   * {@return what was found out}
   *
   * @throws IllegalArgumentException if the report has no such fact
   */
  public Finding finding(String section, String key) {
    for (HostFact fact : section(section).facts()) {
      if (fact.key().equals(key)) {
        return fact.finding();
      }
    }
    throw new IllegalArgumentException("no fact " + section + "." + key);
  }

  /**
   * {@return a section}
   *
   * @throws IllegalArgumentException if the report has no such section
   */
  public HostSection section(String key) {
    for (HostSection candidate : sections) {
      if (candidate.key().equals(key)) {
        return candidate;
      }
    }
    throw new IllegalArgumentException("no section " + key);
  }

  private static HostSection limits(HostProbe machine) {
    var facts = new Facts("limits");
    for (Resource resource : Resource.values()) {
      facts.ask(resource.key(), () -> new Finding.Ceiling(machine.limit(resource)));
    }
    return facts
        .ask(
            "raise_hard_limits",
            () ->
                new Finding.Works(
                    machine.mayRaiseHardLimits(), "going by CAP_SYS_RESOURCE; not tried"))
        .section();
  }

  private static HostSection programs(HostProbe machine) {
    var facts = new Facts("programs");
    for (String name : PROGRAMS) {
      facts.ask(
          name,
          () ->
              machine
                  .program(name)
                  .<Finding>map(file -> new Finding.Name(file, "found, not tried"))
                  .orElseGet(() -> new Finding.Absent("not found in PATH")));
    }
    return facts.section();
  }
}
