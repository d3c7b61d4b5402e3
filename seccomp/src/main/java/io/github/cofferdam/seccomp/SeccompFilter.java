package io.github.cofferdam.seccomp;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.SyscallTable;
import io.github.cofferdam.launcher.Kernel;
import io.github.cofferdam.launcher.NoNewPrivileges;
import io.github.cofferdam.launcher.SetupException;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.launcher.Slot;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
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
 * <p>A filter is for one or several architectures. Three doors around it are closed by
 * construction:
 *
 * <ul>
 *   <li>calls of another architecture, such as i386's through {@code int 0x80} on x86_64, and x32
 *       calls, which share x86_64's audit value: {@link Builder#foreignArch(Action)};
 *   <li>numbers that the system call table does not know, because the kernel is newer: {@link
 *       Builder#unknownNewer};
 *   <li>{@code socketcall} and {@code ipc}, by which i386 makes calls that have rules: they need
 *       one, too.
 * </ul>
 *
 * <p>A process that is to execute a command behind the filter, as the launcher's does, still makes
 * {@code execve} or {@code execveat}, and {@code write} and {@code exit_group} if that fails.
 * Whoever writes rules for those asks {@link #decide(String, long...)} first.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/seccomp.2.html">seccomp(2)</a>
 */
public final class SeccompFilter {
  /** As if the kernel had no x32, which is true of most. */
  private static final Action X32_ANSWER = Action.errno(Errno.ENOSYS);

  /** Calls that i386 can make by {@code socketcall(2)}. */
  static final Set<String> BY_SOCKETCALL =
      Set.of(
          "socket",
          "bind",
          "connect",
          "listen",
          "accept",
          "accept4",
          "getsockname",
          "getpeername",
          "socketpair",
          "send",
          "sendto",
          "recv",
          "recvfrom",
          "shutdown",
          "setsockopt",
          "getsockopt",
          "sendmsg",
          "recvmsg",
          "recvmmsg",
          "sendmmsg");

  /** Calls that i386 can make by {@code ipc(2)}. */
  static final Set<String> BY_IPC =
      Set.of(
          "semget",
          "semctl",
          "semop",
          "semtimedop",
          "msgget",
          "msgctl",
          "msgsnd",
          "msgrcv",
          "shmget",
          "shmctl",
          "shmat",
          "shmdt");

  private final Set<Arch> arches;
  private final SortedMap<String, Rule> rules;
  private final Action otherwise;
  private final Action unknownNewer;
  private final Action foreignArch;
  private final Map<Arch, Action> foreignArches;
  private final Map<Arch, Integer> highest;
  private final Map<String, Integer> frequencies;
  private final Map<Arch, SortedMap<String, Integer>> numbers;
  private final BpfProgram program;

  private SeccompFilter(Builder builder) {
    arches = Collections.unmodifiableSet(new LinkedHashSet<>(builder.numbers.keySet()));
    numbers = builder.numbers;
    rules = Collections.unmodifiableSortedMap(new TreeMap<>(builder.rules));
    otherwise = builder.otherwise;
    unknownNewer = builder.unknownNewer;
    foreignArch = builder.foreignArch;
    foreignArches = Map.copyOf(builder.foreignArches);
    highest = Map.copyOf(builder.highest());
    frequencies = Map.copyOf(builder.frequencies);
    program = FilterCompiler.compile(this);
  }

  /**
   * {@return a builder of a filter that names what it refuses: everything else that the system call
   * table knows is allowed}
   *
   * @param arch whose calls the rules are about
   * @param more further ones
   */
  public static Builder denyList(Arch arch, Arch... more) {
    return new Builder(EnumSet.of(arch, more), arch, Action.allow());
  }

  /**
   * {@return a builder of a filter that names what it allows: everything else that the system call
   * table knows fails with EPERM}
   *
   * @param arch whose calls the rules are about
   * @param more further ones
   */
  public static Builder allowList(Arch arch, Arch... more) {
    return new Builder(EnumSet.of(arch, more), arch, Action.errno(Errno.EPERM));
  }

  /** {@return a builder that begins with this filter's rules} */
  public Builder toBuilder() {
    var first = arches.iterator().next();
    var builder = new Builder(arches, first, otherwise);
    builder.rules.putAll(rules);
    builder.unknownNewer = unknownNewer;
    builder.foreignArch = foreignArch;
    builder.foreignArches.putAll(foreignArches);
    builder.frequencies.putAll(frequencies);
    builder.newest = Map.copyOf(highest);
    return builder;
  }

  /** {@return the architectures whose calls the rules are about; the first is asked for first} */
  public Set<Arch> arches() {
    return arches;
  }

  /** {@return rules by the name of their system call; only calls that an architecture has} */
  public SortedMap<String, Rule> rules() {
    return rules;
  }

  /** {@return what happens to known system calls without a rule} */
  public Action otherwise() {
    return otherwise;
  }

  /** {@return what happens to system calls that are newer than the filter} */
  public Action unknownNewer() {
    return unknownNewer;
  }

  /** {@return what happens to calls of architectures that have no answer of their own} */
  public Action foreignArch() {
    return foreignArch;
  }

  /** {@return what happens to calls of an architecture that the filter has no rules for} */
  public Action foreignArch(Arch arch) {
    boolean besideX8664 = arch == Arch.X32 && arches.contains(Arch.X86_64);
    return foreignArches.getOrDefault(arch, besideX8664 ? X32_ANSWER : foreignArch);
  }

  /** What the system call table knows of an architecture. */
  SortedMap<String, Integer> numbers(Arch arch) {
    return numbers.getOrDefault(arch, Collections.emptySortedMap());
  }

  /** The highest number of an architecture that the filter knows. */
  int highest(Arch arch) {
    return highest.getOrDefault(arch, -1);
  }

  /**
   * Whether the filter's writer knew a number that the table knows. x32's own calls have numbers
   * from 512 to 547, and are older than most that are below.
   */
  boolean knows(Arch arch, int number) {
    int first = SeccompData.X32_BIT + 512;
    boolean ofX32 = arch == Arch.X32 && number >= first && number < first + 36;
    return number <= highest(arch) || ofX32;
  }

  /** What the filter was told of how often calls are made, by number. */
  NavigableMap<Integer, Integer> frequencies(Collection<Arch> some) {
    var byNumber = new TreeMap<Integer, Integer>();
    for (Map.Entry<String, Integer> frequency : frequencies.entrySet()) {
      for (Arch arch : some) {
        Integer number = numbers(arch).get(frequency.getKey());
        if (number != null) {
          byNumber.put(number, frequency.getValue());
        }
      }
    }
    return byNumber;
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
   * {@return what happens to a system call of the filter's first architecture}
   *
   * @param syscall its name
   * @param args at most six, then the instruction pointer; missing ones are 0
   * @throws IllegalArgumentException if the architecture has no such call
   */
  public Action decide(String syscall, long... args) {
    return decide(arches.iterator().next(), syscall, args);
  }

  /**
   * {@return what happens to a system call}
   *
   * @param from the convention by which the call is made, not necessarily one of the filter's
   * @param syscall its name
   * @param args at most six, then the instruction pointer; missing ones are 0
   * @throws IllegalArgumentException if the architecture has no such call
   */
  public Action decide(Arch from, String syscall, long... args) {
    return decide(from, SyscallTable.require(from, syscall), args);
  }

  /**
   * {@return what happens to a system call: the result of the very program that the kernel runs}
   *
   * @param from the convention by which the call is made, not necessarily one of the filter's
   * @param number the call's number there; x32 numbers include bit 30
   * @param args at most six, then the instruction pointer; missing ones are 0
   */
  public Action decide(Arch from, int number, long... args) {
    return program.decide(from, number, args);
  }

  /**
   * {@return what happens to a system call and by which rule, in words}
   *
   * @param from the convention by which the call is made, not necessarily one of the filter's
   * @param number the call's number there; x32 numbers include bit 30
   * @param args at most six, then the instruction pointer; missing ones are 0
   */
  public Explanation explain(Arch from, int number, long... args) {
    return Explanation.of(this, from, number, args);
  }

  /**
   * As {@link #explain(Arch, int, long...)}, by name.
   *
   * @throws IllegalArgumentException if the architecture has no such call
   */
  public Explanation explain(Arch from, String syscall, long... args) {
    return explain(from, SyscallTable.require(from, syscall), args);
  }

  /**
   * {@return where two filters decide differently}: first by architecture, then by what differs
   *
   * @param other what comes second in the result
   */
  public List<FilterDifference> diff(SeccompFilter other) {
    return FilterDifference.between(this, other);
  }

  /**
   * {@return whether the kernel will know, from the moment the filter is installed, that a call is
   * always allowed, and never run the filter for it} (since Linux 5.11). An argument test of this
   * call, or another answer than {@link Action#allow}, makes it no.
   *
   * @throws IllegalArgumentException if the architecture has no such call
   */
  public boolean cacheable(Arch from, String syscall) {
    return program.cacheable(from, SyscallTable.require(from, syscall));
  }

  /** {@return what the filter costs, over all its architectures} */
  public FilterCost cost() {
    return FilterCost.of(program, arches, this::highest);
  }

  /** {@return what the filter costs for calls of one architecture} */
  public FilterCost cost(Arch arch) {
    return FilterCost.of(program, Set.of(arch), this::highest);
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
    return program.install(flags);
  }

  /**
   * {@return the step that installs the filter and opens its listener}, for a child that {@link
   * io.github.cofferdam.launcher.LaunchPlan.Builder#handOver hands} the listener over. It has to be
   * the last step before the command is executed, or those behind it must make no call that the
   * filter notifies: nobody answers before the command runs.
   *
   * <p>Fails as {@link #install} does, and with EBUSY if another filter of the process has a
   * listener. Where this kernel can, a call whose notification was received waits for its answer
   * unless it is killed ({@link KernelFlag#WAIT_KILLABLE_RECV}).
   *
   * @param listener takes the listener; {@link Listener#owning} makes one of what was received
   * @throws IllegalArgumentException if the filter notifies calls that the child makes itself to
   *     execute its command or to report a failure: it would wait for ever
   */
  public SetupProgram installWithListener(Slot listener, FilterFlag... flags) {
    return Installation.of(program, flags)
        .opening(listener, arches.iterator().next(), Kernel.host());
  }

  /**
   * Installs the filter on the calling thread alone, for good, and for all threads and processes
   * that it starts. Other threads of this virtual machine stay as they are. Sets {@link
   * NoNewPrivileges} first.
   *
   * @throws IllegalStateException on a virtual thread, whose carrier would be filtered, or if the
   *     filter is for another architecture than this machine's
   * @throws InstallException if the kernel refuses, as {@link #install} says
   */
  public void installOnThisThread(FilterFlag... flags) throws SetupException {
    installOnThisThread(Kernel.host(), flags);
  }

  void installOnThisThread(Kernel kernel, FilterFlag... flags) throws SetupException {
    requireOwnThread();
    Installation.of(program, flags).onThisThread(kernel);
  }

  /**
   * Installs the filter on all threads of this process at once, those of the virtual machine
   * itself, such as the garbage collector's, among them: for good, and for all that they start.
   * Sets {@link NoNewPrivileges} first, which stays set on the calling thread in any case.
   *
   * @return whether it was installed on all threads, or on none and why
   * @throws IllegalStateException as {@link #installOnThisThread}
   * @throws InstallException if the kernel refuses, as {@link #install} says
   */
  public TsyncResult installOnAllThreads(FilterFlag... flags) throws SetupException {
    return installOnAllThreads(Kernel.host(), flags);
  }

  TsyncResult installOnAllThreads(Kernel kernel, FilterFlag... flags) throws SetupException {
    requireOwnThread();
    return Installation.of(program, flags).onAllThreads(kernel);
  }

  /**
   * Installs the filter on the calling thread, as {@link #installOnThisThread}, and opens its
   * listener. Another thread, not behind the filter, has to answer: a call that is notified waits
   * until then, and the virtual machine makes calls of its own on every thread, of which memory and
   * locks are the least.
   *
   * <p>Where this kernel can, a call whose notification was received waits for its answer unless it
   * is killed ({@link KernelFlag#WAIT_KILLABLE_RECV}).
   *
   * @throws IllegalStateException as {@link #installOnThisThread}
   * @throws InstallException if the kernel refuses, as {@link #install} says, and with EBUSY if
   *     another filter of this thread has a listener
   */
  public Listener installOnThisThreadWithListener(FilterFlag... flags) throws SetupException {
    return installOnThisThreadWithListener(Kernel.host(), flags);
  }

  Listener installOnThisThreadWithListener(Kernel kernel, FilterFlag... flags)
      throws SetupException {
    requireOwnThread();
    return new Listener(Installation.of(program, flags).listening(kernel), kernel);
  }

  private void requireOwnThread() {
    if (Thread.currentThread().isVirtual()) {
      throw new IllegalStateException(
          "a filter on a virtual thread would confine its carrier; use a platform thread");
    }
    if (!arches.contains(Arch.host())) {
      throw new IllegalStateException("a filter for " + arches + " would kill on " + Arch.host());
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SeccompFilter filter
        && List.copyOf(arches).equals(List.copyOf(filter.arches))
        && rules.equals(filter.rules)
        && otherwise.equals(filter.otherwise)
        && unknownNewer.equals(filter.unknownNewer)
        && foreignArch.equals(filter.foreignArch)
        && foreignArches.equals(filter.foreignArches)
        && highest.equals(filter.highest)
        && frequencies.equals(filter.frequencies);
  }

  @Override
  public int hashCode() {
    return 31 * arches.hashCode() + rules.hashCode();
  }

  @Override
  public String toString() {
    return "SeccompFilter" + arches + "[" + rules.size() + " rules, otherwise " + otherwise + "]";
  }

  /** Collects rules. */
  public static final class Builder {
    private final Map<Arch, SortedMap<String, Integer>> numbers = new LinkedHashMap<>();
    private final Map<String, Rule> rules = new TreeMap<>();
    private final Map<Arch, Action> foreignArches = new EnumMap<>(Arch.class);
    private final Map<String, Integer> frequencies = new TreeMap<>();
    private Map<Arch, Integer> newest = Map.of();
    private Action otherwise;
    private Action unknownNewer = Action.errno(Errno.ENOSYS);
    private Action foreignArch = Action.killProcess();

    private Builder(Set<Arch> arches, Arch first, Action otherwise) {
      numbers.put(first, SyscallTable.numbers(first));
      for (Arch arch : arches) {
        numbers.putIfAbsent(arch, SyscallTable.numbers(arch));
      }
      this.otherwise = otherwise;
    }

    /**
     * Sets what happens to known system calls without a rule: {@link Action#allow} for a deny list,
     * EPERM for an allow list to begin with.
     */
    public Builder otherwise(Action action) {
      otherwise = action;
      return this;
    }

    /**
     * Sets what happens to numbers that the filter does not know, above the highest known one and
     * in the table's gaps; ENOSYS to begin with, upon which C libraries fall back to older calls.
     */
    public Builder unknownNewer(Action action) {
      unknownNewer = action;
      return this;
    }

    /**
     * Sets the newest system call that the writer of the rules knew: higher numbers without a rule
     * are {@link #unknownNewer}, even if this version of the system call table knows them. Without
     * this, the filter knows what the table knows. On architectures without that call, all.
     *
     * @throws IllegalArgumentException if none of the filter's architectures has such a call
     */
    public Builder newestKnown(String syscall) {
      var known = new EnumMap<Arch, Integer>(Arch.class);
      for (Map.Entry<Arch, SortedMap<String, Integer>> table : numbers.entrySet()) {
        Integer number = table.getValue().get(syscall);
        if (number != null) {
          known.put(table.getKey(), number);
        }
      }
      if (known.isEmpty()) {
        throw new IllegalArgumentException("no system call " + syscall + " on " + numbers.keySet());
      }
      newest = known;
      return this;
    }

    /**
     * Sets what happens to calls of other architectures; {@link Action#killProcess} to begin with.
     * Beside x86_64, x32 calls fail with ENOSYS until {@link #foreignArch(Arch, Action)} says
     * otherwise.
     */
    public Builder foreignArch(Action action) {
      foreignArch = action;
      return this;
    }

    /** Sets what happens to calls of one other architecture. */
    public Builder foreignArch(Arch arch, Action action) {
      foreignArches.put(arch, action);
      return this;
    }

    /**
     * Says that a system call is made often: the search for it then takes fewer steps, at the
     * expense of others. Calls that are always allowed need none of this where {@link #cacheable}
     * holds.
     *
     * @param weight in relation to 1 for each number that nothing is said about
     * @throws IllegalArgumentException if no architecture has such a call, or the weight is
     *     negative
     */
    public Builder frequency(String syscall, int weight) {
      if (weight < 0) {
        throw new IllegalArgumentException(syscall + " cannot be made " + weight + " times");
      }
      requireKnown(syscall);
      frequencies.put(syscall, weight);
      return this;
    }

    /** Allows system calls without a condition; see {@link #on(String, Rule)}. */
    public Builder allow(String... syscalls) {
      return allow(List.of(syscalls));
    }

    /** Allows system calls without a condition; see {@link #on(String, Rule)}. */
    public Builder allow(Iterable<String> syscalls) {
      return on(syscalls, Action.allow());
    }

    /** Answers system calls always alike; see {@link #on(String, Rule)}. */
    public Builder on(Iterable<String> syscalls, Action action) {
      Rule rule = Rule.always(action);
      for (String syscall : syscalls) {
        on(syscall, rule);
      }
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
     *     that says something else
     */
    public Builder on(String syscall, Rule rule) {
      Rule before = rules.get(syscall);
      if (before != null && !before.equals(rule)) {
        throw new IllegalArgumentException(syscall + " has two rules: " + before + ", and " + rule);
      }
      return replace(syscall, rule);
    }

    /**
     * Sets a rule, whether there was one or not; as {@link #on(String, Rule)} otherwise.
     *
     * @throws IllegalArgumentException if no architecture has such a call
     */
    public Builder replace(String syscall, Rule rule) {
      for (SortedMap<String, Integer> table : numbers.values()) {
        if (table.containsKey(syscall)) {
          rules.put(syscall, rule);
          return this;
        }
      }
      requireKnown(syscall);
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

    private Map<Arch, Integer> highest() {
      var highest = new EnumMap<Arch, Integer>(Arch.class);
      for (Map.Entry<Arch, SortedMap<String, Integer>> table : numbers.entrySet()) {
        Integer limit = newest.get(table.getKey());
        highest.put(
            table.getKey(), limit == null ? Collections.max(table.getValue().values()) : limit);
      }
      return highest;
    }

    /** What is refused by name must not be had through a call that only memory tells apart. */
    private void requireDemultiplexed() {
      if (!numbers.containsKey(Arch.I386)) {
        return;
      }
      requireRule("socketcall", BY_SOCKETCALL);
      requireRule("ipc", BY_IPC);
    }

    private void requireRule(String gate, Set<String> behind) {
      if (rules.containsKey(gate) || !otherwise.equals(Action.allow())) {
        return;
      }
      for (Map.Entry<String, Rule> rule : rules.entrySet()) {
        if (behind.contains(rule.getKey()) && !rule.getValue().equals(Rule.always(otherwise))) {
          throw new IllegalArgumentException(
              "i386 also makes "
                  + rule.getKey()
                  + " by "
                  + gate
                  + ", where its arguments lie in memory: give "
                  + gate
                  + " a rule");
        }
      }
    }

    /**
     * {@return the filter}
     *
     * @throws IllegalArgumentException if the program would have more than 4096 instructions, or if
     *     on i386 a call with a rule could be made through one without
     */
    public SeccompFilter build() {
      requireDemultiplexed();
      return new SeccompFilter(this);
    }
  }
}
