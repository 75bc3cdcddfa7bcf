/*
 * files.c: system calls on descriptors, for what is quicker or safer without a ring.
 */
#include "internal.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <unistd.h>

US_SAME(US_POLL_IN, POLLIN);
US_SAME(US_POLL_PRI, POLLPRI);
US_SAME(US_POLL_OUT, POLLOUT);
US_SAME(US_POLL_ERR, POLLERR);
US_SAME(US_POLL_HUP, POLLHUP);
US_SAME(US_POLL_NVAL, POLLNVAL);
US_SAME(US_POLL_RDHUP, POLLRDHUP);
US_SAME(US_FILE_FIFO, S_IFIFO);
US_SAME(US_FILE_CHARACTER, S_IFCHR);
US_SAME(US_FILE_DIRECTORY, S_IFDIR);
US_SAME(US_FILE_BLOCK, S_IFBLK);
US_SAME(US_FILE_REGULAR, S_IFREG);
US_SAME(US_FILE_LINK, S_IFLNK);
US_SAME(US_FILE_SOCKET, S_IFSOCK);

/* glibc's TEMP_FAILURE_RETRY yields a long and is not to be had with every libc. */
#define UNTIL_NOT_INTERRUPTED(answer, call)                                                                                             \
    do {                                                                                                                                \
        (answer) = (call);                                                                                                              \
    } while ((answer) < 0 && errno == EINTR)

/* ---- flags ---------------------------------------------------------------------------------------------------- */

/** A flag of ours and the kernel's. */
struct flag_pair {
    uint32_t ours;
    int native;
    /** fcntl(F_GETFL) reports it, and it means the same there as when opening. */
    bool lasting;
};

static const struct flag_pair flag_pairs[] = {
    {US_OPEN_WRITE_ONLY, O_WRONLY, true},     {US_OPEN_READ_WRITE, O_RDWR, true},    {US_OPEN_CREATE, O_CREAT, false},
    {US_OPEN_EXCLUSIVE, O_EXCL, false},       {US_OPEN_TRUNCATE, O_TRUNC, false},    {US_OPEN_APPEND, O_APPEND, true},
    {US_OPEN_NONBLOCK, O_NONBLOCK, true},     {US_OPEN_DIRECT, O_DIRECT, true},      {US_OPEN_DSYNC, O_DSYNC, true},
    {US_OPEN_CLOEXEC, O_CLOEXEC, false},      {US_OPEN_NOCTTY, O_NOCTTY, false},     {US_OPEN_DIRECTORY, O_DIRECTORY, false},
    {US_OPEN_NOFOLLOW, O_NOFOLLOW, false},    {US_OPEN_PATH, O_PATH, true},
};

#define FLAG_PAIRS (sizeof flag_pairs / sizeof *flag_pairs)

int32_t us_native_open_flags(uint32_t flags)
{
    const uint32_t both = (uint32_t)US_OPEN_WRITE_ONLY | (uint32_t)US_OPEN_READ_WRITE;
    if ((flags & both) == both) {
        return -EINVAL;
    }
    /* No descriptor of ours shall reach a child process, and none shall become a controlling terminal. */
    unsigned native = (unsigned)O_CLOEXEC | (unsigned)O_NOCTTY;
    for (size_t i = 0; i < FLAG_PAIRS; i++) {
        if ((flags & flag_pairs[i].ours) != 0) {
            native |= (unsigned)flag_pairs[i].native;
            flags &= ~flag_pairs[i].ours;
        }
    }
    return flags == 0 ? (int32_t)native : -EINVAL;
}

int32_t us_get_flags(int32_t descriptor)
{
    int native = fcntl(descriptor, F_GETFL);
    if (native < 0) {
        return -errno;
    }
    uint32_t flags = 0;
    for (size_t i = 0; i < FLAG_PAIRS; i++) {
        if (flag_pairs[i].lasting && (native & flag_pairs[i].native) == flag_pairs[i].native) {
            flags |= flag_pairs[i].ours;
        }
    }
    return (int32_t)flags;
}

int32_t us_set_nonblocking(int32_t descriptor, uint32_t nonblocking)
{
    int native = fcntl(descriptor, F_GETFL);
    if (native < 0) {
        return -errno;
    }
    unsigned changed = nonblocking != 0 ? (unsigned)native | (unsigned)O_NONBLOCK : (unsigned)native & ~(unsigned)O_NONBLOCK;
    if (changed == (unsigned)native) {
        return 0;
    }
    return fcntl(descriptor, F_SETFL, (int)changed) < 0 ? -errno : 0;
}

/* ---- reading and writing -------------------------------------------------------------------------------------- */

/* The kernel moves at most 0x7ffff000 bytes at a time: every count fits int32_t. */

int32_t us_read_cached(int32_t descriptor, void *buffer, uint32_t length, int64_t offset)
{
    struct iovec stretch = {.iov_base = buffer, .iov_len = length};
    ssize_t answer;
    UNTIL_NOT_INTERRUPTED(answer, preadv2(descriptor, &stretch, 1, offset, RWF_NOWAIT));
    return answer < 0 ? -errno : (int32_t)answer;
}

