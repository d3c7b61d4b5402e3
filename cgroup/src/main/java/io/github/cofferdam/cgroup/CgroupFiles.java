package io.github.cofferdam.cgroup;

import io.github.cofferdam.bindings.KernelException;
import java.io.IOException;
import java.util.List;

/** The files of the control groups: this machine's, or a test's model of some. */
interface CgroupFiles {

  /** {@return the content of a small file} */
  String read(String file) throws KernelException;

  /** Writes to a file that exists, in one call. */
  void write(String file, String text) throws KernelException;

  /** Makes a group. */
  void makeGroup(String directory) throws KernelException;

  /** Removes a group without processes and without groups in it. */
  void removeGroup(String directory) throws KernelException;

  /** {@return names of the groups in a group} */
  List<String> groups(String directory) throws IOException;

  /** {@return whether this user may write to a file, or make groups in a group} */
  boolean writable(String file);

  /** {@return the user id of a group's owner} */
  int owner(String directory) throws IOException;

  /** {@return whether the group's owner was told that it is his, see {@link Delegation}} */
  boolean markedAsDelegated(String directory);

  /** {@return the effective user id of this process} */
  int user();

  /** {@return process id and start time of a process in one word; empty text if it has ended} */
  String identity(long pid);

  /** {@return the number of this process's process-id namespace} */
  long processNamespace() throws IOException;

  /** {@return the id of this process} */
  long self();

  /**
   * Ends a process with SIGKILL if it is still in a group.
   *
   * @param procs the group's file {@code cgroup.procs}
   */
  void kill(long pid, String procs) throws KernelException;

  /** Waits a little. */
  void pause();
}
