/*
 * Guards: completions that do not fit stay, in order, for the next call; a call without room submits and waits all the same; completions that lie
 * ready end the wait.
 */
#include "check.h"

int main(void)
{
    us_ring *ring = make_ring(8);
    us_completion completions[8];
    for (uint64_t i = 0; i < 8; i++) {
        CHECK_EQUAL(0, us_prepare_nop(ring, i));
    }
    CHECK_EQUAL(0, us_ring_enter(ring, 8, DEADLINE, NULL, 0));
    CHECK_EQUAL(8, us_ring_ready(ring));
    CHECK_EQUAL(3, us_ring_enter(ring, 8, -1, completions, 3));
    CHECK_EQUAL(0, completions[0].user_data);
    CHECK_EQUAL(2, completions[2].user_data);
    CHECK_EQUAL(5, us_ring_ready(ring));
    CHECK_EQUAL(1, us_ring_enter(ring, 1, -1, completions, 1));
    CHECK_EQUAL(3, completions[0].user_data);
    /* Submits while others wait to be taken. */
    CHECK_EQUAL(0, us_prepare_nop(ring, 8));
    CHECK_EQUAL(5, us_ring_enter(ring, 8, -1, completions, 8));
    CHECK_EQUAL(4, completions[0].user_data);
    CHECK_EQUAL(8, completions[4].user_data);
    CHECK_EQUAL(0, us_ring_ready(ring));
    us_ring_destroy(ring);
    return 0;
}
