package io.github.cofferdam.seccomp;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.SyscallTable;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Arg;
import io.github.cofferdam.launcher.Kernel;
import io.github.cofferdam.launcher.Memory;
import io.github.cofferdam.launcher.NoNewPrivileges;
import io.github.cofferdam.launcher.SetupException;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.launcher.Step;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A filter for system calls: an immutable value, equal to another if it says the same.
 *
 * {@snippet :
 * var filter =
 *     SeccompFilter.denyList(Arch.host())
 *         .on("ptrace", errno(EPERM))
 *         .on("ioctl", when(arg(1).asInt().eq(TIOCSTI)).then(errno(EPERM)).otherwise(allow()))
 *         .build();
 * filter.decide("ptrace");                 // ERRNO(EPERM), without a kernel
 * filter.installOnThisThread();
 * }
 *
 * <p>A filter is for one architecture. Three doors around it are closed by construction:
 *
 * <ul>
 *   <li>calls of another architecture, such as i386's through {@code int 0x80} on x86_64: {@link
 *       Builder#foreignArch};
 *   <li>x32 calls, which share x86_64's audit value: ENOSYS;
 *   <li>numbers that the system call table does not know, because the kernel is newer: {@link
 *       Builder#unknownNewer}.
 * </ul>
 *
 * <p>A process that is to execute a command behind the filter, as the launcher's does, still makes
 * {@code execve} or {@code execveat}, and {@code write} and {@code exit_group} if that fails.
 * Whoever writes rules for those asks {@link #decide(String, long...)} first.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/seccomp.2.html">seccomp(2)</a>
 */
public final class SeccompFilter {
  /**
   * {@code __X32_SYSCALL_BIT} of x86's asm/unistd.h. Negative numbers have it too, or lie beyond.
   */
  static final int X32_BIT = 0x4000_0000;

  /**
   * {@code struct sock_fprog} of linux/filter.h: | len u16 | 6 bytes of padding | filter pointer |.
   */
  static final int FPROG_LENGTH = 0;

  static final int FPROG_FILTER = 8;
  static final int FPROG_SIZE = 16;

  private final Arch arch;
  private final SortedMap<String, Integer> numbers;
  private final SortedMap<String, Rule> rules;
  private final Action otherwise;
  private final Action unknownNewer;
  private final Action foreignArch;
  private final BpfProgram program;

  private SeccompFilter(Builder builder) {
    arch = builder.arch;
    numbers = builder.numbers;
    rules = Collections.unmodifiableSortedMap(new TreeMap<>(builder.rules));
    otherwise = builder.otherwise;
    unknownNewer = builder.unknownNewer;
    foreignArch = builder.foreignArch;
    program = FilterCompiler.compile(this);
  }

  /**
   * {@return a builder of a filter that names what it refuses: everything else that the system call
   * table knows is allowed}
   *
   * @param arch x86_64 or aarch64
   * @throws IllegalArgumentException for other architectures
   */
  public static Builder denyList(Arch arch) {
    return new Builder(arch);
  }

  /** {@return the architecture whose calls the rules are about} */
  public Arch arch() {
    return arch;
  }

  /** {@return rules by the name of their system call; only calls that the architecture has} */
  public SortedMap<String, Rule> rules() {
    return rules;
  }

  /** What the system call table knows of the architecture. */
  SortedMap<String, Integer> numbers() {
    return numbers;
  }

  Action otherwise() {
    return otherwise;
  }

  Action unknownNewer() {
    return unknownNewer;
  }

  Action foreignArch() {
    return foreignArch;
  }

  /** {@return what the kernel runs} */
  public BpfProgram program() {
    return program;
  }

  /** {@return the program as text, one instruction a line} */
  public String disassemble() {
    return program.toString();
  }

  /**
   * {@return what happens to a system call of the filter's own architecture}
   *
   * @param syscall its name
   * @param args at most six; missing ones are 0
   * @throws IllegalArgumentException if the architecture has no such call
   */
  public Action decide(String syscall, long... args) {
    Integer number = numbers.get(syscall);
    if (number == null) {
      throw new IllegalArgumentException("no system call " + syscall + " on " + arch);
    }
    return decide(arch, number, args);
  }

  /**
   * {@return what happens to a system call: the result of the very program that the kernel runs}
   *
   * @param from the convention by which the call is made, not necessarily the filter's
   * @param number the call's number there; x32 numbers include bit 30
   * @param args at most six; missing ones are 0
   */
  public Action decide(Arch from, int number, long... args) {
    return Action.of(run(SeccompData.of(number, from.auditArch(), args)).returnValue());
  }

  /** {@return what the filter costs} */
  public FilterCost cost() {
    int highest = Collections.max(numbers.values());
    long sum = 0;
    int maximum = 0;
    for (int number = 0; number <= highest; number++) {
      int executed = run(SeccompData.of(number, arch.auditArch())).executed();
      sum += executed;
      maximum = Math.max(maximum, executed);
    }
    return new FilterCost(program.length(), (double) sum / (highest + 1), maximum);
  }

  private BpfInterpreter.Result run(SeccompData data) {
    return BpfInterpreter.run(program, data);
  }

  /**
   * {@return the step that installs the filter on the thread that runs it}, for good, and for all
   * that it starts.
   *
   * <p>Fails with EACCES if the thread neither has {@link NoNewPrivileges} nor CAP_SYS_ADMIN,
   * ENOMEM if all filters of the process together are too long, EINVAL if the kernel does not know
   * a flag, ENOSYS if it has no seccomp.
   */
  public SetupProgram install(FilterFlag... flags) {
    return install(program, flags);
  }

  static SetupProgram install(BpfProgram program, FilterFlag... flags) {
    String length = "{len=" + program.length() + "}";
    Memory instructions = Memory.of(program.bytes(), "[" + program.length() + " instructions]");
    Memory fprog =
        Memory.ofSize(FPROG_SIZE)
            .int16(FPROG_LENGTH, program.length())
            .pointer(FPROG_FILTER, instructions)
            .build(length);
    long bits = 0;
    String names = "";
    for (FilterFlag flag : flags) {
      if ((bits & flag.bit()) == 0) {
        bits |= flag.bit();
        names += (names.isEmpty() ? "" : "|") + flag.constant();
      }
    }
    return SetupProgram.of(
        Step.of(
            "seccomp",
            "install the system call filter",
            Arg.of(Uapi.SECCOMP_SET_MODE_FILTER(), "SECCOMP_SET_MODE_FILTER"),
            Arg.of(bits, names.isEmpty() ? "0" : names),
            fprog));
  }

  /**
   * Installs the filter on the calling thread alone, for good, and for all threads and processes
   * that it starts. Other threads of this virtual machine stay as they are. Sets {@link
   * NoNewPrivileges} first.
   *
   * @throws IllegalStateException on a virtual thread, whose carrier would be filtered, or if the
   *     filter is for another architecture than this machine's
   * @throws SetupException if the kernel refuses, as {@link #install} says
   */
  public void installOnThisThread() throws SetupException {
    installOnThisThread(Kernel.host());
  }

  void installOnThisThread(Kernel kernel) throws SetupException {
    if (Thread.currentThread().isVirtual()) {
      throw new IllegalStateException(
          "a filter on a virtual thread would confine its carrier; use a platform thread");
    }
    if (arch != Arch.host()) {
      throw new IllegalStateException("a filter for " + arch + " would kill on " + Arch.host());
    }
    NoNewPrivileges.program().then(install()).run(withoutFalseSuccess(kernel));
  }

  /**
   * seccomp(2) fails with a positive result when another thread cannot be synchronised; nothing is
   * installed then. No flag here asks for that, but a filter that is believed in has to be there.
   */
  private static Kernel withoutFalseSuccess(Kernel kernel) {
    return (step, args) -> {
      long result = kernel.call(step, args);
      return result > 0 ? -Errno.ESRCH.number() : result;
    };
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SeccompFilter filter
        && arch == filter.arch
        && rules.equals(filter.rules)
        && otherwise.equals(filter.otherwise)
        && unknownNewer.equals(filter.unknownNewer)
        && foreignArch.equals(filter.foreignArch);
  }

  @Override
  public int hashCode() {
    return 31 * arch.hashCode() + rules.hashCode();
  }

  @Override
  public String toString() {
    return "SeccompFilter[" + arch + ", " + rules.size() + " rules, otherwise " + otherwise + "]";
  }

  /** Collects rules. */
  public static final class Builder {
    private final Arch arch;
    private final SortedMap<String, Integer> numbers;
    private final Map<String, Rule> rules = new TreeMap<>();
    private Action otherwise = Action.allow();
    private Action unknownNewer = Action.errno(Errno.ENOSYS);
    private Action foreignArch = Action.killProcess();

    private Builder(Arch arch) {
      if (!arch.launchable()) {
        throw new IllegalArgumentException("filters are for x86_64 and aarch64, not " + arch);
      }
      this.arch = arch;
      this.numbers = SyscallTable.numbers(arch);
    }

    /**
     * Sets what happens to known system calls without a rule; {@link Action#allow} to begin with.
     */
    public Builder otherwise(Action action) {
      otherwise = action;
      return this;
    }

    /**
     * Sets what happens to numbers that the system call table does not know, above its highest and
     * in its gaps; ENOSYS to begin with, upon which C libraries fall back to older calls.
     */
    public Builder unknownNewer(Action action) {
      unknownNewer = action;
      return this;
    }

    /**
     * Sets what happens to calls of other architectures; {@link Action#killProcess} to begin with.
     */
    public Builder foreignArch(Action action) {
      foreignArch = action;
      return this;
    }

    /** Answers a system call always alike; see {@link #on(String, Rule)}. */
    public Builder on(String syscall, Action action) {
      return on(syscall, Rule.always(action));
    }

    /**
     * Adds a rule. Calls that only other architectures have, such as {@code chmod} for aarch64, are
     * passed over: here nobody can make them.
     *
     * @throws IllegalArgumentException if no architecture has such a call, or it has a rule already
     */
    public Builder on(String syscall, Rule rule) {
      if (rules.containsKey(syscall)) {
        throw new IllegalArgumentException(syscall + " has two rules");
      }
      return replace(syscall, rule);
    }

    /**
     * Sets a rule, whether there was one or not; as {@link #on(String, Rule)} otherwise.
     *
     * @throws IllegalArgumentException if no architecture has such a call
     */
    public Builder replace(String syscall, Rule rule) {
      if (numbers.containsKey(syscall)) {
        rules.put(syscall, rule);
      } else {
        requireKnown(syscall);
      }
      return this;
    }

    private static void requireKnown(String syscall) {
      for (Arch other : Arch.values()) {
        if (SyscallTable.number(other, syscall).isPresent()) {
          return;
        }
      }
      throw new IllegalArgumentException("no system call is called " + syscall);
    }

    /**
     * {@return the filter}
     *
     * @throws IllegalArgumentException if the program would have more than 4096 instructions
     */
    public SeccompFilter build() {
      return new SeccompFilter(this);
    }
  }
}
