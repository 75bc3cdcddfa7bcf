/*
 * files.c: system calls on descriptors, for what is quicker or safer without a ring.
 */
#include "internal.h"

#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <poll.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
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
    {US_OPEN_NOFOLLOW, O_NOFOLLOW, false},    {US_OPEN_PATH, O_PATH, true},            {US_OPEN_SYNC, O_SYNC, true},
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

/* By number: musl has preadv2 and pwritev2 since 1.2.5 only. A 64-bit kernel takes the whole offset from the first of its two halves. */

static ssize_t read_cached(int32_t descriptor, const struct iovec *stretches, uint32_t count, int64_t offset)
{
    return syscall(__NR_preadv2, descriptor, stretches, (unsigned long)count, offset, 0UL, RWF_NOWAIT);
}

static ssize_t write_cached(int32_t descriptor, const struct iovec *stretches, uint32_t count, int64_t offset)
{
    return syscall(__NR_pwritev2, descriptor, stretches, (unsigned long)count, offset, 0UL, RWF_NOWAIT);
}

int32_t us_read_cached(int32_t descriptor, void *buffer, uint32_t length, int64_t offset)
{
    if (us_fault_not_cached()) {
        return -EAGAIN;
    }
    length = us_fault_cut(descriptor, length, offset, false);
    struct iovec stretch = {.iov_base = buffer, .iov_len = length};
    ssize_t answer;
    UNTIL_NOT_INTERRUPTED(answer, read_cached(descriptor, &stretch, 1, offset));
    return answer < 0 ? -errno : (int32_t)answer;
}

int32_t us_write_cached(int32_t descriptor, const void *buffer, uint32_t length, int64_t offset)
{
    if (us_fault_not_cached()) {
        return -EAGAIN;
    }
    length = us_fault_cut(descriptor, length, offset, true);
    struct iovec stretch = {.iov_base = (void *)buffer, .iov_len = length};
    ssize_t answer;
    UNTIL_NOT_INTERRUPTED(answer, write_cached(descriptor, &stretch, 1, offset));
    return answer < 0 ? -errno : (int32_t)answer;
}

int32_t us_read(int32_t descriptor, void *buffer, uint32_t length)
{
    if (us_fault_would_block(descriptor, US_POLL_IN)) {
        return -EAGAIN;
    }
    length = us_fault_cut(descriptor, length, -1, false);
    ssize_t answer;
    UNTIL_NOT_INTERRUPTED(answer, read(descriptor, buffer, length));
    return answer < 0 ? -errno : (int32_t)answer;
}

int32_t us_write(int32_t descriptor, const void *buffer, uint32_t length)
{
    if (us_fault_would_block(descriptor, US_POLL_OUT)) {
        return -EAGAIN;
    }
    length = us_fault_cut(descriptor, length, -1, true);
    ssize_t answer;
    UNTIL_NOT_INTERRUPTED(answer, write(descriptor, buffer, length));
    return answer < 0 ? -errno : (int32_t)answer;
}

int32_t us_read_at(int32_t descriptor, void *buffer, uint32_t length, int64_t offset)
{
    length = us_fault_cut(descriptor, length, offset, false);
    ssize_t answer;
    UNTIL_NOT_INTERRUPTED(answer, pread(descriptor, buffer, length, offset));
    return answer < 0 ? -errno : (int32_t)answer;
}

int32_t us_write_at(int32_t descriptor, const void *buffer, uint32_t length, int64_t offset)
{
    length = us_fault_cut(descriptor, length, offset, true);
    ssize_t answer;
    UNTIL_NOT_INTERRUPTED(answer, pwrite(descriptor, buffer, length, offset));
    return answer < 0 ? -errno : (int32_t)answer;
}

_Static_assert(sizeof(us_buffer) == sizeof(struct iovec) && offsetof(us_buffer, length) == offsetof(struct iovec, iov_len), "us_buffer is struct iovec");

