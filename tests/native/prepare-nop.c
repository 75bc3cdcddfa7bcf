/*
 * Guards: a no-operation completes with 0 and its user_data, all 64 bits of it.
 */
#include "check.h"

int main(void)
{
    us_ring *ring = make_ring(4);
    static const uint64_t values[] = {0, 1, UINT64_C(1) << 32, UINT64_C(1) << 63, UINT64_MAX - 1};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        CHECK_EQUAL(0, us_prepare_nop(ring, values[i]));
        us_completion completion = take(ring);
        CHECK_EQUAL(values[i], completion.user_data);
        CHECK_EQUAL(0, completion.result);
        CHECK_EQUAL(0, completion.flags);
    }
    us_ring_destroy(ring);
    return 0;
}
