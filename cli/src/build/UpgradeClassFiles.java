import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Rewrites the oldest class files of a jar in place, with a newer version number and the stack maps
 * that it demands.
 *
 * <p>picocli is compiled for Java 5. An ahead-of-time cache cannot hold class files without stack
 * maps, so its classes would be read and verified anew at each start of the command. What the
 * classes do is not changed.
 *
 * <p>Run as a source file: {@code java UpgradeClassFiles.java cofferdam.jar}.
 */
final class UpgradeClassFiles {
  /** The first version whose verifier works with stack maps is 50; 61 is Java 17. */
  private static final int FIRST_WITH_STACK_MAPS = 50;

  private static final int TARGET = 61;

  private UpgradeClassFiles() {}

  public static void main(String[] args) throws IOException {
    System.out.println("upgraded " + upgrade(Path.of(args[0]).toAbsolutePath()) + " class files");
  }

  /** Returns how many there were. */
  static int upgrade(Path jar) throws IOException {
    try (var loader = new URLClassLoader(new URL[] {jar.toUri().toURL()});
        FileSystem files = FileSystems.newFileSystem(URI.create("jar:" + jar.toUri()), Map.of())) {
      ClassFile format =
          ClassFile.of(
              ClassFile.StackMapsOption.GENERATE_STACK_MAPS,
              ClassFile.ClassHierarchyResolverOption.of(
                  ClassHierarchyResolver.ofResourceParsing(loader)
                      .orElse(ClassHierarchyResolver.defaultResolver())));
      List<Path> classes;
      try (Stream<Path> all = Files.walk(files.getPath("/"))) {
        classes = all.filter(path -> path.toString().endsWith(".class")).toList();
      }
      int upgraded = 0;
      for (Path path : classes) {
        byte[] bytes = Files.readAllBytes(path);
        int version = (bytes[6] & 0xff) << 8 | bytes[7] & 0xff;
        if (version < FIRST_WITH_STACK_MAPS) {
          FileTime time = Files.getLastModifiedTime(path);
          Files.write(path, upgrade(format, bytes));
          // The same jar whenever it is made.
          Files.setLastModifiedTime(path, time);
          upgraded++;
        }
      }
      return upgraded;
    }
  }

  private static byte[] upgrade(ClassFile format, byte[] bytes) {
    ClassTransform newVersion =
        (builder, element) -> {
          if (element instanceof ClassFileVersion) {
            builder.withVersion(TARGET, 0);
          } else {
            builder.with(element);
          }
        };
    return format.transformClass(
        format.parse(bytes),
        ClassTransform.transformingMethodBodies(CodeTransform.ACCEPT_ALL).andThen(newVersion));
  }
}
