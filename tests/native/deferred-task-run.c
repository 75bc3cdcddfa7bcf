/*
 * Guards: rings whose completions run only when their owner enters (SINGLE_ISSUER | DEFER_TASKRUN): a call that does not wait finds them, with
 * TASKRUN_FLAG (which tells of them) and without (when only entering can tell); another thread may not submit (fact R1), and what it prepared is
 * not lost.
 */
#include "check.h"

#include <pthread.h>

static us_ring *ring;

static void *enter_elsewhere(void *unused)
{
    us_completion completion;
    (void)unused;
    CHECK_EQUAL(-EEXIST, us_ring_enter(ring, 0, 0, &completion, 1));
    return NULL;
}

static void completions_are_found_without_waiting(uint32_t flags)
{
    us_ring_info info;
    us_completion completion;
    ring = make_ring_with(4, 0, flags, &info);
    CHECK_EQUAL(flags, info.setup_flags);
    int pipe_ends[2];
    CHECK_EQUAL(0, pipe2(pipe_ends, O_CLOEXEC));
    CHECK_EQUAL(0, us_prepare_poll(ring, 1, pipe_ends[0], US_POLL_IN, 0));
    submit(ring);
    CHECK_EQUAL(0, us_ring_enter(ring, 0, 0, &completion, 1));
    CHECK_EQUAL(1, us_write(pipe_ends[1], "x", 1));
    AWAIT(us_ring_enter(ring, 0, 0, &completion, 1) == 1);
    CHECK_EQUAL(1, completion.user_data);
    CHECK_EQUAL(US_POLL_IN, completion.result);

    CHECK_EQUAL(0, us_prepare_nop(ring, 2));
    pthread_t thread;
    CHECK_EQUAL(0, pthread_create(&thread, NULL, enter_elsewhere, NULL));
    CHECK_EQUAL(0, pthread_join(thread, NULL));
    CHECK_EQUAL(1, us_ring_unsubmitted(ring));
    CHECK_EQUAL(0, take_of(ring, 2));
    us_ring_destroy(ring);
}

int main(void)
{
    completions_are_found_without_waiting(US_SETUP_SINGLE_ISSUER | US_SETUP_DEFER_TASKRUN | US_SETUP_TASKRUN_FLAG);
    completions_are_found_without_waiting(US_SETUP_SINGLE_ISSUER | US_SETUP_DEFER_TASKRUN);
    return 0;
}
