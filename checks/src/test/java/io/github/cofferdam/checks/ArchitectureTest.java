package io.github.cofferdam.checks;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.InputStream;
import java.io.ObjectInputStream;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleDescriptor.Requires.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The arrows of docs/architecture.md point down only. */
class ArchitectureTest {
  private static final String PACKAGE = "io.github.cofferdam.";
  private static final Set<String> JDK = Set.of("java.", "javax.", "jdk.");

  /** Packages of third parties in a module of ours, which has no classes of its own. */
  private static final String LIBRARIES = PACKAGE + "libraries.";

  /** From the ground up. What stands on a floor knows the floors below it, not its own. */
  private static final List<Set<String>> FLOORS =
      List.of(
          Set.of("bindings", "libraries"),
          Set.of("launcher", "documents"),
          Set.of("landlock", "seccomp", "namespaces", "rlimit", "cgroup"),
          Set.of("policy", "profiles"),
          Set.of("events"),
          Set.of("broker"),
          Set.of("confinement"),
          Set.of("sandbox"),
          Set.of("doctor", "bench"),
          Set.of("cli"));

  /** Who alone may know a module; others are known to every floor above. */
  private static final Map<String, Set<String>> KNOWN_TO =
      Map.of(
          "libraries",
          Set.of("documents", "policy", "events"),
          "documents",
          Set.of("policy", "profiles", "events", "confinement", "sandbox", "doctor", "cli"),
          "broker",
          Set.of("confinement", "sandbox", "doctor"),
          "confinement",
          Set.of("sandbox", "doctor"),
          "bench",
          Set.of());

  /** What some modules know of all that is below them. */
  private static final Map<String, Set<String>> KNOWS_ONLY =
      Map.of(
          "policy", Set.of("bindings", "libraries", "documents", "namespaces", "rlimit"),
          "events", Set.of("bindings", "libraries", "documents", "policy"),
          "profiles", Set.of("bindings", "documents", "launcher", "seccomp"));

  /** What each module may know. */
  private static final Map<String, Set<String>> ARROWS = arrows();

  private static Map<String, Set<String>> arrows() {
    var arrows = new TreeMap<String, Set<String>>();
    var below = new TreeSet<String>();
    for (Set<String> floor : FLOORS) {
      for (String module : floor) {
        var known = new TreeSet<>(below);
        known.removeIf(other -> !KNOWN_TO.getOrDefault(other, Set.of(module)).contains(module));
        known.retainAll(KNOWS_ONLY.getOrDefault(module, below));
        arrows.put(module, known);
      }
      below.addAll(floor);
    }
    return arrows;
  }

  /** Packages of third parties beyond JSpecify, by module. */
  private static final Map<String, Set<String>> THIRD_PARTY =
      Map.of(
          "documents", Set.of(LIBRARIES + "tomlj.", "tools.jackson."),
          "policy", Set.of(LIBRARIES + "re2j."),
          "profiles", Set.of("tools.jackson."),
          "events", Set.of(LIBRARIES + "re2j.", "tools.jackson."),
          "sandbox", Set.of("tools.jackson."),
          "cli", Set.of("picocli.", "tools.jackson."),
          "bench",
              Set.of(
                  "org.openjdk.jmh.",
                  "com.sun.jna.",
                  "jnr.posix.",
                  "picocli.",
                  "tools.jackson.",
                  // The JDK's own, in jdk.httpserver and jdk.management.
                  "com.sun.net.httpserver.",
                  "com.sun.management."));

  /** The same as modules. */
  private static final Map<String, Set<String>> THIRD_PARTY_MODULES =
      Map.of(
          "documents", Set.of("tools.jackson.core"),
          "profiles", Set.of("tools.jackson.core"),
          "events", Set.of("tools.jackson.core"),
          "sandbox", Set.of("tools.jackson.core"),
          "cli", Set.of("info.picocli", "tools.jackson.core"),
          "bench",
              Set.of(
                  "jmh.core",
                  "com.sun.jna",
                  "org.jnrproject.posix",
                  "info.picocli",
                  "tools.jackson.databind"));

  private static JavaClasses all = new ClassFileImporter().importPaths(List.<Path>of());

  @BeforeAll
  static void readClasses() {
    var ours = new TreeSet<>(ARROWS.keySet());
    ours.remove("libraries");
    all = new ClassFileImporter().importPaths(Repository.classes(List.copyOf(ours)));
    // What was not built cannot be right.
    ours.retainAll(Repository.published());
    for (String module : ours) {
      assertTrue(
          all.stream().anyMatch(type -> module(type).equals(module)),
          () -> "no classes of " + module);
    }
  }

