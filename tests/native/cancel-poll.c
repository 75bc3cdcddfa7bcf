/*
 * Guards: a pending poll is cancelled by its user_data, all 64 bits of it, and no other is; what is not there is -ENOENT; multishot polls end too.
 */
#include "check.h"

#define HIGH (UINT64_C(0x8000000100000001))
#define LOW (UINT64_C(0x0000000100000001))

int main(void)
{
    us_ring *ring = make_ring(8);
    int pipe_ends[2];
    CHECK_EQUAL(0, pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK));
    for (uint32_t multishot = 0; multishot < 2; multishot++) {
        CHECK_EQUAL(0, us_prepare_poll(ring, HIGH, pipe_ends[0], US_POLL_IN, multishot));
        CHECK_EQUAL(0, us_prepare_poll(ring, LOW, pipe_ends[0], US_POLL_IN, multishot));
        submit(ring);
        CHECK_EQUAL(0, us_prepare_cancel(ring, 3, HIGH));
        int32_t results[2] = {1, 1};
        for (int i = 0; i < 2; i++) {
            us_completion completion = take(ring);
            CHECK(completion.user_data == 3 || completion.user_data == HIGH);
            CHECK_EQUAL(0, completion.flags);
            results[completion.user_data == 3] = completion.result;
        }
        CHECK_EQUAL(-ECANCELED, results[0]);
        CHECK_EQUAL(0, results[1]);
        check_silent(ring);

        CHECK_EQUAL(0, us_prepare_cancel(ring, 4, HIGH));
        CHECK_EQUAL(-ENOENT, take_of(ring, 4));

        /* The other one lives. */
        CHECK_EQUAL(1, write(pipe_ends[1], "x", 1));
        CHECK_EQUAL(US_POLL_IN, take_of(ring, LOW));
        char byte;
        CHECK_EQUAL(1, us_read(pipe_ends[0], &byte, 1));
        if (multishot != 0) {
            CHECK_EQUAL(0, us_prepare_cancel(ring, US_IGNORED_USER_DATA, LOW));
            CHECK_EQUAL(-ECANCELED, take_of(ring, LOW));
        }
    }
    us_ring_destroy(ring);
    return 0;
}
