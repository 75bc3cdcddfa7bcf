/*
 * Guards: what us_ring_info says of the sizes; nonsensical sizes are -EINVAL and never "solved" by giving up flags; CLAMP cuts them; the
 * ring's descriptor is closed on exec.
 */
#include "check.h"

static int32_t create(uint32_t sq_entries, uint32_t cq_entries, uint32_t flags, us_ring_info *info)
{
    us_ring_options options = {.sq_entries = sq_entries, .cq_entries = cq_entries, .wanted_flags = flags};
    us_ring *ring = NULL;
    int32_t answer = us_ring_create(&options, &ring, info);
    if (answer == 0) {
        CHECK_EQUAL(info->sq_entries, us_ring_space(ring));
        CHECK_EQUAL(0, us_ring_unsubmitted(ring));
        CHECK_EQUAL(0, us_ring_ready(ring));
        CHECK_EQUAL(0, us_ring_dropped(ring));
        CHECK((fcntl(info->descriptor, F_GETFD) & FD_CLOEXEC) != 0);
        us_ring_destroy(ring);
    }
    return answer;
}

int main(void)
{
    us_ring_destroy(make_ring(1));
    us_ring_info info;
    CHECK_EQUAL(0, create(1, 0, 0, &info));
    CHECK_EQUAL(1, info.sq_entries);
    CHECK_EQUAL(2, info.cq_entries);
    CHECK_EQUAL(0, info.setup_flags);
    CHECK((info.features & US_FEATURE_NODROP) != 0);
    CHECK_EQUAL(0, info.reserved);
    CHECK_EQUAL(0, create(5, 0, 0, &info));
    CHECK_EQUAL(8, info.sq_entries);
    CHECK_EQUAL(16, info.cq_entries);
    CHECK_EQUAL(0, create(4, 100, 0, &info));
    CHECK_EQUAL(4, info.sq_entries);
    CHECK_EQUAL(128, info.cq_entries);
    CHECK_EQUAL(US_SETUP_CQSIZE, info.setup_flags);
    /* A wish for CQSIZE without a size is no wish. */
    CHECK_EQUAL(0, create(4, 0, US_SETUP_CQSIZE, &info));
    CHECK_EQUAL(8, info.cq_entries);
    CHECK_EQUAL(0, info.setup_flags);

    CHECK_EQUAL(-EINVAL, create(0, 0, 0, &info));
    CHECK_EQUAL(-EINVAL, create(8, 4, US_SETUP_SUBMIT_ALL, &info));
    CHECK_EQUAL(-EINVAL, create(32769, 0, US_SETUP_SUBMIT_ALL, &info));
    CHECK_EQUAL(-EINVAL, create(8, 65537, US_SETUP_SUBMIT_ALL, &info));
    CHECK_EQUAL(0, create(1U << 20, 1U << 21, US_SETUP_CLAMP, &info));
    CHECK_EQUAL(32768, info.sq_entries);
    CHECK_EQUAL(65536, info.cq_entries);
    return 0;
}
