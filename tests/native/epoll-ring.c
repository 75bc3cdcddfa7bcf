/*
 * Guards: the ring over epoll completes as io_uring does: no-ops, polls of one descriptor, one completion a wake, cancels, timeouts, regular files,
 * descriptors closed under a poll, a full completion queue; what it does not know it refuses.
 */
#include "internal.h"

#include "check.h"
#include <sys/eventfd.h>

static us_completion next(us_ring *ring)
{
    us_completion completion;
    CHECK_EQUAL(1, us_ring_enter(ring, 1, DEADLINE, &completion, 1));
    return completion;
}

static void expect(us_ring *ring, uint64_t user_data, int32_t result, uint32_t flags)
{
    us_completion completion = next(ring);
    CHECK_EQUAL(user_data, completion.user_data);
    CHECK_EQUAL(result, completion.result);
    CHECK_EQUAL(flags, completion.flags);
}

static void silent(us_ring *ring)
{
    us_completion completion;
    CHECK_EQUAL(0, us_ring_enter(ring, 0, 0, &completion, 1));
}

int main(void)
{
    us_ring_options options = {.sq_entries = 8, .cq_entries = 8};
    us_ring_info info;
    us_ring *ring;
    CHECK_EQUAL(0, us_epoll_create(&options, &ring, &info));

    CHECK_EQUAL(0, us_prepare_nop(ring, 1));
    expect(ring, 1, 0, 0);
    char byte;
    CHECK_EQUAL(0, us_prepare_read(ring, 2, 0, &byte, 1, 0));
    expect(ring, 2, -EOPNOTSUPP, 0);

    /* Two polls of one descriptor; one is cancelled, the other lives though the descriptor is closed. */
    int ends[2];
    CHECK_EQUAL(0, pipe2(ends, O_CLOEXEC | O_NONBLOCK));
    CHECK_EQUAL(0, us_prepare_poll(ring, 3, ends[0], US_POLL_IN, 0));
    CHECK_EQUAL(0, us_prepare_poll(ring, 4, ends[0], US_POLL_IN, 0));
    CHECK_EQUAL(0, us_prepare_cancel(ring, 5, 3));
    expect(ring, 3, -ECANCELED, 0);
    expect(ring, 5, 0, 0);
    CHECK_EQUAL(0, us_prepare_cancel(ring, 6, 3));
    expect(ring, 6, -ENOENT, 0);
    close(ends[0]);
    CHECK_EQUAL(1, write(ends[1], "x", 1));
    expect(ring, 4, US_POLL_IN, 0);
    close(ends[1]);

    /* One completion a wake, the counter never read. */
    int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    CHECK_EQUAL(0, us_prepare_poll(ring, 7, event, US_POLL_IN, 1));
    for (int i = 0; i < 3; i++) {
        silent(ring);
        CHECK_EQUAL(0, us_event_signal(event));
        expect(ring, 7, US_POLL_IN, US_COMPLETION_MORE);
    }
    CHECK_EQUAL(0, us_prepare_cancel(ring, US_IGNORED_USER_DATA, 7));
    expect(ring, 7, -ECANCELED, 0);
    silent(ring);
    close(event);

    us_timespec span = {.nanoseconds = 1000000};
    CHECK_EQUAL(0, us_prepare_timeout(ring, 8, &span));
    expect(ring, 8, -ETIME, 0);
    span.seconds = 1000;
    CHECK_EQUAL(0, us_prepare_timeout(ring, 9, &span));
    silent(ring);
    CHECK_EQUAL(0, us_prepare_cancel(ring, US_IGNORED_USER_DATA, 9));
    expect(ring, 9, -ECANCELED, 0);

    int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    CHECK_EQUAL(0, us_prepare_poll(ring, 10, file, US_POLL_IN, 0));
    expect(ring, 10, US_POLL_IN, 0);
    close(file);
    CHECK_EQUAL(0, us_prepare_poll(ring, 11, -1, US_POLL_IN, 0));
    expect(ring, 11, -EBADF, 0);

    /* More answers than the completion queue holds: all come, in order, and what found no room waits in the submission queue. */
    uint64_t prepared = 0;
    for (; us_prepare_nop(ring, prepared) == 0; prepared++) {
        CHECK_EQUAL(0, us_ring_enter(ring, 0, 0, NULL, 0));
    }
    CHECK(prepared > info.cq_entries);
    for (uint64_t i = 0; i < prepared; i++) {
        expect(ring, i, 0, 0);
    }
    silent(ring);
    us_ring_destroy(ring);
    return 0;
}
