/*
 * Guards: the portable ring completes as io_uring does: no-ops, many polls of one descriptor, one completion a wake, cancels, timeouts, regular files,
 * descriptors closed and numbers used again under a poll, hang-ups, thousands of waits, transfers that would wait or do, a full completion queue; what it does not know it refuses.
 */
#include "epoll_ring.h"

#include "check.h"
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

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

static bool timers_fail;

/** The C library's, or none to be had. */
__attribute__((visibility("default"))) int timer_create(clockid_t clock, struct sigevent *event, timer_t *timer)
{
    static int (*real)(clockid_t, struct sigevent *, timer_t *);
    if (real == NULL) {
        *(void **)&real = dlsym(RTLD_NEXT, "timer_create");
    }
    if (timers_fail) {
        errno = EAGAIN;
        return -1;
    }
    return real(clock, event, timer);
}

/** The master of a terminal cannot be asked not to wait: reads of it wait elsewhere, and end soon when they are cancelled. */
static void terminal_reads(us_ring *ring, int master, int slave)
{
    char bytes[64];
    CHECK_EQUAL(0, us_prepare_read(ring, 27, master, bytes, sizeof bytes, -1));
    silent(ring);
    CHECK_EQUAL(0, us_prepare_nop(ring, 29));
    expect(ring, 29, 0, 0);
    CHECK_EQUAL(0, us_prepare_cancel(ring, 28, 27));
    expect(ring, 28, -EALREADY, 0);
    expect(ring, 27, -ECANCELED, 0);
    CHECK_EQUAL(0, us_prepare_read(ring, 27, master, bytes, sizeof bytes, -1));
    silent(ring);
    CHECK_EQUAL(3, write(slave, "tty", 3));
    expect(ring, 27, 3, 0);
    CHECK(memcmp(bytes, "tty", 3) == 0);
}

