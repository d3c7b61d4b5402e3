package io.github.cofferdam.cli;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.OsText;
import io.github.cofferdam.bindings.SyscallTable;
import io.github.cofferdam.profiles.ProfileException;
import io.github.cofferdam.profiles.SeccompProfile;
import io.github.cofferdam.profiles.SeccompProfile.Selection;
import io.github.cofferdam.seccomp.BpfProgram;
import io.github.cofferdam.seccomp.FilterCost;
import io.github.cofferdam.seccomp.FilterDifference;
import io.github.cofferdam.seccomp.SeccompFilter;
import java.io.IOException;
import java.io.PrintWriter;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** {@code cofferdam seccomp}: compiles and examines profiles and compiled filters. */
final class SeccompCommand implements Subcommand {
  private static final int INVALID = 1;
  private static final int DIFFERENT = 1;

  /** As diff(1) has it. */
  private static final int TROUBLE = 2;

  private static final String PROFILE = "--profile";
  private static final String ARCH = "--arch";
  private static final String CAPABILITY = "--cap";
  private static final String KERNEL = "--kernel";
  private static final String SYSCALL = "--syscall";
  private static final String ARGUMENT = "--arg";
  private static final String OUT = "-o";

  private static final String PROFILE_FILE = "A profile: JSON (OCI) or TOML.";
  private static final String ANY_FILE =
      "A profile, JSON (OCI) or TOML; or a compiled filter: struct sock_filter, little-endian.";

  @Override
  public String name() {
    return "seccomp";
  }

  @Override
  public CommandSpec spec() {
    CommandSpec spec = Subcommand.specOf(this, "Compiles and examines system call filters.");
    List<Part> parts =
        List.of(
            new Part(
                "compile",
                "Compiles a profile to an array of struct sock_filter, little-endian.",
                compile ->
                    compile
                        .addOption(required(OUT, "FILE", "Write it there."))
                        .addPositional(argument(0, PROFILE_FILE)),
                SeccompCommand::compile),
            new Part(
                "disasm",
                "Prints the instructions of a filter.",
                disasm -> disasm.addPositional(argument(0, ANY_FILE)),
                SeccompCommand::disassemble),
            new Part(
                "decide",
                "Prints what a filter does with a call, which is of the first architecture.",
                decide -> addCall(decide).addPositional(argument(0, ANY_FILE)),
                SeccompCommand::decide),
            new Part(
                "explain",
                "Prints what a profile does with a call, and by which rule.",
                explain -> addCall(explain).addPositional(argument(0, PROFILE_FILE)),
                SeccompCommand::explain),
            new Part(
                "cost",
                "Prints what a filter costs, over all known calls of the architectures.",
                cost -> cost.addPositional(argument(0, ANY_FILE)),
                SeccompCommand::cost),
            new Part(
                "diff",
                "Prints where two filters decide differently; exits with 1 if they do, 2 on"
                    + " errors.",
                diff ->
                    diff.addPositional(argument(0, ANY_FILE))
                        .addPositional(argument(1, "The other one.")),
                SeccompCommand::diff));
    for (Part part : parts) {
      spec.addSubcommand(part.name(), part.spec());
    }
    return spec;
  }

  @Override
  public boolean takesOptionsAfterArguments() {
    return true;
  }

  @Override
  public int execute(ParseResult parsed, PrintWriter out, PrintWriter err) {
    parsed.commandSpec().commandLine().usage(err);
    return FAILED;
  }

  /** What one of them does. */
  private interface Work {
    int run(Input input, PrintWriter out) throws IOException;
  }

  /** What it adds to the options of all. */
  private interface Options {
    CommandSpec addTo(CommandSpec spec);
  }

