package io.github.cofferdam.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import io.github.cofferdam.bindings.Arch;
import java.io.File;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Real programs behind every profile: they work, and fail only as documented. */
@Tag("kernel")
final class ProfileProgramsTest {
  /** Prints a line for each thing that it does, and how it failed if it did. */
  private static final String PYTHON =
      """
      import sys, os, threading, subprocess, hashlib, json, mmap, asyncio, tempfile, multiprocessing
      import concurrent.futures, socket, resource, signal, time, urllib.request, http.server

      def square(x): return x * x

      def threads():
        results = []
        started = [threading.Thread(target=results.append, args=(i,)) for i in range(4)]
        for thread in started: thread.start()
        for thread in started: thread.join()
        return len(results)

      def alarm():
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
        signal.setitimer(signal.ITIMER_REAL, 0.001)
        return signal.sigwait([signal.SIGALRM]).name

      async def child():
        process = await asyncio.create_subprocess_exec("/bin/echo", "child", stdout=asyncio.subprocess.PIPE)
        return (await process.communicate())[0]

      def forked():
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
          os.write(writing, b"forked"); os._exit(0)
        os.waitpid(pid, 0)
        return os.read(reading, 99)

      def files():
        with tempfile.TemporaryDirectory(dir=".") as folder:
          path = os.path.join(folder, "a")
          with open(path, "w") as file: file.write("text")
          os.chmod(path, 0o600); os.utime(path, (1, 1)); os.rename(path, path + "b")
          os.symlink("target", path + "l"); os.link(path + "b", path + "c"); os.mkfifo(path + "f")
          os.truncate(path + "c", 2); os.sync()
          return sorted(os.listdir(folder)), open(path + "b").read()

      def pool(method):
        with multiprocessing.get_context(method).Pool(2) as pool: return pool.map(square, [1, 2, 3])

      def pair(kind):
        one, other = socket.socketpair(socket.AF_UNIX, kind)
        one.send(b"x")
        return other.recv(1)

      def made(*kind): socket.socket(*kind).close()

      def server():
        http.server.SimpleHTTPRequestHandler.log_message = lambda *_: None
        with http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler) as serving:
          thread = threading.Thread(target=serving.serve_forever)
          thread.start()
          try: return urllib.request.urlopen("http://127.0.0.1:%d/" % serving.server_address[1]).status
          finally: serving.shutdown(); thread.join()

      steps = dict(
        threads=threads, forked=forked, files=files,
        sha=lambda: hashlib.sha256(b"").hexdigest()[:8], json=lambda: json.loads("[1]"),
        run=lambda: subprocess.run(["/bin/echo", "out"], capture_output=True, check=True).stdout,
        asyncio=lambda: asyncio.run(child()),
        futures=lambda: list(concurrent.futures.ThreadPoolExecutor(2).map(square, [1, 2])),
        map=lambda: len(mmap.mmap(-1, 4096)), read=lambda: len(open("/proc/self/stat").read()) > 0,
        limits=lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)),
        affinity=lambda: os.sched_setaffinity(0, os.sched_getaffinity(0)),
        alarm=alarm,
        fork=lambda: pool("fork"), spawn=lambda: pool("spawn"),
        stream=lambda: pair(socket.SOCK_STREAM), packets=lambda: pair(socket.SOCK_SEQPACKET),
        datagrams=lambda: pair(socket.SOCK_DGRAM), unix=lambda: made(socket.AF_UNIX),
        tcp=lambda: made(), udp=lambda: made(socket.AF_INET6, socket.SOCK_DGRAM),
        interfaces=lambda: len(socket.if_nameindex()) > 0, server=server,
        fetch=lambda: urllib.request.urlopen(open("address").read()).read(),
        terminal=lambda: os.isatty(os.openpty()[1]), user=lambda: os.setuid(os.getuid()))

      if __name__ == "__main__":
        for name in sys.argv[1:]:
          try: print(name, steps[name](), flush=True)
          except PermissionError as e: print(name, "refused", flush=True)
          except urllib.error.URLError as e: print(name, "refused", flush=True)
          except OSError as e: print(name, e, flush=True)
      """;

