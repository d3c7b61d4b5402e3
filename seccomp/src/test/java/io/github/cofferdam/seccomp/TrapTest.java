package io.github.cofferdam.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.cofferdam.bindings.Arch;
import io.github.cofferdam.bindings.Syscall;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A virtual machine has no handler for SIGSYS, and must not be given one. */
@Tag("kernel")
final class TrapTest {
  /** Makes a call that a filter answers with a signal. */
  public static final class Trapped {
    private Trapped() {}

    public static void main(String[] args) throws Exception {
      System.out.println("before");
      SeccompFilter.denyList(Arch.host())
          .on("getppid", Action.trap())
          .build()
          .installOnThisThread();
      Syscall.call(Syscall.number("getppid"));
      System.out.println("after");
    }
  }

  @Test
  void aTrappedCallEndsTheVirtualMachine() throws Exception {
    int sigsys = 31;
    assertEquals("before", ChildJvm.run(128 + sigsys, Trapped.class));
  }
}