  private record Part(String name, String description, Options options, Work work)
      implements Subcommand {
    @Override
    public CommandSpec spec() {
      CommandSpec spec = Subcommand.specOf(this, description);
      spec.addOption(
              Subcommand.values(
                  PROFILE,
                  "NAME",
                  "Which profile, where a file has several. With diff, a second one is the other"
                      + " file's."))
          .addOption(
              Subcommand.value(
                  ARCH,
                  "ARCH[,ARCH]...",
                  "x86_64, i386, x32, aarch64, riscv64; default: this machine's, and those that"
                      + " the profile names with it."))
          .addOption(
              Subcommand.values(
                  CAPABILITY, "NAME", "The process may have this capability, CAP_SYS_ADMIN say."))
          .addOption(Subcommand.value(KERNEL, "X.Y", "For this kernel; default: the running one."));
      return options.addTo(spec);
    }

    @Override
    public int execute(ParseResult parsed, PrintWriter out, PrintWriter err) throws IOException {
      boolean compares = name.equals("diff");
      try {
        return work.run(new Input(parsed, err), out);
      } catch (ProfileException e) {
        err.println(e.getMessage());
        return compares ? TROUBLE : INVALID;
      } catch (IllegalArgumentException e) {
        if (!compares) {
          throw e;
        }
        Messages.error(err, e);
        return TROUBLE;
      }
    }
  }

  private static PositionalParamSpec argument(int index, String description) {
    return PositionalParamSpec.builder()
        .paramLabel("FILE")
        .index(Integer.toString(index))
        .arity("1")
        .required(true)
        .type(String.class)
        .description(description)
        .build();
  }

  private static OptionSpec required(String name, String label, String description) {
    return OptionSpec.builder(name)
        .paramLabel(label)
        .arity("1")
        .required(true)
        .type(String.class)
        .description(description)
        .build();
  }

  private static CommandSpec addCall(CommandSpec spec) {
    return spec.addOption(required(SYSCALL, "NAME|NUMBER", "The call."))
        .addOption(
            Subcommand.values(
                ARGUMENT,
                "INDEX=VALUE",
                "An argument: 0 to 5, and decimal, 0x..., or negative. Others are 0."));
  }

  /** What was asked for. */
  private record Input(ParseResult parsed, PrintWriter err) {
    Path file(int index) {
      return OsText.path(parsed.matchedPositionalValue(index, ""));
    }

    @Nullable String option(String name) {
      return parsed.matchedOptionValue(name, null);
    }

    List<String> options(String name) {
      return parsed.matchedOptionValue(name, List.of());
    }

    /** The name of the profile in a file: the last one that was given goes for all further ones. */
    @Nullable String profile(int index) {
      List<String> names = options(PROFILE);
      if (names.size() > 1 && names.size() > files()) {
        throw new IllegalArgumentException(PROFILE + " " + names.getLast() + ": one too many");
      }
      return names.isEmpty() ? null : names.get(Math.min(index, names.size() - 1));
    }

    private int files() {
      return parsed.commandSpec().positionalParameters().size();
    }

    List<Arch> arches() {
      var arches = new LinkedHashSet<Arch>();
      String text = option(ARCH);
      if (text != null) {
        for (String name : text.split(",", -1)) {
          arches.add(
              Choice.of(ARCH, name, Arch.values(), arch -> arch.name().toLowerCase(Locale.ROOT)));
        }
      }
      return List.copyOf(arches);
    }

    /** The one that makes the call that is asked about. */
    Arch caller() {
      return arches().isEmpty() ? Arch.host() : arches().getFirst();
    }

    Selection selection() {
      Selection selection =
          Selection.host()
              .forArches(arches().toArray(Arch[]::new))
              .withCapabilities(options(CAPABILITY));
      String kernel = option(KERNEL);
      return kernel == null ? selection : selection.onKernel(kernel);
    }

    SeccompFilter filter() throws ProfileException {
      SeccompProfile profile = SeccompProfile.load(file(0), profile(0));
      SeccompFilter filter = profile.filter(selection());
      for (String warning : profile.warnings(selection())) {
        err.println("warning: " + warning);
      }
      return filter;
    }

