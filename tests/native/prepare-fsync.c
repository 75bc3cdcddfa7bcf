/*
 * Guards: us_prepare_fsync with and without data_only, and its errors.
 */
#include "check.h"

int main(void)
{
    us_ring *ring = make_ring(4);
    int file = make_file(in_folder("file"), 100000);
    CHECK_EQUAL(0, us_prepare_fsync(ring, 1, file, 0));
    CHECK_EQUAL(0, take_of(ring, 1));
    CHECK_EQUAL(0, us_prepare_fsync(ring, 2, file, 1));
    CHECK_EQUAL(0, take_of(ring, 2));
    int pipe_ends[2];
    CHECK_EQUAL(0, pipe2(pipe_ends, O_CLOEXEC));
    CHECK_EQUAL(0, us_prepare_fsync(ring, 3, pipe_ends[0], 0));
    CHECK_EQUAL(-EINVAL, take_of(ring, 3));
    CHECK_EQUAL(0, us_close(file));
    CHECK_EQUAL(0, us_prepare_fsync(ring, 4, file, 1));
    CHECK_EQUAL(-EBADF, take_of(ring, 4));
    us_ring_destroy(ring);
    return 0;
}
