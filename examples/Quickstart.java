import io.github.cofferdam.policy.Policy;
import io.github.cofferdam.sandbox.Ending;
import io.github.cofferdam.sandbox.Outcome;
import io.github.cofferdam.sandbox.Sandbox;
import java.nio.file.Files;
import java.nio.file.Path;

/** Runs two commands in a directory: one that only reads, and one that tries to leave. */
public final class Quickstart {
  private Quickstart() {}

  /** Prints what became of them. */
  public static void main(String[] args) throws Exception {
    Path workspace = Files.createTempDirectory("quickstart");
    Files.writeString(workspace.resolve("notes.txt"), "read me\n");
    Sandbox sandbox = Sandbox.of(Policy.builder().build()); // readonly, no network
    try {
      Outcome read = sandbox.command("cat", "notes.txt").directory(workspace).captureOutput().run();
      System.out.print("cat: " + read.output().orElseThrow().out());

      Outcome write =
          sandbox.command("touch", "new.txt").directory(workspace).captureOutput().run();
      switch (write.ending()) {
        case Ending.Exited exited -> System.out.println("touch: exit status " + exited.code());
        case Ending.Refused refused -> System.out.println("touch: " + refused.reason());
        default -> System.out.println("touch: " + write.ending());
      }
      System.out.println("new.txt exists: " + Files.exists(workspace.resolve("new.txt")));
    } finally {
      Files.deleteIfExists(workspace.resolve("new.txt"));
      Files.delete(workspace.resolve("notes.txt"));
      Files.delete(workspace);
    }
  }
}
