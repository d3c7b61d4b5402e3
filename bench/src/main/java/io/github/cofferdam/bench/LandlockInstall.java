package io.github.cofferdam.bench;

import io.github.cofferdam.bench.result.Measure;
import io.github.cofferdam.bench.result.Section;
import io.github.cofferdam.bench.result.Series;
import io.github.cofferdam.landlock.Abi;
import io.github.cofferdam.landlock.FsRight;
import io.github.cofferdam.landlock.LandlockLayer;
import io.github.cofferdam.landlock.LandlockPolicy;
import io.github.cofferdam.landlock.Scope;
import io.github.cofferdam.launcher.NoNewPrivileges;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;

/** How long a thread takes to confine itself with one Landlock ruleset and ten rules. */
final class LandlockInstall implements Question {
  private static final List<String> PATHS =
      List.of(
          "/usr", "/etc", "/var", "/dev", "/proc", "/sys", "/run", "/tmp", "/usr/bin", "/usr/lib");

  /** Rights that files and directories may have. */
  private static final Set<FsRight> GRANTED = EnumSet.of(FsRight.READ_FILE, FsRight.READ_DIR);

  private static final String ABOUT =
      """
      A thread confines itself with one ruleset and ten rules: by a C program, by the setup program \
      of a layer that was compiled before, and with everything from the policy on. Each round has a \
      thread of its own, since layers stack up; starting it does not count. The setup program makes \
      more calls than the C program: it also makes sure that each path is still what it was when the \
      policy was compiled.\
      """;

  private final SearchPath searchPath;

  LandlockInstall(SearchPath searchPath) {
    this.searchPath = searchPath;
  }

  @Override
  public String id() {
    return "landlock-install";
  }

  @Override
  public Section measure(Effort effort, Progress progress) throws Exception {
    int rounds = effort == Effort.QUICK ? 200 : 1000;
    LandlockLayer layer = compile();
    List<Series> series;
    try (TemporaryFolder folder = TemporaryFolder.create()) {
      Optional<CProgram> c =
          CProgram.start(searchPath, "landlock", folder.path(), arguments(layer));
      try {
        series = turns(c, layer).run(rounds, progress);
      } finally {
        c.ifPresent(CProgram::close);
      }
    }
    return new Section(
        id(), "Landlock: to confine a thread", ABOUT, Section.Form.COMPARISON, "", series);
  }

  private static TakingTurns turns(Optional<CProgram> c, LandlockLayer layer) {
    var turns = new TakingTurns("one ruleset, " + PATHS.size() + " rules");
    List<String> calls =
        List.of("landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self");
    if (c.isPresent()) {
      turns.addMeasured("C", calls, () -> wall(c.get().ask()[0]));
    } else {
      turns.addMissing("C", calls, CProgram.COMPILER.missing());
    }
    turns.addMeasured(
        "Java, compiled before",
        List.of("LandlockLayer.program().run()"),
        () -> wall(confined(() -> layer)));
    turns.addMeasured(
        "Java, from the policy on",
        List.of("LandlockPolicy.on(abi).program().run()"),
        () -> wall(confined(LandlockInstall::compile)));
    return turns;
  }

  private static Map<Measure, Double> wall(long nanos) {
    return Map.of(Measure.WALL_TIME, (double) nanos);
  }

  /** What the C program is to do: the rights that are handled, the scopes, what rules grant. */
  private static List<String> arguments(LandlockLayer layer) {
    var arguments = new ArrayList<String>();
    arguments.add(bits(layer.handledFs()));
    arguments.add(Long.toString(Scope.SIGNAL.bit()));
    arguments.add(bits(GRANTED));
    arguments.addAll(PATHS);
    return arguments;
  }

  private static String bits(Set<FsRight> rights) {
    long bits = 0;
    for (FsRight right : rights) {
      bits |= right.bit();
    }
    return Long.toString(bits);
  }

  private static LandlockLayer compile() throws IOException {
    LandlockPolicy.Builder builder = LandlockPolicy.builder().scope(Scope.SIGNAL);
    for (String path : PATHS) {
      builder.grant(GRANTED, Path.of(path));
    }
    return builder.build().on(Abi.current());
  }

  private static long confined(Callable<LandlockLayer> layer) throws Exception {
    var task =
        new FutureTask<>(() -> {
          NoNewPrivileges.program().run();
          long start = System.nanoTime();
          layer.call().program().run();
          return System.nanoTime() - start;
        });
    Thread.ofPlatform().start(task);
    return task.get();
  }
}
