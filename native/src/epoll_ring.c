/*
 * epoll_ring.c: a ring for hosts that refuse io_uring: the same queues in plain memory, driven by epoll(7).
 *
 * It knows what waits, not what transfers: no-op, poll, cancel, timeout. Everything else completes with -EOPNOTSUPP. A poll holds a duplicate of its
 * descriptor, as io_uring holds the file: several polls of one descriptor are possible, and one whose descriptor is closed can still be cancelled.
 * Entries are consumed only while the completion queue has room for their answers, so nothing overflows.
 */
#include "internal.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define MAX_ENTRIES 32768U
#define BUCKETS 1024U
#define EVENTS_AT_ONCE 64U
/* What one entry may complete: a cancel answers, and its target ends. */
#define MOST_ANSWERS 2U

/** What waits: a poll, or a timeout where descriptor is -1. */
struct waiting {
    struct waiting *next;
    uint64_t user_data;
    /** When a timeout ends, CLOCK_MONOTONIC. */
    int64_t deadline;
    int descriptor;
    bool multishot;
};

struct us_epoll {
    int descriptor;
    uint32_t timeouts;
    unsigned sq_head;
    unsigned sq_tail;
    unsigned sq_flags;
    unsigned cq_head;
    unsigned cq_tail;
    unsigned cq_overflow;
    struct waiting *buckets[BUCKETS];
};

static int64_t now(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (time.tv_sec * US_NANOSECONDS_PER_SECOND) + time.tv_nsec;
}

static struct waiting **bucket_of(struct us_epoll *epoll, uint64_t user_data)
{
    return &epoll->buckets[(user_data * UINT64_C(0x9E3779B97F4A7C15)) >> 54];
}

static uint32_t room(const us_ring *ring) { return ring->cq_entries - (ring->epoll->cq_tail - ring->epoll->cq_head); }

static void complete(us_ring *ring, uint64_t user_data, int32_t result, uint32_t flags)
{
    ring->uring.cq.cqes[ring->epoll->cq_tail & ring->cq_mask] = (struct io_uring_cqe){.user_data = user_data, .res = result, .flags = flags};
    ring->epoll->cq_tail++;
}

/** Forgets what waits at this link. */
static void end(struct us_epoll *epoll, struct waiting **link)
{
    struct waiting *ended = *link;
    *link = ended->next;
    if (ended->descriptor >= 0) {
        /* Closing alone would leave the entry: the file is open elsewhere. */
        (void)epoll_ctl(epoll->descriptor, EPOLL_CTL_DEL, ended->descriptor, NULL);
        (void)close(ended->descriptor);
    } else {
        epoll->timeouts--;
    }
    free(ended);
}

static struct waiting *add(struct us_epoll *epoll, uint64_t user_data)
{
    struct waiting *added = calloc(1, sizeof *added);
    if (added != NULL) {
        struct waiting **bucket = bucket_of(epoll, user_data);
        added->next = *bucket;
        added->user_data = user_data;
        added->descriptor = -1;
        *bucket = added;
    }
    return added;
}

static void start_poll(us_ring *ring, const struct io_uring_sqe *entry)
{
    struct us_epoll *epoll = ring->epoll;
    bool multishot = (entry->len & IORING_POLL_ADD_MULTI) != 0;
    int descriptor = fcntl(entry->fd, F_DUPFD_CLOEXEC, 0);
    struct waiting *added = descriptor < 0 ? NULL : add(epoll, entry->user_data);
    if (added == NULL) {
        complete(ring, entry->user_data, descriptor < 0 ? -errno : -ENOMEM, 0);
        if (descriptor >= 0) {
            (void)close(descriptor);
        }
        return;
    }
    epoll->timeouts++;
    struct epoll_event event = {.events = entry->poll32_events | (multishot ? EPOLLET : EPOLLONESHOT), .data.ptr = added};
    if (epoll_ctl(epoll->descriptor, EPOLL_CTL_ADD, descriptor, &event) == 0) {
        epoll->timeouts--;
        added->descriptor = descriptor;
        added->multishot = multishot;
        return;
    }
    /* EPERM: a file that cannot be waited for, such as a regular one, is always ready. */
    int32_t result = errno == EPERM ? (int32_t)(entry->poll32_events & (POLLIN | POLLOUT)) : -errno;
    (void)close(descriptor);
    end(epoll, bucket_of(epoll, entry->user_data));
    complete(ring, entry->user_data, result, 0);
}

