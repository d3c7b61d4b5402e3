package io.github.cofferdam.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.cofferdam.namespaces.Capability;
import io.github.cofferdam.rlimit.Limit;
import io.github.cofferdam.rlimit.Resource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** What is written as TOML reads back as the same policy. */
class PolicyRoundTripTest {

  @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
  void aPolicySurvivesToml(@ForAll("policies") Policy policy) throws PolicyException {
    Policy read = Policy.parse(policy.toToml(), "round trip");

    assertEquals(policy, read);
    assertEquals(policy.hashCode(), read.hashCode());
    assertEquals(policy.toToml(), read.toToml());
  }

  @Property(tries = 100, edgeCases = EdgeCasesMode.NONE)
  void aPolicySurvivesItsBuilder(@ForAll("policies") Policy policy) {
    assertEquals(policy, policy.toBuilder().build());
  }

  @Property(tries = 200)
  void noTextMakesTheReaderThrowAnythingElse(@ForAll String text) {
    try {
      Policy.parse("[environment]\n" + text, "random");
    } catch (PolicyException e) {
      // The only way out besides a policy.
    }
  }

  @Provide
  Arbitrary<Policy> policies() {
    Arbitrary<Policy.Builder> first =
        Combinators.combine(
                Arbitraries.of(Mode.class),
                paths().optional(),
                filesystems(),
                networks(),
                audits(),
                limits(),
                environments(),
                Arbitraries.of(Isolation.class))
            .as((mode, workspace, files, network, audit, limits, environment, isolation) -> {
              Policy.Builder builder =
                  Policy.builder()
                      .mode(mode)
                      .filesystem(files)
                      .network(network)
                      .audit(audit)
                      .limits(limits)
                      .environment(environment)
                      .isolation(isolation);
              workspace.ifPresent(builder::workspace);
              return builder;
            });
    return Combinators.combine(
            first,
            enforcements(),
            Arbitraries.longs().between(1, 9_223_372_036_854L).optional(),
            treeLimits())
        .as((builder, enforcement, millis, treeLimits) -> {
          builder.treeLimits(treeLimits);
          millis.map(Duration::ofMillis).ifPresent(builder::timeout);
          if (millis.isPresent() && millis.get() % 2 == 0) {
            builder.hostname("box").capability(Capability.NET_RAW, Capability.CHOWN);
          }
          return builder.enforcement(enforcement).build();
        });
  }

  private static Arbitrary<String> texts() {
    return Arbitraries.strings()
        .withChars("ab/~.$\"'\\#[]=\n\t\u0001\u007f\u2028\u202e\ufeff\u00e9")
        .ofMaxLength(12);
  }

  /** Pieces of paths; a byte that is no text is itself an argument, and an escape in a file. */
  private static Arbitrary<String> paths(String... more) {
    var pieces =
        new ArrayList<>(
            List.of(
                "a", "b", "/", ".", "-", "_", " ", "\"", "'", "#", "[", "]", "=", "\u00e9", "\\\\",
                "\\xff", "\\*", "\\?", "\\~", "\udcff"));
    pieces.addAll(List.of(more));
    return Arbitraries.of(pieces)
        .list()
        .ofMinSize(1)
        .ofMaxSize(9)
        .map(list -> String.join("", list));
  }

  private static Arbitrary<Filesystem> filesystems() {
    return Combinators.combine(
            paths().list().uniqueElements(PolicyPath::canonical).ofMaxSize(8),
            paths("*", "?", "**/").list().ofMaxSize(3))
        .as((all, patterns) -> {
          patterns.removeIf(text -> text.contains(".."));
          int n = all.size();
          var binds = new ArrayList<Filesystem.Bind>();
          for (int i = 0; i < n / 2; i++) {
            binds.add(new Filesystem.Bind(all.get(i), "/" + all.get(i), i % 2 == 0));
          }
          return new Filesystem(
              all.subList(0, n / 4),
              all.subList(n / 4, n / 2).stream()
                  .map(text -> n % 2 == 0 ? text + "?" : text)
                  .toList(),
              all.subList(n / 2, n * 5 / 8),
              all.subList(n * 5 / 8, n * 3 / 4).stream().filter(text -> !text.equals("/")).toList(),
              Stream.concat(
                      all.subList(n * 3 / 4, n).stream(),
                      patterns.stream().map(text -> "patterns/" + text))
                  .toList(),
              binds,
              n % 3 == 0 ? OptionalLong.empty() : OptionalLong.of(1L + n),
              n % 5 == 0,
              n % 7 == 0,
              n % 4 == 0);
        });
  }

