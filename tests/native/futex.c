/*
 * Guards: us_futex_wait and us_futex_wake: a word that differs, a timeout neither early nor far too late, a wake-up of exactly so many threads,
 * an interruption that counts as a wake-up.
 */
#include "check.h"

#include <pthread.h>

enum { THREADS = 4 };

static uint32_t word;
static uint32_t woken;
static int32_t thread_ids[THREADS];

static void *sleep_once(void *index)
{
    __atomic_store_n(&thread_ids[(size_t)index], us_thread_id(), __ATOMIC_RELEASE);
    int32_t answer = us_futex_wait(&word, 0, -1);
    CHECK(answer == 0 || answer == -EAGAIN);
    __atomic_add_fetch(&woken, 1, __ATOMIC_ACQ_REL);
    return NULL;
}

/** Wakes until so many are awake in all, and never asks for more than that. */
static void wake_until(uint32_t total)
{
    static uint32_t asked;
    AWAIT((asked += (uint32_t)us_futex_wake(&word, (int32_t)(total - asked))) == total);
    AWAIT(__atomic_load_n(&woken, __ATOMIC_ACQUIRE) >= total);
    CHECK_EQUAL(total, __atomic_load_n(&woken, __ATOMIC_ACQUIRE));
}

static void handle(int signal) { (void)signal; }

static void interrupt_all(const pthread_t *threads)
{
    for (size_t i = 0; i < THREADS; i++) {
        CHECK_EQUAL(0, pthread_kill(threads[i], SIGUSR1));
    }
}

int main(void)
{
    CHECK_EQUAL(-EAGAIN, us_futex_wait(&word, 1, -1));
    static const int64_t spans[] = {0, 1, 30 * MILLISECOND};
    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
        int64_t start = check_now();
        CHECK_EQUAL(-ETIMEDOUT, us_futex_wait(&word, 0, spans[i]));
        CHECK(check_now() - start >= spans[i]);
        CHECK(check_now() - start < DEADLINE);
    }
    CHECK_EQUAL(0, us_futex_wake(&word, 1));

    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        CHECK_EQUAL(0, pthread_create(&threads[i], NULL, sleep_once, (void *)i));
        AWAIT(__atomic_load_n(&thread_ids[i], __ATOMIC_ACQUIRE) != 0 && us_thread_state(thread_ids[i]) == 'S');
    }
    wake_until(1);
    wake_until(3);

    /* Again and again: a thread in state S may still be on its way into the wait. */
    struct sigaction action = {.sa_handler = handle};
    CHECK_EQUAL(0, sigaction(SIGUSR1, &action, NULL));
    AWAIT((interrupt_all(threads), __atomic_load_n(&woken, __ATOMIC_ACQUIRE) == THREADS));
    for (size_t i = 0; i < THREADS; i++) {
        CHECK_EQUAL(0, pthread_join(threads[i], NULL));
    }
    return 0;
}