  private static final String JAVA =
      """
      import java.net.DatagramSocket;
      import java.net.NetworkInterface;
      import java.net.URI;
      import java.net.http.HttpClient;
      import java.net.http.HttpRequest;
      import java.net.http.HttpResponse;
      import java.nio.ByteBuffer;
      import java.nio.channels.FileChannel;
      import java.nio.channels.Selector;
      import java.nio.file.FileSystems;
      import java.nio.file.Files;
      import java.nio.file.Path;
      import java.nio.file.StandardCopyOption;
      import java.nio.file.StandardOpenOption;
      import java.nio.file.attribute.FileTime;
      import java.util.concurrent.Callable;
      import java.util.concurrent.Executors;
      import java.util.stream.IntStream;

      class Program {
        static void step(String name, Callable<?> step) {
          try {
            System.out.println(name + " " + step.call());
          } catch (Exception e) {
            System.out.println(name + (e.toString().contains("not permitted") ? " refused" : " " + e));
          }
        }

        public static void main(String[] args) {
          step("threads", () -> {
            try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
              return threads.submit(() -> 42).get();
            }
          });
          step("parallel", () -> IntStream.range(0, 1000).parallel().sum());
          step("selector", () -> {
            try (var selector = Selector.open()) {
              return selector.selectNow();
            }
          });
          step("process", () -> new String(
              new ProcessBuilder("/bin/echo", "child").start().getInputStream().readAllBytes()).strip());
          step("reading", () -> Files.readString(Path.of("/proc/self/comm")).strip());
          System.gc();
          step("files", () -> {
            Path path = Files.createTempFile(Path.of("."), "a", "b");
            try (var channel = FileChannel.open(path, StandardOpenOption.WRITE, StandardOpenOption.READ)) {
              channel.write(ByteBuffer.wrap(new byte[10]));
              var mapped = channel.map(FileChannel.MapMode.READ_WRITE, 0, 10);
              mapped.put(0, (byte) 1);
              mapped.force();
              channel.force(true);
              channel.lock().close();
            }
            Files.setLastModifiedTime(path, FileTime.fromMillis(0));
            Path copy = Files.copy(path, Path.of("copy"), StandardCopyOption.COPY_ATTRIBUTES);
            Files.delete(path);
            Files.delete(copy);
            return "done";
          });
          step("watching", () -> {
            try (var watch = FileSystems.getDefault().newWatchService()) {
              return "done";
            }
          });
          step("udp", () -> {
            try (var socket = new DatagramSocket()) {
              return "done";
            }
          });
          step("interfaces", () -> NetworkInterface.networkInterfaces().count() > 0);
          step("http", () -> {
            try (var client = HttpClient.newHttpClient()) {
              return client.send(
                  HttpRequest.newBuilder(URI.create(args[0])).build(),
                  HttpResponse.BodyHandlers.ofString()).body();
            }
          });
        }
      }
      """;

  private static final String C =
      """
      #include <arpa/inet.h>
      #include <errno.h>
      #include <netdb.h>
      #include <pthread.h>
      #include <spawn.h>
      #include <stdio.h>
      #include <stdlib.h>
      #include <string.h>
      #include <sys/socket.h>
      #include <sys/wait.h>
      #include <unistd.h>

      extern char **environ;
      static void *twice(void *p) { *(int *) p *= 2; return p; }

      int main(int argc, char **argv) {
        int number = 21, status = 0;
        pthread_t thread;
        if (pthread_create(&thread, 0, twice, &number) || pthread_join(thread, 0)) return 1;
        printf("thread %d\\n", number);
        fflush(stdout);
        pid_t pid;
        char *command[] = {"/bin/echo", "spawned", 0};
        if (posix_spawn(&pid, command[0], 0, 0, command, environ) || waitpid(pid, &status, 0) != pid) return 2;
        FILE *memory = popen("/bin/echo popen", "r");
        char line[99] = "";
        if (!memory || !fgets(line, 99, memory) || pclose(memory)) return 3;
        printf("%s", line);
        struct addrinfo *found = 0, hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
        printf("name %s\\n", getaddrinfo("127.0.0.1", "80", &hints, &found) ? "unknown" : "known");
        FILE *file = fopen("made", "w");
        if (!file && errno == EPERM) printf("file refused\\n");
        else { fputs("x", file); fclose(file); remove("made"); printf("file made\\n"); }
        int udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_UDP);
        struct sockaddr_in any = {.sin_family = AF_INET};
        if (udp < 0 && errno == EPERM) printf("udp refused\\n");
        else printf("udp %s\\n", bind(udp, (void *) &any, sizeof any) ? strerror(errno) : "bound");
        return 0;
      }
      """;