int64_t us_read_vector(int32_t descriptor, const us_buffer *buffers, uint32_t count, int64_t offset)
{
    count = us_fault_cut_buffers(count, offset);
    ssize_t answer;
    UNTIL_NOT_INTERRUPTED(answer, preadv(descriptor, (const struct iovec *)buffers, (int)count, offset));
    return answer < 0 ? -errno : answer;
}

int64_t us_read_vector_cached(int32_t descriptor, const us_buffer *buffers, uint32_t count, int64_t offset)
{
    if (us_fault_not_cached()) {
        return -EAGAIN;
    }
    count = us_fault_cut_buffers(count, offset);
    ssize_t answer;
    UNTIL_NOT_INTERRUPTED(answer, read_cached(descriptor, (const struct iovec *)buffers, count, offset));
    return answer < 0 ? -errno : answer;
}

int64_t us_write_vector(int32_t descriptor, const us_buffer *buffers, uint32_t count, int64_t offset)
{
    count = us_fault_cut_buffers(count, offset);
    ssize_t answer;
    UNTIL_NOT_INTERRUPTED(answer, pwritev(descriptor, (const struct iovec *)buffers, (int)count, offset));
    return answer < 0 ? -errno : answer;
}

int64_t us_copy_range(int32_t source, int64_t source_offset, int32_t destination, int64_t destination_offset, uint64_t length)
{
    length = us_fault_cut_copy(length);
    ssize_t answer;
    UNTIL_NOT_INTERRUPTED(answer, copy_file_range(source, &source_offset, destination, &destination_offset, length, 0));
    return answer < 0 ? -errno : answer;
}

int32_t us_clone(int32_t source, int32_t destination)
{
    int answer;
    UNTIL_NOT_INTERRUPTED(answer, ioctl(destination, FICLONE, source));
    return answer < 0 ? -errno : 0;
}

/* ---- the file as a whole -------------------------------------------------------------------------------------- */

US_SAME(US_ALLOCATE_KEEP_SIZE, FALLOC_FL_KEEP_SIZE);
US_SAME(US_ALLOCATE_PUNCH_HOLE, FALLOC_FL_PUNCH_HOLE);
US_SAME(US_ALLOCATE_COLLAPSE_RANGE, FALLOC_FL_COLLAPSE_RANGE);
US_SAME(US_ALLOCATE_ZERO_RANGE, FALLOC_FL_ZERO_RANGE);
US_SAME(US_ALLOCATE_INSERT_RANGE, FALLOC_FL_INSERT_RANGE);

int32_t us_set_length(int32_t descriptor, int64_t length)
{
    int answer;
    UNTIL_NOT_INTERRUPTED(answer, ftruncate(descriptor, length));
    return answer < 0 ? -errno : 0;
}

int32_t us_allocate(int32_t descriptor, uint32_t flags, int64_t offset, int64_t length)
{
    int answer;
    UNTIL_NOT_INTERRUPTED(answer, fallocate(descriptor, (int)flags, offset, length));
    return answer < 0 ? -errno : 0;
}

int32_t us_advise(int32_t descriptor, int64_t offset, int64_t length, uint32_t advice)
{
    static const int native[] = {
        [US_ADVICE_NORMAL] = POSIX_FADV_NORMAL,       [US_ADVICE_RANDOM] = POSIX_FADV_RANDOM,
        [US_ADVICE_SEQUENTIAL] = POSIX_FADV_SEQUENTIAL, [US_ADVICE_WILL_NEED] = POSIX_FADV_WILLNEED,
        [US_ADVICE_DONT_NEED] = POSIX_FADV_DONTNEED,   [US_ADVICE_NO_REUSE] = POSIX_FADV_NOREUSE,
    };
    /* It answers the error itself and leaves errno alone. */
    return advice < sizeof native / sizeof *native ? -posix_fadvise(descriptor, offset, length, native[advice]) : -EINVAL;
}

int32_t us_sync(int32_t descriptor, uint32_t data_only)
{
    int answer;
    UNTIL_NOT_INTERRUPTED(answer, data_only != 0 ? fdatasync(descriptor) : fsync(descriptor));
    return answer < 0 ? -errno : 0;
}

