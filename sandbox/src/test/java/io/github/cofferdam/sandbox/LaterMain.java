package io.github.cofferdam.sandbox;

import io.github.cofferdam.policy.Isolation;
import io.github.cofferdam.policy.Mode;
import io.github.cofferdam.policy.Policy;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** Runs a command, opens a file to run from it, and runs another command in the same sandbox. */
final class LaterMain {
  private LaterMain() {}

  /** Takes isolation, workspace, the file, and whether to map it. */
  public static void main(String[] args) throws Exception {
    Path workspace = Path.of(args[1]);
    Path file = Path.of(args[2]);
    boolean map = Boolean.parseBoolean(args[3]);
    Policy policy =
        Policy.builder()
            .mode(Mode.WORKSPACE_WRITE)
            .isolation(Isolation.valueOf(args[0]))
            .workspace(args[1])
            .build();
    Sandbox sandbox = Sandbox.of(policy);
    for (int i = 0; i < 2; i++) {
      System.out.println("before: " + run(sandbox, workspace, file).ending());
    }
    long size = Files.size(file);
    try (var loader = new URLClassLoader(new URL[] {file.toUri().toURL()})) {
      Object held = map ? mapped(file) : loader.findResource("META-INF/MANIFEST.MF");
      Outcome outcome = run(sandbox, workspace, file);
      System.out.println("after: " + outcome.ending() + " " + Sandboxed.text(outcome) + held);
    }
    System.out.println(Files.size(file) == size ? "unchanged" : "changed");
  }

  /** It stays so when the file is closed. */
  private static MappedByteBuffer mapped(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
    }
  }

  private static Outcome run(Sandbox sandbox, Path workspace, Path file) throws Exception {
    return sandbox
        .command("/bin/sh", "-c", "echo >> $1", "sh", file.toString())
        .directory(workspace)
        .mergeStderr()
        .captureOutput()
        .run();
  }
}
