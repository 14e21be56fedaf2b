/*
 * A system that refuses: the n-th allocation, or the n-th call of another kind, fails. The functions here stand in front
 * of the C library's for the whole program, the logging library in it included.
 */
#ifndef SCARCE_H
#define SCARCE_H

#include "check.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>

/* What is counted, and what fails. */
enum scarce_kind { SCARCE_MEMORY, SCARCE_CALLS, SCARCE_KINDS };

static struct {
    int armed;       /* calls are counted */
    int kind;        /* those of this kind */
    uint64_t calls;  /* so many there were */
    uint64_t from;   /* this one fails, counted from 1 */
    uint64_t count;  /* and so many in a row */
    uint64_t failed; /* so many did */
} scarce;

/* Whether this call is one that fails. */
static int scarce_fails(int kind)
{
    uint64_t call;
    if (!__atomic_load_n(&scarce.armed, __ATOMIC_ACQUIRE) || scarce.kind != kind)
        return 0;
    call = __atomic_add_fetch(&scarce.calls, 1, __ATOMIC_RELAXED);
    if (call < scarce.from || call - scarce.from >= scarce.count)
        return 0;
    __atomic_add_fetch(&scarce.failed, 1, __ATOMIC_RELAXED);
    return 1;
}

static void scarce_arm(int kind, uint64_t from, uint64_t count)
{
    scarce.kind = kind;
    scarce.from = from;
    scarce.count = count;
    scarce.calls = scarce.failed = 0;
    __atomic_store_n(&scarce.armed, 1, __ATOMIC_RELEASE);
}

static void scarce_disarm(void)
{
    __atomic_store_n(&scarce.armed, 0, __ATOMIC_RELEASE);
}