/** Reads and writes of descriptors in blocking mode: the ring's own thread waits for none of them. */
static void transfers(us_ring *ring)
{
    char bytes[64];
    int ends[2];
    CHECK_EQUAL(0, pipe2(ends, O_CLOEXEC));
    /* An older kernel, 6.1 for one, cannot be asked not to wait for a pipe: so somebody else waits. */
    bool is_asked = us_read_cached(ends[0], bytes, sizeof bytes, -1) == -EAGAIN;
    CHECK_EQUAL(0, us_prepare_read(ring, 20, ends[0], bytes, sizeof bytes, -1));
    if (!is_asked) {
        silent(ring);
        CHECK_EQUAL(0, us_prepare_cancel(ring, 28, 20));
        expect(ring, 28, -EALREADY, 0);
    }
    expect(ring, 20, is_asked ? -EAGAIN : -ECANCELED, 0);
    CHECK_EQUAL(0, us_prepare_write(ring, 21, ends[1], "pipe", 4, -1));
    expect(ring, 21, 4, 0);
    CHECK_EQUAL(0, us_prepare_read(ring, 22, ends[0], bytes, sizeof bytes, -1));
    expect(ring, 22, 4, 0);
    CHECK(memcmp(bytes, "pipe", 4) == 0);
    close(ends[0]);
    CHECK_EQUAL(0, us_prepare_write(ring, 23, ends[1], "pipe", 4, -1));
    expect(ring, 23, -EPIPE, 0);
    close(ends[1]);

    CHECK_EQUAL(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
    CHECK_EQUAL(0, us_prepare_read(ring, 24, ends[0], bytes, sizeof bytes, -1));
    expect(ring, 24, -EAGAIN, 0);
    CHECK_EQUAL(0, us_prepare_write(ring, 25, ends[1], "socket", 6, -1));
    expect(ring, 25, 6, 0);
    CHECK_EQUAL(0, us_prepare_read(ring, 26, ends[0], bytes, sizeof bytes, -1));
    expect(ring, 26, 6, 0);
    close(ends[0]);
    close(ends[1]);

    /* A file is always ready, and what is not in the page cache is waited for elsewhere: to be asked for again would keep the ring busy for as long as the disk takes. */
    int file = open(in_folder("file"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    CHECK(file >= 0 && write(file, "file", 4) == 4 && fsync(file) == 0);
    CHECK_EQUAL(0, posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED));
    CHECK_EQUAL(0, lseek(file, 0, SEEK_SET));
    CHECK_EQUAL(0, us_prepare_read(ring, 31, file, bytes, sizeof bytes, -1));
    expect(ring, 31, 4, 0);
    CHECK(memcmp(bytes, "file", 4) == 0);
    close(file);

    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    CHECK(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    int slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
    CHECK(slave >= 0);
    terminal_reads(ring, master, slave);
    timers_fail = true;
    terminal_reads(ring, master, slave);
    timers_fail = false;
    /* So do writes, where nobody makes room. */
    static char much[1 << 20];
    int32_t written = 1;
    for (int i = 0; written > 0; i++) {
        CHECK_EQUAL(0, us_prepare_write(ring, 30, master, much, sizeof much, -1));
        silent(ring);
        CHECK_EQUAL(0, us_prepare_cancel(ring, US_IGNORED_USER_DATA, 30));
        us_completion completion;
        int32_t taken = 0;
        AWAIT((taken = us_ring_enter(ring, 1, DEADLINE, &completion, 1)) != 0);
        CHECK_EQUAL(30, completion.user_data);
        written = completion.result;
        CHECK(i < 1000);
    }
    CHECK_EQUAL(-ECANCELED, written);
    close(slave);
    close(master);
}

/** More waits than there are buckets at first, ended in another order, by events, by cancellation, and by the ring's end. */
static void many(us_ring *ring)
{
    enum { COUNT = 600 };
    static int events[COUNT];
    for (int i = 0; i < COUNT; i++) {
        events[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        CHECK(events[i] >= 0);
        CHECK_EQUAL(0, us_prepare_poll(ring, 1000 + (uint64_t)i, events[i], US_POLL_IN, 0));
        CHECK_EQUAL(0, us_ring_enter(ring, 0, 0, NULL, 0));
    }
    for (int i = COUNT - 1; i >= 0; i -= 3) {
        CHECK_EQUAL(0, us_event_signal(events[i]));
        expect(ring, 1000 + (uint64_t)i, US_POLL_IN, 0);
    }
    for (int i = 0; i < COUNT; i += 3) {
        CHECK_EQUAL(0, us_prepare_cancel(ring, US_IGNORED_USER_DATA, 1000 + (uint64_t)i));
        expect(ring, 1000 + (uint64_t)i, -ECANCELED, 0);
        silent(ring);
    }
    for (int i = 0; i < COUNT; i++) {
        close(events[i]);
    }
}

/** Timeouts end in the order of their time, the older of two first; and an event is seen while one waits. */
static void timeouts(us_ring *ring)
{
    enum { COUNT = 200 };
    static us_timespec spans[COUNT];
    for (int i = 0; i < COUNT; i++) {
        spans[i] = (us_timespec){.nanoseconds = (100 * MILLISECOND) - ((i / 2) * 1000)};
        CHECK_EQUAL(0, us_prepare_timeout(ring, 2000 + (uint64_t)i, &spans[i]));
        CHECK_EQUAL(0, us_ring_enter(ring, 0, 0, NULL, 0));
    }
    for (int i = 0; i < COUNT; i += 7) {
        CHECK_EQUAL(0, us_prepare_cancel(ring, US_IGNORED_USER_DATA, 2000 + (uint64_t)i));
        expect(ring, 2000 + (uint64_t)i, -ECANCELED, 0);
        silent(ring);
    }
    for (int i = 0; i < COUNT - ((COUNT + 6) / 7); i++) {
        CHECK_EQUAL(-ETIME, next(ring).result);
    }

    us_timespec later = {.nanoseconds = 30000000};
    us_timespec soon = {.nanoseconds = 10000000};
    us_timespec far = {.seconds = 1000};
    CHECK_EQUAL(0, us_prepare_timeout(ring, 41, &later));
    CHECK_EQUAL(0, us_prepare_timeout(ring, 42, &soon));
    CHECK_EQUAL(0, us_prepare_timeout(ring, 43, &far));
    CHECK_EQUAL(0, us_ring_enter(ring, 0, 0, NULL, 0));
    int64_t over = check_now() + (40 * MILLISECOND);
    AWAIT(check_now() > over);
    expect(ring, 42, -ETIME, 0);
    expect(ring, 41, -ETIME, 0);

    int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    CHECK_EQUAL(0, us_prepare_poll(ring, 44, event, US_POLL_IN, 0));
    silent(ring);
    CHECK_EQUAL(0, us_event_signal(event));
    expect(ring, 44, US_POLL_IN, 0);
    close(event);
    CHECK_EQUAL(0, us_prepare_cancel(ring, US_IGNORED_USER_DATA, 43));
    expect(ring, 43, -ECANCELED, 0);
    silent(ring);
}

/** Polls of one descriptor are told each by its own, and need no other descriptor. */
static void polls_of_one_descriptor(us_ring *ring)
{
    int ends[2];
    CHECK_EQUAL(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
    struct rlimit limit;
    CHECK_EQUAL(0, getrlimit(RLIMIT_NOFILE, &limit));
    struct rlimit none = {.rlim_cur = 0, .rlim_max = limit.rlim_max};
    CHECK_EQUAL(0, setrlimit(RLIMIT_NOFILE, &none));
    CHECK_EQUAL(0, us_prepare_poll(ring, 3, ends[0], US_POLL_IN, 0));
    CHECK_EQUAL(0, us_prepare_poll(ring, 4, ends[0], US_POLL_IN, 0));
    silent(ring);
    CHECK_EQUAL(0, us_prepare_poll(ring, 5, ends[0], US_POLL_OUT, 0));
    expect(ring, 5, US_POLL_OUT, 0);
    CHECK_EQUAL(0, setrlimit(RLIMIT_NOFILE, &limit));
    CHECK_EQUAL(0, us_prepare_cancel(ring, 6, 3));
    expect(ring, 3, -ECANCELED, 0);
    expect(ring, 6, 0, 0);
    CHECK_EQUAL(0, us_prepare_cancel(ring, 6, 3));
    expect(ring, 6, -ENOENT, 0);
    silent(ring);
    CHECK_EQUAL(1, write(ends[1], "x", 1));
    expect(ring, 4, US_POLL_IN, 0);
    silent(ring);
    close(ends[0]);
    close(ends[1]);

    /* More than the completion queue holds; and one that tells at each change among those that are told once. */
    int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    enum { COUNT = 30, EACH = 7 };
    for (uint64_t i = 0; i < COUNT; i++) {
        CHECK_EQUAL(0, us_prepare_poll(ring, 100 + i, event, US_POLL_IN, 0));
        silent(ring);
    }
    CHECK_EQUAL(0, us_event_signal(event));
    for (uint64_t told = 0, i = 0; i < COUNT; i++) {
        us_completion completion = next(ring);
        CHECK_EQUAL(US_POLL_IN, completion.result);
        CHECK(completion.user_data >= 100 && completion.user_data < 100 + COUNT && (told & (1U << (completion.user_data - 100))) == 0);
        told |= 1U << (completion.user_data - 100);
    }
    uint64_t count;
    CHECK_EQUAL(8, read(event, &count, sizeof count));
    CHECK_EQUAL(0, us_prepare_poll(ring, EACH, event, US_POLL_IN, 1));
    CHECK_EQUAL(0, us_prepare_poll(ring, 4, event, US_POLL_IN, 0));
    silent(ring);
    CHECK_EQUAL(0, us_event_signal(event));
    expect(ring, 4, US_POLL_IN, 0);
    for (int i = 0; i < 3; i++) {
        expect(ring, EACH, US_POLL_IN, US_COMPLETION_MORE);
        silent(ring);
        CHECK_EQUAL(0, us_event_signal(event));
    }
    expect(ring, EACH, US_POLL_IN, US_COMPLETION_MORE);
    CHECK_EQUAL(8, read(event, &count, sizeof count));
    CHECK_EQUAL(0, us_prepare_poll(ring, 4, event, US_POLL_IN, 0));
    silent(ring);
    CHECK_EQUAL(0, us_prepare_cancel(ring, US_IGNORED_USER_DATA, EACH));
    expect(ring, EACH, -ECANCELED, 0);
    CHECK_EQUAL(0, us_event_signal(event));
    expect(ring, 4, US_POLL_IN, 0);
    silent(ring);
    close(event);
}

/** A number is closed under a poll, and another file has it: the new poll is told of the new file alone, and the old one that its own is gone. */
static void numbers_used_again(us_ring *ring)
{
    for (int open_elsewhere = 0; open_elsewhere <= 1; open_elsewhere++) {
        int old[2];
        CHECK_EQUAL(0, pipe2(old, O_CLOEXEC | O_NONBLOCK));
        int elsewhere = open_elsewhere ? fcntl(old[0], F_DUPFD_CLOEXEC, 0) : -1;
        CHECK_EQUAL(0, us_prepare_poll(ring, 3, old[0], US_POLL_IN, 0));
        CHECK_EQUAL(0, us_prepare_poll(ring, 4, old[0], US_POLL_IN, 0));
        silent(ring);
        int fresh[2];
        CHECK_EQUAL(0, pipe2(fresh, O_CLOEXEC | O_NONBLOCK));
        CHECK_EQUAL(old[0], dup3(fresh[0], old[0], O_CLOEXEC));

        /* Before anything is known of it, what is cancelled takes nothing from the new file. */
        CHECK_EQUAL(0, us_prepare_cancel(ring, US_IGNORED_USER_DATA, 3));
        expect(ring, 3, -ECANCELED, 0);
        CHECK_EQUAL(0, us_prepare_poll(ring, 5, old[0], US_POLL_IN, 0));
        expect(ring, 4, -EBADF, 0);
        silent(ring);
        if (open_elsewhere) {
            CHECK_EQUAL(1, write(old[1], "x", 1));
            silent(ring);
        }
        CHECK_EQUAL(1, write(fresh[1], "x", 1));
        expect(ring, 5, US_POLL_IN, 0);
        close(fresh[0]);
        close(fresh[1]);
        close(old[0]);
        close(old[1]);
        if (open_elsewhere) {
            close(elsewhere);
        }
    }
}

/** A number goes from a file to another and back, both open elsewhere, and what was armed for the other is still there: it tells nothing. */
static void numbers_that_come_back(us_ring *ring)
{
    int files[2] = {eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    int number = fcntl(files[0], F_DUPFD_CLOEXEC, 0);
    for (int i = 0; i < 2; i++) {
        CHECK_EQUAL(number, dup3(files[i], number, O_CLOEXEC));
        CHECK_EQUAL(0, us_prepare_poll(ring, 3, number, US_POLL_IN, 0));
        silent(ring);
        CHECK_EQUAL(0, us_prepare_cancel(ring, US_IGNORED_USER_DATA, 3));
        expect(ring, 3, -ECANCELED, 0);
        silent(ring);
    }
    CHECK_EQUAL(number, dup3(files[0], number, O_CLOEXEC));
    CHECK_EQUAL(0, us_prepare_poll(ring, 4, number, US_POLL_IN, 0));
    silent(ring);
    CHECK_EQUAL(0, us_event_signal(files[1]));
    silent(ring);

    /* A regular file, which epoll does not watch: the poll of what was there before ends. */
    int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    CHECK_EQUAL(number, dup3(file, number, O_CLOEXEC));
    CHECK_EQUAL(0, us_prepare_poll(ring, 5, number, US_POLL_IN, 0));
    expect(ring, 5, US_POLL_IN, 0);
    expect(ring, 4, -EBADF, 0);
    silent(ring);
    close(file);
    close(number);
    close(files[0]);
    close(files[1]);
}

int main(void)
{
    CHECK(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
    us_ring_options options = {.sq_entries = 8, .cq_entries = 8};
    us_ring_info info;
    us_ring *ring;
    CHECK_EQUAL(0, us_ring_create_portable(&options, &ring, &info));

    CHECK_EQUAL(0, us_prepare_nop(ring, 1));
    expect(ring, 1, 0, 0);
    CHECK_EQUAL(0, us_prepare_fsync(ring, 2, 0, 0));
    expect(ring, 2, -EOPNOTSUPP, 0);
    CHECK_EQUAL(-EOPNOTSUPP, us_ring_limit_workers(ring, 4));

    polls_of_one_descriptor(ring);
    numbers_used_again(ring);
    numbers_that_come_back(ring);

    /* The end of a pipe, and its broken other side. */
    int ends[2];
    CHECK_EQUAL(0, pipe2(ends, O_CLOEXEC));
    CHECK_EQUAL(0, us_prepare_poll(ring, 3, ends[0], US_POLL_IN, 0));
    silent(ring);
    close(ends[1]);
    expect(ring, 3, US_POLL_HUP, 0);
    close(ends[0]);
    CHECK_EQUAL(0, pipe2(ends, O_CLOEXEC));
    close(ends[0]);
    CHECK_EQUAL(0, us_prepare_poll(ring, 4, ends[1], US_POLL_OUT, 0));
    expect(ring, 4, US_POLL_OUT | US_POLL_ERR, 0);
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
    silent(ring);
    /* A wait ends with the nearest of several. */
    CHECK_EQUAL(0, us_prepare_timeout(ring, 9, &span));
    us_timespec sooner = {.nanoseconds = 500000};
    CHECK_EQUAL(0, us_prepare_timeout(ring, 12, &sooner));
    expect(ring, 12, -ETIME, 0);
    us_completion none;
    CHECK_EQUAL(0, us_ring_enter(ring, 1, 1000, &none, 1));
    CHECK_EQUAL(0, us_prepare_cancel(ring, US_IGNORED_USER_DATA, 9));
    expect(ring, 9, -ECANCELED, 0);

    int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    CHECK_EQUAL(0, us_prepare_poll(ring, 10, file, US_POLL_IN, 0));
    expect(ring, 10, US_POLL_IN, 0);
    close(file);
    file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    CHECK_EQUAL(0, us_prepare_poll(ring, 10, file, US_POLL_PRI, 0));
    expect(ring, 10, -EINVAL, 0);
    close(file);
    CHECK_EQUAL(0, us_prepare_poll(ring, 11, -1, US_POLL_IN, 0));
    expect(ring, 11, -EBADF, 0);

    transfers(ring);
    many(ring);
    timeouts(ring);
    us_epoll_wait_inexactly(ring);
    timeouts(ring);

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
