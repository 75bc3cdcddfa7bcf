/*
 * Guards: fact R12. More operations pend than the completion queue holds; all become ready at once; each completion arrives, once, none is
 * dropped. The second half never waits: what the kernel holds back must be fetched because the ring's flags tell of it.
 */
#include "check.h"

enum { OPERATIONS = 4000 };

static us_ring *ring;
static int pipe_ends[2];
static char bytes[OPERATIONS];
static unsigned char seen[OPERATIONS];

/** Submits all. Returns whether they wait. */
static bool arm(bool reads)
{
    memset(seen, 0, sizeof seen);
    for (uint64_t i = 0; i < OPERATIONS; i++) {
        if (us_ring_space(ring) == 0) {
            submit(ring);
        }
        if (reads) {
            CHECK_EQUAL(0, us_prepare_read(ring, i, pipe_ends[0], &bytes[i], 1, -1));
        } else {
            CHECK_EQUAL(0, us_prepare_poll(ring, i, pipe_ends[0], US_POLL_IN, 0));
        }
    }
    submit(ring);
    return us_ring_ready(ring) == 0;
}

static void collect(uint32_t wait_count, uint32_t capacity, int32_t result)
{
    us_completion completions[64];
    uint32_t taken = 0;
    int64_t end = check_now() + DEADLINE;
    while (taken < OPERATIONS) {
        int32_t answer = us_ring_enter(ring, wait_count, SECOND, completions, capacity);
        CHECK(answer >= 0 && answer <= (int32_t)capacity);
        CHECK(check_now() < end);
        for (int32_t i = 0; i < answer; i++) {
            CHECK(completions[i].user_data < OPERATIONS);
            CHECK_EQUAL(result, completions[i].result);
            CHECK_EQUAL(0, seen[completions[i].user_data]++);
        }
        taken += (uint32_t)answer;
    }
    CHECK_EQUAL(OPERATIONS, taken);
    CHECK_EQUAL(0, us_ring_dropped(ring));
    check_silent(ring);
}

int main(void)
{
    us_ring_info info;
    ring = make_ring_with(4, 0, US_SETUP_NONE, &info);
    if ((info.features & US_FEATURE_NODROP) == 0) {
        SKIP("this kernel drops completions of a full queue (before Linux 5.5)");
    }
    CHECK_EQUAL(8, info.cq_entries);
    /* Not blocking: the reads of a blocking pipe may each cost a kernel worker (Linux 6.1). */
    CHECK_EQUAL(0, pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK));

    static const uint32_t capacities[] = {1, 3, 8, 64};
    for (size_t i = 0; i < sizeof capacities / sizeof *capacities; i++) {
        for (uint32_t wait_count = 0; wait_count < 2; wait_count++) {
            char all[OPERATIONS] = {0};
            CHECK(arm(false));
            CHECK_EQUAL(1, write(pipe_ends[1], "x", 1));
            collect(wait_count, capacities[i], US_POLL_IN);
            CHECK_EQUAL(1, read(pipe_ends[0], all, 1));

            if (arm(true)) {
                CHECK_EQUAL(OPERATIONS, write(pipe_ends[1], all, OPERATIONS));
                collect(wait_count, capacities[i], 1);
            } else {
                printf("this kernel's ring does not wait on O_NONBLOCK descriptors\n");
                collect(wait_count, capacities[i], -EAGAIN);
            }
        }
    }
    us_ring_destroy(ring);
    return 0;
}
