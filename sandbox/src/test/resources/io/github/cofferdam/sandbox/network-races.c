// Threads that change an address, or what a descriptor's number stands for, while others make calls
// with it: network-races KIND ALLOWED FORBIDDEN ROUNDS SECONDS. It goes on until both are over, and
// prints how many calls it has made, and how many of them had success.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { WORKERS = 3 };

static struct sockaddr_in allowed, forbidden, away;
static volatile struct sockaddr_in shared;
static struct mmsghdr message;
static char byte = 'x';
static struct iovec part = {&byte, 1};
static volatile int stop;
static int streams, datagrams, number;
static long rounds, seconds;
static const char *kind;
static struct timespec begin;

static struct sockaddr_in at(const char *host, int port) {
  struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(port)};
  inet_pton(AF_INET, host, &name.sin_addr);
  return name;
}

static int is(const char *text) { return strcmp(kind, text) == 0; }

static int open_socket(int type) {
  int made = socket(AF_INET, type, 0);
  if (made < 0) {
    perror("socket");
    exit(1);
  }
  return made;
}

// Ports one by one, so that every moment has one address or another, and never half of one.
static void *flip_address(void *unused) {
  while (!stop) {
    shared.sin_port = forbidden.sin_port;
    shared.sin_port = allowed.sin_port;
    shared.sin_addr = away.sin_addr;
    shared.sin_addr = allowed.sin_addr;
  }
  return unused;
}

// The name, its length and where it is, in the header itself.
static void *flip_header(void *unused) {
  struct msghdr *header = &message.msg_hdr;
  while (!stop) {
    *(void *volatile *)&header->msg_name = NULL;
    *(void *volatile *)&header->msg_name = &forbidden;
    *(volatile socklen_t *)&header->msg_namelen = 0;
    *(volatile socklen_t *)&header->msg_namelen = sizeof forbidden;
    *(void *volatile *)&header->msg_name = (void *)&shared;
  }
  return unused;
}

static void *flip_number(void *unused) {
  while (!stop) {
    dup2(streams, number);
    dup2(datagrams, number);
  }
  return unused;
}

static int over(long done) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return done >= rounds && now.tv_sec - begin.tv_sec >= seconds;
}

static int attempt(long round, int udp) {
  struct sockaddr *name = (struct sockaddr *)&shared;
  if (is("connect") && round % 4 == 0) {
    int one = open_socket(SOCK_STREAM);
    struct linger at_once = {1, 0};
    setsockopt(one, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    int result = connect(one, name, sizeof shared);
    close(one);
    return result == 0;
  }
  if (is("connect")) {
    int result = connect(udp, name, sizeof shared);
    if (result == 0) {
      send(udp, "x", 1, MSG_DONTWAIT);
    }
    return result == 0;
  }
  if (is("sendto")) {
    return sendto(udp, "x", 1, MSG_DONTWAIT, name, sizeof shared) == 1;
  }
  if (is("sendmsg")) {
    return sendmsg(udp, &message.msg_hdr, MSG_DONTWAIT) == 1;
  }
  if (is("sendmmsg")) {
    return sendmmsg(udp, &message, 1, MSG_DONTWAIT) == 1;
  }
  // The same address, which one of two sockets may go to.
  if (round % 2 == 0) {
    return sendto(number, "x", 1, MSG_DONTWAIT, (struct sockaddr *)&allowed, sizeof allowed) == 1;
  }
  int result = connect(number, (struct sockaddr *)&allowed, sizeof allowed);
  if (round % 256 == 1) {
    struct sockaddr none = {.sa_family = AF_UNSPEC};
    connect(streams, &none, sizeof none);
  }
  send(datagrams, "x", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
  return result == 0;
}

static void *work(void *counts) {
  long *done = counts;
  int udp = open_socket(SOCK_DGRAM);
  if (is("sendmsg") || is("sendmmsg")) {
    connect(udp, (struct sockaddr *)&allowed, sizeof allowed);
  }
  while (!over(done[0])) {
    done[1] += attempt(done[0], udp);
    done[0]++;
  }
  close(udp);
  return NULL;
}

int main(int count, char **arguments) {
  if (count != 6) {
    return 2;
  }
  kind = arguments[1];
  allowed = at("127.0.0.1", atoi(arguments[2]));
  forbidden = at("127.0.0.1", atoi(arguments[3]));
  away = at("127.0.0.2", atoi(arguments[2]));
  rounds = atol(arguments[4]) / WORKERS + 1;
  seconds = atol(arguments[5]);
  memcpy((void *)&shared, &allowed, sizeof allowed);
  message.msg_hdr = (struct msghdr){
      .msg_name = (void *)&shared, .msg_namelen = sizeof shared, .msg_iov = &part, .msg_iovlen = 1};
  clock_gettime(CLOCK_MONOTONIC, &begin);

  pthread_t flippers[2], workers[WORKERS];
  int flipping = 0;
  if (is("number")) {
    streams = open_socket(SOCK_STREAM);
    datagrams = open_socket(SOCK_DGRAM);
    number = dup(streams);
    pthread_create(&flippers[flipping++], NULL, flip_number, NULL);
  } else {
    pthread_create(&flippers[flipping++], NULL, flip_address, NULL);
    if (is("sendmsg") || is("sendmmsg")) {
      pthread_create(&flippers[flipping++], NULL, flip_header, NULL);
    }
  }
  long counts[WORKERS][2] = {0};
  for (int i = 0; i < WORKERS; i++) {
    pthread_create(&workers[i], NULL, work, counts[i]);
  }
  long made = 0, good = 0;
  for (int i = 0; i < WORKERS; i++) {
    pthread_join(workers[i], NULL);
    made += counts[i][0];
    good += counts[i][1];
  }
  stop = 1;
  while (flipping > 0) {
    pthread_join(flippers[--flipping], NULL);
  }
  printf("%ld %ld\n", made, good);
  return 0;
}
