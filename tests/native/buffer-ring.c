/*
 * Guards: us_buffer_ring_create lends every buffer to the kernel once, us_buffer_ring_return lends one again, also around the ring's end many times;
 * without a buffer a read ends with -ENOBUFS and takes nothing from the pipe. Arguments out of range are refused, a group is made once, and what was
 * destroyed can be made again.
 */
#include "check.h"

#include "reads.h"

enum { BUFFERS = 4, SIZE = 16, ROUNDS = 100000 };

static us_ring *ring;
static us_buffer_ring *buffers;
static int ends[2];

/** A write is read into one buffer, whose number this returns. */
static uint32_t pass(char byte)
{
    CHECK_EQUAL(1, us_write(ends[1], &byte, 1));
    us_completion completion = take(ring);
    CHECK_EQUAL(1, completion.user_data);
    CHECK_EQUAL(1, completion.result);
    CHECK_EQUAL(US_COMPLETION_BUFFER | US_COMPLETION_MORE, completion.flags & 0xFFFF);
    uint32_t buffer = completion.flags >> 16;
    CHECK(buffer < BUFFERS);
    CHECK_EQUAL(byte, *(char *)us_buffer_ring_at(buffers, buffer));
    return buffer;
}

static void every_buffer_once(void)
{
    uint32_t seen = 0;
    for (int i = 0; i < BUFFERS; i++) {
        seen |= UINT32_C(1) << pass((char)('a' + i));
    }
    CHECK_EQUAL((1 << BUFFERS) - 1, seen);

    CHECK_EQUAL(1, us_write(ends[1], "z", 1));
    us_completion completion = take(ring);
    CHECK_EQUAL(-ENOBUFS, completion.result);
    CHECK_EQUAL(0, completion.flags);

    /* Nothing has been taken, and with a buffer back it goes on. */
    us_buffer_ring_return(buffers, 2);
    CHECK_EQUAL(0, us_prepare_read_multishot(ring, 1, ends[0], 7));
    completion = take(ring);
    CHECK_EQUAL(1, completion.result);
    CHECK_EQUAL(2, completion.flags >> 16);
    CHECK_EQUAL('z', *(char *)us_buffer_ring_at(buffers, 2));
    for (uint32_t i = 0; i < BUFFERS; i++) {
        us_buffer_ring_return(buffers, i);
    }
}

int main(void)
{
    ring = make_ring(8);
    require_read_multishot();
    CHECK_EQUAL(-EINVAL, us_buffer_ring_create(ring, 7, 3, SIZE, &buffers));
    CHECK_EQUAL(-EINVAL, us_buffer_ring_create(ring, 7, 0, SIZE, &buffers));
    CHECK_EQUAL(-EINVAL, us_buffer_ring_create(ring, 7, 65536, SIZE, &buffers));
    CHECK_EQUAL(-EINVAL, us_buffer_ring_create(ring, 65536, BUFFERS, SIZE, &buffers));
    CHECK_EQUAL(-EINVAL, us_buffer_ring_create(ring, 7, BUFFERS, 0, &buffers));
    CHECK_EQUAL(0, us_buffer_ring_create(ring, 7, BUFFERS, SIZE, &buffers));
    us_buffer_ring *second;
    CHECK_EQUAL(-EEXIST, us_buffer_ring_create(ring, 7, BUFFERS, SIZE, &second));
    CHECK_EQUAL(SIZE, (char *)us_buffer_ring_at(buffers, 1) - (char *)us_buffer_ring_at(buffers, 0));

    CHECK_EQUAL(0, pipe2(ends, O_CLOEXEC | O_NONBLOCK));
    CHECK_EQUAL(0, us_prepare_read_multishot(ring, 1, ends[0], 7));
    every_buffer_once();
    for (int i = 0; i < ROUNDS; i++) {
        us_buffer_ring_return(buffers, pass((char)i));
    }
    CHECK_EQUAL(0, us_prepare_cancel(ring, US_IGNORED_USER_DATA, 1));
    CHECK_EQUAL(-ECANCELED, take_of(ring, 1));

    us_buffer_ring_destroy(ring, buffers);
    us_buffer_ring_destroy(ring, NULL);
    CHECK_EQUAL(0, us_buffer_ring_create(ring, 7, BUFFERS, SIZE, &buffers));
    us_buffer_ring_destroy(ring, buffers);
    us_ring_destroy(ring);
    return 0;
}
