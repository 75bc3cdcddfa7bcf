/*
 * Guards: us_prepare_open and us_prepare_close: descriptors that are closed on exec, errors as open(2) has them, O_NONBLOCK on a FIFO without a
 * writer (fact F1), the path free to be overwritten after the submission, flags without a meaning refused before they take an entry.
 */
#include "check.h"

static us_ring *ring;

static int32_t open_by_ring(const char *path, uint32_t flags, uint32_t mode)
{
    CHECK_EQUAL(0, us_prepare_open(ring, 1, path, flags, mode));
    return take_of(ring, 1);
}

static int32_t close_by_ring(int32_t descriptor)
{
    CHECK_EQUAL(0, us_prepare_close(ring, 2, descriptor));
    return take_of(ring, 2);
}

int main(void)
{
    ring = make_ring(4);
    umask(022);
    int32_t file = open_by_ring(in_folder("file"), US_OPEN_READ_WRITE | US_OPEN_CREATE | US_OPEN_EXCLUSIVE | US_OPEN_APPEND, 0666);
    CHECK(file >= 0);
    CHECK((fcntl(file, F_GETFD) & FD_CLOEXEC) != 0);
    CHECK_EQUAL(US_OPEN_READ_WRITE | US_OPEN_APPEND, us_get_flags(file));
    us_file_info info;
    CHECK_EQUAL(0, us_describe(file, &info));
    CHECK_EQUAL(0644, info.mode);
    CHECK_EQUAL(0, close_by_ring(file));
    CHECK_EQUAL(-1, fcntl(file, F_GETFD));
    CHECK_EQUAL(-EBADF, close_by_ring(file));

    CHECK_EQUAL(-EEXIST, open_by_ring(in_folder("file"), US_OPEN_READ_WRITE | US_OPEN_CREATE | US_OPEN_EXCLUSIVE, 0600));
    CHECK_EQUAL(-ENOENT, open_by_ring(in_folder("none"), US_OPEN_READ_ONLY, 0));
    CHECK_EQUAL(-ENOTDIR, open_by_ring(in_folder("file/none"), US_OPEN_READ_ONLY, 0));
    CHECK_EQUAL(-EISDIR, open_by_ring(in_folder("."), US_OPEN_WRITE_ONLY, 0));

    CHECK_EQUAL(0, us_make_fifo(in_folder("fifo"), 0600));
    int32_t fifo = open_by_ring(in_folder("fifo"), US_OPEN_READ_ONLY | US_OPEN_NONBLOCK, 0);
    CHECK(fifo >= 0);
    CHECK_EQUAL(US_OPEN_NONBLOCK, us_get_flags(fifo));
    CHECK_EQUAL(0, close_by_ring(fifo));
    CHECK_EQUAL(-ENXIO, open_by_ring(in_folder("fifo"), US_OPEN_WRITE_ONLY | US_OPEN_NONBLOCK, 0));

    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s", in_folder("file"));
    CHECK_EQUAL(0, us_prepare_open(ring, 3, path, US_OPEN_READ_ONLY, 0));
    submit(ring);
    memset(path, 'x', sizeof path - 1);
    file = take_of(ring, 3);
    CHECK(file >= 0);
    CHECK_EQUAL(0, us_close(file));

    CHECK_EQUAL(-EINVAL, us_prepare_open(ring, 4, "/", US_OPEN_WRITE_ONLY | US_OPEN_READ_WRITE, 0));
    CHECK_EQUAL(-EINVAL, us_prepare_open(ring, 4, "/", UINT32_C(1) << 15, 0));
    CHECK_EQUAL(0, us_ring_unsubmitted(ring));
    us_ring_destroy(ring);
    return 0;
}
