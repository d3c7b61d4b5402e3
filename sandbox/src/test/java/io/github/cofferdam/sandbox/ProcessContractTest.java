package io.github.cofferdam.sandbox;

import static io.github.cofferdam.sandbox.Sandboxed.awaitProcesses;
import static io.github.cofferdam.sandbox.Sandboxed.marker;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What {@link Process} and {@link ProcessBuilder} promise, asked of the JDK's own and of ours in
 * the same words.
 */
@Tag("kernel")
class ProcessContractTest {
  private static final String READY = "echo ready; ";

  @TempDir private Path temporary;
  private final List<Process> started = new ArrayList<>();

  @AfterEach
  void endAll() throws Exception {
    for (Process process : started) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }
  }

  private Process start(Maker.Builder builder) throws IOException {
    Process process = builder.start();
    started.add(process);
    return process;
  }

  private Process shell(Maker maker, String script, String... arguments) throws Exception {
    maker.assumeAvailable();
    return start(maker.shell(script, arguments));
  }

  /** Starts a script and waits until it says that it runs. */
  private Process ready(Maker maker, String script, String... arguments) throws Exception {
    Process process = shell(maker, READY + script, arguments);
    assertEquals("ready", process.inputReader().readLine());
    return process;
  }

  private File file(String name) {
    return temporary.resolve(name).toFile();
  }

  private static String read(java.io.InputStream stream) throws IOException {
    return new String(stream.readAllBytes(), UTF_8);
  }

  // ---------------------------------------------------------------- streams

  @ParameterizedTest
  @EnumSource
  void bytesGoThroughAllThreeStreams(Maker maker) throws Exception {
    Process process = shell(maker, "cat; echo err >&2");
    byte[] bytes = new byte[100_000];
    new Random(1).nextBytes(bytes);
    Thread writer =
        Thread.ofPlatform()
            .start(() -> {
              try (OutputStream in = process.getOutputStream()) {
                for (byte one : bytes) {
                  in.write(one);
                }
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });

    assertEquals(Arrays.hashCode(bytes), Arrays.hashCode(process.getInputStream().readAllBytes()));
    assertEquals("err\n", read(process.getErrorStream()));
    writer.join();
    assertEquals(0, process.waitFor());
  }

  @ParameterizedTest
  @EnumSource
  void readersAndWritersAreMadeOnce(Maker maker) throws Exception {
    Process process = shell(maker, "read line; echo \"got $line\"; echo err >&2");
    BufferedWriter writer = process.outputWriter(UTF_8);
    BufferedReader reader = process.inputReader(UTF_8);

    assertSame(writer, process.outputWriter(UTF_8));
    assertSame(reader, process.inputReader(UTF_8));
    assertThrows(IllegalStateException.class, () -> process.inputReader(UTF_16));
    assertThrows(IllegalStateException.class, () -> process.outputWriter(UTF_16));
    assertThrows(NullPointerException.class, () -> process.errorReader(null));
    writer.write("\u00e4\n");
    writer.flush();
    assertEquals("got \u00e4", reader.readLine());
    assertNull(reader.readLine());
    assertEquals("err", process.errorReader().readLine());
  }

  @ParameterizedTest
  @EnumSource
  void inputCanBeMarkedAndSkipped(Maker maker) throws Exception {
    Process process = shell(maker, "printf 0123456789");
    assertEquals(0, process.waitFor());
    var in = process.getInputStream();

    assertTrue(in.markSupported());
    in.mark(10);
    assertEquals('0', in.read());
    in.reset();
    assertEquals(4, in.skip(4));
    assertEquals(6, in.available());
    assertEquals("456789", read(in));
    assertEquals(0, in.available());
    assertEquals(-1, in.read());
  }

  @ParameterizedTest
  @EnumSource
  void outputCanBeReadAfterTheEnd(Maker maker) throws Exception {
    Process process = shell(maker, "head -c 60000 /dev/zero; echo end >&2");
    assertEquals(0, process.waitFor());

    assertEquals(60000, process.getInputStream().available());
    assertEquals(60000, process.getInputStream().readAllBytes().length);
    assertEquals("end\n", read(process.getErrorStream()));
  }

  @ParameterizedTest
  @EnumSource
  void closedStreamsRefuse(Maker maker) throws Exception {
    Process process = shell(maker, "cat >/dev/null");
    process.getInputStream().close();
    process.getErrorStream().close();
    process.getOutputStream().close();
    process.getOutputStream().close();

    assertThrows(IOException.class, () -> process.getInputStream().read());
    assertThrows(IOException.class, () -> process.getErrorStream().available());
    assertThrows(
        IOException.class,
        () -> {
          process.getOutputStream().write(1);
          process.getOutputStream().flush();
        });
    assertEquals(0, process.waitFor());
    assertThrows(IOException.class, () -> process.getInputStream().read());
  }

  @ParameterizedTest
  @EnumSource
  void writingToAnEndedProcessFails(Maker maker) throws Exception {
    Process process = shell(maker, "exit 0");
    process.waitFor();

    assertThrows(
        IOException.class,
        () -> {
          process.getOutputStream().write(1);
          process.getOutputStream().flush();
        });
  }

  @ParameterizedTest
  @EnumSource
  void closingAStreamDoesNotWaitForItsReader(Maker maker) throws Exception {
    String marker = marker();
    Process process = shell(maker, "exec sleep $1", marker);
    var reading = new CountDownLatch(1);
    Thread reader =
        Thread.ofPlatform()
            .start(() -> {
              try {
                reading.countDown();
                process.getErrorStream().read();
              } catch (IOException e) {
                // Either answer is one.
              }
            });
    reading.await();
    while (reader.getState() == Thread.State.NEW) {
      Thread.onSpinWait();
    }

    process.getErrorStream().close();

    assertTrue(process.isAlive());
    process.destroyForcibly().waitFor();
    reader.join();
  }

  @ParameterizedTest
  @EnumSource
  void streamsThatAreNoPipesAreEmpty(Maker maker) throws Exception {
    maker.assumeAvailable();
    Process process =
        start(
            maker
                .shell("cat; echo out; echo err >&2")
                .redirectInput(new File("/dev/null"))
                .redirectOutput(Redirect.DISCARD)
                .redirectError(Redirect.DISCARD));

    assertEquals(-1, process.getInputStream().read());
    assertEquals(0, process.getInputStream().available());
    process.getInputStream().close();
    assertEquals(-1, process.getInputStream().read());
    assertEquals(-1, process.getErrorStream().read());
    assertThrows(IOException.class, () -> process.getOutputStream().write(1));
    process.getOutputStream().close();
    assertEquals(0, process.waitFor());
  }

  // ---------------------------------------------------------------- the end

  @ParameterizedTest
  @EnumSource
  void theExitValueArrives(Maker maker) throws Exception {
    Process process = shell(maker, "exit 77");

    assertEquals(77, process.waitFor());
    assertEquals(77, process.exitValue());
    assertFalse(process.isAlive());
    assertTrue(process.waitFor(0, TimeUnit.SECONDS));
    assertTrue(process.waitFor(-1, TimeUnit.SECONDS));
    assertTrue(process.waitFor(Duration.ofSeconds(1)));
  }

  @ParameterizedTest
  @EnumSource
  void aSignalIs128AndItsNumber(Maker maker) throws Exception {
    assertEquals(128 + 15, shell(maker, "kill -15 $$; sleep 1000").waitFor());
    assertEquals(128 + 9, shell(maker, "kill -9 $$; sleep 1000").waitFor());
  }

  @ParameterizedTest
  @EnumSource
  void aProcessThatRunsHasNoExitValue(Maker maker) throws Exception {
    Process process = ready(maker, "exec sleep $1", marker());

    assertTrue(process.isAlive());
    assertThrows(IllegalThreadStateException.class, process::exitValue);
    assertFalse(process.waitFor(0, TimeUnit.SECONDS));
    assertFalse(process.waitFor(20, TimeUnit.MILLISECONDS));
    assertFalse(process.waitFor(Duration.ofMillis(20)));
    assertFalse(process.onExit().isDone());
  }

  @ParameterizedTest
  @EnumSource
  void waitingCanBeInterrupted(Maker maker) throws Exception {
    Process process = ready(maker, "exec sleep $1", marker());

    Thread.currentThread().interrupt();
    assertThrows(InterruptedException.class, process::waitFor);
    assertFalse(Thread.currentThread().isInterrupted());
    Thread.currentThread().interrupt();
    assertThrows(InterruptedException.class, () -> process.waitFor(1, TimeUnit.HOURS));
    assertTrue(process.isAlive());
    process.destroyForcibly().waitFor();
    Thread.currentThread().interrupt();
    // There is nothing to wait for.
    assertEquals(137, process.waitFor());
    assertTrue(Thread.interrupted());
  }

  @ParameterizedTest
  @EnumSource
  void onExitTellsTheEnd(Maker maker) throws Exception {
    Process process = ready(maker, "read line; exit 4");
    CompletableFuture<Process> first = process.onExit();
    CompletableFuture<Process> second = process.onExit();
    CompletableFuture<Integer> value = process.onExit().thenApply(Process::exitValue);

    assertTrue(first.cancel(true));
    assertTrue(process.isAlive());
    process.getOutputStream().close();
    assertSame(process, second.get());
    assertEquals(4, value.get());
    assertSame(process, process.onExit().get());
    assertFalse(process.isAlive());
  }

  // ---------------------------------------------------------------- ending it

  @ParameterizedTest
  @EnumSource
  void destroyIsASignalThatTheProcessCanHandle(Maker maker) throws Exception {
    Process process = ready(maker, "trap 'exit 7' TERM; echo set; while :; do sleep 0.05; done");
    assertEquals("set", process.inputReader().readLine());

    assertTrue(process.supportsNormalTermination());
    process.destroy();
    assertEquals(7, process.waitFor());
    process.destroy();
    assertSame(process, process.destroyForcibly());
    assertEquals(7, process.exitValue());
  }

  @ParameterizedTest
  @EnumSource
  void destroyEndsAProcessThatDoesNotHandleIt(Maker maker) throws Exception {
    Process process = ready(maker, "exec sleep $1", marker());
    process.destroy();
    assertEquals(128 + 15, process.waitFor());
  }

  @ParameterizedTest
  @EnumSource
  void destroyForciblyCannotBeHandled(Maker maker) throws Exception {
    Process process = ready(maker, "trap '' TERM INT HUP; echo set; while :; do sleep 0.05; done");
    assertEquals("set", process.inputReader().readLine());
    process.destroy();
    assertFalse(process.waitFor(100, TimeUnit.MILLISECONDS));
    assertSame(process, process.destroyForcibly());
    assertEquals(137, process.waitFor());
  }

  // ---------------------------------------------------------------- handle and information

  @ParameterizedTest
  @EnumSource
  void theHandleStandsForTheProcess(Maker maker) throws Exception {
    Process process = ready(maker, "exec sleep $1", marker());
    ProcessHandle handle = process.toHandle();

    assertEquals(process.pid(), handle.pid());
    assertEquals(process.toHandle(), handle);
    assertEquals(process.toHandle().hashCode(), handle.hashCode());
    assertEquals(0, process.toHandle().compareTo(handle));
    assertEquals(Long.toString(process.pid()), handle.toString());
    assertNotEquals(ready(maker, "exec sleep $1", marker()).toHandle(), handle);
    ProcessHandle known = ProcessHandle.of(process.pid()).orElseThrow();
    assertEquals(known, handle);
    assertEquals(handle, known);
    assertEquals(0, known.compareTo(handle));
    // In between is the supervisor.
    Optional<ProcessHandle> parent =
        maker == Maker.PLAIN ? handle.parent() : handle.parent().flatMap(ProcessHandle::parent);
    assertEquals(ProcessHandle.current(), parent.orElseThrow());
    assertTrue(handle.isAlive());
    assertTrue(handle.supportsNormalTermination());
    CompletableFuture<ProcessHandle> exit = handle.onExit();
    assertFalse(exit.isDone());

    assertTrue(handle.destroy());

    assertEquals(handle, exit.get());
    assertEquals(143, process.waitFor());
    assertFalse(handle.isAlive());
    assertFalse(handle.destroy());
    assertFalse(handle.destroyForcibly());
    assertEquals(0, handle.children().count());
    assertEquals(0, handle.descendants().count());
    assertTrue(handle.parent().isEmpty());
    assertEquals(process.pid(), process.toHandle().pid());
    assertEquals(handle, process.toHandle());
  }

  @ParameterizedTest
  @EnumSource
  void theHandleEndsTheProcessForcibly(Maker maker) throws Exception {
    Process process = ready(maker, "trap '' TERM; exec sleep $1", marker());
    assertTrue(process.toHandle().destroyForcibly());
    assertEquals(137, process.waitFor());
  }

  @ParameterizedTest
  @EnumSource
  void informationIsAboutTheCommand(Maker maker) throws Exception {
    String marker = marker();
    Instant before = Instant.now().minusSeconds(5);
    Process process = ready(maker, "exec /bin/sleep $1", marker);
    // exec follows the output.
    awaitArguments(process, marker);
    ProcessHandle.Info info = process.info();

    assertTrue(info.command().orElseThrow().endsWith("sleep"), info::toString);
    assertEquals(List.of(marker), List.of(info.arguments().orElseThrow()));
    assertTrue(info.commandLine().orElseThrow().endsWith("sleep " + marker), info::toString);
    assertTrue(info.startInstant().orElseThrow().isAfter(before), info::toString);
    assertTrue(info.totalCpuDuration().isPresent());
    assertTrue(info.user().isPresent());
    assertEquals(info.command(), process.toHandle().info().command());
    assertTrue(
        process.toString().contains("[pid=" + process.pid() + ", exitValue=\"not exited\"]"));

    process.destroyForcibly().waitFor();

    assertTrue(process.info().command().isEmpty());
    assertTrue(process.info().commandLine().isEmpty());
    assertTrue(process.info().arguments().isEmpty());
    assertTrue(process.info().startInstant().isEmpty());
    assertTrue(process.info().totalCpuDuration().isEmpty());
    assertTrue(process.info().user().isEmpty());
    assertEquals("[]", process.info().toString());
    assertTrue(process.toString().endsWith("[pid=" + process.pid() + ", exitValue=137]"));
  }

  private static void awaitArguments(Process process, String argument) throws Exception {
    for (int attempt = 0; attempt < 1000; attempt++) {
      String[] arguments = process.info().arguments().orElse(new String[0]);
      if (List.of(arguments).equals(List.of(argument))) {
        return;
      }
      Thread.sleep(20);
    }
    throw new AssertionError(process.info().toString());
  }

  @ParameterizedTest
  @EnumSource
  void childrenAndDescendantsAreThoseOfTheCommand(Maker maker) throws Exception {
    String marker = marker();
    Process process = ready(maker, "sleep $1 & sh -c 'sleep $1 & wait' sh $1 & wait", marker);
    // Below the shell, each of these has been executed: a sleep, a shell, and its sleep.
    awaitProcesses("sleep\0" + marker, 2);

    assertEquals(2, process.children().count());
    assertEquals(2, process.toHandle().children().count());
    assertEquals(3, process.descendants().count());
    List<ProcessHandle> descendants = process.toHandle().descendants().toList();
    assertEquals(3, descendants.size());
    assertTrue(descendants.stream().noneMatch(one -> one.pid() == process.pid()));
    assertEquals(
        2,
        descendants.stream()
            .filter(one -> one.info().command().orElse("").endsWith("sleep"))
            .count());
    // As code that means to end a tree does it.
    descendants.forEach(ProcessHandle::destroyForcibly);
    assertEquals(0, process.waitFor());
  }

  // ---------------------------------------------------------------- the builder

  @ParameterizedTest
  @EnumSource
  void theBuilderHasItsDefaults(Maker maker) throws Exception {
    Maker.Builder builder = maker.builder("a", "b");

    assertEquals(List.of("a", "b"), builder.command());
    assertNull(builder.directory());
    assertEquals(Redirect.PIPE, builder.redirectInput());
    assertEquals(Redirect.PIPE, builder.redirectOutput());
    assertEquals(Redirect.PIPE, builder.redirectError());
    assertFalse(builder.redirectErrorStream());
    assertEquals(System.getenv(), builder.environment());
    assertSame(builder.environment(), builder.environment());
  }

  @ParameterizedTest
  @EnumSource
  void theCommandIsAViewOnTheBuilder(Maker maker) throws Exception {
    maker.assumeAvailable();
    Maker.Builder builder = maker.builder("echo");
    builder.command().add("one");
    assertEquals("one\n", read(start(builder).getInputStream()));
    var list = new ArrayList<>(List.of("echo"));
    builder.command(list);
    assertSame(list, builder.command());
    list.add("two");
    assertEquals("two\n", read(start(builder).getInputStream()));
    builder.command("echo", "three");
    assertEquals("three\n", read(start(builder).getInputStream()));
  }

  @ParameterizedTest
  @EnumSource
  @SuppressWarnings("NullAway") // that is what is refused
  void theEnvironmentCanBeChanged(Maker maker) throws Exception {
    maker.assumeAvailable();
    Maker.Builder builder =
        maker.shell("echo \"$ADDED:${HOME-unset}:$CHANGED\"; [ -n \"$PATH\" ] && echo path");
    Map<String, String> environment = builder.environment();
    // The JDK's own can pass on only what the locale has.
    boolean encodable =
        Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"))
            .newEncoder()
            .canEncode('\u00e4');
    String added = encodable ? "a = \u00e4" : "a = b";
    environment.put("ADDED", added);
    environment.put("CHANGED", "1");
    environment.put("CHANGED", "2");
    environment.remove("HOME");

    assertEquals(added + ":unset:2\npath\n", read(start(builder).getInputStream()));
    assertThrows(IllegalArgumentException.class, () -> environment.put("A=B", ""));
    assertThrows(IllegalArgumentException.class, () -> environment.put("A", "\0"));
    assertThrows(NullPointerException.class, () -> environment.put("A", null));
    // This process's own is another one.
    assertFalse(System.getenv().containsKey("ADDED"));
    assertNotEquals(environment, maker.builder("true").environment());
  }

  @ParameterizedTest
  @EnumSource
  @SuppressWarnings("NullAway") // null is the default
  void theDirectoryIsTheCommands(Maker maker) throws Exception {
    maker.assumeAvailable();
    File directory = temporary.toRealPath().toFile();
    Maker.Builder builder = maker.builder("pwd").directory(directory);
    assertEquals(directory, builder.directory());
    assertEquals(directory + "\n", read(start(builder).getInputStream()));
    builder.directory(null);
    assertEquals(Path.of("").toRealPath() + "\n", read(start(builder).getInputStream()));
  }

  @ParameterizedTest
  @EnumSource
  void filesTakeThePlaceOfPipes(Maker maker) throws Exception {
    maker.assumeAvailable();
    File in = file("in");
    File out = file("out");
    File err = file("err");
    Files.writeString(in.toPath(), "input\n");
    Files.writeString(out.toPath(), "this was longer than what comes now\n");
    Files.writeString(err.toPath(), "kept\n");
    Maker.Builder builder =
        maker
            .shell("cat; echo err >&2")
            .redirectInput(in)
            .redirectOutput(out)
            .redirectError(Redirect.appendTo(err));

    assertEquals(Redirect.from(in), builder.redirectInput());
    assertEquals(Redirect.to(out), builder.redirectOutput());
    assertEquals(Redirect.appendTo(err), builder.redirectError());
    assertEquals(0, start(builder).waitFor());
    assertEquals(0, start(builder).waitFor());
    assertEquals("input\n", Files.readString(out.toPath()));
    assertEquals("kept\nerr\nerr\n", Files.readString(err.toPath()));
    assertEquals("input\n", Files.readString(in.toPath()));
    // New files get the mode of every new file.
    File made = file("made");
    assertEquals(0, start(builder.redirectOutput(made)).waitFor());
    Path other = Files.writeString(temporary.resolve("other"), "");
    assertEquals(
        Files.getPosixFilePermissions(other), Files.getPosixFilePermissions(made.toPath()));
  }

  @ParameterizedTest
  @EnumSource
  void errorsCanFollowTheOutput(Maker maker) throws Exception {
    maker.assumeAvailable();
    Maker.Builder builder =
        maker
            .shell("echo 1; echo 2 >&2; echo 3")
            .redirectErrorStream(true)
            .redirectError(file("ignored"));
    assertTrue(builder.redirectErrorStream());
    Process process = start(builder);
    assertEquals("1\n2\n3\n", read(process.getInputStream()));
    assertEquals(-1, process.getErrorStream().read());

    assertEquals(0, start(builder.redirectOutput(file("both"))).waitFor());
    assertEquals("1\n2\n3\n", Files.readString(file("both").toPath()));
  }

  @ParameterizedTest
  @EnumSource
  void streamsCanBeThisProcesssOwn(Maker maker) throws Exception {
    maker.assumeAvailable();
    Maker.Builder builder =
        maker.shell("for fd in 0 1 2; do readlink /proc/self/fd/$fd; done >&3 3>&1").inheritIO();
    assertEquals(Redirect.INHERIT, builder.redirectInput());
    assertEquals(Redirect.INHERIT, builder.redirectOutput());
    assertEquals(Redirect.INHERIT, builder.redirectError());
    builder.redirectOutput(Redirect.PIPE);
    // By device and inode: root's commands have the null device through a mount of its own.
    builder.command("/bin/sh", "-c", "stat -Lc %d:%i /proc/self/fd/0 /proc/self/fd/2");
    Process process = start(builder);
    List<String> own =
        Stream.of("/proc/self/fd/0", "/proc/self/fd/2").map(ProcessContractTest::identity).toList();
    assertEquals(own, read(process.getInputStream()).lines().toList());
    assertEquals(-1, process.getErrorStream().read());
  }

  private static String identity(String path) {
    try {
      Path file = Path.of(path);
      return Files.getAttribute(file, "unix:dev") + ":" + Files.getAttribute(file, "unix:ino");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @EnumSource
  void redirectsInTheWrongDirectionAreRefused(Maker maker) {
    Maker.Builder builder = maker.builder("true");
    File file = file("file");
    for (Redirect redirect : List.of(Redirect.to(file), Redirect.appendTo(file))) {
      var thrown =
          assertThrows(IllegalArgumentException.class, () -> builder.redirectInput(redirect));
      assertEquals("Redirect invalid for reading: " + redirect, thrown.getMessage());
    }
    Redirect from = Redirect.from(file);
    assertThrows(IllegalArgumentException.class, () -> builder.redirectOutput(from));
    assertThrows(IllegalArgumentException.class, () -> builder.redirectError(from));
    assertEquals(Redirect.PIPE, builder.redirectInput());
  }

  // ---------------------------------------------------------------- failures

  private static String failure(Maker.Builder builder) {
    return String.valueOf(assertThrows(IOException.class, builder::start).getMessage());
  }

  @ParameterizedTest
  @EnumSource
  void whatCannotBeRunIsSaid(Maker maker) throws Exception {
    maker.assumeAvailable();
    String message = failure(maker.builder("no-such-command"));
    // Which error depends on the directories in PATH.
    assertTrue(message.startsWith("Cannot run program \"no-such-command\": "), message);
    assertTrue(message.matches(".*error[=:] ?\\d+\\b.*"), message);

    message = failure(maker.builder("/no/such").directory(new File("/")));
    assertTrue(
        message.startsWith("Cannot run program \"/no/such\" (in directory \"/\"): "), message);
    assertTrue(message.matches(".*error[=:] ?2\\b.*No such file or directory.*"), message);

    message = failure(maker.builder("/etc/passwd"));
    assertTrue(message.matches(".*error[=:] ?13\\b.*Permission denied.*"), message);

    message = failure(maker.builder("true").directory(file("missing")));
    String start = "Cannot run program \"true\" (in directory \"" + file("missing") + "\"): ";
    assertTrue(message.startsWith(start), message);
  }

  @ParameterizedTest
  @EnumSource
  void filesThatCannotBeOpenedAreNamed(Maker maker) throws Exception {
    maker.assumeAvailable();
    File missing = file("missing");
    String message = failure(maker.builder("true").redirectInput(missing));
    assertTrue(message.startsWith("Cannot run program \"true\": "), message);
    assertTrue(message.contains(missing + ""), message);
    assertTrue(message.contains("No such file or directory"), message);

    File below = new File(missing, "file");
    message = failure(maker.builder("true").redirectOutput(below));
    assertTrue(message.contains(below + ""), message);
    // The first was opened, and is closed again.
    long open = descriptors();
    failure(maker.builder("true").redirectOutput(file("made")).redirectError(below));
    assertEquals(open, descriptors());
  }

  private static long descriptors() throws IOException {
    try (var all = Files.list(Path.of("/proc/self/fd"))) {
      return all.count();
    }
  }

  @ParameterizedTest
  @EnumSource
  @SuppressWarnings("NullAway") // that is what is refused
  void commandsThatAreNoneAreRefused(Maker maker) {
    maker.assumeLandlockSuffices();
    assertThrows(IndexOutOfBoundsException.class, () -> maker.builder().start());
    assertThrows(NullPointerException.class, () -> maker.builder("echo", null).start());
    assertThrows(NullPointerException.class, () -> maker.builder("a").command((List<String>) null));
    String message = failure(maker.builder("echo", "a\0b"));
    assertEquals("invalid null character in command", message);
  }

  @ParameterizedTest
  @EnumSource
  void filesOfRedirectsStayOutOfOtherProcesses(Maker maker) throws Exception {
    maker.assumeAvailable();
    var seen = new AtomicReference<>("");
    long before = descriptors();
    for (int i = 0; i < 20; i++) {
      Process process =
          start(maker.builder("ls", "/proc/self/fd").redirectInput(new File("/dev/null")));
      seen.set(read(process.getInputStream()));
      // The fourth is the listed directory itself.
      assertEquals("0\n1\n2\n3\n", seen.get());
      process.getErrorStream().close();
      assertEquals(0, process.waitFor());
      process.getInputStream().close();
    }
    assertTrue(descriptors() <= before + 2, seen::get);
  }

  // ---------------------------------------------------------------- completeness

  /** What is new in a later JDK shows up here. */
  @Test
  void nothingIsMissing() throws Exception {
    for (Method method : ProcessBuilder.class.getDeclaredMethods()) {
      if (Modifier.isPublic(method.getModifiers()) && !Modifier.isStatic(method.getModifiers())) {
        Method ours =
            SandboxProcessBuilder.class.getMethod(method.getName(), method.getParameterTypes());
        boolean chained = method.getReturnType() == ProcessBuilder.class;
        assertEquals(chained, ours.getReturnType() == SandboxProcessBuilder.class, ours::toString);
        assertNotNull(Maker.Builder.class.getMethod(method.getName(), method.getParameterTypes()));
      }
    }
    for (Method method : Process.class.getDeclaredMethods()) {
      // What waits for a duration goes to the one that waits for a number of units.
      boolean built = List.of(method.getParameterTypes()).equals(List.of(Duration.class));
      int modifiers = method.getModifiers();
      if (Modifier.isPublic(modifiers) && !Modifier.isFinal(modifiers) && !built) {
        assertNotNull(
            SandboxProcess.class.getDeclaredMethod(method.getName(), method.getParameterTypes()));
      }
    }
  }
}
