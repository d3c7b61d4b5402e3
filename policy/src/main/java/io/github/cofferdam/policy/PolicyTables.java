package io.github.cofferdam.policy;

import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;

/** What a policy says: one component for each table of a file. */
record PolicyTables(
    Workspace workspace,
    Filesystem filesystem,
    Network network,
    AuditSettings audit,
    Limits limits,
    Environment environment,
    Enforcement enforcement,
    IsolationSettings isolation,
    TimeoutSettings timeout,
    Set<StreamKind> streams,
    SeccompSettings seccomp) {

  /** Keeps a copy of the set, in order. */
  PolicyTables {
    streams = Collections.unmodifiableSet(new TreeSet<>(streams));
  }

  /** What a builder has. */
  static PolicyTables of(Policy.Builder builder) {
    return new PolicyTables(
        builder.workspace,
        builder.filesystem,
        builder.network,
        builder.audit,
        builder.limits,
        builder.environment,
        builder.enforcement,
        builder.isolation,
        builder.timeout,
        builder.streams,
        builder.seccomp);
  }

  /** A builder that has this. */
  Policy.Builder toBuilder() {
    Policy.Builder builder = Policy.builder();
    builder.workspace = workspace;
    builder.filesystem = filesystem;
    builder.network = network;
    builder.audit = audit;
    builder.limits = limits;
    builder.environment = environment;
    builder.enforcement = enforcement;
    builder.isolation = isolation;
    builder.timeout = timeout;
    builder.streams = streams;
    builder.seccomp = seccomp;
    return builder;
  }

  /**
   * {@return this with what its presets say}
   *
   * @throws IllegalArgumentException when they contradict this, or each other
   */
  PolicyTables withPresets() {
    if (workspace.presets().isEmpty() && !workspace.shareCaches()) {
      return with(workspace.settled(), filesystem, environment);
    }
    boolean basic = isolation.type() == Isolation.BASIC || workspace.cachesRead();
    return with(
        workspace.settled(),
        PresetUnion.filesystem(filesystem, workspace, basic),
        PresetUnion.environment(environment, workspace.presets(), basic));
  }

  private PolicyTables with(Workspace sandbox, Filesystem files, Environment variables) {
    return new PolicyTables(
        sandbox,
        files,
        network,
        audit,
        limits,
        variables,
        enforcement,
        isolation,
        timeout,
        streams,
        seccomp);
  }
}
