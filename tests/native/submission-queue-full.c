/*
 * Guards: a full submission queue answers -EBUSY and harms nothing that lies in it; the count of free and of waiting entries; the queue
 * goes round many times.
 */
#include "check.h"

int main(void)
{
    us_ring *ring = make_ring(4);
    us_completion completions[8];
    for (uint64_t round = 0; round < 1000; round++) {
        for (uint32_t i = 0; i < 4; i++) {
            CHECK_EQUAL(4 - i, us_ring_space(ring));
            CHECK_EQUAL(i, us_ring_unsubmitted(ring));
            CHECK_EQUAL(0, us_prepare_nop(ring, round * 4 + i));
        }
        CHECK_EQUAL(0, us_ring_space(ring));
        us_timespec span = {.seconds = 1};
        us_buffer buffer = {0};
        CHECK_EQUAL(-EBUSY, us_prepare_nop(ring, 9));
        CHECK_EQUAL(-EBUSY, us_prepare_read(ring, 9, 0, NULL, 0, 0));
        CHECK_EQUAL(-EBUSY, us_prepare_write(ring, 9, 0, NULL, 0, 0));
        CHECK_EQUAL(-EBUSY, us_prepare_readv(ring, 9, 0, &buffer, 1, 0));
        CHECK_EQUAL(-EBUSY, us_prepare_writev(ring, 9, 0, &buffer, 1, 0));
        CHECK_EQUAL(-EBUSY, us_prepare_open(ring, 9, "/", US_OPEN_READ_ONLY, 0));
        CHECK_EQUAL(-EBUSY, us_prepare_close(ring, 9, 0));
        CHECK_EQUAL(-EBUSY, us_prepare_poll(ring, 9, 0, US_POLL_IN, 0));
        CHECK_EQUAL(-EBUSY, us_prepare_cancel(ring, 9, 0));
        CHECK_EQUAL(-EBUSY, us_prepare_fsync(ring, 9, 0, 0));
        CHECK_EQUAL(-EBUSY, us_prepare_statx(ring, 9, 0, "", 0, 0, NULL));
        CHECK_EQUAL(-EBUSY, us_prepare_timeout(ring, 9, &span));
        CHECK_EQUAL(4, us_ring_unsubmitted(ring));
        CHECK_EQUAL(4, us_ring_enter(ring, 4, DEADLINE, completions, 8));
        for (uint64_t i = 0; i < 4; i++) {
            CHECK_EQUAL(round * 4 + i, completions[i].user_data);
            CHECK_EQUAL(0, completions[i].result);
        }
    }
    us_ring_destroy(ring);
    return 0;
}
