/*
 * Guards: us_status and us_status_of tell what stat(2) tells; a link is followed or meant itself; errors are those of statx(2).
 */
#include "check.h"

#include <sys/sysmacros.h>

static void check_alike(const struct stat *expected, const us_file_status *status)
{
    CHECK_EQUAL(expected->st_size, status->length);
    CHECK_EQUAL(expected->st_blocks, status->blocks);
    CHECK_EQUAL(expected->st_ino, status->inode);
    CHECK_EQUAL(expected->st_dev, status->device);
    CHECK_EQUAL(expected->st_rdev, status->special_device);
    CHECK_EQUAL(expected->st_mode & S_IFMT, status->type);
    CHECK_EQUAL(expected->st_mode & 07777, status->mode);
    CHECK_EQUAL(expected->st_nlink, status->links);
    CHECK_EQUAL(expected->st_uid, status->owner);
    CHECK_EQUAL(expected->st_gid, status->group);
    CHECK_EQUAL(expected->st_blksize, status->block_size);
    CHECK_EQUAL(expected->st_atim.tv_sec, status->access_time.seconds);
    CHECK_EQUAL(expected->st_atim.tv_nsec, status->access_time.nanoseconds);
    CHECK_EQUAL(expected->st_mtim.tv_sec, status->write_time.seconds);
    CHECK_EQUAL(expected->st_mtim.tv_nsec, status->write_time.nanoseconds);
    CHECK_EQUAL(expected->st_ctim.tv_sec, status->change_time.seconds);
    CHECK_EQUAL(expected->st_ctim.tv_nsec, status->change_time.nanoseconds);
}

static void check_path(const char *path)
{
    struct stat expected;
    us_file_status status;
    CHECK_EQUAL(0, stat(path, &expected));
    CHECK_EQUAL(0, us_status(path, US_PATH_FOLLOW, &status));
    check_alike(&expected, &status);
    CHECK_EQUAL(0, lstat(path, &expected));
    CHECK_EQUAL(0, us_status(path, US_PATH_NO_FOLLOW, &status));
    check_alike(&expected, &status);
}

int main(void)
{
    int file = make_file(in_folder("file"), 12345);
    CHECK_EQUAL(0, fchmod(file, 04751));
    CHECK_EQUAL(0, symlink("file", in_folder("link")));
    CHECK_EQUAL(0, link(in_folder("file"), in_folder("second")));
    check_path(in_folder("file"));
    check_path(in_folder("link"));
    check_path(in_folder("."));
    check_path("/dev/null");
    check_path("/proc/self/status");

    struct stat expected;
    us_file_status status;
    CHECK_EQUAL(0, fstat(file, &expected));
    CHECK_EQUAL(0, us_status_of(file, &status));
    check_alike(&expected, &status);
    CHECK(status.has_birth_time <= 1);
    CHECK_EQUAL(0, us_close(file));

    CHECK_EQUAL(-ENOENT, us_status(in_folder("missing"), US_PATH_FOLLOW, &status));
    CHECK_EQUAL(-ENOTDIR, us_status(in_folder("file/below"), US_PATH_FOLLOW, &status));
    CHECK_EQUAL(-ENOENT, us_status("", US_PATH_FOLLOW, &status));
    CHECK_EQUAL(-EBADF, us_status_of(-1, &status));
    return 0;
}
