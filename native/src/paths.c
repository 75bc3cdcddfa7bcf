/*
 * paths.c: system calls on paths, and what the kernel can answer about them without waiting.
 */
#include "internal.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#ifndef STATX_BASIC_STATS
/* musl has struct statx since 1.2.4 only. */
#include <linux/stat.h>
#endif

US_SAME(US_RENAME_NO_REPLACE, RENAME_NOREPLACE);
US_SAME(US_RENAME_EXCHANGE, RENAME_EXCHANGE);

/* ---- status --------------------------------------------------------------------------------------------------- */

/** The kernel's struct statx with the members the libc's may be too old for. */
union statx_buffer {
    struct statx known;
    struct {
        uint32_t unused_before[38];
        uint32_t direct_memory_alignment;
        uint32_t direct_offset_alignment;
        uint32_t unused_after[24];
    } newer;
};

_Static_assert(sizeof(union statx_buffer) == 256, "the kernel's struct statx has 256 bytes");
_Static_assert(offsetof(union statx_buffer, newer.direct_memory_alignment) == 0x98, "stx_dio_mem_align");
_Static_assert(offsetof(union statx_buffer, newer.direct_offset_alignment) == 0x9c, "stx_dio_offset_align");

/* STATX_DIOALIGN, since Linux 6.1. */
#define ASK_DIRECT_ALIGNMENT 0x2000U
#define ASK_STATUS ((unsigned)STATX_BASIC_STATS | (unsigned)STATX_BTIME)

static us_timespec timespec_of(const struct statx_timestamp *time)
{
    return (us_timespec){.seconds = time->tv_sec, .nanoseconds = time->tv_nsec};
}

static int32_t ask_status(int32_t folder, const char *path, int flags, unsigned mask, us_file_status *status)
{
    union statx_buffer answer = {0};
    int result;
    UNTIL_NOT_INTERRUPTED(
        result, (int)syscall(__NR_statx, folder, path, flags, mask, &answer));
    if (result < 0) {
        return -errno;
    }
    const struct statx *known = &answer.known;
    bool tells_alignment = (known->stx_mask & ASK_DIRECT_ALIGNMENT) != 0;
    *status = (us_file_status){
        .length = (int64_t)known->stx_size,
        .blocks = known->stx_blocks,
        .inode = known->stx_ino,
        .device = makedev(known->stx_dev_major, known->stx_dev_minor),
        .special_device = makedev(known->stx_rdev_major, known->stx_rdev_minor),
        .attributes = known->stx_attributes,
        .type = known->stx_mode & (uint32_t)S_IFMT,
        .mode = known->stx_mode & 07777U,
        .links = known->stx_nlink,
        .owner = known->stx_uid,
        .group = known->stx_gid,
        .block_size = known->stx_blksize,
        .direct_memory_alignment = tells_alignment ? answer.newer.direct_memory_alignment : UINT32_MAX,
        .direct_offset_alignment = tells_alignment ? answer.newer.direct_offset_alignment : UINT32_MAX,
        .has_birth_time = (known->stx_mask & (uint32_t)STATX_BTIME) != 0 ? 1 : 0,
        .access_time = timespec_of(&known->stx_atime),
        .write_time = timespec_of(&known->stx_mtime),
        .change_time = timespec_of(&known->stx_ctime),
        .birth_time = timespec_of(&known->stx_btime),
    };
    return 0;
}

static int lookup_flags(uint32_t flags) { return (flags & (uint32_t)US_PATH_NO_FOLLOW) != 0 ? AT_SYMLINK_NOFOLLOW : 0; }

int32_t us_status(const char *path, uint32_t flags, us_file_status *status)
{
    return ask_status(AT_FDCWD, path, lookup_flags(flags), ASK_STATUS, status);
}

int32_t us_status_of(int32_t descriptor, us_file_status *status) { return ask_status(descriptor, "", AT_EMPTY_PATH, ASK_STATUS | ASK_DIRECT_ALIGNMENT, status); }

int32_t us_open_path_cached(const char *path, int32_t native_flags, bool follows_links)
{
    if (us_fault_not_cached()) {
        return -EAGAIN;
    }
    struct open_how how = {.flags = (uint32_t)native_flags, .resolve = follows_links ? RESOLVE_CACHED : RESOLVE_CACHED | RESOLVE_NO_SYMLINKS};
    long answer;
    UNTIL_NOT_INTERRUPTED(answer, syscall(__NR_openat2, AT_FDCWD, path, &how, sizeof how));
    return answer < 0 ? -errno : (int32_t)answer;
}

