/*
 * Guards: a wait that runs out returns 0, neither early nor (by far) too late; a timeout of 0 does not wait; one beyond what the kernel can add
 * to the present time does not end at once.
 */
#include "check.h"

int main(void)
{
    us_ring *ring = make_ring(4);
    us_completion completion;
    int64_t start = check_now();
    CHECK_EQUAL(0, us_ring_enter(ring, 1, 50 * MILLISECOND, &completion, 1));
    int64_t took = check_now() - start;
    CHECK(took >= 49 * MILLISECOND);
    CHECK(took < DEADLINE);
    /* More than the queue can ever hold is waited for like the most it can hold, not refused. */
    CHECK_EQUAL(0, us_ring_enter(ring, UINT32_MAX, MILLISECOND, &completion, 1));
    CHECK_EQUAL(0, us_ring_enter(ring, 1, 0, &completion, 1));
    CHECK_EQUAL(0, us_ring_enter(ring, 0, -1, &completion, 1));

    us_timespec span = {.nanoseconds = 30 * MILLISECOND};
    static const int64_t endless[] = {INT64_MAX, INT64_MAX - 1, INT64_MAX / 2, -1, INT64_MIN};
    for (size_t i = 0; i < sizeof endless / sizeof *endless; i++) {
        CHECK_EQUAL(0, us_prepare_timeout(ring, 1, &span));
        CHECK_EQUAL(1, us_ring_enter(ring, 1, endless[i], &completion, 1));
        CHECK_EQUAL(-ETIME, completion.result);
    }
    us_ring_destroy(ring);
    return 0;
}
