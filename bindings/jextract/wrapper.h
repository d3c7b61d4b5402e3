/*
 * What the bindings are generated from: kernel UAPI headers only, no C library header.
 * Which of the symbols end up in Java is decided by symbols.txt, not here.
 */
#include <linux/types.h>
#include <linux/posix_types.h>
#include <asm/bitsperlong.h>

/* numbers that every call needs */
#include <linux/errno.h>
#include <asm/signal.h>
#include <asm/siginfo.h>

/* confinement */
#include <linux/audit.h>
#include <linux/bpf_common.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/lsm.h>
#include <linux/prctl.h>
#include <linux/resource.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>

/* processes and namespaces */
#include <linux/close_range.h>
#include <linux/elf.h>
#include <linux/nsfs.h>
#include <linux/pidfd.h>
#include <linux/sched.h>
#include <linux/wait.h>

/* files and mounts */
#include <linux/eventfd.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/limits.h>
#include <linux/magic.h>
#include <linux/memfd.h>
#include <linux/mman.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/poll.h>
#include <linux/signalfd.h>
#include <linux/stat.h>
#include <linux/time.h>
#include <linux/time_types.h>
#include <linux/timerfd.h>
#include <linux/uio.h>
#include <asm/ioctls.h>
#include <asm/statfs.h>
#include <asm/termios.h>

/* network */
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/net.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/socket.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <linux/un.h>
#include <linux/veth.h>
#include <asm/socket.h>
