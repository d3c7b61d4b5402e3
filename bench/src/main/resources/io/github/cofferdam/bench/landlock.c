/*
 * What a C program does to confine a thread: one ruleset, a rule for each path that is given,
 * restrict. Each line on standard input asks for one round, on a thread of its own; the answer is
 * the nanoseconds that it took.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/types.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { CREATE_RULESET = 444, ADD_RULE = 445, RESTRICT_SELF = 446, PATH_BENEATH = 1 };

struct ruleset {
  __u64 files;
  __u64 net;
  __u64 scoped;
};

struct path_beneath {
  __u64 allowed;
  __s32 parent;
} __attribute__((packed));

static char **paths;
static __u64 files, scoped, allowed;

static void require(int holds, const char *what) {
  if (!holds) {
    perror(what);
    exit(1);
  }
}

static void *confine(void *nanos) {
  struct timespec start, end;
  require(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "prctl");
  clock_gettime(CLOCK_MONOTONIC, &start);
  struct ruleset attributes = {files, 0, scoped};
  int ruleset = syscall(CREATE_RULESET, &attributes, sizeof attributes, 0);
  require(ruleset >= 0, "landlock_create_ruleset");
  for (char **path = paths; *path; path++) {
    int parent = open(*path, O_PATH | O_CLOEXEC);
    require(parent >= 0, *path);
    struct path_beneath rule = {allowed, parent};
    require(syscall(ADD_RULE, ruleset, PATH_BENEATH, &rule, 0) == 0, "landlock_add_rule");
    close(parent);
  }
  require(syscall(RESTRICT_SELF, ruleset, 0) == 0, "landlock_restrict_self");
  close(ruleset);
  clock_gettime(CLOCK_MONOTONIC, &end);
  *(long *)nanos = (end.tv_sec - start.tv_sec) * 1000000000L + end.tv_nsec - start.tv_nsec;
  return NULL;
}

/* Arguments: rights that are handled, scopes, rights of each rule, and the paths. */
int main(int count, char **arguments) {
  char line[16];
  if (count < 4) {
    return 2;
  }
  files = strtoull(arguments[1], NULL, 10);
  scoped = strtoull(arguments[2], NULL, 10);
  allowed = strtoull(arguments[3], NULL, 10);
  paths = arguments + 4;
  while (fgets(line, sizeof line, stdin)) {
    pthread_t thread;
    long nanos = 0;
    require(pthread_create(&thread, NULL, confine, &nanos) == 0, "pthread_create");
    pthread_join(thread, NULL);
    printf("%ld\n", nanos);
    fflush(stdout);
  }
  return 0;
}
