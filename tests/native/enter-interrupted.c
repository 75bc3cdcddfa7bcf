/*
 * Guards: a signal during the wait ends it with 0 (not -EINTR), whether or not its handler asks for SA_RESTART; a .NET runtime sends its threads
 * signals all the time. What was submitted with the call stays submitted.
 */
#include "check.h"

#include <pthread.h>

static us_ring *ring;
static int32_t thread_id;
static int32_t answer;
static bool done;

static void handle(int signal) { (void)signal; }

static void *wait_without_limit(void *unused)
{
    us_completion completion;
    (void)unused;
    __atomic_store_n(&thread_id, us_thread_id(), __ATOMIC_RELEASE);
    answer = us_ring_enter(ring, 1, -1, &completion, 1);
    __atomic_store_n(&done, true, __ATOMIC_RELEASE);
    return NULL;
}

static void interrupt(int flags)
{
    struct sigaction action = {.sa_handler = handle, .sa_flags = flags};
    CHECK_EQUAL(0, sigaction(SIGUSR1, &action, NULL));
    thread_id = 0;
    done = false;
    answer = -1;
    pthread_t thread;
    CHECK_EQUAL(0, pthread_create(&thread, NULL, wait_without_limit, NULL));
    AWAIT(__atomic_load_n(&thread_id, __ATOMIC_ACQUIRE) != 0 && us_thread_state(thread_id) == 'S');
    /* Again and again: the first one may come before the thread is in the kernel. */
    AWAIT((pthread_kill(thread, SIGUSR1), __atomic_load_n(&done, __ATOMIC_ACQUIRE)));
    CHECK_EQUAL(0, pthread_join(thread, NULL));
    CHECK_EQUAL(0, answer);
}

int main(void)
{
    us_ring_info info;
    ring = make_ring_with(4, 0, US_SETUP_NONE, &info);
    int pipe_ends[2];
    CHECK_EQUAL(0, pipe2(pipe_ends, O_CLOEXEC));
    CHECK_EQUAL(0, us_prepare_poll(ring, 7, pipe_ends[0], US_POLL_IN, 0));
    interrupt(0);
    CHECK_EQUAL(0, us_ring_unsubmitted(ring));
    interrupt(SA_RESTART);
    us_ring_destroy(ring);
    return 0;
}
