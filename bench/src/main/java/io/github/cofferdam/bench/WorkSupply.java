package io.github.cofferdam.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Makes the files that the pieces of work are about, each in a folder of its own. */
final class WorkSupply {
  /** Files in one directory of those that are generated. */
  private static final int PER_DIRECTORY = 100;

  private static final long PATIENCE_SECONDS = 300;

  static final Program GIT = new Program("git", "git", "Debian: apt install git");
  static final Program TAR = new Program("GNU tar", "tar", "Debian: apt install tar");
  static final Program MAVEN = new Program("Apache Maven", "mvn", "Debian: apt install maven");
  static final Program SQLITE = new Program("SQLite", "sqlite3", "Debian: apt install sqlite3");
  private static final Program SHELL = new Program("sh", "sh", "Debian: apt install dash");
  private static final Program PYTHON =
      new Program("Python", "python3", "Debian: apt install python3");

  private final Path folder;
  private final WorkSize size;
  private final SearchPath path;

  WorkSupply(Path folder, WorkSize size, SearchPath path) {
    this.folder = folder;
    this.size = size;
    this.path = path;
  }

  /** A piece of work that cannot be done here; the message says why. */
  static final class MissingException extends Exception {
    private static final long serialVersionUID = 1;

    private final String reason;

    MissingException(String reason) {
      super(reason);
      this.reason = reason;
    }

    /** {@return why it cannot be done} */
    String reason() {
      return reason;
    }
  }

  /** {@return the same environment for every piece of work and every way to start it} */
  Map<String, String> environment() {
    return Map.of(
        "PATH",
        path.toString(),
        "HOME",
        folder.toString(),
        "TMPDIR",
        folder.toString(),
        "LANG",
        "C",
        "GIT_CONFIG_NOSYSTEM",
        "1",
        "GIT_CONFIG_GLOBAL",
        "/dev/null");
  }

  Work gitStatus() throws IOException, InterruptedException, MissingException {
    String git = program(GIT);
    Path checkout = Files.createDirectory(folder.resolve("checkout"));
    writeFiles(checkout, size.checkedOut());
    run(checkout, git, "init", "--quiet", "--template=");
    run(checkout, git, "-c", "core.compression=0", "add", "--all");
    run(
        checkout,
        git,
        "-c",
        "user.name=bench",
        "-c",
        "user.email=bench@example.com",
        "-c",
        "gc.auto=0",
        "commit",
        "--quiet",
        "--message=all");
    return new Work(
        "git status, %,d files".formatted(size.checkedOut()),
        List.of(git, "--no-optional-locks", "status", "--porcelain"),
        checkout);
  }

  Work tar() throws IOException, MissingException {
    String tar = program(TAR);
    Path files = Files.createDirectory(folder.resolve("files"));
    writeFiles(files, size.archived());
    // GNU tar reads nothing if it sees that it writes to /dev/null.
    return new Work(
        "tar, %,d files".formatted(size.archived()),
        List.of(program(SHELL), "-c", "\"$1\" -cf - . | cat >/dev/null", "sh", tar),
        files);
  }

  Work javac() throws IOException, MissingException {
    Path javac = Path.of(System.getProperty("java.home"), "bin", "javac");
    if (!Files.isExecutable(javac)) {
      throw new MissingException("this Java has no javac");
    }
    Path project = Files.createDirectory(folder.resolve("compile"));
    List<Path> sources = writeSources(project.resolve("src"));
    Path list = project.resolve("sources");
    Files.write(list, sources.stream().map(Path::toString).toList());
    return new Work(
        "javac, %,d classes".formatted(sources.size()),
        List.of(
            javac.toString(),
            "-J-XX:-UsePerfData",
            "-J-XX:+UseSerialGC",
            "-J-XX:TieredStopAtLevel=1",
            "-proc:none",
            "-d",
            project.resolve("out").toString(),
            "@" + list),
        project);
  }

  Work maven() throws IOException, InterruptedException, MissingException {
    if (!size.maven()) {
      throw new MissingException("takes too long for a quick run");
    }
    String maven = program(MAVEN);
    Path project = Files.createDirectory(folder.resolve("maven"));
    List<Path> sources = writeSources(project.resolve("src/main/java"));
    Files.writeString(
        project.resolve("pom.xml"),
        """
        <project xmlns="http://maven.apache.org/POM/4.0.0">
          <modelVersion>4.0.0</modelVersion>
          <groupId>example</groupId>
          <artifactId>example</artifactId>
          <version>1</version>
          <properties>
            <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
            <maven.compiler.release>17</maven.compiler.release>
          </properties>
          <build>
            <plugins>
              <!-- Those of this project: its build has fetched them. -->
              <plugin><artifactId>maven-clean-plugin</artifactId><version>3.5.0</version></plugin>
              <plugin>
                <artifactId>maven-resources-plugin</artifactId><version>3.3.1</version>
              </plugin>
              <plugin>
                <artifactId>maven-compiler-plugin</artifactId><version>3.14.1</version>
              </plugin>
            </plugins>
          </build>
        </project>
        """);
    Path repository = Path.of(System.getProperty("user.home"), ".m2", "repository");
    var argv =
        List.of(
            maven,
            "--offline",
            "--quiet",
            "--batch-mode",
            "-Dstyle.color=never",
            "-Dmaven.repo.local=" + repository,
            "clean",
            "compile");
    try {
      run(project, argv.toArray(String[]::new));
    } catch (MissingException e) {
      throw new MissingException(
          "Maven cannot compile offline with the repository " + repository + ": " + e.reason());
    }
    return new Work("mvn compile, %,d classes".formatted(sources.size()), argv, project);
  }

