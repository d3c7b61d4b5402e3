package io.github.cofferdam.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cofferdam.bindings.Arch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class KnownProgramsTest {
  private static final Path FILE =
      Path.of("src/main/resources/io/github/cofferdam/seccomp/baselines.txt");

  /** Written anew with {@code -Dcofferdam.baselines=write}. */
  @Test
  void whatIsAtHandIsWhatTheCompilerMakes() throws Exception {
    if ("write".equals(System.getProperty("cofferdam.baselines"))) {
      Files.writeString(FILE, KnownPrograms.compiled());
    }
    assertEquals(
        KnownPrograms.compiled(),
        Files.readString(FILE),
        "the compiled baselines are not what the rules say; write them anew with"
            + " mvn -pl seccomp -am test -Dtest=KnownProgramsTest -Dcofferdam.baselines=write"
            + " -Dsurefire.failIfNoSpecifiedTests=false");
  }

  @Test
  void eachIsFoundByItsSettings() {
    for (Baseline baseline : KnownPrograms.baselines()) {
      assertEquals(Optional.of(baseline.filter().program()), KnownPrograms.of(baseline));
    }
  }

  @Test
  void othersAreCompiled() {
    Baseline rare = Baseline.of(Arch.X86_64).tracing(true);
    assertTrue(KnownPrograms.of(rare).isEmpty());
    assertEquals(rare.filter().program(), rare.program());
    assertTrue(KnownPrograms.of(Baseline.of(Arch.I386)).isEmpty());
  }
}
