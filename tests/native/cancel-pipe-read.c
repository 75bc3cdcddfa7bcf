/*
 * Guards: facts F10 and F11. A pending read of a pipe is cancelled by its user_data, also after its descriptor was closed, and takes no byte
 * with it; a cancel that races with data loses none, whoever wins.
 */
#include "check.h"

#include <pthread.h>

enum { RACES = 5000 };

static int pipe_ends[2];
static uint32_t turn;

static void *write_each_turn(void *unused)
{
    (void)unused;
    for (uint32_t i = 1; i <= RACES; i++) {
        while (__atomic_load_n(&turn, __ATOMIC_ACQUIRE) < i) {
            (void)us_futex_wait(&turn, i - 1, DEADLINE);
        }
        char byte = (char)i;
        CHECK_EQUAL(1, write(pipe_ends[1], &byte, 1));
    }
    return NULL;
}

/** Takes the completions of read 1 and of its cancel 2. Returns the read's result. */
static int32_t take_both(us_ring *ring, int32_t *cancel_result)
{
    int32_t results[3] = {1234, 1234, 1234};
    for (int i = 0; i < 2; i++) {
        us_completion completion = take(ring);
        CHECK(completion.user_data == 1 || completion.user_data == 2);
        CHECK_EQUAL(1234, results[completion.user_data]);
        results[completion.user_data] = completion.result;
    }
    *cancel_result = results[2];
    return results[1];
}

static void a_cancelled_read_takes_no_byte(us_ring *ring)
{
    char byte = 0;
    int32_t cancel_result;
    CHECK_EQUAL(0, us_prepare_read(ring, 1, pipe_ends[0], &byte, 1, -1));
    submit(ring);
    CHECK_EQUAL(0, us_prepare_cancel(ring, 2, 1));
    CHECK_EQUAL(-ECANCELED, take_both(ring, &cancel_result));
    CHECK_EQUAL(0, cancel_result);
    CHECK_EQUAL(1, write(pipe_ends[1], "y", 1));
    check_silent(ring);
    CHECK_EQUAL(0, byte);
    CHECK_EQUAL(1, us_read(pipe_ends[0], &byte, 1));
    CHECK_EQUAL('y', byte);
}

static void a_race_with_data_loses_no_byte(us_ring *ring)
{
    pthread_t thread;
    CHECK_EQUAL(0, pthread_create(&thread, NULL, write_each_turn, NULL));
    for (uint32_t i = 1; i <= RACES; i++) {
        char byte = 0;
        int32_t cancel_result;
        CHECK_EQUAL(0, us_prepare_read(ring, 1, pipe_ends[0], &byte, 1, -1));
        submit(ring);
        __atomic_store_n(&turn, i, __ATOMIC_RELEASE);
        CHECK(us_futex_wake(&turn, 1) >= 0);
        CHECK_EQUAL(0, us_prepare_cancel(ring, 2, 1));
        int32_t result = take_both(ring, &cancel_result);
        if (result == -ECANCELED) {
            CHECK_EQUAL(0, byte);
            AWAIT(us_poll_now(pipe_ends[0], US_POLL_IN) == US_POLL_IN);
            CHECK_EQUAL(1, us_read(pipe_ends[0], &byte, 1));
        } else {
            CHECK_EQUAL(1, result);
            CHECK(cancel_result == -ENOENT || cancel_result == -EALREADY);
        }
        CHECK_EQUAL((char)i, byte);
    }
    CHECK_EQUAL(0, pthread_join(thread, NULL));
}

static void a_closed_descriptor_does_not_shield_its_read(us_ring *ring)
{
    char byte = 0;
    int32_t cancel_result;
    CHECK_EQUAL(0, us_prepare_read(ring, 1, pipe_ends[0], &byte, 1, -1));
    submit(ring);
    CHECK_EQUAL(0, us_close(pipe_ends[0]));
    check_silent(ring);
    CHECK_EQUAL(0, us_prepare_cancel(ring, 2, 1));
    CHECK_EQUAL(-ECANCELED, take_both(ring, &cancel_result));
    CHECK_EQUAL(0, cancel_result);
    AWAIT(write(pipe_ends[1], "z", 1) == -1 && errno == EPIPE);
}

int main(void)
{
    us_ring *ring = make_ring(8);
    CHECK_EQUAL(0, pipe2(pipe_ends, O_CLOEXEC));
    a_cancelled_read_takes_no_byte(ring);
    a_race_with_data_loses_no_byte(ring);
    a_closed_descriptor_does_not_shield_its_read(ring);
    us_ring_destroy(ring);
    return 0;
}