int32_t us_status_cached(const char *path, uint32_t flags, const uint64_t *devices, uint32_t device_count, us_file_status *status)
{
    status->device = 0;
    const unsigned follow = (flags & (uint32_t)US_PATH_NO_FOLLOW) != 0 ? (unsigned)O_NOFOLLOW : 0;
    int32_t place = us_open_path_cached(path, (int32_t)((unsigned)O_PATH | (unsigned)O_CLOEXEC | follow), true);
    if (place < 0) {
        /* Before Linux 5.12, and in containers that refuse openat2; O_PATH itself never answers the first three. For want of a descriptor statx still works. */
        bool says_nothing = place == -EPERM || place == -ENOSYS || place == -EINVAL || place == -EMFILE || place == -ENFILE || place == -ENOMEM;
        return says_nothing ? -EAGAIN : place;
    }
    /* From what is known already: no server is asked, and a local file system knows everything. */
    int32_t answer = ask_status(place, "", (int)((unsigned)AT_EMPTY_PATH | (unsigned)AT_STATX_DONT_SYNC), ASK_STATUS, status);
    (void)us_close(place);
    if (answer == 0 && !us_is_among(status->device, devices, device_count)) {
        return -EAGAIN;
    }
    return answer;
}

/* ---- changes -------------------------------------------------------------------------------------------------- */

int32_t us_delete_file(const char *path) { return unlink(path) < 0 ? -errno : 0; }

int32_t us_delete_folder(const char *path) { return rmdir(path) < 0 ? -errno : 0; }

int32_t us_rename(const char *source, const char *destination, uint32_t flags)
{
    return syscall(__NR_renameat2, AT_FDCWD, source, AT_FDCWD, destination, flags) < 0 ? -errno : 0;
}

int32_t us_make_folder(const char *path, uint32_t mode) { return mkdir(path, (mode_t)mode) < 0 ? -errno : 0; }

int32_t us_make_link(const char *existing, const char *path) { return link(existing, path) < 0 ? -errno : 0; }

int32_t us_make_symbolic_link(const char *target, const char *path) { return symlink(target, path) < 0 ? -errno : 0; }

int32_t us_read_link(const char *path, void *buffer, uint32_t capacity)
{
    ssize_t answer = readlink(path, buffer, capacity);
    return answer < 0 ? -errno : (int32_t)answer;
}

int32_t us_set_mode(const char *path, uint32_t mode) { return chmod(path, (mode_t)mode) < 0 ? -errno : 0; }

int32_t us_set_mode_of(int32_t descriptor, uint32_t mode) { return fchmod(descriptor, (mode_t)mode) < 0 ? -errno : 0; }

int32_t us_set_owner(const char *path, uint32_t owner, uint32_t group, uint32_t flags)
{
    return fchownat(AT_FDCWD, path, owner, group, lookup_flags(flags)) < 0 ? -errno : 0;
}

static struct timespec time_to_set(const us_timespec *time)
{
    struct timespec set = {.tv_nsec = UTIME_OMIT};
    if (time != NULL) {
        set.tv_sec = time->seconds;
        set.tv_nsec = time->nanoseconds;
    }
    return set;
}

int32_t us_set_times(const char *path, const us_timespec *access_time, const us_timespec *write_time, uint32_t flags)
{
    const struct timespec times[] = {time_to_set(access_time), time_to_set(write_time)};
    return utimensat(AT_FDCWD, path, times, lookup_flags(flags)) < 0 ? -errno : 0;
}

int32_t us_set_times_of(int32_t descriptor, const us_timespec *access_time, const us_timespec *write_time)
{
    const struct timespec times[] = {time_to_set(access_time), time_to_set(write_time)};
    return futimens(descriptor, times) < 0 ? -errno : 0;
}

int32_t us_read_folder(int32_t descriptor, void *buffer, uint32_t capacity)
{
    long answer;
    UNTIL_NOT_INTERRUPTED(answer, syscall(__NR_getdents64, descriptor, buffer, capacity));
    return answer < 0 ? -errno : (int32_t)answer;
}