static void start_timeout(us_ring *ring, const struct io_uring_sqe *entry)
{
    /* The entry carries the address as a number. NOLINTNEXTLINE(performance-no-int-to-ptr) */
    const struct __kernel_timespec *span = (const struct __kernel_timespec *)(uintptr_t)entry->addr;
    struct waiting *added = add(ring->epoll, entry->user_data);
    if (added == NULL) {
        complete(ring, entry->user_data, -ENOMEM, 0);
        return;
    }
    const int64_t longest = INT64_MAX / 4 / US_NANOSECONDS_PER_SECOND;
    int64_t seconds = span->tv_sec < longest ? span->tv_sec : longest;
    added->deadline = now() + (seconds * US_NANOSECONDS_PER_SECOND) + span->tv_nsec;
    ring->epoll->timeouts++;
}

static void cancel(us_ring *ring, const struct io_uring_sqe *entry)
{
    struct waiting **link = bucket_of(ring->epoll, entry->addr);
    while (*link != NULL && (*link)->user_data != entry->addr) {
        link = &(*link)->next;
    }
    bool found = *link != NULL;
    if (found) {
        end(ring->epoll, link);
        complete(ring, entry->addr, -ECANCELED, 0);
    }
    complete(ring, entry->user_data, found ? 0 : -ENOENT, 0);
}

static void submit(us_ring *ring)
{
    struct us_epoll *epoll = ring->epoll;
    for (; epoll->sq_head != ring->sq_tail && room(ring) >= MOST_ANSWERS; epoll->sq_head++) {
        const struct io_uring_sqe *entry = &ring->uring.sq.sqes[epoll->sq_head & ring->sq_mask];
        switch (entry->opcode) {
        case IORING_OP_NOP: complete(ring, entry->user_data, 0, 0); break;
        case IORING_OP_POLL_ADD: start_poll(ring, entry); break;
        case IORING_OP_TIMEOUT: start_timeout(ring, entry); break;
        case IORING_OP_ASYNC_CANCEL: cancel(ring, entry); break;
        default: complete(ring, entry->user_data, -EOPNOTSUPP, 0); break;
        }
    }
}

/** Ends the timeouts that are over. Returns when the next one is, or INT64_MAX. */
static int64_t end_timeouts(us_ring *ring)
{
    struct us_epoll *epoll = ring->epoll;
    int64_t next = INT64_MAX;
    int64_t time = epoll->timeouts > 0 ? now() : 0;
    for (uint32_t i = 0; epoll->timeouts > 0 && i < BUCKETS; i++) {
        for (struct waiting **link = &epoll->buckets[i]; *link != NULL;) {
            struct waiting *each = *link;
            if (each->descriptor < 0 && each->deadline <= time && room(ring) > 0) {
                complete(ring, each->user_data, -ETIME, 0);
                end(epoll, link);
                continue;
            }
            if (each->descriptor < 0 && each->deadline < next) {
                next = each->deadline;
            }
            link = &each->next;
        }
    }
    return next;
}

/** Completes the polls that are ready, as many as there is room for. */
static void harvest_events(us_ring *ring)
{
    struct epoll_event events[EVENTS_AT_ONCE];
    uint32_t most = room(ring) < EVENTS_AT_ONCE ? room(ring) : EVENTS_AT_ONCE;
    int count = most > 0 ? epoll_wait(ring->epoll->descriptor, events, (int)most, 0) : 0;
    for (int i = 0; i < count; i++) {
        struct waiting *ready = events[i].data.ptr;
        complete(ring, ready->user_data, (int32_t)events[i].events, ready->multishot ? IORING_CQE_F_MORE : 0);
        if (!ready->multishot) {
            struct waiting **link = bucket_of(ring->epoll, ready->user_data);
            while (*link != ready) {
                link = &(*link)->next;
            }
            end(ring->epoll, link);
        }
    }
}