    BpfProgram program(int index) throws ProfileException {
      return SeccompProfile.program(file(index), profile(index), selection());
    }

    int number() {
      String text = String.valueOf(option(SYSCALL));
      if (!text.isEmpty() && (Character.isDigit(text.charAt(0)) || text.startsWith("-"))) {
        long number = parse(SYSCALL, text, 32);
        return (int) number;
      }
      return SyscallTable.require(caller(), text);
    }

    long[] arguments() {
      var values = new long[6];
      Set<Integer> given = new LinkedHashSet<>();
      for (String option : options(ARGUMENT)) {
        int equals = option.indexOf('=');
        int index = equals == 1 ? option.charAt(0) - '0' : -1;
        if (index < 0 || index > 5) {
          throw new IllegalArgumentException(
              ARGUMENT + " " + option + ": write INDEX=VALUE with an index from 0 to 5");
        }
        if (!given.add(index)) {
          throw new IllegalArgumentException(ARGUMENT + " " + option + ": given twice");
        }
        values[index] = parse(ARGUMENT + " " + index, option.substring(equals + 1), 64);
      }
      int last = given.stream().mapToInt(index -> index + 1).max().orElse(0);
      var arguments = new long[last];
      System.arraycopy(values, 0, arguments, 0, last);
      return arguments;
    }

    private static long parse(String option, String text, int bits) {
      boolean negative = text.startsWith("-");
      String digits = negative ? text.substring(1) : text;
      boolean hexadecimal = digits.startsWith("0x");
      try {
        BigInteger value =
            new BigInteger(hexadecimal ? digits.substring(2) : digits, hexadecimal ? 16 : 10);
        BigInteger signed = negative ? value.negate() : value;
        boolean fits = negative ? signed.bitLength() < bits : value.bitLength() <= bits;
        // A second sign is one that BigInteger takes.
        if (fits && value.signum() >= 0 && !digits.contains("-") && !digits.contains("+")) {
          return signed.longValue();
        }
      } catch (NumberFormatException e) {
        // Said below.
      }
      throw new IllegalArgumentException(
          option
              + " "
              + text
              + " is no number of "
              + bits
              + " bits; write a decimal one, 0x..., or a negative one");
    }
  }

  private static int compile(Input input, PrintWriter out) throws IOException {
    BpfProgram program = input.filter().program();
    OutputFile.write(OsText.path(String.valueOf(input.option(OUT))), program.bytes());
    return 0;
  }

  private static int disassemble(Input input, PrintWriter out) throws IOException {
    out.print(input.program(0));
    return 0;
  }

  private static int decide(Input input, PrintWriter out) throws IOException {
    out.println(input.program(0).decide(input.caller(), input.number(), input.arguments()));
    return 0;
  }

  private static int explain(Input input, PrintWriter out) throws IOException {
    out.println(input.filter().explain(input.caller(), input.number(), input.arguments()));
    return 0;
  }

  private static int cost(Input input, PrintWriter out) throws IOException {
    List<Arch> arches = input.arches().isEmpty() ? List.of(Arch.host()) : input.arches();
    FilterCost cost = FilterCost.of(input.program(0), arches);
    out.println("instructions   " + cost.instructions());
    out.println("average        " + String.format(Locale.ROOT, "%.2f", cost.average()));
    out.println("maximum        " + cost.maximum());
    out.println("install_micros " + Math.round(cost.estimatedInstallMicros()));
    return 0;
  }

  private static int diff(Input input, PrintWriter out) throws IOException {
    List<FilterDifference> differences =
        new ArrayList<>(FilterDifference.between(input.program(0), input.program(1)));
    List<Arch> arches = input.arches();
    differences.removeIf(difference -> !arches.isEmpty() && !arches.contains(difference.arch()));
    differences.forEach(out::println);
    return differences.isEmpty() ? 0 : DIFFERENT;
  }
}