#ifdef __cplusplus
extern "C" {
#define NOTHROW throw()
#else
#define NOTHROW
#endif

/* glibc's own names for what these replace. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

void *malloc(size_t size) NOTHROW
{
    if (scarce_fails(SCARCE_MEMORY)) {
        errno = ENOMEM;
        return NULL;
    }
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) NOTHROW
{
    if (scarce_fails(SCARCE_MEMORY)) {
        errno = ENOMEM;
        return NULL;
    }
    return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size) NOTHROW
{
    if (scarce_fails(SCARCE_MEMORY)) {
        errno = ENOMEM;
        return NULL;
    }
    return __libc_realloc(old, size);
}

int posix_memalign(void **out, size_t alignment, size_t size) NOTHROW
{
    if (scarce_fails(SCARCE_MEMORY) || (*out = __libc_memalign(alignment, size)) == NULL)
        return ENOMEM;
    return 0;
}

void *aligned_alloc(size_t alignment, size_t size) NOTHROW
{
    if (scarce_fails(SCARCE_MEMORY)) {
        errno = ENOMEM;
        return NULL;
    }
    return __libc_memalign(alignment, size);
}

/* CALL(kind, errno, result, name, (parameters), (arguments)): a function that fails when its turn has come. */
#define CALL(kind, error, result, failure, name, parameters, arguments) \
    result name parameters \
    { \
        static result(*real) parameters; \
        if (!real) { \
            void *found = dlsym(RTLD_NEXT, #name); \
            memcpy(&real, &found, sizeof real); \
        } \
        if (scarce_fails(kind)) { \
            errno = error; \
            return failure; \
        } \
        return real arguments; \
    }

CALL(SCARCE_MEMORY, ENOMEM, void *, MAP_FAILED, mmap64,
    (void *at, size_t len, int protection, int flags, int fd, off64_t offset), (at, len, protection, flags, fd, offset))
CALL(SCARCE_MEMORY, ENOMEM, void *, MAP_FAILED, mmap,
    (void *at, size_t len, int protection, int flags, int fd, off_t offset), (at, len, protection, flags, fd, offset))
CALL(SCARCE_CALLS, EIO, ssize_t, -1, write, (int fd, const void *bytes, size_t len), (fd, bytes, len))
CALL(SCARCE_CALLS, EIO, ssize_t, -1, writev, (int fd, const struct iovec *parts, int count), (fd, parts, count))
CALL(SCARCE_CALLS, EMFILE, int, -1, eventfd, (unsigned int value, int flags), (value, flags))
CALL(SCARCE_CALLS, EIO, int, -1, fdatasync, (int fd), (fd))
CALL(SCARCE_CALLS, EIO, int, -1, fsync, (int fd), (fd))
CALL(SCARCE_CALLS, ENOLCK, int, -1, flock, (int fd, int operation), (fd, operation))
CALL(SCARCE_CALLS, EACCES, int, -1, rename, (const char *from, const char *to), (from, to))
CALL(SCARCE_CALLS, EACCES, int, -1, renameat2,
    (int from_fd, const char *from, int to_fd, const char *to, unsigned int flags), (from_fd, from, to_fd, to, flags))
CALL(SCARCE_CALLS, EACCES, int, -1, unlink, (const char *path), (path))
CALL(SCARCE_CALLS, EIO, ssize_t, -1, read, (int fd, void *bytes, size_t len), (fd, bytes, len))
CALL(SCARCE_CALLS, EIO, ssize_t, -1, pread64, (int fd, void *bytes, size_t len, off64_t at), (fd, bytes, len, at))
CALL(SCARCE_CALLS, EIO, ssize_t, -1, pwrite64, (int fd, const void *bytes, size_t len, off64_t at), (fd, bytes, len, at))
CALL(SCARCE_CALLS, EIO, struct dirent64 *, NULL, readdir64, (DIR * dir), (dir))
CALL(SCARCE_CALLS, EACCES, int, -1, mkdir, (const char *path, mode_t mode), (path, mode))
CALL(SCARCE_CALLS, EIO, int, -1, ftruncate64, (int fd, off64_t len), (fd, len))
CALL(SCARCE_CALLS, EACCES, DIR *, NULL, opendir, (const char *path), (path))
CALL(SCARCE_CALLS, EIO, int, -1, fstat64, (int fd, struct stat64 *out), (fd, out))
CALL(SCARCE_CALLS, EACCES, int, -1, lstat64, (const char *path, struct stat64 *out), (path, out))
CALL(SCARCE_CALLS, EACCES, int, -1, stat64, (const char *path, struct stat64 *out), (path, out))
CALL(SCARCE_CALLS, EIO, int, -1, statx,
    (int fd, const char *path, int flags, unsigned int mask, struct statx *out), (fd, path, flags, mask, out))
CALL(SCARCE_CALLS, EACCES, char *, NULL, getcwd, (char *out, size_t len), (out, len))

int open64(const char *path, int flags, ...)
{
    static int (*real)(const char *, int, ...);
    va_list rest;
    mode_t mode;
    va_start(rest, flags);
    mode = va_arg(rest, mode_t);
    va_end(rest);
    if (!real) {
        void *found = dlsym(RTLD_NEXT, "open64");
        memcpy(&real, &found, sizeof real);
    }
    if (scarce_fails(SCARCE_CALLS)) {
        errno = EMFILE;
        return -1;
    }
    return real(path, flags, mode);
}

int posix_fallocate(int fd, off_t at, off_t len)
{
    static int (*real)(int, off_t, off_t);
    if (!real) {
        void *found = dlsym(RTLD_NEXT, "posix_fallocate");
        memcpy(&real, &found, sizeof real);
    }
    return scarce_fails(SCARCE_CALLS) ? ENOSPC : real(fd, at, len);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *argument)
{
    static int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    if (!real) {
        void *found = dlsym(RTLD_NEXT, "pthread_create");
        memcpy(&real, &found, sizeof real);
    }
    return scarce_fails(SCARCE_CALLS) ? EAGAIN : real(thread, attributes, body, argument);
}

#ifdef __cplusplus
}
#endif

#endif