int32_t us_epoll_enter(us_ring *ring, uint32_t wait_count, int64_t timeout_nanoseconds)
{
    int64_t limit = timeout_nanoseconds < 0 ? INT64_MAX : now() + (timeout_nanoseconds < INT64_MAX / 4 ? timeout_nanoseconds : INT64_MAX / 4);
    for (;;) {
        submit(ring);
        int64_t next = end_timeouts(ring);
        harvest_events(ring);
        if (us_ring_ready(ring) >= wait_count) {
            return 0;
        }
        int64_t time = now();
        if (time >= limit) {
            return -ETIME;
        }
        next = next < limit ? next : limit;
        int64_t left = next > time ? next - time : 0;
        struct timespec span = {.tv_sec = left / US_NANOSECONDS_PER_SECOND, .tv_nsec = left % US_NANOSECONDS_PER_SECOND};
        struct pollfd wait = {.fd = ring->epoll->descriptor, .events = POLLIN};
        /* Not epoll_pwait2: old kernels and sandboxes lack it, and epoll_wait counts in milliseconds. */
        if (ppoll(&wait, 1, next == INT64_MAX ? NULL : &span, NULL) < 0) {
            return -errno;
        }
    }
}

static uint32_t power_of_two(uint32_t least)
{
    uint32_t power = 1;
    while (power < least) {
        power *= 2;
    }
    return power;
}

int32_t us_epoll_create(const us_ring_options *options, us_ring **ring, us_ring_info *info)
{
    uint32_t wanted = options->cq_entries != 0 ? options->cq_entries : 2 * options->sq_entries;
    if (options->sq_entries == 0 || options->sq_entries > MAX_ENTRIES || wanted < options->sq_entries || wanted > 2 * MAX_ENTRIES) {
        return -EINVAL;
    }
    us_ring *created = calloc(1, sizeof *created);
    struct us_epoll *epoll = calloc(1, sizeof *epoll);
    uint32_t sq_entries = power_of_two(options->sq_entries);
    uint32_t cq_entries = power_of_two(wanted < MOST_ANSWERS ? MOST_ANSWERS : wanted);
    struct io_uring_sqe *sqes = calloc(sq_entries, sizeof *sqes);
    struct io_uring_cqe *cqes = calloc(cq_entries, sizeof *cqes);
    bool complete_memory = created != NULL && epoll != NULL && sqes != NULL && cqes != NULL;
    int descriptor = complete_memory ? epoll_create1(EPOLL_CLOEXEC) : -1;
    if (descriptor < 0) {
        int32_t answer = complete_memory ? -errno : -ENOMEM;
        free(created);
        free(epoll);
        free(sqes);
        free(cqes);
        return answer;
    }
    epoll->descriptor = descriptor;
    *created = (us_ring){.epoll = epoll, .sq_entries = sq_entries, .sq_mask = sq_entries - 1, .cq_entries = cq_entries, .cq_mask = cq_entries - 1};
    created->uring.ring_fd = -1;
    created->uring.enter_ring_fd = -1;
    created->uring.sq.khead = &epoll->sq_head;
    created->uring.sq.ktail = &epoll->sq_tail;
    created->uring.sq.kflags = &epoll->sq_flags;
    created->uring.sq.sqes = sqes;
    created->uring.cq.khead = &epoll->cq_head;
    created->uring.cq.ktail = &epoll->cq_tail;
    created->uring.cq.koverflow = &epoll->cq_overflow;
    created->uring.cq.cqes = cqes;
    *info = (us_ring_info){.sq_entries = sq_entries, .cq_entries = cq_entries, .features = US_FEATURE_NODROP | US_FEATURE_EXT_ARG, .descriptor = descriptor};
    created->uring.features = info->features;
    *ring = created;
    return 0;
}

void us_epoll_destroy(us_ring *ring)
{
    for (uint32_t i = 0; i < BUCKETS; i++) {
        while (ring->epoll->buckets[i] != NULL) {
            end(ring->epoll, &ring->epoll->buckets[i]);
        }
    }
    (void)close(ring->epoll->descriptor);
    free(ring->uring.sq.sqes);
    free(ring->uring.cq.cqes);
    free(ring->epoll);
    free(ring);
}
