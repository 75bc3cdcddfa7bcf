/*
 * Guards: each us_open_flags value does what open(2)'s does, and those that last are reported by us_get_flags; every descriptor is closed on exec.
 */
#include "check.h"

static const char *path;

static int32_t open_with(uint32_t flags)
{
    int32_t descriptor = us_open(path, flags, 0666);
    if (descriptor >= 0) {
        CHECK((fcntl(descriptor, F_GETFD) & FD_CLOEXEC) != 0);
    }
    return descriptor;
}

/** Opens, checks what is reported, closes. */
static void check_reported(uint32_t flags, uint32_t reported)
{
    int32_t descriptor = open_with(flags);
    CHECK(descriptor >= 0);
    CHECK_EQUAL(reported, us_get_flags(descriptor));
    CHECK_EQUAL(0, us_close(descriptor));
}

int main(void)
{
    char kept[PATH_MAX];
    snprintf(kept, sizeof kept, "%s", in_folder("file"));
    path = kept;
    CHECK_EQUAL(-ENOENT, open_with(US_OPEN_READ_WRITE));
    umask(027);
    check_reported(US_OPEN_READ_WRITE | US_OPEN_CREATE | US_OPEN_EXCLUSIVE, US_OPEN_READ_WRITE);
    struct stat status;
    CHECK_EQUAL(0, stat(path, &status));
    CHECK_EQUAL(S_IFREG | 0640, status.st_mode);
    CHECK_EQUAL(-EEXIST, open_with(US_OPEN_READ_WRITE | US_OPEN_CREATE | US_OPEN_EXCLUSIVE));
    check_reported(US_OPEN_READ_ONLY, US_OPEN_READ_ONLY);
    check_reported(US_OPEN_WRITE_ONLY | US_OPEN_CREATE, US_OPEN_WRITE_ONLY);
    check_reported(US_OPEN_READ_ONLY | US_OPEN_NONBLOCK | US_OPEN_CLOEXEC | US_OPEN_NOCTTY, US_OPEN_NONBLOCK);
    check_reported(US_OPEN_WRITE_ONLY | US_OPEN_DSYNC, US_OPEN_WRITE_ONLY | US_OPEN_DSYNC);
    check_reported(US_OPEN_WRITE_ONLY | US_OPEN_SYNC, US_OPEN_WRITE_ONLY | US_OPEN_DSYNC | US_OPEN_SYNC);
    check_reported(US_OPEN_READ_ONLY | US_OPEN_PATH, US_OPEN_PATH);

    int32_t file = open_with(US_OPEN_WRITE_ONLY | US_OPEN_APPEND);
    CHECK_EQUAL(US_OPEN_WRITE_ONLY | US_OPEN_APPEND, us_get_flags(file));
    CHECK_EQUAL(3, us_write(file, "abc", 3));
    CHECK_EQUAL(0, lseek(file, 0, SEEK_SET));
    CHECK_EQUAL(3, us_write(file, "def", 3));
    CHECK_EQUAL(6, us_length_of(file));
    CHECK_EQUAL(0, us_close(file));
    file = open_with(US_OPEN_WRITE_ONLY | US_OPEN_TRUNCATE);
    CHECK_EQUAL(0, us_length_of(file));
    CHECK_EQUAL(0, us_close(file));

    file = open_with(US_OPEN_READ_ONLY | US_OPEN_DIRECT);
    if (file == -EINVAL) {
        printf("not looked at: no direct I/O on this file system\n");
    } else {
        CHECK(file >= 0);
        CHECK_EQUAL(US_OPEN_DIRECT, us_get_flags(file));
        CHECK_EQUAL(0, us_close(file));
    }

    CHECK_EQUAL(-ENOTDIR, open_with(US_OPEN_READ_ONLY | US_OPEN_DIRECTORY));
    CHECK_EQUAL(0, symlink("file", in_folder("link")));
    CHECK_EQUAL(-ELOOP, us_open(in_folder("link"), US_OPEN_READ_ONLY | US_OPEN_NOFOLLOW, 0));

    CHECK_EQUAL(-EINVAL, open_with(US_OPEN_WRITE_ONLY | US_OPEN_READ_WRITE));
    CHECK_EQUAL(-EINVAL, open_with(UINT32_C(1) << 15));
    CHECK_EQUAL(-EINVAL, open_with(UINT32_C(1) << 31));
    CHECK_EQUAL(-EBADF, us_get_flags(-1));
    return 0;
}
