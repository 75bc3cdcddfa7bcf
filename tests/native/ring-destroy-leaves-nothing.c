/*
 * Guards: after us_ring_destroy the ring's descriptor and mappings are gone, also where reads were pending (glommio #448 lost both).
 * The kernel takes them down asynchronously.
 */
#include "check.h"

enum { RINGS = 64 };

int main(void)
{
    int pipe_ends[2];
    CHECK_EQUAL(0, pipe2(pipe_ends, O_CLOEXEC));
    us_ring *rings[RINGS];
    char byte;
    for (int i = 0; i < RINGS; i++) {
        rings[i] = make_ring(4);
        CHECK_EQUAL(0, us_prepare_read(rings[i], 1, pipe_ends[0], &byte, 1, -1));
        submit(rings[i]);
    }
    CHECK_EQUAL(RINGS, count_ring_descriptors());
    CHECK(count_ring_mappings() >= RINGS);
    for (int i = 0; i < RINGS; i++) {
        us_ring_destroy(rings[i]);
    }
    us_ring_destroy(NULL);
    AWAIT(count_ring_descriptors() == 0);
    AWAIT(count_ring_mappings() == 0);

    /* The reads end as well, and leave later bytes alone. */
    AWAIT(us_write(pipe_ends[1], "x", 1) == 1 && us_poll_now(pipe_ends[0], US_POLL_IN) == US_POLL_IN);
    CHECK_EQUAL(1, us_read(pipe_ends[0], &byte, 1));
    CHECK_EQUAL('x', byte);
    return 0;
}
