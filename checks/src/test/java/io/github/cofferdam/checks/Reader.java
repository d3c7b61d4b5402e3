package io.github.cofferdam.checks;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.cgroup.Cgroup;
import io.github.cofferdam.cgroup.CgroupLimits;
import io.github.cofferdam.cgroup.CgroupResource;
import io.github.cofferdam.cgroup.CgroupVerdict;
import io.github.cofferdam.doctor.Finding;
import io.github.cofferdam.doctor.HostReport;
import io.github.cofferdam.landlock.Abi;
import io.github.cofferdam.landlock.LandlockSupport;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Somebody who tries what a page shows: what they have, and what comes of it. */
final class Reader {
  /** Far beyond what anything here takes, also in a virtual machine without acceleration. */
  private static final long PATIENCE_MINUTES = 5;

  /** All modules, and what they need. */
  static final String CLASS_PATH = classPath();

  private static final Pattern TYPE = Pattern.compile("([a-z]\\w*\\.)+[A-Z]\\w*");

  private Reader() {}

  /**
   * How a program ended.
   *
   * @param status of its exit
   * @param out what it printed
   * @param all the same with its messages
   */
  record Ran(int status, String out, String all) {}

  /**
   * The jars of third parties lie in the home of whoever builds, where another user may not read
   * them; the command's tests have them copied.
   */
  private static String classPath() {
    var entries = new ArrayList<String>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      // An empty one, as surefire has it, would be wherever a program is started.
      if (!entry.isEmpty() && Files.isReadable(Path.of(entry))) {
        entries.add(entry);
      }
    }
    try (Stream<Path> copies = Files.list(Repository.ROOT.resolve("cli/target/test-lib"))) {
      copies.map(Path::toString).sorted().forEach(entries::add);
    } catch (IOException e) {
      // It is made by a build with Maven alone. Then it is the same user, or nothing can be run.
    }
    return String.join(File.pathSeparator, entries);
  }

  /**
   * Start of a command that runs Java with some modules alone and what is below them, no third
   * party among that; where they are not built one by one, with all.
   */
  static List<String> java(List<String> modules) {
    var wanted = new TreeSet<>(List.of("bindings", "launcher"));
    wanted.addAll(modules);
    List<Path> built = Repository.classes(List.copyOf(wanted));
    return modules.isEmpty() || built.size() < wanted.size()
        ? java()
        : java(String.join(File.pathSeparator, built.stream().map(Path::toString).toList()));
  }

  /** The same with all modules. */
  static List<String> java() {
    for (String type : List.of("tools.jackson.core.JsonParser", "picocli.CommandLine")) {
      String name = jar(type);
      assumeTrue(
          CLASS_PATH.contains(name), () -> "this user cannot read " + name + " of the build");
    }
    return java(CLASS_PATH);
  }

  private static List<String> java(String classPath) {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-Xlog:disable",
        "--enable-native-access=ALL-UNNAMED",
        "-cp",
        classPath);
  }

  private static String jar(String type) {
    try {
      return Repository.name(Repository.jar(type));
    } catch (ReflectiveOperationException | java.net.URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Skips a test where this host lacks what a page or a frame says that it needs. */
  static void assumeHas(String need) throws IOException {
    switch (need) {
      case "Landlock" -> {
        LandlockSupport support = LandlockSupport.probe();
        assumeTrue(support.abi().version() > 0, support::toString);
      }
      case "Landlock 6" ->
          // With it, a strict policy is enforced whatever else a host has.
          assumeTrue(Abi.current().compareTo(Abi.V6) >= 0, LandlockSupport.probe()::toString);
      case "namespaces" -> {
        Finding found = HostReport.probe().finding("namespaces", "all");
        assumeTrue(found instanceof Finding.Works(boolean works, String _) && works, "" + found);
      }
      case "a control group" -> {
        try (Cgroup group =
            Cgroup.create(CgroupLimits.builder().tasks(8).memory(64 << 20).build())) {
          for (CgroupResource limit : List.of(CgroupResource.TASKS, CgroupResource.MEMORY)) {
            CgroupVerdict verdict = group.verdict(limit);
            assumeTrue(verdict.enforced(), verdict::detail);
          }
        }
      }
      case "root" ->
          // Of the host: root of a container need not have all ids to give away.
          assumeTrue(
              Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0)
                  && Repository.text(Path.of("/proc/self/uid_map"))
                      .strip()
                      .matches("0 +0 +4294967295"),
              "this user is not root, or not that of the host");
      default -> {
        assumeTrue(canRead(need), () -> "this user cannot read the jar of " + need);
        assumeTrue(
            TYPE.matcher(need).matches() || Files.exists(Path.of(need)),
            () -> "there is no " + need);
      }
    }
  }

  /** Whether a need, if it is a type of a third party, is of a jar that this user can read. */
  static boolean canRead(String need) {
    return !TYPE.matcher(need).matches() || CLASS_PATH.contains(jar(need));
  }

  /** The policies that pages name. */
  static void copyExamples(Path directory) throws IOException {
    Path examples = Files.createDirectory(directory.resolve("examples"));
    try (Stream<Path> policies = Files.list(Repository.ROOT.resolve("examples"))) {
      for (Path policy : policies.toList()) {
        Files.copy(policy, examples.resolve(Repository.name(policy)));
      }
    }
  }

  /** Runs a command in a directory, with nothing to read. */
  static Ran run(Path directory, List<String> command) throws IOException, InterruptedException {
    Path out = Files.createTempFile(directory, "shown", ".out");
    Path err = Files.createTempFile(directory, "shown", ".err");
    var builder =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().put("HOME", directory.toString());
    builder.environment().put("LC_ALL", "C.UTF-8");
    Process process = builder.start();
    process.getOutputStream().close();
    if (!process.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES)) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }
    String printed = Repository.text(out);
    var ran = new Ran(process.exitValue(), printed, printed + Repository.text(err));
    Files.delete(out);
    Files.delete(err);
    return ran;
  }
}