  Work sqlite() throws IOException, MissingException {
    Path database = Files.createDirectory(folder.resolve("sqlite"));
    Path script = database.resolve("inserts.sql");
    try (Writer sql = Files.newBufferedWriter(script)) {
      // To wait for the disk would hide everything else.
      sql.write("PRAGMA synchronous = OFF;\nDROP TABLE IF EXISTS t;\n");
      sql.write("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, value REAL);\n");
      for (int i = 0; i < size.inserts(); i++) {
        sql.write("INSERT INTO t (name, value) VALUES ('row " + i + "', " + i * 0.5 + ");\n");
      }
    }
    String name = "sqlite, %,d transactions".formatted(size.inserts());
    Optional<Path> sqlite = path.find(SQLITE.file());
    if (sqlite.isPresent()) {
      return new Work(
          name, List.of(sqlite.get().toString(), "-batch", "t.db", ".read inserts.sql"), database);
    }
    Optional<Path> python = path.find(PYTHON.file());
    if (python.isEmpty()) {
      throw new MissingException(SQLITE.missing());
    }
    String program =
        "import sqlite3; c = sqlite3.connect('t.db', isolation_level=None);"
            + " [c.execute(line) for line in open('inserts.sql')]";
    return new Work(
        name + ", by Python", List.of(python.get().toString(), "-c", program), database);
  }

  Work http() throws IOException {
    Path classes = Files.createDirectory(folder.resolve("http"));
    String file = HttpLoad.class.getName().replace('.', '/') + ".class";
    Path copy = classes.resolve(file);
    Files.createDirectories(copy.resolveSibling("."));
    try (InputStream in = HttpLoad.class.getResourceAsStream("HttpLoad.class")) {
      if (in == null) {
        throw new IllegalStateException("HttpLoad.class is missing from the jar");
      }
      Files.copy(in, copy);
    }
    return new Work(
        "HTTP over the loopback, %,d requests".formatted(size.requests()),
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:-UsePerfData",
            "-XX:+UseSerialGC",
            "-Xmx256m",
            "-Djava.io.tmpdir=" + folder,
            "-cp",
            classes.toString(),
            HttpLoad.class.getName(),
            Integer.toString(size.requests())),
        classes);
  }

  private String program(Program program) throws MissingException {
    return path.find(program.file())
        .map(Path::toString)
        .orElseThrow(() -> new MissingException(program.missing()));
  }

  private static void writeFiles(Path folder, int count) throws IOException {
    for (int i = 0; i < count; i++) {
      Path directory = folder.resolve("directory" + i / PER_DIRECTORY);
      if (i % PER_DIRECTORY == 0) {
        Files.createDirectory(directory);
      }
      // Few different contents, so that the checkout does not become many objects.
      Files.writeString(
          directory.resolve("file" + i % PER_DIRECTORY), ("line " + i % 97 + "\n").repeat(30));
    }
  }

  /** Classes that use each other. */
  private List<Path> writeSources(Path folder) throws IOException {
    Path directory = Files.createDirectories(folder.resolve("example"));
    var sources = new ArrayList<Path>();
    for (int i = 0; i < size.classes(); i++) {
      var text = new StringBuilder("package example;\n\nimport java.util.*;\n\n");
      text.append("public class C").append(i).append(" {\n");
      for (int method = 0; method < 10; method++) {
        text.append(
            """
              public Map<String, List<Integer>> m%1$d(int n) {
                var map = new TreeMap<String, List<Integer>>();
                for (int i = 0; i < n; i++) {
                  map.computeIfAbsent("k" + i %% 7, k -> new ArrayList<>()).add(i * %1$d);
                }
                %2$s
                return map;
              }
            """
                .formatted(method, i == 0 ? "" : "map.putAll(new C" + (i - 1) + "().m0(n - 1));"));
      }
      Path source = directory.resolve("C" + i + ".java");
      Files.writeString(source, text.append("}\n"));
      sources.add(source);
    }
    return sources;
  }

  private void run(Path directory, String... argv)
      throws IOException, InterruptedException, MissingException {
    Path output = folder.resolve("output");
    var builder =
        new ProcessBuilder(argv)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().clear();
    builder.environment().putAll(environment());
    Process process = builder.start();
    try {
      process.getOutputStream().close();
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw new MissingException(argv[0] + " takes more than " + PATIENCE_SECONDS + " s");
      }
      if (process.exitValue() != 0) {
        throw new MissingException(Errors.lastLine(Files.readString(output)));
      }
    } finally {
      process.destroyForcibly().waitFor();
      Files.deleteIfExists(output);
    }
  }
}
