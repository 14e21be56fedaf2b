/*
 * A process that is killed at its n-th point: just before or just after a store to memory that is a file's, or a call that
 * changes files. Between two points nothing changes of what outlives it, so these are all moments there are.
 *
 * The functions here stand in front of the C library's for the whole program, the logging library in it included. What
 * mmap() maps of a file for writing is mapped for reading only: each store faults, is allowed, made as a single step, and
 * forbidden again. For programs with one thread; on processors other than x86-64 only the calls are points.
 */
#ifndef KILL_H
#define KILL_H

#include "check.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <ucontext.h>

#ifdef __x86_64__
#define KILL_FLAGS(context) ((context)->uc_mcontext.gregs[REG_EFL])
enum { KILL_HAS_STEPS = 1 };
#else
static long long kill_no_flags;
#define KILL_FLAGS(context) (*((void)(context), &kill_no_flags))
enum { KILL_HAS_STEPS = 0 };
#endif

enum { KILL_REGIONS = 64, KILL_STEP = 0x100 /* the trap flag */ };

static struct {
    uint64_t at;     /* the point at which the process is killed, counted from 1; 0: at none */
    uint64_t *count; /* where the points are counted; NULL: they are not */
    struct {
        char *start;
        size_t len;
    } regions[KILL_REGIONS];
} kill_points;

/* Here the process may be killed. */
static void kill_point(void)
{
    if (kill_points.count && ++*kill_points.count == kill_points.at)
        syscall(SYS_kill, getpid(), SIGKILL);
}

/* What the regions are mapped for. */
static void kill_protect(int protection)
{
    for (int i = 0; i < KILL_REGIONS; i++)
        if (kill_points.regions[i].start)
            syscall(SYS_mprotect, kill_points.regions[i].start, kill_points.regions[i].len, protection);
}

/* A store to a region, which is made as a single step; any other fault is one. */
static void kill_on_fault(int number, siginfo_t *info, void *context)
{
    char *at = (char *)info->si_addr;
    for (int i = 0; i < KILL_REGIONS; i++) {
        if (at >= kill_points.regions[i].start && at < kill_points.regions[i].start + kill_points.regions[i].len) {
            kill_point();
            kill_protect(PROT_READ | PROT_WRITE);
            KILL_FLAGS((ucontext_t *)context) |= KILL_STEP;
            return;
        }
    }
    signal(number, SIG_DFL);
}

static void kill_on_step(int number, siginfo_t *info, void *context)
{
    (void)number, (void)info;
    KILL_FLAGS((ucontext_t *)context) &= ~KILL_STEP;
    kill_protect(PROT_READ);
    kill_point();
}

/* From here on points are counted in `count`, and this process, which has no other thread, is killed at `at`. */
static void kill_arm(uint64_t at, uint64_t *count)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_flags = SA_SIGINFO;
    action.sa_sigaction = kill_on_fault;
    CHECK_EQ(sigaction(SIGSEGV, &action, NULL), 0);
    action.sa_sigaction = kill_on_step;
    CHECK_EQ(sigaction(SIGTRAP, &action, NULL), 0);
    kill_points.at = at;
    kill_points.count = count;
    *count = 0;
}

static void kill_disarm(void)
{
    kill_points.count = NULL;
    kill_protect(PROT_READ | PROT_WRITE);
}

#ifdef __cplusplus
extern "C" {
#define NOTHROW throw()
#else
#define NOTHROW
#endif

static void *kill_map(void *at, size_t len, int protection, int flags, int fd, off_t offset)
{
    int is_shared = KILL_HAS_STEPS && (flags & MAP_SHARED) && (protection & PROT_WRITE) && fd >= 0 && kill_points.count;
    void *mapped = (void *)syscall(SYS_mmap, at, len, is_shared ? PROT_READ : protection, flags, fd, offset);
    int i = 0;
    if (!is_shared || mapped == MAP_FAILED)
        return mapped;
    while (i < KILL_REGIONS && kill_points.regions[i].start)
        i++;
    CHECK(i < KILL_REGIONS);
    kill_points.regions[i].start = (char *)mapped;
    kill_points.regions[i].len = len;
    return mapped;
}

void *mmap(void *at, size_t len, int protection, int flags, int fd, off_t offset) NOTHROW
{
    return kill_map(at, len, protection, flags, fd, offset);
}

void *mmap64(void *at, size_t len, int protection, int flags, int fd, off64_t offset) NOTHROW
{
    return kill_map(at, len, protection, flags, fd, offset);
}

int munmap(void *at, size_t len) NOTHROW
{
    for (int i = 0; i < KILL_REGIONS; i++)
        if (kill_points.regions[i].start == (char *)at)
            kill_points.regions[i].start = NULL;
    return (int)syscall(SYS_munmap, at, len);
}

/* KILL_CALL(result, name, (parameters), (arguments)): a function with a point before it and one behind it. */
#define KILL_CALL(result, name, parameters, arguments) \
    result name parameters \
    { \
        static result(*real) parameters; \
        result got; \
        if (!real) { \
            void *found = dlsym(RTLD_NEXT, #name); \
            memcpy(&real, &found, sizeof real); \
        } \
        kill_point(); \
        got = real arguments; \
        kill_point(); \
        return got; \
    }

KILL_CALL(ssize_t, write, (int fd, const void *bytes, size_t len), (fd, bytes, len))
KILL_CALL(ssize_t, writev, (int fd, const struct iovec *parts, int count), (fd, parts, count))
KILL_CALL(ssize_t, pwrite64, (int fd, const void *bytes, size_t len, off64_t at), (fd, bytes, len, at))
KILL_CALL(int, rename, (const char *from, const char *to), (from, to))
KILL_CALL(int, renameat2,
    (int from_fd, const char *from, int to_fd, const char *to, unsigned int flags), (from_fd, from, to_fd, to, flags))
KILL_CALL(int, link, (const char *from, const char *to), (from, to))
KILL_CALL(int, unlink, (const char *path), (path))
KILL_CALL(int, mkdir, (const char *path, mode_t mode), (path, mode))
KILL_CALL(int, ftruncate64, (int fd, off64_t len), (fd, len))
KILL_CALL(int, posix_fallocate, (int fd, off_t at, off_t len), (fd, at, len))

int open64(const char *path, int flags, ...)
{
    va_list rest;
    mode_t mode;
    int fd;
    va_start(rest, flags);
    mode = (mode_t)va_arg(rest, int);
    va_end(rest);
    if (flags & (O_CREAT | O_TRUNC))
        kill_point();
    fd = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    if (flags & (O_CREAT | O_TRUNC))
        kill_point();
    return fd;
}

#ifdef __cplusplus
}
#endif

#endif
