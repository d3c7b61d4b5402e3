/*
 * What a C program does to reach a server on this machine. Its argument is the server's port. Each
 * line on standard input asks for one thing, and is answered with one line of nanoseconds:
 *
 *   connect        socket, connect and close: what each of them took
 *   write BYTES    so many bytes to the server over one connection by write, until it has had all
 *   sendmsg BYTES  the same by sendmsg
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* As much as a program usually copies at once. */
static char piece[1 << 16];

static void require(int error, const char *what) {
  if (error) {
    fprintf(stderr, "%s: %s\n", what, strerror(error));
    exit(1);
  }
}

static long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000L + time.tv_nsec;
}

static int make(void) {
  int made = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  require(made < 0 ? errno : 0, "socket");
  return made;
}

/* Closes without a state of the kernel's that lasts a minute, of which there would be thousands. */
static void do_not_linger(int made) {
  struct linger at_once = {1, 0};
  require(setsockopt(made, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) ? errno : 0, "linger");
}

static void reach(int made, const struct sockaddr_in *server) {
  require(connect(made, (const struct sockaddr *)server, sizeof *server) ? errno : 0, "connect");
}

static void connect_once(const struct sockaddr_in *server) {
  long start = now();
  int made = make();
  long is_made = now();
  do_not_linger(made);
  long begin = now();
  reach(made, server);
  long connected = now();
  close(made);
  printf("%ld %ld %ld\n", is_made - start, connected - begin, now() - connected);
}

static ssize_t send_piece(int made, size_t length) {
  struct iovec part = {piece, length};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  return sendmsg(made, &message, 0);
}

static void send_all(const struct sockaddr_in *server, long bytes, int by_message) {
  int made = make();
  do_not_linger(made);
  reach(made, server);
  long start = now();
  while (bytes > 0) {
    size_t length = bytes < (long)sizeof piece ? (size_t)bytes : sizeof piece;
    ssize_t sent = by_message ? send_piece(made, length) : write(made, piece, length);
    require(sent < 0 ? errno : 0, by_message ? "sendmsg" : "write");
    bytes -= sent;
  }
  require(shutdown(made, SHUT_WR) ? errno : 0, "shutdown");
  /* The server closes when it has read to the end. */
  char end;
  require(read(made, &end, 1) == 0 ? 0 : errno ? errno : EPROTO, "read");
  printf("%ld\n", now() - start);
  close(made);
}

/* Argument: the port. */
int main(int count, char **arguments) {
  char line[64];
  if (count != 2) {
    return 2;
  }
  struct sockaddr_in server = {
      .sin_family = AF_INET,
      .sin_port = htons((unsigned short)atoi(arguments[1])),
      .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
  };
  while (fgets(line, sizeof line, stdin)) {
    long bytes;
    if (strcmp(line, "connect\n") == 0) {
      connect_once(&server);
    } else if (sscanf(line, "write %ld", &bytes) == 1) {
      send_all(&server, bytes, 0);
    } else if (sscanf(line, "sendmsg %ld", &bytes) == 1) {
      send_all(&server, bytes, 1);
    } else {
      return 2;
    }
    fflush(stdout);
  }
  return 0;
}
