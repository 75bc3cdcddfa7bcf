/*
 * Guards: us_prepare_read and us_prepare_write: the right bytes at the right place, offsets beyond 4 GiB, offset -1 for the file's own position
 * and for pipes, a short read at the end of a file, 0 behind it, errors as -errno.
 */
#include "check.h"

static us_ring *ring;

static int32_t read_at(int descriptor, void *buffer, uint32_t length, int64_t offset)
{
    CHECK_EQUAL(0, us_prepare_read(ring, 1, descriptor, buffer, length, offset));
    return take_of(ring, 1);
}

static int32_t write_at(int descriptor, const void *buffer, uint32_t length, int64_t offset)
{
    CHECK_EQUAL(0, us_prepare_write(ring, 2, descriptor, buffer, length, offset));
    return take_of(ring, 2);
}

int main(void)
{
    ring = make_ring(4);
    unsigned char buffer[64] = {0};
    int file = make_file(in_folder("file"), 1000);
    CHECK_EQUAL(64, read_at(file, buffer, 64, 100));
    for (int i = 0; i < 64; i++) {
        CHECK_EQUAL(100 + i, buffer[i]);
    }
    CHECK_EQUAL(10, read_at(file, buffer, 64, 990));
    CHECK_EQUAL(990 % 251, buffer[0]);
    CHECK_EQUAL(0, read_at(file, buffer, 64, 1000));
    CHECK_EQUAL(0, read_at(file, buffer, 0, 0));
    CHECK_EQUAL(-EINVAL, read_at(file, buffer, 64, INT64_MIN));

    CHECK_EQUAL(5, write_at(file, "ABCDE", 5, 10));
    CHECK_EQUAL(7, pread(file, buffer, 7, 9));
    CHECK(memcmp(buffer, "\tABCDE\x0f", 7) == 0);
    CHECK_EQUAL(1000, us_length_of(file));
    CHECK_EQUAL(3, write_at(file, "end", 3, INT64_C(5) << 32));
    CHECK_EQUAL((INT64_C(5) << 32) + 3, us_length_of(file));
    CHECK_EQUAL(3, read_at(file, buffer, 64, INT64_C(5) << 32));
    CHECK(memcmp(buffer, "end", 3) == 0);

    CHECK_EQUAL(20, lseek(file, 20, SEEK_SET));
    CHECK_EQUAL(4, read_at(file, buffer, 4, -1));
    CHECK_EQUAL(20, buffer[0]);
    CHECK_EQUAL(24, lseek(file, 0, SEEK_CUR));

    int pipe_ends[2];
    CHECK_EQUAL(0, pipe2(pipe_ends, O_CLOEXEC));
    CHECK_EQUAL(4, write_at(pipe_ends[1], "pipe", 4, -1));
    CHECK_EQUAL(4, read_at(pipe_ends[0], buffer, 64, -1));
    CHECK(memcmp(buffer, "pipe", 4) == 0);
    CHECK_EQUAL(0, us_close(pipe_ends[0]));
    CHECK_EQUAL(-EPIPE, write_at(pipe_ends[1], "pipe", 4, -1));

    CHECK_EQUAL(-EBADF, read_at(pipe_ends[0], buffer, 64, 0));
    CHECK_EQUAL(-EFAULT, read_at(file, (void *)(uintptr_t)8, 64, 0));
    CHECK_EQUAL(0, us_close(file));
    us_ring_destroy(ring);
    return 0;
}
