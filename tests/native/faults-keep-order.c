/* Completions are delayed and reordered, yet every one comes, once, and those of one request in their order. */
#include "check.h"

#include "faults.h"

#include <fcntl.h>

#define REQUESTS 20000
#define IN_FLIGHT 32
#define POLL UINT64_C(0x8000000000000000)

int main(void)
{
    static bool done[REQUESTS];
    us_ring *ring = make_ring(64);
    us_completion completions[8];
    us_faults_configure(1, 200, US_FAULTS_HARMLESS & ~(uint32_t)US_FAULT_REFUSE);
    unsigned prepared = 0;
    unsigned ended = 0;
    unsigned disorder = 0;
    uint64_t highest = 0;
    while (ended < REQUESTS) {
        while (prepared < REQUESTS && prepared - ended < IN_FLIGHT && us_ring_space(ring) > 0) {
            CHECK_EQUAL(0, us_prepare_nop(ring, prepared++));
        }
        int32_t answer = us_ring_enter(ring, 1, -1, completions, 8);
        CHECK(answer >= 0 || answer == -EAGAIN || answer == -EBUSY);
        for (int32_t i = 0; i < answer; i++) {
            uint64_t user_data = completions[i].user_data;
            CHECK(user_data < REQUESTS && !done[user_data]);
            CHECK_EQUAL(0, completions[i].result);
            done[user_data] = true;
            ended++;
            disorder += user_data < highest;
            highest = user_data > highest ? user_data : highest;
        }
    }
    CHECK(disorder > 100);

    /* Each shot of a poll tells of one byte; the last one has no successor, however it ends. */
    int ends[2];
    CHECK_EQUAL(0, pipe2(ends, O_CLOEXEC | O_NONBLOCK));
    CHECK_EQUAL(0, us_prepare_poll(ring, POLL, ends[0], US_POLL_IN, 1));
    bool cancelled = false;
    bool last = false;
    for (int turn = 0; !last; turn++) {
        if (turn < 1000) {
            CHECK_EQUAL(1, write(ends[1], "x", 1));
        } else if (!cancelled && us_ring_space(ring) > 0) {
            CHECK_EQUAL(0, us_prepare_cancel(ring, US_IGNORED_USER_DATA, POLL));
            cancelled = true;
        }
        int32_t answer = us_ring_enter(ring, cancelled ? 1 : 0, -1, completions, 8);
        for (int32_t i = 0; i < answer; i++) {
            CHECK(!last);
            CHECK_EQUAL(POLL, completions[i].user_data);
            last = (completions[i].flags & US_COMPLETION_MORE) == 0;
            CHECK(last ? completions[i].result < 0 : completions[i].result > 0);
        }
    }
    uint64_t counts[US_FAULT_KINDS];
    CHECK(us_faults_counts(counts, US_FAULT_KINDS) > 1000);
    /* ENTER, SHORT_SUBMIT, DELAY, REORDER, OVERFLOW. */
    for (unsigned kind = 0; kind < 5; kind++) {
        CHECK(counts[kind] > 0);
    }
    us_ring_destroy(ring);
    return 0;
}