  private static Arbitrary<Network> networks() {
    Arbitrary<CommandRule> rules =
        Combinators.combine(
                Arbitraries.of("a", "rm.*-rf", "\"\\\\'", "\n", "[\u00e9\t]+", "git (pull|push)$"),
                Arbitraries.of(true, false).optional(),
                Arbitraries.of(true, false))
            .as(CommandRule::new);
    Arbitrary<Boolean> flags = Arbitraries.of(true, false);
    Arbitrary<Network> reached =
        Combinators.combine(
                Arbitraries.of(Network.Access.class),
                NetworkRuleTest.rules().list().ofMaxSize(3),
                NetworkRuleTest.rules().list().ofMaxSize(2),
                NetworkRuleTest.places().list().ofMaxSize(2),
                NetworkRuleTest.servers().list().ofMaxSize(2),
                Arbitraries.of(NetworkRefusal.class),
                flags)
            .as((access, allow, deny, listen, dns, refusal, loopback) -> {
              Network network =
                  Network.DEFAULT
                      .withAccess(access)
                      .withDeny(deny)
                      .withListen(listen)
                      .withDns(dns)
                      .withRefusal(refusal);
              return access == Network.Access.LISTED
                  ? network.withAllow(allow).withLoopback(loopback)
                  : network;
            });
    return Combinators.combine(
            reached,
            flags,
            flags,
            flags,
            flags,
            rules.list().ofMaxSize(3),
            paths().list().ofMaxSize(2))
        .as((network, own, metadata, unix, log, commands, sockets) ->
            network
                .withPrivateAddresses(own)
                .withMetadataOpen(metadata)
                .withUnixSockets(unix)
                .withUnixSockets(unix ? List.of() : sockets)
                .withLogNetwork(log)
                .withCommandRules(commands));
  }

  private static Arbitrary<AuditSettings> audits() {
    Arbitrary<Boolean> flags = Arbitraries.of(true, false);
    return Combinators.combine(
            paths().optional(),
            Arbitraries.of(AuditSettings.Level.class),
            flags,
            flags,
            flags,
            flags,
            Arbitraries.of(AuditSettings.OnFailure.class),
            flags)
        .as((file, level, files, network, commands, blocks, failure, enabled) ->
            new AuditSettings(
                enabled && file.isPresent(),
                file,
                level,
                files,
                network,
                commands,
                blocks,
                failure));
  }

  private static Arbitrary<TreeLimits> treeLimits() {
    return Arbitraries.maps(
            Arbitraries.of(TreeLimit.class), Arbitraries.longs().between(1, 10_000_000))
        .map(TreeLimits::new);
  }

  private static Arbitrary<Map<Resource, Limit>> limits() {
    // More seconds cannot be counted.
    Arbitrary<Long> numbers =
        Arbitraries.longs().between(0, 9_223_372_036L).injectNull(0.1).map(n -> n == null ? -1 : n);
    Arbitrary<Limit> limit =
        Combinators.combine(numbers, numbers)
            .as((a, b) ->
                Long.compareUnsigned(a, b) <= 0
                    ? new Limit(a, Math.floorMod(a, 3) == 0 ? a : b)
                    : new Limit(b, a));
    return Arbitraries.maps(Arbitraries.of(Resource.class), limit).ofMaxSize(5);
  }

  private static Arbitrary<Environment> environments() {
    Arbitrary<List<String>> patterns =
        Arbitraries.strings().withChars("AB*_\"\\ ").ofMinLength(1).ofMaxLength(6).list();
    Arbitrary<String> names =
        Arbitraries.strings().withChars("AB_.\"\\ \u00e9").ofMinLength(1).ofMaxLength(6);
    return Combinators.combine(
            Arbitraries.of(Environment.Inherit.class),
            patterns,
            patterns,
            Arbitraries.maps(names, texts()).ofMaxSize(4))
        .as(Environment::new);
  }

  private static Arbitrary<Enforcement> enforcements() {
    Arbitrary<Map<Protection, Requirement>> overrides =
        Arbitraries.maps(Arbitraries.of(Protection.class), Arbitraries.of(Requirement.class))
            .ofMaxSize(6)
            .map(map -> {
              for (Protection protection : new LinkedHashSet<>(map.keySet())) {
                if (!protection.mayBeOff()) {
                  map.put(protection, Requirement.PREFER);
                }
              }
              return map;
            });
    return Combinators.combine(Arbitraries.of(Enforcement.Level.class), overrides)
        .as(Enforcement::new);
  }
}
