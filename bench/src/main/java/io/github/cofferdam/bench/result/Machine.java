package io.github.cofferdam.bench.result;

import java.util.List;

/**
 * Where a benchmark ran.
 *
 * @param cpu the processor's name
 * @param cpus how many of them this process may use
 * @param memory in bytes
 * @param kernel release of the kernel
 * @param distribution the distribution's own name
 * @param java version and vendor of the virtual machine
 * @param cofferdam version of this project, with the commit if it is known
 * @param uid user id of the process
 * @param notes what else may have changed the figures, such as the load when the run began
 */
public record Machine(
    String cpu,
    int cpus,
    long memory,
    String kernel,
    String distribution,
    String java,
    String cofferdam,
    long uid,
    List<String> notes) {
  public Machine {
    notes = List.copyOf(notes);
  }
}
