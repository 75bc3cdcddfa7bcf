/*
 * epoll_ring.c: a ring for hosts that refuse io_uring: the same queues in plain memory, driven by epoll(7).
 *
 * It knows no-op, poll, cancel, timeout, and the reads and writes of what can be polled (epoll_polls.c, epoll_transfer.c). Everything else completes
 * with -EOPNOTSUPP. Entries are consumed only while the completion queue has room for their answers, so nothing overflows.
 */
#include "epoll_ring.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MAX_ENTRIES 32768U
#define EVENTS_AT_ONCE 256U
/* What one entry may complete: a cancel answers, and its target ends. */
#define MOST_ANSWERS 2U

static int64_t now(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (time.tv_sec * US_NANOSECONDS_PER_SECOND) + time.tv_nsec;
}

/* ---- submission ----------------------------------------------------------------------------------------------- */

static void start_timeout(us_ring *ring, const struct io_uring_sqe *entry)
{
    /* The entry carries the address as a number. NOLINTNEXTLINE(performance-no-int-to-ptr) */
    const struct __kernel_timespec *span = (const struct __kernel_timespec *)(uintptr_t)entry->addr;
    struct waiting *added = us_waiting_add(ring->epoll, entry->user_data, WAITING_TIMEOUT);
    if (added == NULL) {
        us_epoll_complete(ring, entry->user_data, -ENOMEM, 0);
        return;
    }
    const int64_t longest = INT64_MAX / 4 / US_NANOSECONDS_PER_SECOND;
    int64_t seconds = span->tv_sec < longest ? span->tv_sec : longest;
    added->deadline = now() + (seconds * US_NANOSECONDS_PER_SECOND) + span->tv_nsec;
    if (!us_timeouts_add(ring->epoll, added)) {
        us_waiting_end(ring->epoll, added);
        us_epoll_complete(ring, entry->user_data, -ENOMEM, 0);
    }
}

static void start_transfer(us_ring *ring, const struct io_uring_sqe *entry)
{
    struct us_epoll *epoll = ring->epoll;
    int32_t result = us_transfer_now(entry);
    if (result == US_TRANSFER_MAY_BLOCK) {
        struct waiting *added = us_waiting_add(epoll, entry->user_data, WAITING_TRANSFER);
        if (added == NULL) {
            result = -ENOMEM;
        } else {
            result = us_transfers_start(&epoll->transfers, epoll->descriptor, entry);
            if (result == 0) {
                return;
            }
            us_waiting_end(epoll, added);
        }
    }
    us_epoll_complete(ring, entry->user_data, result, 0);
}

static void cancel(us_ring *ring, const struct io_uring_sqe *entry)
{
    struct us_epoll *epoll = ring->epoll;
    struct waiting *target = us_waiting_find(epoll, entry->addr);
    int32_t answer = -ENOENT;
    if (target != NULL && target->kind == WAITING_TRANSFER) {
        /* As io_uring answers for what one of its workers is at. */
        answer = -EALREADY;
        us_transfers_cancel(epoll->transfers, entry->addr);
    } else if (target != NULL) {
        answer = 0;
        if (target->kind != WAITING_TIMEOUT) {
            us_polls_remove(epoll, target);
        }
        us_waiting_end(epoll, target);
        us_epoll_complete(ring, entry->addr, -ECANCELED, 0);
    }
    us_epoll_complete(ring, entry->user_data, answer, 0);
}

static void submit(us_ring *ring)
{
    struct us_epoll *epoll = ring->epoll;
    for (; epoll->sq_head != ring->sq_tail && us_epoll_room(ring) >= MOST_ANSWERS; epoll->sq_head++) {
        const struct io_uring_sqe *entry = &ring->uring.sq.sqes[epoll->sq_head & ring->sq_mask];
        switch (entry->opcode) {
        case IORING_OP_NOP: us_epoll_complete(ring, entry->user_data, 0, 0); break;
        case IORING_OP_POLL_ADD: us_polls_start(ring, entry); break;
        case IORING_OP_TIMEOUT: start_timeout(ring, entry); break;
        case IORING_OP_ASYNC_CANCEL: cancel(ring, entry); break;
        case IORING_OP_READ:
        case IORING_OP_WRITE: start_transfer(ring, entry); break;
        default: us_epoll_complete(ring, entry->user_data, -EOPNOTSUPP, 0); break;
        }
    }
}