int32_t us_seek(int32_t descriptor, int64_t offset) { return lseek(descriptor, offset, SEEK_SET) < 0 ? -errno : 0; }

int32_t us_lock_file(int32_t descriptor, uint32_t lock)
{
    static const int native[] = {[US_LOCK_NONE] = LOCK_UN, [US_LOCK_SHARED] = LOCK_SH, [US_LOCK_EXCLUSIVE] = LOCK_EX};
    if (lock >= sizeof native / sizeof *native) {
        return -EINVAL;
    }
    int answer;
    UNTIL_NOT_INTERRUPTED(answer, flock(descriptor, (int)((unsigned)native[lock] | (unsigned)LOCK_NB)));
    return answer < 0 ? -errno : 0;
}

int32_t us_lock_range(int32_t descriptor, uint32_t lock, int64_t offset, int64_t length)
{
    static const short native[] = {[US_LOCK_NONE] = F_UNLCK, [US_LOCK_SHARED] = F_RDLCK, [US_LOCK_EXCLUSIVE] = F_WRLCK};
    if (lock >= sizeof native / sizeof *native) {
        return -EINVAL;
    }
    struct flock range = {.l_type = native[lock], .l_whence = SEEK_SET, .l_start = offset, .l_len = length};
    int answer;
    UNTIL_NOT_INTERRUPTED(answer, fcntl(descriptor, F_SETLK, &range));
    return answer < 0 ? -errno : 0;
}

int64_t us_file_system_of(const char *path, uint64_t *device)
{
    /* Asked in the background: a descriptor, however short-lived, would show in the counts of whoever looks for a leak. */
    struct stat before;
    struct stat after;
    struct statfs system;
    if (stat(path, &before) < 0 || statfs(path, &system) < 0 || stat(path, &after) < 0) {
        return -errno;
    }
    *device = before.st_dev;
    return before.st_dev == after.st_dev ? (int64_t)system.f_type : -EAGAIN;
}

int64_t us_find_data(int32_t descriptor, int64_t offset, int64_t *end)
{
    off_t start = lseek(descriptor, offset, SEEK_DATA);
    if (start < 0) {
        return -errno;
    }
    off_t hole = lseek(descriptor, start, SEEK_HOLE);
    if (hole < 0) {
        return -errno;
    }
    *end = hole;
    return start;
}

/* ---- describing ----------------------------------------------------------------------------------------------- */

static void describe_direct(int32_t descriptor, us_file_info *info)
{
    us_file_status status;
    info->direct_memory_alignment = UINT32_MAX;
    info->direct_offset_alignment = UINT32_MAX;
    if (us_status_of(descriptor, &status) == 0) {
        info->direct_memory_alignment = status.direct_memory_alignment;
        info->direct_offset_alignment = status.direct_offset_alignment;
    }
}

