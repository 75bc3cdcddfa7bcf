/*
 * threads.c: how threads sleep, wake one another, and look at one another.
 */
#include "internal.h"

#include <limits.h>
#include <linux/futex.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

int32_t us_event_create(void)
{
    int descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return descriptor < 0 ? -errno : descriptor;
}

int32_t us_event_signal(int32_t descriptor)
{
    uint64_t one = 1;
    int32_t answer = us_write(descriptor, &one, sizeof one);
    /* -EAGAIN: the counter is full, so the event is raised. */
    return answer < 0 && answer != -EAGAIN ? answer : 0;
}

int32_t us_event_reset(int32_t descriptor)
{
    uint64_t count;
    int32_t answer = us_read(descriptor, &count, sizeof count);
    if (answer == -EAGAIN) {
        return 0;
    }
    return answer < 0 ? answer : 1;
}

int32_t us_futex_wait(uint32_t *word, uint32_t expected, int64_t timeout_nanoseconds)
{
    struct __kernel_timespec span = us_span(timeout_nanoseconds);
    if (syscall(__NR_futex, word, FUTEX_WAIT_PRIVATE, expected, timeout_nanoseconds < 0 ? NULL : &span, NULL, 0) == 0 || errno == EINTR) {
        return 0;
    }
    return -errno;
}

int32_t us_futex_wake(uint32_t *word, int32_t count)
{
    long woken = syscall(__NR_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
    return woken < 0 ? -errno : (int32_t)woken;
}

/* As many as the kernel can be built for, and some: sched_getaffinity(2) refuses a mask that is shorter than the kernel's. */
#define MAX_PROCESSORS 16384U
#define BITS_PER_WORD 64U

int32_t us_thread_pin(uint32_t index)
{
    uint64_t allowed[MAX_PROCESSORS / BITS_PER_WORD] = {0};
    uint64_t chosen[MAX_PROCESSORS / BITS_PER_WORD] = {0};
    if (syscall(__NR_sched_getaffinity, 0, sizeof allowed, allowed) < 0) {
        return -errno;
    }
    uint32_t count = 0;
    for (uint32_t i = 0; i < MAX_PROCESSORS / BITS_PER_WORD; i++) {
        count += (uint32_t)__builtin_popcountll(allowed[i]);
    }
    if (count == 0) {
        return -EINVAL;
    }
    uint32_t skip = index % count;
    for (uint32_t processor = 0; processor < MAX_PROCESSORS; processor++) {
        uint64_t bit = UINT64_C(1) << (processor % BITS_PER_WORD);
        if ((allowed[processor / BITS_PER_WORD] & bit) == 0 || skip-- > 0) {
            continue;
        }
        chosen[processor / BITS_PER_WORD] = bit;
        return syscall(__NR_sched_setaffinity, 0, sizeof chosen, chosen) < 0 ? -errno : (int32_t)processor;
    }
    return -EINVAL;
}

int32_t us_thread_id(void) { return (int32_t)syscall(__NR_gettid); }

int32_t us_thread_state(int32_t thread_id)
{
    char path[48];
    char text[512];
    (void)snprintf(path, sizeof path, "/proc/self/task/%d/stat", thread_id);
    int32_t descriptor = us_open(path, US_OPEN_READ_ONLY, 0);
    if (descriptor < 0) {
        return descriptor == -ENOENT ? -ESRCH : descriptor;
    }
    int32_t length = us_read(descriptor, text, sizeof text - 1);
    (void)close(descriptor);
    if (length < 0) {
        return length;
    }
    text[length] = '\0';
    /* "TID (name) S …": the name may hold brackets and blanks of its own, so the last bracket counts. */
    const char *bracket = strrchr(text, ')');
    return bracket != NULL && bracket[1] == ' ' && bracket[2] != '\0' ? (unsigned char)bracket[2] : -ESRCH;
}
