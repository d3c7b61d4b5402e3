package io.github.cofferdam.seccomp;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.launcher.Kernel;
import io.github.cofferdam.launcher.SetupProgram;
import io.github.cofferdam.launcher.Slot;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * A program of classic BPF that the kernel takes as a seccomp filter: an immutable value, whoever
 * compiled it. Two are equal if their instructions are.
 *
 * {@snippet :
 * var program =
 *     BpfProgram.parse("""
 *         0: A = arch
 *         1: if A == 0xc000003e goto 2 else 4
 *         2: A = nr
 *         3: if A == 0x65 goto 5 else 6    # ptrace
 *         4: return KILL_PROCESS
 *         5: return ERRNO(EPERM)
 *         6: return ALLOW
 *         """);
 * program.decide(X86_64, 101);           // ERRNO(EPERM)
 * program.cacheable(X86_64, 0);          // true: read costs nothing once this is installed
 * BpfProgram.of(program.bytes());        // the same program
 * }
 */
public final class BpfProgram {
  private final List<BpfInstruction> instructions;

  /**
   * Checks and copies.
   *
   * @throws IllegalArgumentException if the kernel would refuse the program
   */
  BpfProgram(List<BpfInstruction> instructions) {
    BpfVerifier.check(instructions);
    this.instructions = List.copyOf(instructions);
  }

  /**
   * {@return the program of an array of {@code struct sock_filter}, as {@link #bytes} gives it}
   *
   * @throws IllegalArgumentException if the length is not a multiple of 8, or the kernel would
   *     refuse the program; the message names the instruction
   */
  public static BpfProgram of(byte[] bytes) {
    if (bytes.length % BpfInstruction.SIZE != 0) {
      throw new IllegalArgumentException(
          "an instruction has "
              + BpfInstruction.SIZE
              + " bytes, and "
              + bytes.length
              + " bytes end inside of one");
    }
    BpfVerifier.checkLength(bytes.length / BpfInstruction.SIZE);
    var instructions = new ArrayList<BpfInstruction>();
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    while (buffer.hasRemaining()) {
      instructions.add(
          new BpfInstruction(
              Short.toUnsignedInt(buffer.getShort()),
              Byte.toUnsignedInt(buffer.get()),
              Byte.toUnsignedInt(buffer.get()),
              buffer.getInt()));
    }
    return new BpfProgram(instructions);
  }

  /**
   * {@return the program of a text, as {@link #toString} gives it}
   *
   * <p>One instruction a line. The place before it may be left out, blank lines are passed over,
   * and {@code #} begins a comment. Numbers are decimal or, after 0x, hexadecimal.
   *
   * @throws IllegalArgumentException if the text cannot be read, with line and column and what was
   *     expected there; or if the kernel would refuse the program, with the line
   */
  public static BpfProgram parse(String text) {
    return BpfParser.parse(text);
  }

  /** {@return number of instructions, 1 to 4096} */
  public int length() {
    return instructions.size();
  }

  /**
   * {@return the program as an array of {@code struct sock_filter} (linux/filter.h), little-endian}
   *
   * <pre>
   *  0        2    3    4          8
   *  +--------+----+----+----------+---
   *  | code   | jt | jf | k        | next instruction ...
   *  | u16    | u8 | u8 | u32      |
   *  +--------+----+----+----------+---
   * </pre>
   */
  public byte[] bytes() {
    var bytes =
        ByteBuffer.allocate(instructions.size() * BpfInstruction.SIZE)
            .order(ByteOrder.LITTLE_ENDIAN);
    for (BpfInstruction instruction : instructions) {
      bytes.putShort((short) instruction.code());
      bytes.put((byte) instruction.ifTrue()).put((byte) instruction.ifFalse());
      bytes.putInt(instruction.k());
    }
    return bytes.array();
  }

  /**
   * {@return what the program decides about a system call}
   *
   * @param from the convention by which the call is made
   * @param number the call's number there; x32 numbers include bit 30
   * @param args at most six, then the instruction pointer; missing ones are 0
   */
  public Action decide(Arch from, int number, long... args) {
    return Action.of(run(from, number, args).returnValue());
  }

  /**
   * {@return how many instructions the program executes to decide about a system call}, the return
   * included; parameters are those of {@link #decide}
   */
  public int executed(Arch from, int number, long... args) {
    return run(from, number, args).executed();
  }

  /**
   * {@return whether the kernel finds out, when it installs the program, that a system call is
   * allowed whatever its arguments}; it then never runs the program for that call (since Linux
   * 5.11)
   *
   * <p>The kernel looks for a way to {@link Action#allow} that only loads number and architecture,
   * masks, and jumps by constants. Of stacked filters, all must allow the call in this way. It also
   * lets calls pass that no program here is asked about: {@code uretprobe} and {@code uprobe} of
   * x86_64.
   *
   * @param arch the convention by which the call is made, on a kernel that is built for it
   * @param number the call's number there; x32 numbers are never in the kernel's bitmap
   */
  public boolean cacheable(Arch arch, int number) {
    return BpfAllowCache.allows(this, arch.auditArch(), number);
  }

  /**
   * {@return what the program costs over a range of system call numbers, with arguments of 0}
   *
   * @param arch the convention by which the calls are made
   * @param first lowest number
   * @param last highest number, included
   * @throws IllegalArgumentException if the range is empty
   */
  public FilterCost cost(Arch arch, int first, int last) {
    if (first > last) {
      throw new IllegalArgumentException("no numbers from " + first + " to " + last);
    }
    long sum = 0;
    int maximum = 0;
    for (long number = first; number <= last; number++) {
      int executed = executed(arch, (int) number);
      sum += executed;
      maximum = Math.max(maximum, executed);
    }
    return new FilterCost(length(), (double) sum / ((long) last - first + 1), maximum);
  }

  /**
   * {@return the step that installs the program on the thread that runs it}; it fails as {@link
   * SeccompFilter#install} says
   */
  public SetupProgram install(FilterFlag... flags) {
    return SetupProgram.of(Installation.of(this, flags).step());
  }

  /**
   * {@return the step that installs the program and opens its listener}, as {@link
   * SeccompFilter#installWithListener}
   *
   * @param arch whose calls the child makes
   * @throws IllegalArgumentException as there
   */
  public SetupProgram installWithListener(Slot listener, Arch arch, FilterFlag... flags) {
    return Installation.of(this, flags).opening(listener, arch, Kernel.host());
  }

  private BpfInterpreter.Result run(Arch from, int number, long... args) {
    return BpfInterpreter.run(this, SeccompData.of(number, from.auditArch(), args));
  }

  List<BpfInstruction> instructions() {
    return instructions;
  }

  BpfInstruction instruction(int at) {
    return instructions.get(at);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof BpfProgram program && instructions.equals(program.instructions);
  }

  @Override
  public int hashCode() {
    return instructions.hashCode();
  }

  /**
   * One instruction a line, with its place: {@code 1: if A == 0xc000003e goto 2 else 56}. Says
   * everything: {@link #parse} reads the same program back.
   */
  @Override
  public String toString() {
    var text = new StringBuilder();
    for (int at = 0; at < instructions.size(); at++) {
      String place = Integer.toString(at);
      text.repeat(' ', 4 - place.length()).append(place).append(": ");
      text.append(instructions.get(at).toString(at)).append('\n');
    }
    return text.toString();
  }
}