  private static String module(JavaClass type) {
    String name = type.getPackageName();
    if (!name.startsWith(PACKAGE)) {
      return "";
    }
    String rest = name.substring(PACKAGE.length());
    int dot = rest.indexOf('.');
    return dot < 0 ? rest : rest.substring(0, dot);
  }

  private static boolean startsWithOne(String name, Set<String> prefixes) {
    return prefixes.stream().anyMatch(name::startsWith);
  }

  /** Whether a class of a module may know another class. */
  private static boolean mayKnow(String module, JavaClass other) {
    if (other.isArray()) {
      return mayKnow(module, other.getBaseComponentType());
    }
    String name = other.getName();
    String target = module(other);
    if (!target.isEmpty() && !name.startsWith(LIBRARIES)) {
      return target.equals(module) || ARROWS.getOrDefault(module, Set.of()).contains(target);
    }
    return other.isPrimitive()
        || startsWithOne(name, JDK)
        || name.startsWith("org.jspecify.")
        || startsWithOne(name, THIRD_PARTY.getOrDefault(module, Set.of()));
  }

  @Test
  void everyModuleKnowsOnlyWhatIsBelowIt() {
    for (String module : ARROWS.keySet()) {
      DescribedPredicate<JavaClass> ofModule =
          describe("of module " + module, type -> module(type).equals(module));
      classes()
          .that(ofModule)
          .should()
          .onlyDependOnClassesThat(
              describe("are below it, or its third parties", other -> mayKnow(module, other)))
          .allowEmptyShould(Set.of("bench", "libraries").contains(module))
          .check(all);
    }
  }

  /**
   * The compiler lets a caller pass it on, and the virtual machine then does not let it be used.
   */
  @Test
  void whatIsPublicShowsOnlyWhatIs() {
    var hidden = new TreeSet<String>();
    for (JavaClass type : all) {
      if (!isPublic(type)) {
        continue;
      }
      for (JavaCodeUnit member : type.getCodeUnits()) {
        var shown = new ArrayList<>(member.getRawParameterTypes());
        shown.add(member.getRawReturnType());
        for (JavaClass other : shown) {
          if (member.getModifiers().contains(JavaModifier.PUBLIC)
              && !module(element(other)).isEmpty()
              && !isPublic(element(other))) {
            hidden.add(member.getFullName() + " shows " + other.getName());
          }
        }
      }
    }
    assertEquals(Set.of(), hidden);
  }

  private static JavaClass element(JavaClass type) {
    return type.isArray() ? type.getBaseComponentType() : type;
  }

  private static boolean isPublic(JavaClass type) {
    return type.getModifiers().contains(JavaModifier.PUBLIC)
        && type.getEnclosingClass().map(ArchitectureTest::isPublic).orElse(true);
  }

  @Test
  void everyModuleStandsOnOneFloor() {
    var standing = new ArrayList<String>();
    FLOORS.forEach(standing::addAll);
    assertEquals(Set.copyOf(standing).size(), standing.size(), standing::toString);
    for (String published : Repository.published()) {
      assertTrue(ARROWS.containsKey(published), () -> published + " stands on no floor");
    }
    KNOWN_TO.forEach((module, others) -> {
      assertTrue(ARROWS.containsKey(module), module);
      assertTrue(ARROWS.keySet().containsAll(others), others::toString);
    });
  }

  private static boolean isRestrictedNativeCall(JavaAccess<?> access) {
    String owner = access.getTargetOwner().getName();
    String member = access.getName();
    return owner.equals(Linker.class.getName())
        || owner.equals(SymbolLookup.class.getName())
        || (owner.equals(MemorySegment.class.getName()) && member.equals("reinterpret"))
        || (owner.equals(AddressLayout.class.getName()) && member.equals("withTargetLayout"))
        || (owner.equals(ModuleLayer.Controller.class.getName())
            && member.equals("enableNativeAccess"))
        || ((owner.equals(System.class.getName()) || owner.equals(Runtime.class.getName()))
            && (member.equals("load") || member.equals("loadLibrary")));
  }

  @Test
  void onlyBindingsCallsNativeCode() {
    // Comparing with libseccomp and with other ways to call is what bench is for; it is not
    // published.
    noClasses()
        .that()
        .resideOutsideOfPackages(PACKAGE + "bindings..")
        .and()
        .doNotHaveFullyQualifiedName(PACKAGE + "bench.LibSeccomp")
        .and(
            describe(
                "not of the benchmark of calls",
                type -> !type.getName().startsWith(PACKAGE + "bench.SyscallBenchmark")))
        .should()
        .accessTargetWhere(
            describe("is a restricted native call", ArchitectureTest::isRestrictedNativeCall))
        .check(all);
  }

