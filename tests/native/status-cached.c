/*
 * Guards: us_status_cached answers for a cached path on a device given, also that there is nothing; on another device -EAGAIN with the device; where nothing
 * is cached -EAGAIN, device 0; no descriptor is left.
 */
#include "check.h"

#include <sys/resource.h>

int main(void)
{
    int file = make_file(in_folder("file"), 777);
    struct stat expected;
    CHECK_EQUAL(0, fstat(file, &expected));
    const uint64_t devices[] = {expected.st_dev + 1, expected.st_dev};
    us_file_status status;

    int32_t answer = us_status_cached(in_folder("file"), US_PATH_FOLLOW, devices, 2, &status);
    if (answer == -EAGAIN && status.device == 0) {
        SKIP("openat2(2) with RESOLVE_CACHED is not to be had here (before Linux 5.12, or refused)");
    }
    CHECK_EQUAL(0, answer);
    CHECK_EQUAL(777, status.length);
    CHECK_EQUAL(expected.st_ino, status.inode);
    CHECK_EQUAL(expected.st_mtim.tv_nsec, status.write_time.nanoseconds);

    CHECK_EQUAL(-EAGAIN, us_status_cached(in_folder("file"), US_PATH_FOLLOW, devices, 1, &status));
    CHECK_EQUAL(expected.st_dev, status.device);
    CHECK_EQUAL(-EAGAIN, us_status_cached(in_folder("file"), US_PATH_FOLLOW, NULL, 0, &status));
    CHECK_EQUAL(expected.st_dev, status.device);

    CHECK_EQUAL(0, symlink("file", in_folder("link")));
    CHECK_EQUAL(0, lstat(in_folder("link"), &expected));
    CHECK_EQUAL(0, us_status_cached(in_folder("link"), US_PATH_NO_FOLLOW, devices, 2, &status));
    CHECK_EQUAL(US_FILE_LINK, status.type);
    CHECK_EQUAL(expected.st_ino, status.inode);
    /* A link's first reader sets the time of its last access, which cannot be done without waiting. */
    CHECK_EQUAL(0, us_status(in_folder("link"), US_PATH_FOLLOW, &status));
    CHECK_EQUAL(0, us_status_cached(in_folder("link"), US_PATH_FOLLOW, devices, 2, &status));
    CHECK_EQUAL(US_FILE_REGULAR, status.type);

    /* Without a free descriptor statx, which needs none, must be asked. */
    struct rlimit limit;
    CHECK_EQUAL(0, getrlimit(RLIMIT_NOFILE, &limit));
    struct rlimit full = {.rlim_cur = (rlim_t)file + 1, .rlim_max = limit.rlim_max};
    CHECK_EQUAL(0, setrlimit(RLIMIT_NOFILE, &full));
    CHECK_EQUAL(-EAGAIN, us_status_cached(in_folder("file"), US_PATH_FOLLOW, devices, 2, &status));
    CHECK_EQUAL(0, setrlimit(RLIMIT_NOFILE, &limit));

    /* What was just deleted is remembered as missing. */
    CHECK_EQUAL(0, unlink(in_folder("file")));
    CHECK_EQUAL(-1, access(in_folder("file"), F_OK));
    answer = us_status_cached(in_folder("file"), US_PATH_FOLLOW, devices, 2, &status);
    CHECK(answer == -ENOENT || answer == -EAGAIN);
    CHECK_EQUAL(0, status.device);

    /* Asked for the first time: nobody can know without asking the file system. */
    answer = us_status_cached(in_folder("never seen"), US_PATH_FOLLOW, devices, 2, &status);
    CHECK(answer == -EAGAIN || answer == -ENOENT);

    int next = dup(file);
    CHECK_EQUAL(file + 1, next);
    CHECK_EQUAL(0, us_close(next));
    CHECK_EQUAL(0, us_close(file));
    return 0;
}
