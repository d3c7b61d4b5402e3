/*
 * What a C program does to start a command and to wait for it: posix_spawn, waitpid. Each line on
 * standard input asks for one start; the answer is the nanoseconds that it took by the clock, and
 * those of processor time, this program's own and the command's.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static void require(int error, const char *what) {
  if (error) {
    fprintf(stderr, "%s: %s\n", what, strerror(error));
    exit(1);
  }
}

static long processor(int whose) {
  struct rusage usage;
  require(getrusage(whose, &usage) ? errno : 0, "getrusage");
  return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000000L +
         (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000L;
}

static long processor_of_all(void) { return processor(RUSAGE_SELF) + processor(RUSAGE_CHILDREN); }

/* Arguments: the command. */
int main(int count, char **arguments) {
  char line[16];
  if (count < 2) {
    return 2;
  }
  /* The pipes to whoever asks are not the command's. */
  FILE *requests = fdopen(fcntl(0, F_DUPFD_CLOEXEC, 3), "r");
  FILE *answers = fdopen(fcntl(1, F_DUPFD_CLOEXEC, 3), "w");
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  require(requests && answers && dup2(null, 0) == 0 && dup2(2, 1) == 1 ? 0 : errno, "streams");
  while (fgets(line, sizeof line, requests)) {
    struct timespec start, end;
    pid_t pid;
    int status;
    long before = processor_of_all();
    clock_gettime(CLOCK_MONOTONIC, &start);
    require(posix_spawn(&pid, arguments[1], NULL, NULL, arguments + 1, environ), arguments[1]);
    while (waitpid(pid, &status, 0) < 0) {
      require(errno == EINTR ? 0 : errno, "waitpid");
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    if (status != 0) {
      fprintf(stderr, "%s: wait status %d\n", arguments[1], status);
      return 1;
    }
    fprintf(answers, "%ld %ld\n",
            (end.tv_sec - start.tv_sec) * 1000000000L + end.tv_nsec - start.tv_nsec,
            processor_of_all() - before);
    fflush(answers);
  }
  return 0;
}