  @TempDir private static Path folder = Path.of("");
  private static HttpServer server;
  private static String address = "";

  @BeforeAll
  static void prepare() throws Exception {
    Files.writeString(folder.resolve("program.py"), PYTHON);
    Files.writeString(folder.resolve("program.c"), C);
    Path source = Files.writeString(folder.resolve("Program.java"), JAVA);
    int status =
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, "-d", folder.toString(), source.toString());
    assertEquals(0, status);
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(200, 5);
          exchange.getResponseBody().write(new byte[] {'h', 'e', 'l', 'l', 'o'});
          exchange.close();
        });
    server.start();
    address = "http://127.0.0.1:" + server.getAddress().getPort() + "/";
    Files.writeString(folder.resolve("address"), address);
  }

  @AfterAll
  static void stop() {
    server.stop(0);
  }

  private static boolean writes(Profile profile) {
    return profile != Profile.COMPUTE_ONLY;
  }

  private static boolean connects(Profile profile) {
    return profile == Profile.NETWORK_CLIENT || profile == Profile.BLOCKED_DANGEROUS;
  }

  private static boolean isGeneral(Profile profile) {
    return profile == Profile.DEFAULT || profile == Profile.BLOCKED_DANGEROUS;
  }

  @ParameterizedTest
  @EnumSource
  void shell(Profile profile) throws Exception {
    assertWorks(
        profile,
        "a b\n3\nSeccomp:\t2\n2\n",
        "/bin/sh",
        "-c",
        "echo a b | cat; (exit 3); echo $?; grep ^Seccomp: /proc/self/status;"
            + " printf 'b\\na\\n' | sort | wc -l");
  }

  @ParameterizedTest
  @EnumSource
  void bash(Profile profile) throws Exception {
    assertWorks(
        profile,
        "6\nx\n[a-c]\n",
        Command.find("bash"),
        "-c",
        "echo $((2 * 3)); cat <(echo x); wait; for i in {a..c}; do :; done & wait; echo [a-c]");
  }

  @ParameterizedTest
  @EnumSource
  void redirection(Profile profile) throws Exception {
    Command written = confined(profile, "/bin/sh", "-c", "echo text > new && cat new && rm new");
    if (writes(profile)) {
      assertEquals("text\n", written.output());
    } else {
      assertNotEquals(0, written.exit().code());
      assertTrue(written.output().contains("Operation not permitted"), written::toString);
      assertTrue(Files.notExists(folder.resolve("new")));
    }
  }

  @ParameterizedTest
  @EnumSource
  void git(Profile profile) throws Exception {
    Command.find("git");
    Command done =
        confined(
            profile,
            "/bin/sh",
            "-ec",
            """
            mkdir repository
            cd repository
            git init -q .
            echo text > file
            git add file
            git -c user.name=n -c user.email=e commit -qm message
            git status --short
            echo more >> file
            git diff --stat
            git log --format=%s
            git gc -q
            git clone -q . ../clone
            cat ../clone/file
            cd ..
            rm -rf repository clone
            """);
    if (writes(profile)) {
      assertEquals(0, done.exit().code(), done::toString);
      assertTrue(done.output().contains("message\n"), done::toString);
      assertTrue(done.output().endsWith("text\n"), done::toString);
    } else {
      assertNotEquals(0, done.exit().code(), done::toString);
    }
  }

  @ParameterizedTest
  @EnumSource
  void python(Profile profile) throws Exception {
    assertWorks(
        profile,
        """
        threads 4
        forked b'forked'
        sha e3b0c442
        json [1]
        run b'out\\n'
        asyncio b'child\\n'
        futures [1, 4]
        map 4096
        read True
        limits None
        affinity None
        alarm SIGALRM
        stream b'x'
        """,
        "python3",
        "program.py",
        "threads",
        "forked",
        "sha",
        "json",
        "run",
        "asyncio",
        "futures",
        "map",
        "read",
        "limits",
        "affinity",
        "alarm",
        "stream");
  }

  @ParameterizedTest
  @EnumSource
  void pythonMakesWhatTheProfileAllows(Profile profile) throws Exception {
    boolean files = writes(profile);
    boolean network = connects(profile);
    assertWorks(
        profile,
        ("files " + (files ? "(['ab', 'ac', 'af', 'al'], 'te')\n" : "refused\n"))
            + ("fork " + (files ? "[1, 4, 9]\n" : "refused\n"))
            + ("spawn " + (files ? "[1, 4, 9]\n" : "refused\n"))
            + ("packets " + (profile == Profile.DATA_PROCESSING ? "refused\n" : "b'x'\n"))
            + "datagrams refused\n"
            + "unix refused\n"
            + ("tcp " + (network ? "None\n" : "refused\n"))
            + ("udp " + (network ? "None\n" : "refused\n"))
            + ("interfaces " + (network ? "True\n" : "refused\n"))
            + ("fetch " + (network ? "b'hello'\n" : "refused\n"))
            + ("server " + (profile == Profile.BLOCKED_DANGEROUS ? "200\n" : "refused\n"))
            + ("terminal " + (isGeneral(profile) ? "True\n" : "refused\n"))
            + ("user " + (files ? "None\n" : "refused\n")),
        "python3",
        "program.py",
        "files",
        "fork",
        "spawn",
        "packets",
        "datagrams",
        "unix",
        "tcp",
        "udp",
        "interfaces",
        "fetch",
        "server",
        "terminal",
        "user");
  }

  @ParameterizedTest
  @EnumSource
  void javaVersion(Profile profile) throws Exception {
    for (String collector : List.of("-XX:+UseSerialGC", "-XX:+UseParallelGC", "-XX:+UseZGC")) {
      Command version = confined(profile, java(), collector, "-Xmx64m", "-version");
      assertTrue(
          version.exit().code() == 0 && version.output().contains("version"), version::toString);
    }
  }

  @ParameterizedTest
  @EnumSource
  void javaProgram(Profile profile) throws Exception {
    boolean network = connects(profile);
    assertWorks(
        profile,
        "threads 42\nparallel 499500\nselector 0\nprocess child\nreading java\n"
            + ("files " + (writes(profile) ? "done\n" : "refused\n"))
            + ("watching " + (writes(profile) ? "done\n" : "refused\n"))
            + ("udp " + (network ? "done\n" : "refused\n"))
            + ("interfaces " + (network ? "true\n" : "refused\n"))
            + ("http " + (network ? "hello\n" : "refused\n")),
        java(),
        "-XX:+UseG1GC",
        "-XX:TieredStopAtLevel=1",
        "-Xmx64m",
        "-cp",
        folder.toString(),
        "Program",
        address);
  }

  @ParameterizedTest
  @EnumSource
  void staticBusybox(Profile profile) throws Exception {
    Command.find("busybox");
    assertWorks(
        profile,
        "3\n2\n1\ne3b0c442\n",
        "busybox",
        "sh",
        "-c",
        "busybox seq 3 | busybox tac; busybox printf '' | busybox sha256sum | busybox cut -c 1-8");
  }

  @ParameterizedTest
  @EnumSource
  void glibcProgram(Profile profile) throws Exception {
    assertProgramWorks(profile, Command.find("gcc"), "-O1", "-pthread");
  }

  @ParameterizedTest
  @EnumSource
  void muslProgram(Profile profile) throws Exception {
    assertProgramWorks(profile, Command.find("musl-gcc"), "-O1");
  }

  @ParameterizedTest
  @EnumSource
  void staticMuslProgram(Profile profile) throws Exception {
    assertProgramWorks(profile, Command.find("musl-gcc"), "-O1", "-static");
  }

  private static void assertProgramWorks(Profile profile, String... compiler) throws Exception {
    var command = new ArrayList<String>(List.of(compiler));
    command.addAll(List.of("-o", "program", "program.c"));
    Command compiled = Command.free(folder, command.toArray(String[]::new));
    assumeTrue(compiled.exit().code() == 0, compiler[0] + " fails: " + compiled.output());
    assertWorks(
        profile,
        "thread 42\nspawned\npopen\nname known\n"
            + ("file " + (writes(profile) ? "made\n" : "refused\n"))
            + ("udp " + (connects(profile) ? "bound\n" : "refused\n")),
        folder.resolve("program").toString());
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "COMPUTE_ONLY")
  void fileTools(Profile profile) throws Exception {
    for (String tool : List.of("tar", "gzip", "find", "grep", "touch", "cp")) {
      Command.find(tool);
    }
    Command done =
        confined(
            profile,
            "/bin/sh",
            "-ec",
            """
            mkdir -p tree/in
            for i in 1 2 3; do echo text $i > tree/in/$i; done
            chmod 640 tree/in/1; touch -d 2001-01-01 tree/in/1; ln -s 1 tree/in/link; mkfifo tree/fifo
            tar czf tree.tgz tree; mkdir out; tar xzf tree.tgz -C out
            find out -type f -name '[12]' -exec grep -l 'text' {} + | sort
            cp -a out/tree/in copy; cp --reflink=auto copy/2 copy/4; cat copy/4
            stat -c '%a %Y' copy/1
            gzip copy/2; gzip -dc copy/2.gz
            sort -r copy/3 copy/4 | head -1
            dd if=/dev/zero of=copy/5 bs=1024 count=2 conv=fsync 2>/dev/null; wc -c < copy/5
            timeout 60 nice sh -c 'exec true'
            rm -rf tree out copy tree.tgz
            """);
    assertEquals(
        "out/tree/in/1\nout/tree/in/2\ntext 2\n640 978307200\ntext 2\ntext 3\n2048\n",
        done.output());
    assertEquals(0, done.exit().code(), done::toString);
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "COMPUTE_ONLY")
  void makeAndGcc(Profile profile) throws Exception {
    Command.find("make");
    Command.find("gcc");
    Command done =
        confined(
            profile,
            "/bin/sh",
            "-ec",
            """
            rm -rf build; mkdir build; cd build
            for i in a b; do echo "int $i(void) { return 21; }" > $i.c; done
            echo 'int a(void), b(void); int main(void) { return a() + b(); }' > main.c
            printf 'all: a.o b.o main.o\\n\\t$(CC) -o $@ $^\\n' > Makefile
            make -s -j2 CC=gcc
            ./all || echo $?
            cd ..; rm -rf build
            """);
    assertEquals("42\n", done.output());
  }

  @ParameterizedTest
  @EnumSource
  void curl(Profile profile) throws Exception {
    Command.find("curl");
    Command fetched = confined(profile, "curl", "-sS", "--max-time", "60", address);
    if (connects(profile)) {
      assertEquals("hello", fetched.output());
      assertEquals(0, fetched.exit().code());
      Command named =
          confined(profile, "curl", "-sS", "-o", "page", address.replace("127.0.0.1", "localhost"));
      assertEquals(0, named.exit().code(), named::toString);
      assertEquals("hello", Files.readString(folder.resolve("page")));
    } else {
      assertNotEquals(0, fetched.exit().code());
      assertTrue(!fetched.output().contains("hello"), fetched::toString);
    }
  }

  /** NW-25: the door to whatever else the user has running. */
  @ParameterizedTest
  @EnumSource
  void localSocketsAreOutOfReach(Profile profile) throws Exception {
    Command.find("curl");
    Command refused =
        confined(profile, "curl", "-sS", "--unix-socket", "/var/run/docker.sock", "http://x/");
    assertNotEquals(0, refused.exit().code(), refused::toString);
    assertTrue(refused.output().contains("connect"), refused::toString);
  }

  private static String java() {
    return System.getProperty("java.home") + File.separator + "bin" + File.separator + "java";
  }

  private static Command confined(Profile profile, String... command) throws Exception {
    return Command.confined(profile.filter(Arch.host()), folder, command);
  }

  private static void assertWorks(Profile profile, String output, String... command)
      throws Exception {
    Command done = confined(profile, command);
    assertEquals(output, done.output());
    assertTrue(done.exit().exited() && done.exit().code() == 0, done::toString);
  }
}
