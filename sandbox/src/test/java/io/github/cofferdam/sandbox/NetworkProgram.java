package io.github.cofferdam.sandbox;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cofferdam.policy.NetworkRefusal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A program that people use to get something over a network, and what it says.
 *
 * @param name what it is called here
 * @param file of the program
 * @param secure whether it asks a server of HTTPS, and not of HTTP
 * @param script for sh; {@code $1} is the host, {@code $2} the port, {@code $3} the certificate of
 *     the server. It prints what the server has
 * @param denied what it says where it may not go there, for lack of permission
 * @param unknown what it says of a name that it may not ask for
 */
record NetworkProgram(
    String name, String file, boolean secure, String script, String denied, String unknown) {
  static final List<NetworkProgram> ALL =
      List.of(
          curl(),
          curlOverHttps(),
          wget(),
          git(),
          gitOverHttps(),
          pythonUrllib(),
          pythonAsyncio(),
          nodeFetch(),
          nodeHttp(),
          perl(),
          netcat(),
          bash());

  /** Skips a test where it is not there. */
  void assumeThere() {
    assumeTrue(Files.isExecutable(Path.of(file)), "no " + file);
  }

  /** {@return what it says where it may not go there} */
  String refused(NetworkRefusal refusal) {
    return refusal == NetworkRefusal.PERMISSION_DENIED
        ? denied
        : denied
            .replace("Permission denied", "Connection refused")
            .replace("PermissionError", "ConnectionRefusedError")
            .replace("Errno 13", "Errno 111")
            .replace("EACCES", "ECONNREFUSED");
  }

  @Override
  public String toString() {
    return name;
  }

  static NetworkProgram curl() {
    return new NetworkProgram(
        "curl",
        "/usr/bin/curl",
        false,
        "curl -sSv http://$1:$2/hello",
        "Permission denied",
        "curl: (6) Could not resolve host: ");
  }

  static NetworkProgram curlOverHttps() {
    return new NetworkProgram(
        "curl over HTTPS",
        "/usr/bin/curl",
        true,
        "curl -sSv --cacert $3 https://$1:$2/hello",
        "Permission denied",
        "curl: (6) Could not resolve host: ");
  }

  static NetworkProgram wget() {
    return new NetworkProgram(
        "wget",
        "/usr/bin/wget",
        false,
        "wget -nv -t1 -O- http://$1:$2/hello",
        "failed: Permission denied.",
        "wget: unable to resolve host address");
  }

  static NetworkProgram git() {
    return new NetworkProgram(
        "git",
        "/usr/bin/git",
        false,
        "git clone http://$1:$2/repository.git made && cat made/hello",
        "unable to access",
        "Could not resolve host: ");
  }

  static NetworkProgram gitOverHttps() {
    return new NetworkProgram(
        "git over HTTPS",
        "/usr/bin/git",
        true,
        "git -c http.sslCAInfo=$3 clone https://$1:$2/repository.git made && cat made/hello",
        "unable to access",
        "Could not resolve host: ");
  }

  static NetworkProgram pythonUrllib() {
    return new NetworkProgram(
        "urllib of Python",
        Sandboxed.PYTHON,
        false,
        """
        /usr/bin/python3 -Ic '
        import sys, urllib.request
        print(urllib.request.urlopen(f"http://{sys.argv[1]}:{sys.argv[2]}/hello").read())
        ' $1 $2
        """,
        "<urlopen error [Errno 13] Permission denied>",
        "<urlopen error [Errno -2] Name or service not known>");
  }

  static NetworkProgram pythonAsyncio() {
    return new NetworkProgram(
        "asyncio of Python",
        Sandboxed.PYTHON,
        false,
        """
        /usr/bin/python3 -Ic '
        import asyncio, sys
        async def get():
          reader, writer = await asyncio.open_connection(sys.argv[1], int(sys.argv[2]))
          writer.write(b"GET /hello HTTP/1.0\\r\\n\\r\\n")
          print(await reader.read())
        asyncio.run(get())
        ' $1 $2
        """,
        "PermissionError: [Errno 13] ",
        "socket.gaierror: [Errno -2] Name or service not known");
  }

  static NetworkProgram nodeFetch() {
    return new NetworkProgram(
        "fetch of node",
        "/usr/bin/node",
        false,
        """
        node -e '
        fetch(`http://${process.argv[1]}:${process.argv[2]}/hello`)
          .then(response => response.text())
          .then(text => console.log(text), error => console.log(`${error}, ${error.cause}`))
        ' $1 $2
        """,
        "TypeError: fetch failed, Error: connect EACCES",
        "TypeError: fetch failed, Error: getaddrinfo ENOTFOUND ");
  }

  static NetworkProgram nodeHttp() {
    return new NetworkProgram(
        "http of node",
        "/usr/bin/node",
        false,
        """
        node -e '
        require("http")
          .get(`http://${process.argv[1]}:${process.argv[2]}/hello`,
            response => response.on("data", data => console.log(`${data}`)))
          .on("error", error => console.log(error.message))
        ' $1 $2
        """,
        "connect EACCES",
        "getaddrinfo ENOTFOUND ");
  }

  static NetworkProgram perl() {
    return new NetworkProgram(
        "perl",
        "/usr/bin/perl",
        false,
        """
        perl -MIO::Socket::INET -e '
        my $socket = IO::Socket::INET->new(PeerAddr => $ARGV[0], PeerPort => $ARGV[1])
          or die "perl: $@\\n";
        print $socket "GET /hello HTTP/1.0\\r\\n\\r\\n";
        print <$socket>;
        ' $1 $2
        """,
        "perl: IO::Socket::INET: connect: Permission denied",
        "perl: IO::Socket::INET: Bad hostname ");
  }

  static NetworkProgram netcat() {
    return new NetworkProgram(
        "nc",
        "/usr/bin/nc",
        false,
        "printf 'GET /hello HTTP/1.0\\r\\n\\r\\n' | nc $1 $2 || nc -v -z $1 $2",
        "(tcp) failed: Permission denied",
        "Name or service not known");
  }

  static NetworkProgram bash() {
    return new NetworkProgram(
        "bash",
        "/bin/bash",
        false,
        """
        bash -c '
        exec 3<>/dev/tcp/$0/$1 && printf "GET /hello HTTP/1.0\\r\\n\\r\\n" >&3 && cat <&3
        ' $1 $2
        """,
        "connect: Permission denied",
        "Name or service not known");
  }
}
