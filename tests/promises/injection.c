/* Stands in front of the system's `write` in a program that is started with it: calls for files whose path ends in
 * $ALOG_INJECT_NAME are counted, and fail or fall short as the plan in the file $ALOG_INJECT_PLAN says, which the
 * program may change. The plan is that of `Plan` in injection.rs. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
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
    }
    return syscall(SYS_write, fd, bytes, len);
}

/* Writing less than was asked for is allowed. */
ssize_t writev(int fd, const struct iovec *parts, int count)
{
    return count < 1 ? 0 : write(fd, parts[0].iov_base, parts[0].iov_len);
}
