package io.github.cofferdam.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bench.result.Tool;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Looking for programs, and trying them, with scripts in their place. */
@Tag("kernel")
class ProgramTest {
  private static final Program CRUN = new Program("crun", "crun", "Debian: apt install crun");

  @TempDir private Path temporary;
  private Path folder = Path.of("/");
  private SearchPath searchPath = SearchPath.of("");

  @BeforeEach
  void prepare() throws Exception {
    folder = Files.createDirectory(temporary.resolve("bin"));
    searchPath = SearchPath.of("relative::" + folder);
  }

  private Path script(String name, String text) throws Exception {
    Path file = folder.resolve(name);
    Files.writeString(file, "#!/bin/sh\n" + text + "\n");
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @Test
  void onAnEmptyPathEverythingIsMissingAndSaysHowToGetIt() throws Exception {
    List<Program> programs = Questions.programs();
    List<Tool> tools = Program.tools(programs, searchPath);
    assertEquals(programs.size(), tools.size());
    for (int i = 0; i < tools.size(); i++) {
      assertEquals(Optional.empty(), tools.get(i).version());
      String missing = tools.get(i).missing().orElseThrow();
      assertTrue(missing.contains(programs.get(i).remedy()), missing);
      assertTrue(missing.contains("apt install") || missing.contains("https://"), missing);
    }
    for (Peer peer : Peers.sandboxes()) {
      Commands.Tried tried = peer.tryOut(searchPath, new Peer.Place(folder, folder));
      assertEquals(Optional.of(peer.program().missing()), tried.missing());
      assertEquals(peer.program().file(), tried.command().getFirst());
    }
  }

  @Test
  void whatIsNoProgramIsNotFound() throws Exception {
    Files.writeString(folder.resolve("crun"), "");
    assertEquals(Optional.empty(), searchPath.find("crun"));
    Files.createDirectory(folder.resolve("runc"));
    assertEquals(Optional.empty(), searchPath.find("runc"));
    Path found = script("podman", "exit 0");
    assertEquals(Optional.of(found), searchPath.find("podman"));
  }

  @Test
  void aProgramIsAskedForItsVersion() throws Exception {
    script("crun", "echo; echo \"crun version 1.8.1 for $1\"; echo commit 7");
    assertEquals(
        new Tool("crun", Optional.of("crun version 1.8.1 for --version"), Optional.empty()),
        CRUN.tool(searchPath));
    script("crun", "echo no such option 17; exit 1");
    assertEquals(Optional.of("unknown version"), CRUN.tool(searchPath).version());
  }

  @Test
  void whatDoesNotRunIsMissing() throws Exception {
    Path file = script("crun", "");
    Files.writeString(file, "#!/no/such/interpreter\n");
    Tool tool = CRUN.tool(searchPath);
    assertEquals(Optional.empty(), tool.version());
    assertTrue(tool.missing().orElseThrow().contains("does not run"), tool::toString);
  }

  @Test
  void theFirstCommandLineThatWorksIsTaken() throws Exception {
    Path file = script("crun", "test \"$1\" = works || { echo why; echo and where; exit 3; }");
    var peer =
        new Peer(
            "crun",
            CRUN,
            (program, place) ->
                List.of(
                    List.of(program, "fails"), List.of(program, "works"), List.of(program, "no")));
    Commands.Tried tried = peer.tryOut(searchPath, new Peer.Place(folder, folder));
    assertEquals(new Commands.Tried(List.of(file.toString(), "works"), Optional.empty()), tried);
    script("crun", "echo why; echo and where; exit 3");
    tried = peer.tryOut(searchPath, new Peer.Place(folder, folder));
    assertEquals(Optional.of("exit status 3: why / and where"), tried.missing());
  }
}
