/*
 * Guards: us_thread_pin chooses among the processors that the thread may run on, round and round, and answers the one it runs on from then on.
 */
#include "check.h"

#include <sched.h>

static int32_t pin(uint32_t index, const cpu_set_t *allowed)
{
    CHECK_EQUAL(0, sched_setaffinity(0, sizeof *allowed, allowed));
    int32_t processor = us_thread_pin(index);
    CHECK(processor >= 0);
    CHECK(CPU_ISSET((size_t)processor, allowed));
    cpu_set_t now;
    CHECK_EQUAL(0, sched_getaffinity(0, sizeof now, &now));
    CHECK_EQUAL(1, CPU_COUNT(&now));
    CHECK(CPU_ISSET((size_t)processor, &now));
    CHECK_EQUAL(processor, sched_getcpu());
    return processor;
}

int main(void)
{
    cpu_set_t allowed;
    CHECK_EQUAL(0, sched_getaffinity(0, sizeof allowed, &allowed));
    uint32_t count = (uint32_t)CPU_COUNT(&allowed);
    int32_t before = -1;
    for (uint32_t i = 0; i < count; i++) {
        int32_t processor = pin(i, &allowed);
        CHECK(processor > before);
        CHECK_EQUAL(processor, pin(i + count, &allowed));
        before = processor;
    }

    /* Pinned, it may run there alone: every index means that one. */
    CHECK_EQUAL(before, us_thread_pin(0));
    CHECK_EQUAL(before, us_thread_pin(UINT32_MAX));
    return 0;
}
