package io.github.cofferdam.doctor;

import io.github.cofferdam.bindings.Errno;
import io.github.cofferdam.bindings.KernelException;
import io.github.cofferdam.bindings.Syscall;
import io.github.cofferdam.bindings.uapi.Uapi;
import io.github.cofferdam.launcher.Arg;
import io.github.cofferdam.launcher.Kernel;
import io.github.cofferdam.launcher.Step;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The names of the active security modules, in the order in which the kernel asks them. */
final class ActiveModules {
  private static final String FILE = "/sys/kernel/security/lsm";

  /** Room for more modules than there are. */
  private static final int MOST = 64;

  /** As the file spells them. */
  private static final Map<Integer, String> NAMES =
      Map.ofEntries(
          Map.entry(Uapi.LSM_ID_CAPABILITY(), "capability"),
          Map.entry(Uapi.LSM_ID_SELINUX(), "selinux"),
          Map.entry(Uapi.LSM_ID_SMACK(), "smack"),
          Map.entry(Uapi.LSM_ID_TOMOYO(), "tomoyo"),
          Map.entry(Uapi.LSM_ID_APPARMOR(), "apparmor"),
          Map.entry(Uapi.LSM_ID_YAMA(), "yama"),
          Map.entry(Uapi.LSM_ID_LOADPIN(), "loadpin"),
          Map.entry(Uapi.LSM_ID_SAFESETID(), "safesetid"),
          Map.entry(Uapi.LSM_ID_LOCKDOWN(), "lockdown"),
          Map.entry(Uapi.LSM_ID_BPF(), "bpf"),
          Map.entry(Uapi.LSM_ID_LANDLOCK(), "landlock"),
          Map.entry(Uapi.LSM_ID_IMA(), "ima"),
          Map.entry(Uapi.LSM_ID_EVM(), "evm"),
          Map.entry(Uapi.LSM_ID_IPE(), "ipe"));

  private static final Step LIST =
      Step.of("lsm_list_modules", "list security modules", Arg.of(0), Arg.of(0), Arg.of(0));

  private ActiveModules() {}

  static List<String> of(HostProbe machine) throws IOException {
    String content;
    try {
      content = machine.read(FILE);
    } catch (IOException e) {
      // securityfs is often not mounted, and seldom so in a container. Linux 6.8 can be asked.
      return listed(machine.kernel());
    }
    return List.of(content.strip().split(",", -1));
  }

  /** lsm_list_modules(u64 *ids, u32 *size, u32 flags): the size is in bytes, the result a count. */
  private static List<String> listed(Kernel kernel) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment ids = arena.allocate(ValueLayout.JAVA_LONG, MOST);
      MemorySegment size = arena.allocate(ValueLayout.JAVA_INT);
      size.set(ValueLayout.JAVA_INT, 0, (int) ids.byteSize());
      long count = kernel.call(LIST, new long[] {ids.address(), size.address(), 0, 0, 0, 0});
      if (Syscall.isError(count)) {
        throw new KernelException(
            "lsm_list_modules",
            Errno.of((int) -count),
            "list security modules (" + FILE + " cannot be read, and Linux 6.8 can be asked)");
      }
      var names = new ArrayList<String>();
      for (long i = 0; i < Math.min(count, MOST); i++) {
        long id = ids.getAtIndex(ValueLayout.JAVA_LONG, i);
        names.add(NAMES.getOrDefault((int) id, "module-" + Long.toUnsignedString(id)));
      }
      return names;
    }
  }
}
