/*
 * Guards: us_thread_state: R for a thread that computes, S for one that sleeps, D for one in uninterruptible sleep (vfork, fact R10), none for one
 * that is gone; also where the thread's name is made to mislead.
 */
#include "check.h"

#include <pthread.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static int32_t thread_id;
static bool stop;
static uint32_t word;
static int ends[2];

static void announce(void)
{
    CHECK_EQUAL(0, prctl(PR_SET_NAME, "a) Z (b) D"));
    __atomic_store_n(&thread_id, us_thread_id(), __ATOMIC_RELEASE);
}

static void *compute(void *unused)
{
    announce();
    while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
    }
    return unused;
}

static void *sleep_lightly(void *unused)
{
    announce();
    while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
        (void)us_futex_wait(&word, 0, -1);
    }
    return unused;
}

/** As Process.Start does: the parent sleeps until its child has called exec or _exit. */
static void *sleep_deeply(void *unused)
{
    char byte;
    announce();
    pid_t child = vfork();
    if (child == 0) {
        _exit(read(ends[0], &byte, 1) == 1 ? 0 : 1);
    }
    int status;
    CHECK_EQUAL(child, waitpid(child, &status, 0));
    CHECK_EQUAL(0, status);
    return unused;
}

static pthread_t start(void *(*routine)(void *))
{
    pthread_t thread;
    thread_id = 0;
    stop = false;
    CHECK_EQUAL(0, pthread_create(&thread, NULL, routine, NULL));
    AWAIT(__atomic_load_n(&thread_id, __ATOMIC_ACQUIRE) != 0);
    CHECK(thread_id != us_thread_id());
    return thread;
}

int main(void)
{
    CHECK_EQUAL(getpid(), us_thread_id());
    CHECK_EQUAL('R', us_thread_state(us_thread_id()));
    CHECK_EQUAL(0, pipe2(ends, O_CLOEXEC));

    pthread_t thread = start(compute);
    AWAIT(us_thread_state(thread_id) == 'R');
    __atomic_store_n(&stop, true, __ATOMIC_RELEASE);
    CHECK_EQUAL(0, pthread_join(thread, NULL));
    AWAIT(us_thread_state(thread_id) == -ESRCH);

    thread = start(sleep_lightly);
    AWAIT(us_thread_state(thread_id) == 'S');
    __atomic_store_n(&stop, true, __ATOMIC_RELEASE);
    __atomic_store_n(&word, 1, __ATOMIC_RELEASE);
    CHECK(us_futex_wake(&word, 1) >= 0);
    CHECK_EQUAL(0, pthread_join(thread, NULL));

    thread = start(sleep_deeply);
    AWAIT(us_thread_state(thread_id) == 'D');
    CHECK_EQUAL(1, write(ends[1], "x", 1));
    CHECK_EQUAL(0, pthread_join(thread, NULL));

    CHECK_EQUAL(-ESRCH, us_thread_state(0));
    CHECK_EQUAL(-ESRCH, us_thread_state(-1));
    CHECK_EQUAL(-ESRCH, us_thread_state(INT32_MAX));
    return 0;
}