/* ---- completion ----------------------------------------------------------------------------------------------- */

/** Ends the timeouts that are over, in their order. Returns when the next one is, or INT64_MAX. */
static int64_t end_timeouts(us_ring *ring)
{
    struct us_epoll *epoll = ring->epoll;
    int64_t time = epoll->timeout_count > 0 ? now() : 0;
    while (epoll->timeout_count > 0 && epoll->timeouts[0]->deadline <= time && us_epoll_room(ring) > 0) {
        us_epoll_complete(ring, epoll->timeouts[0]->user_data, -ETIME, 0);
        us_waiting_end(epoll, epoll->timeouts[0]);
    }
    return epoll->timeout_count > 0 ? epoll->timeouts[0]->deadline : INT64_MAX;
}

/** Completes the transfers that have ended, as many as there is room for. */
static void end_transfers(us_ring *ring)
{
    struct us_epoll *epoll = ring->epoll;
    uint64_t user_data;
    int32_t result;
    while (epoll->transfers != NULL && us_epoll_room(ring) > 0 && us_transfers_take(epoll->transfers, &user_data, &result)) {
        us_waiting_end(epoll, us_waiting_find(epoll, user_data));
        us_epoll_complete(ring, user_data, result, 0);
    }
}

/** epoll_wait(2), exact to the nanosecond where the kernel has epoll_pwait2(2). Negative: no limit. Returns events, or -errno. */
static int wait_for_events(us_ring *ring, struct epoll_event *events, int capacity, int64_t nanoseconds)
{
    struct us_epoll *epoll = ring->epoll;
    struct timespec span = {.tv_sec = nanoseconds / US_NANOSECONDS_PER_SECOND, .tv_nsec = nanoseconds % US_NANOSECONDS_PER_SECOND};
    int count;
    if (nanoseconds <= 0) {
        count = epoll_wait(epoll->descriptor, events, capacity, nanoseconds < 0 ? -1 : 0);
        return count < 0 ? -errno : count;
    }
    if (!epoll->has_no_exact_wait) {
        count = (int)syscall(__NR_epoll_pwait2, epoll->descriptor, events, capacity, &span, NULL, 0);
        if (count >= 0 || errno == EINTR) {
            return count < 0 ? -errno : count;
        }
        epoll->has_no_exact_wait = true;
    }
    struct pollfd wait = {.fd = epoll->descriptor, .events = POLLIN};
    count = ppoll(&wait, 1, &span, NULL);
    if (count > 0) {
        count = epoll_wait(epoll->descriptor, events, capacity, 0);
    }
    return count < 0 ? -errno : count;
}

void us_epoll_wait_inexactly(us_ring *ring) { ring->epoll->has_no_exact_wait = true; }

/** Completes what is ready. It waits where waits is true and nothing is, until then. Returns 0 or -errno. */
static int32_t harvest_events(us_ring *ring, bool waits, int64_t until)
{
    int64_t span = 0;
    if (waits && until == INT64_MAX) {
        span = -1;
    } else if (waits) {
        int64_t time = now();
        span = until > time ? until - time : 0;
    }
    struct epoll_event events[EVENTS_AT_ONCE];
    uint32_t most = us_epoll_room(ring) < EVENTS_AT_ONCE ? us_epoll_room(ring) : EVENTS_AT_ONCE;
    if (most == 0) {
        return 0;
    }
    int count = wait_for_events(ring, events, (int)most, span);
    for (int i = 0; i < count; i++) {
        us_polls_tell(ring, &events[i]);
    }
    end_transfers(ring);
    return count < 0 ? count : 0;
}

int32_t us_epoll_enter(us_ring *ring, uint32_t wait_count, int64_t timeout_nanoseconds)
{
    int64_t limit = INT64_MAX;
    if (wait_count > 0 && timeout_nanoseconds >= 0) {
        limit = now() + (timeout_nanoseconds < INT64_MAX / 4 ? timeout_nanoseconds : INT64_MAX / 4);
    }
    for (;;) {
        submit(ring);
        us_polls_end_orphans(ring);
        end_transfers(ring);
        int64_t next = end_timeouts(ring);
        bool waits = us_ring_ready(ring) < wait_count && (limit == INT64_MAX || now() < limit);
        int32_t answer = harvest_events(ring, waits, next < limit ? next : limit);
        if (answer < 0 || us_ring_ready(ring) >= wait_count) {
            return answer;
        }
        if (!waits) {
            return -ETIME;
        }
    }
}

