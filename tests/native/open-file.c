/*
 * Guards: us_open_file waits for nobody at a FIFO, gives a file in blocking mode with the flags it was opened with, describes what it gives, and leaves no descriptor where it fails.
 */
#include "check.h"

static int32_t expect_opened(const char *path, uint32_t flags, us_file_info *info)
{
    int32_t descriptor = us_open_file(path, flags, 0666, info);
    CHECK(descriptor >= 0);
    CHECK((fcntl(descriptor, F_GETFD) & FD_CLOEXEC) != 0);
    return descriptor;
}

int main(void)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s", in_folder("file"));
    us_file_info info;
    CHECK_EQUAL(-ENOENT, us_open_file(path, US_OPEN_READ_ONLY, 0, &info));
    CHECK_EQUAL(-EINVAL, us_open_file(path, US_OPEN_WRITE_ONLY | US_OPEN_READ_WRITE, 0, &info));

    int32_t file = expect_opened(path, US_OPEN_WRITE_ONLY | US_OPEN_CREATE | US_OPEN_APPEND, &info);
    int32_t first = file;
    CHECK_EQUAL(US_OPEN_WRITE_ONLY | US_OPEN_APPEND, us_get_flags(file));
    CHECK_EQUAL(US_FILE_REGULAR, info.type);
    CHECK_EQUAL(0, info.length);
    CHECK_EQUAL(0, info.direct_memory_alignment);
    CHECK_EQUAL(3, us_write(file, "abc", 3));
    CHECK_EQUAL(0, us_close(file));

    struct stat status;
    CHECK_EQUAL(0, stat(path, &status));
    file = expect_opened(path, US_OPEN_READ_ONLY, &info);
    CHECK_EQUAL(US_OPEN_READ_ONLY, us_get_flags(file));
    CHECK_EQUAL(3, info.length);
    CHECK_EQUAL(status.st_ino, info.inode);
    CHECK_EQUAL(status.st_dev, info.device);
    CHECK_EQUAL(0, us_close(file));

    file = us_open_file(path, US_OPEN_READ_ONLY | US_OPEN_DIRECT, 0, &info);
    if (file == -EINVAL) {
        printf("not looked at: no direct I/O on this file system\n");
    } else {
        CHECK(file >= 0);
        CHECK_EQUAL(US_OPEN_DIRECT, us_get_flags(file));
        us_file_info described;
        CHECK_EQUAL(0, us_describe(file, &described));
        CHECK_EQUAL(0, memcmp(&described, &info, sizeof info));
        CHECK_EQUAL(0, us_close(file));
    }

    CHECK_EQUAL(0, mkfifo(in_folder("fifo"), 0600));
    int32_t fifo = expect_opened(in_folder("fifo"), US_OPEN_READ_ONLY, &info);
    CHECK_EQUAL(US_OPEN_NONBLOCK, us_get_flags(fifo));
    CHECK_EQUAL(US_FILE_FIFO, info.type);
    CHECK_EQUAL(0, us_close(fifo));
    CHECK_EQUAL(-ENXIO, us_open_file(in_folder("fifo"), US_OPEN_WRITE_ONLY, 0, &info));

    /* The lowest number that is free is the one that was before all of it. */
    CHECK_EQUAL(first, us_open(path, US_OPEN_READ_ONLY, 0));
    return 0;
}
