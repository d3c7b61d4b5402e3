import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/**
 * Lays the command out below a prefix, as it is installed and packed.
 *
 * <p>Run as a source file: {@code java Install.java CHECKOUT JAR --prefix DIR [--stage]}. With
 * {@code --stage} nothing is started that is installed: the files go into a package, and what
 * belongs to one machine is made when that is installed.
 */
final class Install {
  private static final String USAGE =
      """
      Usage: cofferdam install --prefix DIR
      Installs the command below a directory: bin/cofferdam, lib/cofferdam, and below share examples, manual pages
      and completions. Whoever installs anew replaces what is there.\
      """;

  /** The status of the command where it could not do what it was asked to. */
  private static final int FAILED = 125;

  /** The line of the start script that says which of the two it is. */
  private static final String IN_A_CHECKOUT = "\ninstalled=\n";

  private static final String PRESETS =
      "policy/src/main/resources/io/github/cofferdam/policy/presets";

  private static final String INSTALLED = "\ninstalled=1\n";

  private final Path checkout;
  private final Path prefix;

  private Install(Path checkout, Path prefix) {
    this.checkout = checkout;
    this.prefix = prefix;
  }

  public static void main(String[] args) throws Exception {
    List<String> words = List.of(args).subList(2, args.length);
    if (words.contains("--help") || words.contains("-h")) {
      System.out.println(USAGE);
      return;
    }
    boolean stage = words.size() == 3 && words.getLast().equals("--stage");
    if (!(words.size() == 2 || stage) || !words.getFirst().equals("--prefix")) {
      System.err.println(USAGE);
      System.exit(FAILED);
    }
    try {
      Path prefix = Files.createDirectories(Path.of(words.get(1))).toRealPath();
      var install = new Install(Path.of(args[0]), prefix);
      install.layOut(Path.of(args[1]));
      if (!stage) {
        // Its first start makes the cache.
        run(List.of(prefix.resolve("bin/cofferdam").toString(), "version"));
        System.out.println("cofferdam: installed; start it as " + prefix.resolve("bin/cofferdam"));
      }
    } catch (IOException e) {
      System.err.println("cofferdam: not installed: " + e);
      System.exit(FAILED);
    }
  }

  private void layOut(Path jar) throws IOException, InterruptedException {
    Path home = prefix.resolve("lib/cofferdam");
    Path written = copy(jar, home.resolve("cofferdam.jar"));
    UpgradeClassFiles.upgrade(written);
    finish(written, home.resolve("cofferdam.jar"));
    String script = Files.readString(checkout.resolve("cofferdam"));
    if (!script.contains(IN_A_CHECKOUT)) {
      throw new IOException("the start script has no line " + IN_A_CHECKOUT.strip());
    }
    put(script.replaceFirst(IN_A_CHECKOUT, INSTALLED), home.resolve("cofferdam"));
    Files.setPosixFilePermissions(
        home.resolve("cofferdam"), PosixFilePermissions.fromString("rwxr-xr-x"));
    // Beside the script, which uses one: what is in that folder is kept from commands, see
    // cofferdam.home.
    for (Path example : list(checkout.resolve("examples"), "*.toml")) {
      put(example, home.resolve("examples").resolve(example.getFileName()));
    }
    // Links, so that the script finds what is beside it wherever the prefix is.
    link("../lib/cofferdam/cofferdam", prefix.resolve("bin/cofferdam"));
    link("../../lib/cofferdam/examples", prefix.resolve("share/cofferdam/examples"));
    Path share = prefix.resolve("share");
    put(checkout.resolve("LICENSE"), share.resolve("doc/cofferdam/LICENSE"));
    put(
        checkout.resolve("cli/src/main/resources/META-INF/NOTICE"),
        share.resolve("doc/cofferdam/NOTICE"));
    // To be read: the jar has those that are used.
    for (Path preset : list(checkout.resolve(PRESETS), "*.toml")) {
      put(preset, share.resolve("doc/cofferdam/presets").resolve(preset.getFileName()));
    }
    run(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-jar",
            home.resolve("cofferdam.jar").toString(),
            "generate",
            "share",
            share.toString()));
  }

  private static void link(String to, Path link) throws IOException {
    Path made = Files.createDirectories(link.getParent()).resolve(".link.new");
    Files.deleteIfExists(made);
    Files.createSymbolicLink(made, Path.of(to));
    Files.move(made, link, StandardCopyOption.ATOMIC_MOVE);
  }

  private static List<Path> list(Path folder, String names) throws IOException {
    var found = new ArrayList<Path>();
    try (var files = Files.newDirectoryStream(folder, names)) {
      files.forEach(found::add);
    }
    return found;
  }

  private static void put(Path from, Path to) throws IOException {
    finish(copy(from, to), to);
  }

  /** Beside its place. */
  private static Path copy(Path from, Path to) throws IOException {
    Files.createDirectories(to.getParent());
    Path written = to.resolveSibling("." + to.getFileName() + ".new");
    return Files.copy(from, written, StandardCopyOption.REPLACE_EXISTING);
  }

  private static void put(String text, Path to) throws IOException {
    Files.createDirectories(to.getParent());
    finish(Files.writeString(to.resolveSibling("." + to.getFileName() + ".new"), text), to);
  }

  /** In one step: what is there may be running. */
  private static void finish(Path written, Path to) throws IOException {
    Files.setPosixFilePermissions(written, PosixFilePermissions.fromString("rw-r--r--"));
    Files.move(written, to, StandardCopyOption.ATOMIC_MOVE);
  }

  private static void run(List<String> command) throws IOException, InterruptedException {
    int status = new ProcessBuilder(command).inheritIO().start().waitFor();
    if (status != 0) {
      throw new IOException(command.getFirst() + " ended with " + status);
    }
  }
}