static void describe(const struct stat *status, us_file_info *info)
{
    *info = (us_file_info){
        .length = status->st_size,
        .type = status->st_mode & (mode_t)S_IFMT,
        .mode = status->st_mode & 07777U,
        .device = status->st_dev,
        .inode = status->st_ino,
    };
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

/**
 * Describes what was opened, and puts a file into blocking mode: in non-blocking mode a ring would answer EAGAIN instead of reading from the disk. The description is ours alone, and
 * the flags it has are those it was opened with; fcntl ignores what is for opening alone.
 */
static int32_t settle(int32_t descriptor, int32_t native, const struct stat *status, us_file_info *info)
{
    describe(status, info);
    if (!S_ISREG(status->st_mode) && !S_ISBLK(status->st_mode)) {
        return 0;
    }
    if (((unsigned)native & (unsigned)O_DIRECT) != 0) {
        describe_direct(descriptor, info);
    }
    return fcntl(descriptor, F_SETFL, (int)((unsigned)native & ~(unsigned)O_NONBLOCK)) < 0 ? -errno : 0;
}

int32_t us_open_file(const char *path, uint32_t flags, uint32_t mode, us_file_info *info)
{
    /* Without waiting, in case it is a FIFO. */
    flags |= (uint32_t)US_OPEN_NONBLOCK;
    int32_t descriptor = us_open(path, flags, mode);
    if (descriptor < 0) {
        return descriptor;
    }
    struct stat status;
    int32_t answer = fstat(descriptor, &status) < 0 ? -errno : settle(descriptor, us_native_open_flags(flags), &status, info);
    if (answer < 0) {
        (void)us_close(descriptor);
        return answer;
    }
    return descriptor;
}

/** Looks at what was opened really, which may have taken the place of what was seen at the path. */
static int32_t accept_cached(int32_t descriptor, int32_t native, const uint64_t *devices, uint32_t device_count, us_file_info *info)
{
    struct stat status;
    if (fstat(descriptor, &status) < 0) {
        return -errno;
    }
    if (!(S_ISREG(status.st_mode) || S_ISFIFO(status.st_mode)) || !us_is_among(status.st_dev, devices, device_count)) {
        return -EAGAIN;
    }
    return settle(descriptor, native, &status, info);
}

static int32_t open_cached(const char *path, uint32_t flags, bool follows_links, const uint64_t *devices, uint32_t device_count, us_file_info *info)
{
    /* Without waiting, in case a FIFO has taken the file's place by now. */
    int32_t native = us_native_open_flags(flags | (uint32_t)US_OPEN_NONBLOCK);
    if (native < 0) {
        return native;
    }
    int32_t descriptor = us_open_path_cached(path, native, follows_links);
    if (descriptor < 0) {
        return descriptor;
    }
    int32_t answer = accept_cached(descriptor, native, devices, device_count, info);
    if (answer < 0) {
        (void)us_close(descriptor);
        return answer;
    }
    return descriptor;
}

int32_t us_open_cached(const char *path, uint32_t flags, const uint64_t *devices, uint32_t device_count, us_file_info *info)
{
    /* What lies at the path is looked at before it is opened: opening asks the server of a FUSE or network file system, which may hang. */
    us_file_status status;
    int32_t answer = us_status_cached(path, US_PATH_FOLLOW, devices, device_count, &status);
    info->device = status.device;
    if (answer < 0) {
        return answer;
    }
    if (status.type != (uint32_t)US_FILE_REGULAR && status.type != (uint32_t)US_FILE_FIFO) {
        return -EAGAIN;
    }
    return open_cached(path, flags, true, devices, device_count, info);
}

int32_t us_open_cached_in(const char *path, uint32_t flags, const uint64_t *devices, uint32_t device_count, us_file_info *info)
{
    info->device = 0;
    int32_t answer = open_cached(path, flags, false, devices, device_count, info);
    if (answer == -ELOOP) {
        /* A link, which may lead anywhere. */
        return us_open_cached(path, flags, devices, device_count, info);
    }
    return answer == -EPERM || answer == -ENOSYS || answer == -EINVAL ? -EAGAIN : answer;
}

/**
 * Whether opening a character device again gives the same thing: a terminal, or the memory devices (/dev/null and its like). Others may make a new one at each
 * open, as /dev/ptmx makes a terminal with a peer nobody has (Documentation/admin-guide/devices.txt).
 */
static bool is_one_device(int32_t descriptor, dev_t device)
{
    const unsigned memory_devices = 1;
    return major(device) == memory_devices || (device != makedev(5, 2) && isatty(descriptor) == 1);
}

int32_t us_reopen(int32_t descriptor, uint32_t flags)
{
    char path[32];
    struct stat status;
    if (fstat(descriptor, &status) < 0) {
        return -errno;
    }
    if (S_ISCHR(status.st_mode) && !is_one_device(descriptor, status.st_rdev)) {
        return -EOPNOTSUPP;
    }
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    return us_open(path, flags, 0);
}

int32_t us_duplicate(int32_t descriptor)
{
    int answer = fcntl(descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    return answer < 0 ? -errno : answer;
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

int32_t us_describe(int32_t descriptor, us_file_info *info)
{
    struct stat status;
    if (fstat(descriptor, &status) < 0) {
        return -errno;
    }
    describe(&status, info);
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