int32_t us_write_cached(int32_t descriptor, const void *buffer, uint32_t length, int64_t offset)
{
    struct iovec stretch = {.iov_base = (void *)buffer, .iov_len = length};
    ssize_t answer;
    UNTIL_NOT_INTERRUPTED(answer, pwritev2(descriptor, &stretch, 1, offset, RWF_NOWAIT));
    return answer < 0 ? -errno : (int32_t)answer;
}

int32_t us_read(int32_t descriptor, void *buffer, uint32_t length)
{
    ssize_t answer;
    UNTIL_NOT_INTERRUPTED(answer, read(descriptor, buffer, length));
    return answer < 0 ? -errno : (int32_t)answer;
}

int32_t us_write(int32_t descriptor, const void *buffer, uint32_t length)
{
    ssize_t answer;
    UNTIL_NOT_INTERRUPTED(answer, write(descriptor, buffer, length));
    return answer < 0 ? -errno : (int32_t)answer;
}

/* ---- opening and closing -------------------------------------------------------------------------------------- */

int32_t us_open(const char *path, uint32_t flags, uint32_t mode)
{
    int32_t native = us_native_open_flags(flags);
    if (native < 0) {
        return native;
    }
    int answer;
    UNTIL_NOT_INTERRUPTED(answer, open(path, native, mode));
    return answer < 0 ? -errno : answer;
}

int32_t us_reopen(int32_t descriptor, uint32_t flags)
{
    char path[32];
    struct stat status;
    if (fstat(descriptor, &status) < 0) {
        return -errno;
    }
    /* /dev/ptmx, Documentation/admin-guide/devices.txt: each open of it makes a new terminal, with a peer nobody has. */
    if (S_ISCHR(status.st_mode) && status.st_rdev == makedev(5, 2)) {
        return -EOPNOTSUPP;
    }
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    return us_open(path, flags, 0);
}

int32_t us_close(int32_t descriptor)
{
    /* Never twice: after EINTR the number is free already, and may be another thread's by now. */
    return close(descriptor) < 0 && errno != EINTR ? -errno : 0;
}

int32_t us_make_fifo(const char *path, uint32_t mode) { return mkfifo(path, (mode_t)mode) < 0 ? -errno : 0; }

/* ---- asking --------------------------------------------------------------------------------------------------- */

int32_t us_poll_now(int32_t descriptor, uint32_t events)
{
    struct pollfd asked = {.fd = descriptor, .events = (short)events};
    int answer;
    UNTIL_NOT_INTERRUPTED(answer, poll(&asked, 1, 0));
    return answer < 0 ? -errno : (uint16_t)asked.revents;
}

/** The kernel's struct statx as far as it is used here; the libc's may be too old to have the last two. */
struct statx_alignment {
    uint32_t mask;
    uint32_t unused_before[37];
    uint32_t direct_memory_alignment;
    uint32_t direct_offset_alignment;
    uint32_t unused_after[24];
};

_Static_assert(sizeof(struct statx_alignment) == 256, "the kernel's struct statx has 256 bytes");
_Static_assert(offsetof(struct statx_alignment, direct_memory_alignment) == 0x98, "stx_dio_mem_align");
_Static_assert(offsetof(struct statx_alignment, direct_offset_alignment) == 0x9c, "stx_dio_offset_align");

/* STATX_DIOALIGN, since Linux 6.1. */
#define ASK_DIRECT_ALIGNMENT 0x2000U

static void describe_direct(int32_t descriptor, us_file_info *info)
{
    struct statx_alignment answer = {0};
    info->direct_memory_alignment = UINT32_MAX;
    info->direct_offset_alignment = UINT32_MAX;
    if (syscall(__NR_statx, descriptor, "", AT_EMPTY_PATH, ASK_DIRECT_ALIGNMENT, &answer) == 0 && (answer.mask & ASK_DIRECT_ALIGNMENT) != 0) {
        info->direct_memory_alignment = answer.direct_memory_alignment;
        info->direct_offset_alignment = answer.direct_offset_alignment;
    }
}

int32_t us_describe(int32_t descriptor, us_file_info *info)
{
    struct stat status;
    if (fstat(descriptor, &status) < 0) {
        return -errno;
    }
    *info = (us_file_info){
        .length = status.st_size,
        .type = status.st_mode & (mode_t)S_IFMT,
        .mode = status.st_mode & 07777U,
        .device = status.st_dev,
        .inode = status.st_ino,
    };
    if (S_ISREG(status.st_mode) || S_ISBLK(status.st_mode)) {
        describe_direct(descriptor, info);
    }
    return 0;
}

int32_t us_file_type_of(int32_t descriptor)
{
    struct stat status;
    return fstat(descriptor, &status) < 0 ? -errno : (int32_t)(status.st_mode & (mode_t)S_IFMT);
}

int64_t us_length_of(int32_t descriptor)
{
    struct stat status;
    return fstat(descriptor, &status) < 0 ? -errno : status.st_size;
}
