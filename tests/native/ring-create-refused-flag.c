/*
 * Guards: the real kernel's refusal of a flag insisted on reaches the caller as -EINVAL, and the same flag merely wished for is given up. The
 * impossible flag is TASKRUN_FLAG alone, which every kernel refuses.
 */
#include "check.h"

int main(void)
{
    us_ring_destroy(make_ring(4));
    us_ring_options options = {.sq_entries = 4, .required_flags = US_SETUP_TASKRUN_FLAG};
    us_ring *ring = NULL;
    us_ring_info info;
    CHECK_EQUAL(-EINVAL, us_ring_create(&options, &ring, &info));
    CHECK(ring == NULL);

    options = (us_ring_options){.sq_entries = 4, .wanted_flags = US_SETUP_TASKRUN_FLAG | US_SETUP_CLAMP};
    CHECK_EQUAL(0, us_ring_create(&options, &ring, &info));
    CHECK_EQUAL(US_SETUP_CLAMP, info.setup_flags);
    us_ring_destroy(ring);
    CHECK_EQUAL(0, count_ring_descriptors());
    return 0;
}
