/* A cancellation that is kept still comes, also when nobody enters but to sleep: what waits for nothing else ends. */
#include "check.h"

#include "faults.h"

#include <fcntl.h>

int main(void)
{
    us_ring *ring = make_ring(8);
    us_completion completion;
    int ends[2];
    CHECK_EQUAL(0, pipe2(ends, O_CLOEXEC));
    us_faults_configure(3, 1000, US_FAULT_LATE_CANCEL | US_FAULT_DELAY);
    for (uint64_t round = 1; round <= 500; round++) {
        CHECK_EQUAL(0, us_prepare_poll(ring, round, ends[0], US_POLL_IN, 0));
        CHECK_EQUAL(0, us_ring_enter(ring, 0, 0, &completion, 1));
        CHECK_EQUAL(0, us_prepare_cancel(ring, US_IGNORED_USER_DATA, round));
        int32_t answer;
        do {
            answer = us_ring_enter(ring, 1, -1, &completion, 1);
            CHECK(answer >= 0);
        } while (answer == 0);
        CHECK_EQUAL(round, completion.user_data);
        CHECK_EQUAL(-ECANCELED, completion.result);
    }
    uint64_t counts[US_FAULT_KINDS];
    CHECK_EQUAL(1000, us_faults_counts(counts, US_FAULT_KINDS));
    us_ring_destroy(ring);
    return 0;
}
