/*
 * Guards: completions with US_IGNORED_USER_DATA never reach the caller, take no room in its array, and a call that finds only such ones returns 0.
 */
#include "check.h"

int main(void)
{
    us_ring *ring = make_ring(16);
    us_completion completions[16];
    CHECK_EQUAL(0, us_prepare_nop(ring, US_IGNORED_USER_DATA));
    CHECK_EQUAL(0, us_ring_enter(ring, 1, DEADLINE, completions, 16));
    CHECK_EQUAL(0, us_ring_ready(ring));

    for (uint64_t i = 0; i < 4; i++) {
        CHECK_EQUAL(0, us_prepare_nop(ring, US_IGNORED_USER_DATA));
        CHECK_EQUAL(0, us_prepare_nop(ring, i));
        CHECK_EQUAL(0, us_prepare_nop(ring, US_IGNORED_USER_DATA));
    }
    CHECK_EQUAL(4, us_ring_enter(ring, 12, DEADLINE, completions, 4));
    for (uint64_t i = 0; i < 4; i++) {
        CHECK_EQUAL(i, completions[i].user_data);
    }
    /* The last one, behind a full array, goes with the next call. */
    CHECK_EQUAL(0, us_ring_enter(ring, 0, 0, completions, 4));
    CHECK_EQUAL(0, us_ring_ready(ring));
    /* Its neighbours are not special. */
    CHECK_EQUAL(0, us_prepare_nop(ring, US_IGNORED_USER_DATA - 1));
    CHECK_EQUAL(0, us_prepare_nop(ring, 0));
    CHECK_EQUAL(2, us_ring_enter(ring, 2, DEADLINE, completions, 16));
    us_ring_destroy(ring);
    return 0;
}
