/* Stands in front of the system in a program that is started with it. `write`: calls for files whose path ends in
 * $ALOG_INJECT_NAME are counted, and fail, fall short or wait as the plan in the file $ALOG_INJECT_PLAN says, which the
 * program may change. `connect` is counted; peers of TCP are given up as soon as the plan says. The plan is that of `Plan` in injection.rs, and what `Injection` sets beside it. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

struct plan {
    _Atomic uint64_t calls;    /* so many there were */
    _Atomic uint64_t injected; /* on so many of them the plan acted */
    uint64_t from;             /* the first call that it acts on, counted from 1 */
    uint64_t count;            /* on so many in a row */
    uint64_t period;           /* again after so many; 0: never again */
    uint64_t error;            /* the errno; 0: the call falls short */
    uint64_t most;             /* of so many bytes, if it falls short */
    uint64_t half;             /* not 0: the call before the first one writes half */
    _Atomic uint64_t room;     /* not 0: a file that has so many bytes finds the disk full */
    _Atomic uint64_t stalls;   /* not 0: calls wait until it is 0 */
    _Atomic uint64_t waiting;  /* so many are waiting */
    _Atomic uint64_t connects; /* so often a connection to a host was tried */
    uint64_t patience_ms;      /* not 0: how long the system waits for a peer's acknowledgement, whoever sets it */
};

static struct plan *plan;
static const char *name;

__attribute__((constructor)) static void load(void)
{
    const char *path = getenv("ALOG_INJECT_PLAN");
    name = getenv("ALOG_INJECT_NAME");
    int fd = path && name ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    void *map = mmap(NULL, sizeof *plan, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    plan = map == MAP_FAILED ? NULL : map;
    close(fd);
}

static int is_meant(int fd)
{
    char link[64], path[4096];
    int old = errno;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t len = readlink(link, path, sizeof path - 1);
    errno = old;
    size_t want = strlen(name);
    return len >= (ssize_t)want && memcmp(path + len - want, name, want) == 0;
}

/* How many of `len` bytes there is room for behind the end of the file. */
static size_t room_for(int fd, size_t len)
{
    uint64_t room = atomic_load(&plan->room);
    struct stat file;
    if (!room || fstat(fd, &file) != 0)
        return len;
    room = room > (uint64_t)file.st_size ? room - (uint64_t)file.st_size : 0;
    return len < room ? len : room;
}

/* A disk that is slow for as long as the test wants. */
static void wait_for_disk(void)
{
    atomic_fetch_add(&plan->waiting, 1);
    while (atomic_load(&plan->stalls))
        sched_yield();
    atomic_fetch_sub(&plan->waiting, 1);
}

ssize_t write(int fd, const void *bytes, size_t len)
{
    if (plan && is_meant(fd)) {
        uint64_t call = atomic_fetch_add(&plan->calls, 1) + 1;
        uint64_t since = call - plan->from;
        if (plan->period)
            since %= plan->period;
        if (call >= plan->from && since < plan->count) {
            atomic_fetch_add(&plan->injected, 1);
            if (plan->error) {
                errno = (int)plan->error;
                return -1;
            }
            len = len < plan->most ? len : plan->most;
            if (!len)
                return 0;
        } else if (plan->half && call + 1 == plan->from && len > 1) {
            atomic_fetch_add(&plan->injected, 1);
            len /= 2;
        }
        size_t fits = room_for(fd, len);
        if (fits < len) {
            atomic_fetch_add(&plan->injected, 1);
            if (!fits) {
                errno = ENOSPC;
                return -1;
            }
            len = fits;
        }
        if (atomic_load(&plan->stalls))
            wait_for_disk();
    }
    return syscall(SYS_write, fd, bytes, len);
}

int connect(int fd, const struct sockaddr *address, socklen_t len)
{
    if (plan && address->sa_family == AF_INET)
        atomic_fetch_add(&plan->connects, 1);
    return (int)syscall(SYS_connect, fd, address, len);
}

int setsockopt(int fd, int level, int option, const void *value, socklen_t len)
{
    unsigned int patience = plan ? (unsigned int)plan->patience_ms : 0;
    if (level == IPPROTO_TCP && option == TCP_USER_TIMEOUT && patience)
        value = &patience;
    return (int)syscall(SYS_setsockopt, fd, level, option, value, len);
}

/* Writing less than was asked for is allowed. */
ssize_t writev(int fd, const struct iovec *parts, int count)
{
    return count < 1 ? 0 : write(fd, parts[0].iov_base, parts[0].iov_len);
}