/* ---- life ----------------------------------------------------------------------------------------------------- */

static uint32_t power_of_two(uint32_t least)
{
    uint32_t power = 1;
    while (power < least) {
        power *= 2;
    }
    return power;
}

static uint32_t clamp(uint32_t entries, uint32_t most, bool clamps) { return clamps && entries > most ? most : entries; }

static void free_memory(us_ring *ring)
{
    us_waiting_destroy(ring->epoll);
    free(ring->epoll->watched);
    free(ring->epoll);
    free(ring->uring.sq.sqes);
    free(ring->uring.cq.cqes);
    free(ring);
}

/** The ring's memory, or NULL. */
static us_ring *allocate(uint32_t sq_entries, uint32_t cq_entries)
{
    us_ring *ring = calloc(1, sizeof *ring);
    if (ring == NULL) {
        return NULL;
    }
    ring->epoll = calloc(1, sizeof *ring->epoll);
    if (ring->epoll == NULL) {
        free(ring);
        return NULL;
    }
    ring->uring.sq.sqes = calloc(sq_entries, sizeof *ring->uring.sq.sqes);
    ring->uring.cq.cqes = calloc(cq_entries, sizeof *ring->uring.cq.cqes);
    if (us_waiting_create(ring->epoll) < 0 || ring->uring.sq.sqes == NULL || ring->uring.cq.cqes == NULL) {
        free_memory(ring);
        return NULL;
    }
    return ring;
}

int32_t us_ring_create_portable(const us_ring_options *options, us_ring **ring, us_ring_info *info)
{
    bool clamps = ((options->wanted_flags | options->required_flags) & US_SETUP_CLAMP) != 0;
    uint32_t sq_entries = clamp(options->sq_entries, MAX_ENTRIES, clamps);
    uint32_t wanted = clamp(options->cq_entries != 0 ? options->cq_entries : 2 * sq_entries, 2 * MAX_ENTRIES, clamps);
    if (sq_entries == 0 || sq_entries > MAX_ENTRIES || wanted < sq_entries || wanted > 2 * MAX_ENTRIES) {
        return -EINVAL;
    }
    sq_entries = power_of_two(sq_entries);
    uint32_t cq_entries = power_of_two(wanted < MOST_ANSWERS ? MOST_ANSWERS : wanted);
    us_ring *created = allocate(sq_entries, cq_entries);
    if (created == NULL) {
        return -ENOMEM;
    }
    struct us_epoll *epoll = created->epoll;
    epoll->descriptor = epoll_create1(EPOLL_CLOEXEC);
    if (epoll->descriptor < 0) {
        int32_t answer = -errno;
        free_memory(created);
        return answer;
    }
    created->sq_entries = sq_entries;
    created->sq_mask = sq_entries - 1;
    created->cq_entries = cq_entries;
    created->cq_mask = cq_entries - 1;
    created->uring.ring_fd = -1;
    created->uring.enter_ring_fd = -1;
    created->uring.sq.khead = &epoll->sq_head;
    created->uring.sq.ktail = &epoll->sq_tail;
    created->uring.sq.kflags = &epoll->sq_flags;
    created->uring.cq.khead = &epoll->cq_head;
    created->uring.cq.ktail = &epoll->cq_tail;
    created->uring.cq.koverflow = &epoll->cq_overflow;
    created->uring.features = US_FEATURE_NODROP | US_FEATURE_EXT_ARG;
    *info = (us_ring_info){
        .sq_entries = sq_entries, .cq_entries = cq_entries, .features = created->uring.features, .descriptor = epoll->descriptor};
    *ring = created;
    return 0;
}

void us_epoll_destroy(us_ring *ring)
{
    us_transfers_leave(ring->epoll->transfers);
    (void)close(ring->epoll->descriptor);
    free_memory(ring);
}
