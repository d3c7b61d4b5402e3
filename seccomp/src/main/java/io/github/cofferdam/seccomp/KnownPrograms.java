package io.github.cofferdam.seccomp;

import io.github.cofferdam.bindings.Arch;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;

/**
 * The programs of the baselines that most runs have, compiled beforehand: a virtual machine that
 * has just started takes as long to compile one as it takes to start. {@code baselines.txt} is
 * generated, and a test holds it against the compiler.
 *
 * <pre>
 *   baseline            program: struct sock_filter, Base64
 *   x86_64-none-37      IAAAAAQAAAAVAA...
 * </pre>
 */
final class KnownPrograms {
  private static final String FILE = "baselines.txt";

  private KnownPrograms() {}

  /** Which they are: those with the default settings, under each isolation, mode and network. */
  static List<Baseline> baselines() {
    var all = new ArrayList<Baseline>();
    for (Arch arch : List.of(Arch.X86_64, Arch.AARCH64)) {
      Baseline usual = Baseline.of(arch).signalScope(true).coreLimitChanges(false);
      for (Sockets sockets : EnumSet.complementOf(EnumSet.of(Sockets.TCP, Sockets.CONNECTING))) {
        for (boolean unix : new boolean[] {false, true}) {
          Baseline one = usual.sockets(sockets).unixSockets(unix);
          if (sockets != Sockets.ASKED) {
            all.add(one.ownNumbers(true).ipc(true));
          }
          if (sockets == Sockets.GIVEN) {
            continue;
          }
          for (boolean watches : new boolean[] {true, false}) {
            all.add(one.fileWatches(watches));
            all.add(one.fileWatches(watches).metadataChanges(false));
          }
        }
      }
    }
    return all;
  }

  /** {@return the program of a baseline, if it is one of these} */
  static Optional<BpfProgram> of(Baseline baseline) {
    String name = baseline.name() + " ";
    try (BufferedReader lines = open()) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith(name)) {
          byte[] program = Base64.getDecoder().decode(line.substring(name.length()));
          return Optional.of(BpfProgram.of(program));
        }
      }
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All of them, as the file has them. */
  static String compiled() {
    var text = new StringBuilder();
    for (Baseline baseline : baselines()) {
      byte[] program = baseline.filter().program().bytes();
      text.append(baseline.name()).append(' ');
      text.append(Base64.getEncoder().encodeToString(program)).append('\n');
    }
    return text.toString();
  }

  private static BufferedReader open() {
    InputStream file = KnownPrograms.class.getResourceAsStream(FILE);
    if (file == null) {
      throw new IllegalStateException("the library is incomplete: it has no " + FILE);
    }
    return new BufferedReader(new InputStreamReader(file, StandardCharsets.US_ASCII));
  }
}
