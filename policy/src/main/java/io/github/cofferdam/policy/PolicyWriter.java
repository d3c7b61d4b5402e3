package io.github.cofferdam.policy;

import io.github.cofferdam.documents.HiddenCharacters;
import io.github.cofferdam.namespaces.Capability;
import io.github.cofferdam.rlimit.Limit;
import io.github.cofferdam.rlimit.Resource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Writes a policy as TOML that reads back to an equal one. Written by hand, so that showing a
 * policy loads no parser.
 */
final class PolicyWriter {
  private final StringBuilder out = new StringBuilder();

  private PolicyWriter() {}

  /** {@return the text} */
  static String write(Policy policy) {
    PolicyWriter writer = new PolicyWriter();
    writer.policy(policy);
    return writer.out.toString();
  }

  private void policy(Policy policy) {
    out.append("[sandbox]\n");
    text("mode", policy.mode().key());
    policy.workspace().ifPresent(workspace -> text("workspace", workspace));
    Filesystem filesystem = policy.filesystem();
    out.append("\n[filesystem]\n");
    list("read_only", filesystem.readOnly());
    list("read_execute", filesystem.readExecute());
    list("read_write", filesystem.readWrite());
    list("blocked", filesystem.blocked());
    if (filesystem.temporarySize().isPresent()) {
      out.append("temporary_size = ").append(filesystem.temporarySize().getAsLong()).append('\n');
    }
    binds(filesystem.bindMounts());
    network(policy.network());
    audit(policy.audit());
    limits(policy.limits(), policy.treeLimits());
    environment(policy.environment());
    out.append("\n[enforcement]\n");
    text("level", policy.enforcement().level().key());
    for (Map.Entry<Protection, Requirement> entry : policy.enforcement().overrides().entrySet()) {
      text(entry.getKey().key(), entry.getValue().key());
    }
    out.append("\n[isolation]\n");
    text("type", policy.isolation().key());
    policy.hostname().ifPresent(name -> text("hostname", name));
    if (!policy.capabilities().isEmpty()) {
      List<String> names = new ArrayList<>();
      for (Capability capability : policy.capabilities()) {
        names.add(capability.key());
      }
      list("capabilities", names);
    }
    policy
        .timeout()
        .ifPresent(timeout -> {
          out.append("\n[timeout]\n");
          text("wall", Durations.show(timeout));
        });
    if (!policy.streams().isEmpty()) {
      out.append("\n[streams]\n");
      list("allow", policy.streams().stream().map(StreamKind::key).toList());
    }
  }

  private void binds(List<Filesystem.Bind> binds) {
    if (binds.isEmpty()) {
      return;
    }
    out.append("\n[filesystem.bind_mounts]\n");
    for (Filesystem.Bind bind : binds) {
      quote(bind.host());
      out.append(bind.writable() ? " = { path = " : " = ");
      quote(bind.inside());
      out.append(bind.writable() ? ", writable = true }\n" : "\n");
    }
  }

  private void network(Network network) {
    out.append("\n[network]\n");
    flag("allow_network", network.access() == Network.Access.FULL);
    flag("allow_loopback", network.access() != Network.Access.NONE);
    flag("allow_unix_sockets", network.allowUnixSockets());
    flag("log_network", network.logNetwork());
    for (CommandRule rule : network.commandRules()) {
      out.append("\n[[network.command_rules]]\n");
      text("pattern", rule.pattern());
      rule.allowNetwork().ifPresent(allow -> flag("allow_network", allow));
      flag("destructive", rule.destructive());
    }
  }

  private void audit(AuditSettings audit) {
    out.append("\n[audit]\n");
    flag("enabled", audit.enabled());
    audit.logFile().ifPresent(file -> text("log_file", file));
    text("log_level", audit.logLevel().key());
    flag("log_file_access", audit.logFileAccess());
    flag("log_network", audit.logNetwork());
    flag("log_commands", audit.logCommands());
    flag("log_security_blocks", audit.logSecurityBlocks());
    text("on_failure", audit.onFailure().key());
  }

  private void limits(Map<Resource, Limit> limits, TreeLimits treeLimits) {
    if (limits.isEmpty() && treeLimits.isEmpty()) {
      return;
    }
    out.append("\n[limits]\n");
    for (Map.Entry<Resource, Limit> entry : limits.entrySet()) {
      Limit limit = entry.getValue();
      out.append(entry.getKey().key()).append(" = ");
      if (LimitText.of(entry.getKey(), limit.soft()).equals(limit)) {
        out.append(number(limit.soft()));
      } else {
        out.append("{ soft = ").append(number(limit.soft()));
        out.append(", hard = ").append(number(limit.hard())).append(" }");
      }
      out.append('\n');
    }
    for (Map.Entry<TreeLimit, Long> entry : treeLimits.values().entrySet()) {
      out.append(entry.getKey().key()).append(" = ").append(entry.getValue()).append('\n');
    }
  }

  private static String number(long value) {
    return value == Limit.UNLIMITED ? "\"unlimited\"" : Long.toString(value);
  }

  private void environment(Environment environment) {
    out.append("\n[environment]\n");
    switch (environment.inherit()) {
      case TRUE, FALSE -> flag("inherit", environment.inherit() == Environment.Inherit.TRUE);
      case LISTED -> text("inherit", environment.inherit().key());
    }
    list("pass", environment.pass());
    list("block", environment.block());
    if (environment.set().isEmpty()) {
      return;
    }
    out.append("\n[environment.set]\n");
    for (Map.Entry<String, String> entry : environment.set().entrySet()) {
      quote(entry.getKey());
      out.append(" = ");
      quote(entry.getValue());
      out.append('\n');
    }
  }

  private void flag(String key, boolean value) {
    out.append(key).append(" = ").append(value).append('\n');
  }

  private void text(String key, String value) {
    out.append(key).append(" = ");
    quote(value);
    out.append('\n');
  }

  private void list(String key, List<String> values) {
    out.append(key).append(" = [");
    for (int i = 0; i < values.size(); i++) {
      out.append(i == 0 ? "" : ", ");
      quote(values.get(i));
    }
    out.append("]\n");
  }

  /** Appends a basic string; everything that could hide something from a reader is escaped. */
  private void quote(String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (HiddenCharacters.isHidden(c)) {
        HiddenCharacters.escape(out, c);
      } else {
        out.append(c);
      }
    }
    out.append('"');
  }
}
