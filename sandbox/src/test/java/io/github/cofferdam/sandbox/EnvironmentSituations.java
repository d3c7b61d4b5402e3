package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Situation.differs;
import static io.github.cofferdam.sandbox.Situation.same;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The environment as a map, and as a command gets it. */
@SuppressWarnings({"NullAway", "CollectionIncompatibleType"}) // that is what is tried
final class EnvironmentSituations {
  private EnvironmentSituations() {}

  /** What a command has, in order. */
  private static String env(Side side, Maker.Builder builder) throws Exception {
    return new TreeSet<>(side.out(builder.command("/usr/bin/env")).lines().toList()).toString();
  }

  private static Maker.Builder emptied(Side side) {
    Maker.Builder builder = side.builder("a");
    builder.environment().clear();
    return builder;
  }

  static List<Situation> all() {
    return List.of(
        same(
            "the map begins as this process's",
            s -> s.see(s.builder("a").environment().equals(System.getenv()))),
        same(
            "and equals it the other way round",
            s -> s.see(System.getenv().equals(s.builder("a").environment()))),
        same(
            "it has the same hash",
            s -> s.see(s.builder("a").environment().hashCode() == System.getenv().hashCode())),
        same(
            "it is the same map each time",
            s -> {
              Maker.Builder builder = s.builder("a");
              s.seeSame(builder.environment(), builder.environment());
            }),
        same("its text", s -> s.see(new TreeMap<>(s.builder("a").environment()))),
        same(
            "an untouched environment's names, less what is added",
            s -> {
              Set<String> names = new TreeSet<>();
              for (String entry : s.out(s.builder("/usr/bin/env", "-0")).split("\0", -1)) {
                names.add(entry.replaceAll("(?s)=.*", ""));
              }
              names.removeAll(Set.of("TMPDIR", "PWD"));
              s.see(names.contains("PATH"));
            }),
        differs(
            "an environment that was changed",
            Difference.ADDED,
            s -> {
              Maker.Builder builder = s.builder("a").directory(s.file(""));
              builder.environment().keySet().retainAll(Set.of("PATH"));
              s.see(env(s, builder));
            }),
        same("clear() and nothing more", s -> s.see(env(s, emptied(s)))),
        same(
            "clear() and then one",
            s -> {
              Maker.Builder builder = emptied(s);
              builder.environment().put("ONE", "1");
              s.see(env(s, builder));
            }),
        same(
            "clear() and then this process's PATH",
            s -> {
              Maker.Builder builder = emptied(s);
              builder.environment().put("PATH", System.getenv("PATH"));
              s.see(env(s, builder));
            }),
        same(
            "clear() of the keys",
            s -> {
              Maker.Builder builder = s.builder("a");
              builder.environment().keySet().clear();
              s.see(env(s, builder));
            }),
        same(
            "clear() of the entries",
            s -> {
              Maker.Builder builder = s.builder("a");
              builder.environment().entrySet().clear();
              s.see(env(s, builder));
            }),
        same(
            "clear() of the values",
            s -> {
              Maker.Builder builder = s.builder("a");
              builder.environment().values().clear();
              s.see(env(s, builder));
            }),
        same(
            "all names removed one by one",
            s -> {
              Maker.Builder builder = s.builder("a");
              builder.environment().keySet().removeIf(name -> true);
              s.see(env(s, builder));
            }),
        same(
            "TMPDIR and PWD removed",
            s -> {
              Maker.Builder builder = s.builder("a");
              builder.environment().keySet().retainAll(Set.of("PATH", "TMPDIR", "PWD"));
              builder.environment().remove("TMPDIR");
              builder.environment().remove("PWD");
              s.see(env(s, builder));
            }),
        same(
            "TMPDIR and PWD put",
            s -> {
              Maker.Builder builder = s.builder("a");
              builder.environment().keySet().retainAll(Set.of("PATH"));
              builder.environment().put("TMPDIR", "/var/tmp");
              builder.environment().put("PWD", "/proc");
              s.see(env(s, builder));
            }),
        same(
            "an empty name",
            s -> {
              Maker.Builder builder = emptied(s);
              builder.environment().put("", "x");
              s.see(env(s, builder));
            }),
        same(
            "an empty value",
            s -> {
              Maker.Builder builder = emptied(s);
              builder.environment().put("EMPTY", "");
              s.see(env(s, builder));
            }),
        same(
            "values with equals signs and line ends",
            s -> {
              Maker.Builder builder = s.shell("printf '[%s]' \"$A\" \"$B\"");
              builder.environment().putAll(Map.of("A", "=a=b=", "B", "1\n2\n"));
              s.see(s.out(builder));
            }),
        same(
            "odd names",
            s -> {
              Maker.Builder builder = emptied(s);
              builder.environment().putAll(Map.of("a b", "1", "*", "2", "A.B-C", "3", "1", "4"));
              s.see(env(s, builder));
            }),
        same(
            "a long value",
            s -> {
              Maker.Builder builder = s.shell("echo ${#LONG}");
              builder.environment().put("LONG", "x".repeat(100_000));
              s.see(s.out(builder));
            }),
        same(
            "2,000 variables",
            s -> {
              Maker.Builder builder = emptied(s);
              for (int i = 0; i < 2000; i++) {
                builder.environment().put("V" + i, "" + i);
              }
              s.see(env(s, builder));
            }),
        same(
            "what looks like a secret, given by the program",
            s -> {
              Maker.Builder builder = emptied(s);
              builder.environment().put("MY_SECRET_TOKEN", "t0ken");
              builder.environment().put("LD_DEBUG_OUTPUT", "/nowhere");
              s.see(env(s, builder));
            }),
        same(
            "HOME removed",
            s -> {
              Maker.Builder builder = s.shell("echo ${HOME-unset}");
              builder.environment().remove("HOME");
              s.see(s.out(builder));
            }),
        same(
            "put gives the old value",
            s -> {
              Map<String, String> map = emptied(s).environment();
              s.see(map.put("A", "1"));
              s.see(map.put("A", "2"));
            }),
        same(
            "remove gives the old value",
            s -> {
              Map<String, String> map = emptied(s).environment();
              map.put("A", "1");
              s.see(map.remove("A"));
              s.see(map.remove("A"));
            }),
        same(
            "an equals sign in a name",
            s -> s.tries(() -> s.builder("a").environment().put("A=B", "x"))),
        same("a NUL in a name", s -> s.tries(() -> s.builder("a").environment().put("A\0", "x"))),
        same("a NUL in a value", s -> s.tries(() -> s.builder("a").environment().put("A", "\0"))),
        same("null as a name", s -> s.tries(() -> s.builder("a").environment().put(null, "x"))),
        same("null as a value", s -> s.tries(() -> s.builder("a").environment().put("A", null))),
        same("null asked for", s -> s.asks(() -> s.builder("a").environment().get(null))),
        same(
            "whether it has null",
            s -> s.asks(() -> s.builder("a").environment().containsKey(null))),
        same("null removed", s -> s.asks(() -> s.builder("a").environment().remove(null))),
        same("the value null", s -> s.asks(() -> s.builder("a").environment().containsValue(null))),
        same(
            "a name that is no text",
            s -> s.asks(() -> s.builder("a").environment().containsKey(1))),
        same(
            "a removed name that is no text",
            s -> s.asks(() -> s.builder("a").environment().remove(1))),
        same(
            "an iterator removes",
            s -> {
              Map<String, String> map = emptied(s).environment();
              map.putAll(Map.of("A", "1", "B", "2"));
              map.entrySet().removeIf(entry -> entry.getValue().equals("1"));
              s.see(map);
            }),
        same(
            "an entry can be set",
            s -> {
              Map<String, String> map = emptied(s).environment();
              map.put("A", "1");
              map.entrySet().iterator().next().setValue("2");
              s.see(map);
              s.see(map.entrySet().contains(Map.entry("A", "2")));
            }),
        same(
            "an entry cannot be set to a NUL",
            s -> {
              Map<String, String> map = emptied(s).environment();
              map.put("A", "1");
              s.tries(() -> map.entrySet().iterator().next().setValue("\0"));
            }),
        same(
            "the program is looked for in this process's PATH",
            s -> {
              Maker.Builder builder = s.builder("sh", "-c", "echo $PATH");
              builder.environment().put("PATH", "/nowhere");
              s.see(s.out(builder));
            }),
        same(
            "the program is found without a PATH of its own",
            s -> {
              Maker.Builder builder = s.builder("env");
              builder.environment().clear();
              s.see(s.out(builder));
            }),
        differs(
            "a byte that is no letter",
            Difference.ENCODING,
            s -> s.see(s.out("printf %s \"$1\" | od -An -tx1", "\uDC80"))));
  }
}