  @Test
  void nothingIsDeserialised() {
    noClasses().should().dependOnClassesThat().areAssignableTo(ObjectInputStream.class).check(all);
  }

  @Test
  void onlyACommandEndsTheVirtualMachine() {
    noClasses()
        .that()
        .doNotHaveFullyQualifiedName(PACKAGE + "cli.Main")
        .and()
        .doNotHaveFullyQualifiedName(PACKAGE + "bench.BenchMain")
        .should()
        .accessTargetWhere(
            describe(
                "ends the virtual machine",
                access ->
                    (access.getTargetOwner().isEquivalentTo(System.class)
                            || access.getTargetOwner().isEquivalentTo(Runtime.class))
                        && Set.of("exit", "halt").contains(access.getName())))
        .check(all);
  }

  @Test
  void commandsStartOnlyThroughTheLauncher() {
    // Comparing with ProcessBuilder is what bench is for. SharedThreads has the JDK start the
    // thread that waits for processes, by one that does nothing. UserNamespace runs newuidmap and
    // newgidmap, which are set-user-id programs of the system.
    noClasses()
        .that(describe("not of bench", type -> !module(type).equals("bench")))
        .and()
        .doNotHaveFullyQualifiedName(PACKAGE + "landlock.SharedThreads")
        .and()
        .doNotHaveFullyQualifiedName(PACKAGE + "namespaces.UserNamespace")
        .should()
        .accessTargetWhere(
            describe(
                "starts a process",
                access ->
                    (access.getTargetOwner().isEquivalentTo(ProcessBuilder.class)
                            && access.getName().startsWith("start"))
                        || (access.getTargetOwner().isEquivalentTo(Runtime.class)
                            && access.getName().equals("exec"))))
        .check(all);
  }

  @Test
  void generatedCodeIsUsedThroughItsPackageOnly() {
    noClasses()
        .that(resideInAnyPackage(PACKAGE + "bindings.uapi.."))
        .should()
        .dependOnClassesThat(
            describe(
                "are not generated",
                type ->
                    type.getPackageName().startsWith(PACKAGE)
                        && !type.getPackageName().equals(PACKAGE + "bindings.uapi")))
        .check(all);
  }

  @Test
  void moduleDescriptorsSayTheSame() throws Exception {
    var wrong = new ArrayList<String>();
    for (String module : ARROWS.keySet()) {
      Path file = Repository.ROOT.resolve(module).resolve("target/classes/module-info.class");
      if (!Files.exists(file)) {
        if (!Repository.INTERNAL.contains(module)) {
          wrong.add(module + " has no module-info");
        }
        continue;
      }
      try (InputStream in = Files.newInputStream(file)) {
        check(module, ModuleDescriptor.read(in), wrong);
      }
    }
    assertEquals(List.of(), wrong);
  }

  private static void check(String module, ModuleDescriptor descriptor, List<String> wrong) {
    if (!descriptor.name().equals(PACKAGE + module)) {
      wrong.add(module + " is called " + descriptor.name());
    }
    var allowed = new TreeSet<String>();
    ARROWS.getOrDefault(module, Set.of()).forEach(name -> allowed.add(PACKAGE + name));
    allowed.addAll(THIRD_PARTY_MODULES.getOrDefault(module, Set.of()));
    for (ModuleDescriptor.Requires requires : descriptor.requires()) {
      String name = requires.name();
      if (name.equals("org.jspecify")) {
        if (!requires.modifiers().contains(Modifier.STATIC)) {
          wrong.add(module + " needs org.jspecify at run time");
        }
      } else if (!name.startsWith("java.") && !name.startsWith("jdk.") && !allowed.contains(name)) {
        wrong.add(module + " requires " + name);
      }
    }
    for (ModuleDescriptor.Exports exports : descriptor.exports()) {
      if (!exports.source().startsWith(PACKAGE + module)) {
        wrong.add(module + " exports " + exports.source());
      }
    }
    // Jackson reads and writes the records of a benchmark's result.
    boolean opens =
        descriptor.opens().stream()
            .anyMatch(opened -> !opened.source().equals(PACKAGE + "bench.result"));
    if (opens || descriptor.isOpen()) {
      wrong.add(module + " is open");
    }
  }
}
