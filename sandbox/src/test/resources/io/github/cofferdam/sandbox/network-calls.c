// Calls that need more than Python: network-calls ALLOWED FORBIDDEN prints what came of each.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static struct sockaddr_in allowed, forbidden;

static struct sockaddr_in at(int port) {
  struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(port)};
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return name;
}

// A call of i386, whose pointers have 32 bits.
static long call32(long number, long a, long b, long c, long d, long e) {
  long result;
  __asm__ volatile("int $0x80"
                   : "=a"(result)
                   : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
                   : "memory", "r8", "r9", "r10", "r11");
  return (int)result;
}

struct low {
  struct sockaddr_in name;
  uint32_t call[6];
  uint32_t message[8];
  uint32_t part[2];
  char data[4];
};

// A process of its own, since it may be killed.
static void try32(const char *name, int which) {
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    struct low *low =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    low->name = forbidden;
    int one = socket(AF_INET, which == 2 ? SOCK_DGRAM : SOCK_STREAM, 0);
    low->call[0] = one;
    low->call[1] = (uint32_t)(uintptr_t)&low->name;
    low->call[2] = sizeof low->name;
    low->part[0] = (uint32_t)(uintptr_t)low->data;
    low->part[1] = 1;
    low->message[0] = (uint32_t)(uintptr_t)&low->name;
    low->message[1] = sizeof low->name;
    low->message[2] = (uint32_t)(uintptr_t)low->part;
    low->message[3] = 1;
    long result = which == 0   ? call32(102, 3, (long)low->call, 0, 0, 0)
                  : which == 1 ? call32(362, one, (long)&low->name, sizeof low->name, 0, 0)
                               : call32(345, one, (long)low->message, 1, 0, 0);
    _exit(result < 0 ? 1 : 0);
  }
  int status;
  waitpid(child, &status, 0);
  printf("%s %s\n", name, WIFEXITED(status) && WEXITSTATUS(status) == 0 ? "through" : "refused");
}

static int shared_number, other, result, result_error;
static struct sockaddr_in *wanted;

// In a table of its own the number is another socket's.
static int in_own_table(void *unused) {
  dup2(other, shared_number);
  result = connect(shared_number, (struct sockaddr *)wanted, sizeof *wanted);
  result_error = errno;
  return unused != NULL;
}

static void with_own_table(struct sockaddr_in *name) {
  wanted = name;
  shared_number = socket(AF_INET, SOCK_DGRAM, 0);
  other = socket(AF_INET, SOCK_DGRAM, 0);
  char *stack = mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  pid_t child = clone(in_own_table, stack + (1 << 16), CLONE_VM | SIGCHLD, NULL);
  if (child < 0) {
    printf("no clone: %s\n", strerror(errno));
    return;
  }
  waitpid(child, NULL, 0);
}

static int connected(int one) {
  struct sockaddr_in peer;
  socklen_t size = sizeof peer;
  return getpeername(one, (struct sockaddr *)&peer, &size) == 0;
}

int main(int count, char **arguments) {
  if (count != 3) {
    return 2;
  }
  allowed = at(atoi(arguments[1]));
  forbidden = at(atoi(arguments[2]));
  try32("socketcall", 0);
  try32("connect32", 1);
  try32("sendmmsg32", 2);

  with_own_table(&forbidden);
  printf("table forbidden: %s\n", result == 0 ? "through" : strerror(result_error));
  with_own_table(&allowed);
  printf("table allowed: %s, %s\n",
         result == 0 && connected(other) ? "connected" : strerror(result_error),
         connected(shared_number) ? "and the other" : "and not the other");
  fflush(stdout);

  int one = socket(AF_INET, SOCK_STREAM, 0);
  pid_t child = vfork();
  if (child == 0) {
    result = connect(one, (struct sockaddr *)&forbidden, sizeof forbidden);
    result_error = errno;
    _exit(0);
  }
  waitpid(child, NULL, 0);
  printf("vfork forbidden: %s\n", result == 0 ? "through" : strerror(result_error));
  return 0;
}
