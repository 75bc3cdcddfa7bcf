/*
 * Guards: us_prepare_readv and us_prepare_writev: stretches in order, empty ones among them; the array may be overwritten once it is submitted,
 * also while the read pends; too many stretches are -EINVAL.
 */
#include "check.h"

int main(void)
{
    us_ring *ring = make_ring(4);
    int file = make_file(in_folder("file"), 0);
    us_buffer out[] = {{"one", 3}, {NULL, 0}, {"three", 5}};
    CHECK_EQUAL(0, us_prepare_writev(ring, 1, file, out, 3, 2));
    CHECK_EQUAL(8, take_of(ring, 1));
    char a[4] = {0};
    char b[8] = {0};
    us_buffer in[] = {{a, 4}, {b, 8}};
    CHECK_EQUAL(0, us_prepare_readv(ring, 2, file, in, 2, 1));
    CHECK_EQUAL(9, take_of(ring, 2));
    CHECK(memcmp(a, "\0one", 4) == 0);
    CHECK(memcmp(b, "three\0\0", 8) == 0);

    int pipe_ends[2];
    CHECK_EQUAL(0, pipe2(pipe_ends, O_CLOEXEC));
    CHECK_EQUAL(0, us_prepare_readv(ring, 3, pipe_ends[0], in, 2, -1));
    submit(ring);
    memset(in, 0xFF, sizeof in);
    CHECK_EQUAL(6, write(pipe_ends[1], "abcdef", 6));
    CHECK_EQUAL(6, take_of(ring, 3));
    CHECK(memcmp(a, "abcd", 4) == 0);
    CHECK(memcmp(b, "ef", 2) == 0);

    static us_buffer many[2000];
    CHECK_EQUAL(0, us_prepare_readv(ring, 4, file, many, 2000, 0));
    CHECK_EQUAL(-EINVAL, take_of(ring, 4));
    us_ring_destroy(ring);
    return 0;
}
