package io.github.cofferdam.cli;

import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.policy.PolicyException;
import io.github.cofferdam.policy.PolicyKeys;
import io.github.cofferdam.policy.Preset;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code cofferdam policy check}, {@code show}, {@code preset} and {@code schema}. */
final class PolicyCommand implements Subcommand {
  private static final int INVALID = 1;

  @Override
  public String name() {
    return "policy";
  }

  @Override
  public CommandSpec spec() {
    CommandSpec spec = Subcommand.specOf(this, "Looks at policy files.");
    spec.addSubcommand("check", new Check().spec());
    spec.addSubcommand("show", new Show().spec());
    spec.addSubcommand("preset", new Presets().spec());
    spec.addSubcommand("schema", new Schema().spec());
    return spec;
  }

  @Override
  public int execute(ParseResult parsed, PrintWriter out, PrintWriter err) {
    parsed.commandSpec().commandLine().usage(err);
    return FAILED;
  }

  private static Path file(ParseResult parsed) {
    return OsText.path(parsed.matchedPositionalValue(0, ""));
  }

  /** Says whether a file is valid. */
  private static final class Check implements Subcommand {
    @Override
    public String name() {
      return "check";
    }

    @Override
    public CommandSpec spec() {
      CommandSpec spec =
          Subcommand.specOf(this, "Says whether a policy is valid; exits with 1 if it is not.");
      spec.addPositional(Subcommand.argument("FILE", "The policy."));
      return spec;
    }

    @Override
    public int execute(ParseResult parsed, PrintWriter out, PrintWriter err) {
      try {
        Policy.load(file(parsed));
      } catch (PolicyException e) {
        err.println(e.getMessage());
        return INVALID;
      }
      out.println(OsText.show(file(parsed)) + ": valid");
      return 0;
    }
  }

  /** Prints a file as it is understood. */
  private static final class Show implements Subcommand {
    @Override
    public String name() {
      return "show";
    }

    @Override
    public CommandSpec spec() {
      CommandSpec spec = Subcommand.specOf(this, "Prints a policy as it is understood.");
      spec.addPositional(Subcommand.argument("FILE", "The policy."));
      return spec;
    }

    @Override
    public int execute(ParseResult parsed, PrintWriter out, PrintWriter err) {
      try {
        Policy policy = Policy.load(file(parsed));
        out.print(policy.toToml());
        for (Preset preset : policy.presets()) {
          printAsComment(preset, out);
        }
      } catch (PolicyException e) {
        err.println(e.getMessage());
        return INVALID;
      }
      return 0;
    }
  }

  /** What is printed stays a policy, which says the same. */
  private static void printAsComment(Preset preset, PrintWriter out) {
    out.println();
    out.println("# The preset " + preset.key() + ":");
    comment(preset.text(), out);
    commentBasic(preset, out);
  }

  private static void commentBasic(Preset preset, PrintWriter out) {
    preset.basicText().ifPresent(text -> comment("\n" + text, out));
  }

  private static void comment(String text, PrintWriter out) {
    text.lines().forEach(line -> out.println(line.isEmpty() ? "#" : "#   " + line));
  }

  /** A policy as it holds with namespaces; what it says with less must not hold besides. */
  private static void print(Preset preset, PrintWriter out) {
    out.print(preset.text());
    commentBasic(preset, out);
  }

  /** Lists presets, or prints one. */
  private static final class Presets implements Subcommand {
    @Override
    public String name() {
      return "preset";
    }

    @Override
    public CommandSpec spec() {
      CommandSpec spec =
          Subcommand.specOf(this, "Lists the presets, or prints one: what it grants, and why.");
      spec.addPositional(Subcommand.optionalArgument("NAME", "The preset."));
      return spec;
    }

    @Override
    public int execute(ParseResult parsed, PrintWriter out, PrintWriter err) {
      Optional<String> name = Optional.ofNullable(parsed.matchedPositionalValue(0, null));
      if (name.isEmpty()) {
        for (Preset preset : Preset.values()) {
          out.println(preset.key() + " ".repeat(10 - preset.key().length()) + preset.summary());
        }
        return 0;
      }
      try {
        print(Preset.of(name.get()), out);
      } catch (IllegalArgumentException e) {
        err.println("cofferdam: " + e.getMessage());
        return INVALID;
      }
      return 0;
    }
  }

  /** Prints what editors need. */
  private static final class Schema implements Subcommand {
    @Override
    public String name() {
      return "schema";
    }

    @Override
    public CommandSpec spec() {
      return Subcommand.specOf(this, "Prints a JSON Schema of policies, for editors.");
    }

    @Override
    public int execute(ParseResult parsed, PrintWriter out, PrintWriter err) {
      out.print(PolicyKeys.schema());
      return 0;
    }
  }
}
