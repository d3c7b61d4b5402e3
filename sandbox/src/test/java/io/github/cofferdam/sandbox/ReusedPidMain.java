package io.github.cofferdam.sandbox;

import io.github.cofferdam.policy.Policy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * To be run in a process-id namespace of its own, where it may say which number comes next:
 * something else gets the number of a process that has ended, and that process is then asked to end
 * in every way there is.
 */
final class ReusedPidMain {
  private static final Path LAST = Path.of("/proc/sys/kernel/ns_last_pid");

  private ReusedPidMain() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    Sandbox sandbox = Sandbox.of(Policy.builder().build());
    for (int attempt = 0; attempt < 200; attempt++) {
      SandboxProcess ended = sandbox.start("true");
      ended.waitFor();
      Files.writeString(LAST, Long.toString(ended.pid() - 1));
      Process stranger = new ProcessBuilder("sleep", "1000").start();
      // A thread of this virtual machine may have been faster.
      if (stranger.pid() == ended.pid()) {
        attack(ended);
        boolean lives = !stranger.waitFor(300, java.util.concurrent.TimeUnit.MILLISECONDS);
        System.out.println(lives ? "the stranger lives" : "the stranger was killed");
        stranger.destroyForcibly().waitFor();
        return;
      }
      stranger.destroyForcibly().waitFor();
      ended.close();
    }
    System.out.println("no number was used again");
  }

  private static void attack(SandboxProcess ended) throws IOException {
    ended.destroy();
    ended.signal(9);
    ended.toHandle().destroy();
    ended.toHandle().destroyForcibly();
    ended.descendants().forEach(ProcessHandle::destroyForcibly);
    ended.destroyForcibly();
    ended.close();
  }
}
