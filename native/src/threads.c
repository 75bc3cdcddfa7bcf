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
