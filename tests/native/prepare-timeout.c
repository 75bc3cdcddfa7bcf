/*
 * Guards: us_prepare_timeout: -ETIME, not early; the span may be overwritten once it is submitted; a timeout can be cancelled; a span that is none
 * is -EINVAL.
 */
#include "check.h"

int main(void)
{
    us_ring *ring = make_ring(8);
    us_timespec span = {.seconds = 1000};
    CHECK_EQUAL(0, us_prepare_timeout(ring, 1, &span));
    submit(ring);
    int64_t start = check_now();
    span = (us_timespec){.nanoseconds = 20 * MILLISECOND};
    CHECK_EQUAL(0, us_prepare_timeout(ring, 2, &span));
    CHECK_EQUAL(-ETIME, take_of(ring, 2));
    int64_t took = check_now() - start;
    CHECK(took >= 20 * MILLISECOND);
    CHECK(took < DEADLINE);
    CHECK_EQUAL(0, us_prepare_cancel(ring, US_IGNORED_USER_DATA, 1));
    CHECK_EQUAL(-ECANCELED, take_of(ring, 1));
    span = (us_timespec){.seconds = -1};
    CHECK_EQUAL(0, us_prepare_timeout(ring, 3, &span));
    CHECK_EQUAL(-EINVAL, take_of(ring, 3));
    us_ring_destroy(ring);
    return 0;
}
