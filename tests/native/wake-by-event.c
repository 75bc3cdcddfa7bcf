/*
 * Guards: the wake-up of a ring's owner. An eventfd under a multishot poll wakes the waiting thread each time another thread signals it, loses no
 * wake-up, and costs one submission for all of them.
 */
#include "check.h"

#include <pthread.h>

enum { ROUNDS = 2000 };

static int32_t event;
static uint32_t signalled;
static uint32_t answered;

static void *signal_again_and_again(void *unused)
{
    (void)unused;
    for (uint32_t i = 1; i <= ROUNDS; i++) {
        __atomic_store_n(&signalled, i, __ATOMIC_RELEASE);
        CHECK_EQUAL(0, us_event_signal(event));
        while (__atomic_load_n(&answered, __ATOMIC_ACQUIRE) != i) {
            CHECK(us_futex_wait(&answered, i - 1, DEADLINE) != -ETIMEDOUT);
        }
    }
    return NULL;
}

int main(void)
{
    us_ring *ring = make_ring(4);
    event = us_event_create();
    CHECK(event >= 0);
    CHECK_EQUAL(0, us_prepare_poll(ring, 1, event, US_POLL_IN, 1));
    submit(ring);
    pthread_t thread;
    CHECK_EQUAL(0, pthread_create(&thread, NULL, signal_again_and_again, NULL));
    for (uint32_t i = 1; i <= ROUNDS;) {
        us_completion completion = take(ring);
        CHECK_EQUAL(1, completion.user_data);
        CHECK_EQUAL(US_POLL_IN, completion.result);
        CHECK_EQUAL(US_COMPLETION_MORE, completion.flags);
        if (us_event_reset(event) == 1) {
            CHECK_EQUAL(i, __atomic_load_n(&signalled, __ATOMIC_ACQUIRE));
            __atomic_store_n(&answered, i++, __ATOMIC_RELEASE);
            CHECK(us_futex_wake(&answered, 1) >= 0);
        }
    }
    CHECK_EQUAL(0, pthread_join(thread, NULL));
    us_ring_destroy(ring);
    CHECK_EQUAL(0, us_close(event));
    return 0;
}
