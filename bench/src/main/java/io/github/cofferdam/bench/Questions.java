package io.github.cofferdam.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What the benchmark measures. */
final class Questions {
  private Questions() {}

  /** {@return them, in the order of the report} */
  static List<Question> all(SearchPath searchPath, Optional<Path> checkout) {
    return List.of(
        new StartToExit(searchPath),
        new FromTheShell(searchPath, checkout),
        new RealWork(searchPath),
        new NetworkCost(searchPath),
        new ThreadGrowth(),
        new LiveGrowth(),
        new HeapGrowth(),
        new LandlockInstall(searchPath),
        new LandlockGrowth(),
        new LandlockDepth(),
        new FilterInstall(),
        new FilterGrowth(),
        new InsideMachine(searchPath));
  }

  /** {@return the programs of others that they make use of, which the result names} */
  static List<Program> programs() {
    var programs = new ArrayList<Program>();
    Peers.sandboxes().forEach(peer -> programs.add(peer.program()));
    Peers.engines().forEach(peer -> programs.add(peer.program()));
    programs.add(CProgram.COMPILER);
    programs.addAll(List.of(WorkSupply.GIT, WorkSupply.TAR, WorkSupply.SQLITE, WorkSupply.MAVEN));
    return programs;
  }
}
