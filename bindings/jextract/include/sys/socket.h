/*
 * linux/if.h wants struct sockaddr from the C library, whose headers are kept out of the bindings.
 * This is the kernel's own definition (16 bytes), for the layout of struct ifreq.
 */
#ifndef COFFERDAM_SYS_SOCKET_H
#define COFFERDAM_SYS_SOCKET_H

#include <linux/socket.h>

struct sockaddr {
  __kernel_sa_family_t sa_family;
  char sa_data[14];
};

#endif
