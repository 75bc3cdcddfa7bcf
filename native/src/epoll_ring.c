/*
 * epoll_ring.c: a ring for hosts that refuse io_uring: the same queues in plain memory, driven by epoll(7).
 *
 * It knows no-op, poll, cancel, timeout, and the reads and writes of what can be polled (epoll_transfer.c). Everything else completes with
 * -EOPNOTSUPP. Entries are consumed only while the completion queue has room for their answers, so nothing overflows.
 */
#include "epoll_ring.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MAX_ENTRIES 32768U
#define FEWEST_BUCKETS 64U
#define MOST_SPARE 1024U
#define EVENTS_AT_ONCE 256U
/* What one entry may complete: a cancel answers, and its target ends. */
#define MOST_ANSWERS 2U
/* Of what is in no heap. */
#define NO_NUMBER UINT64_MAX

enum waiting_kind {
    WAITING_POLL,
    WAITING_MULTISHOT_POLL,
    WAITING_TIMEOUT,
    WAITING_TRANSFER,
};

struct waiting {
    struct waiting *next;
    uint64_t user_data;
    /** When a timeout ends, CLOCK_MONOTONIC, and its number: of those that end at the same time the older comes first. */
    int64_t deadline;
    uint64_t number;
    /** Its place in the heap of timeouts. */
    uint32_t place;
    int descriptor;
    /** The descriptor is a duplicate: epoll takes each number once. */
    bool is_duplicate;
    enum waiting_kind kind;
};

struct us_epoll {
    int descriptor;
    unsigned sq_head;
    unsigned sq_tail;
    unsigned sq_flags;
    unsigned cq_head;
    unsigned cq_tail;
    unsigned cq_overflow;
    /** Whether the kernel lacks epoll_pwait2(2), which came with Linux 5.11, or denies it. */
    bool has_no_exact_wait;
    uint32_t spare_count;
    /** A power of two. */
    uint32_t bucket_count;
    uint32_t waiting_count;
    struct waiting **buckets;
    struct waiting *spare;
    /** A binary heap: the next to end first. */
    struct waiting **timeouts;
    uint32_t timeout_count;
    uint32_t timeout_room;
    uint64_t timeouts_made;
    struct us_transfers *transfers;
};

static int64_t now(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (time.tv_sec * US_NANOSECONDS_PER_SECOND) + time.tv_nsec;
}

static uint32_t room(const us_ring *ring) { return ring->cq_entries - (ring->epoll->cq_tail - ring->epoll->cq_head); }

static void complete(us_ring *ring, uint64_t user_data, int32_t result, uint32_t flags)
{
    ring->uring.cq.cqes[ring->epoll->cq_tail & ring->cq_mask] = (struct io_uring_cqe){.user_data = user_data, .res = result, .flags = flags};
    ring->epoll->cq_tail++;
}

/* ---- what waits, by its user_data ----------------------------------------------------------------------------- */

static struct waiting **bucket_of(const struct us_epoll *epoll, uint64_t user_data)
{
    return &epoll->buckets[((user_data * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & (epoll->bucket_count - 1)];
}

/** The link to what has this user_data, or to NULL. */
static struct waiting **find(const struct us_epoll *epoll, uint64_t user_data)
{
    struct waiting **link = bucket_of(epoll, user_data);
    while (*link != NULL && (*link)->user_data != user_data) {
        link = &(*link)->next;
    }
    return link;
}

/** Doubles the buckets; where there is no memory for it, finding takes longer. */
static void grow(struct us_epoll *epoll)
{
    struct waiting **old = epoll->buckets;
    uint32_t count = epoll->bucket_count;
    struct waiting **grown = calloc((size_t)count * 2, sizeof(struct waiting *));
    if (grown == NULL) {
        return;
    }
    epoll->buckets = grown;
    epoll->bucket_count = count * 2;
    for (uint32_t i = 0; i < count; i++) {
        while (old[i] != NULL) {
            struct waiting *moved = old[i];
            old[i] = moved->next;
            struct waiting **bucket = bucket_of(epoll, moved->user_data);
            moved->next = *bucket;
            *bucket = moved;
        }
    }
    free(old);
}

static bool ends_before(const struct waiting *one, const struct waiting *other)
{
    return one->deadline != other->deadline ? one->deadline < other->deadline : one->number < other->number;
}

static void put(struct us_epoll *epoll, struct waiting *timeout, uint32_t place)
{
    epoll->timeouts[place] = timeout;
    timeout->place = place;
}

/** Finds its place for a timeout, from one on whose own is free. */
static void settle(struct us_epoll *epoll, struct waiting *timeout, uint32_t place)
{
    for (; place > 0 && ends_before(timeout, epoll->timeouts[(place - 1) / 2]); place = (place - 1) / 2) {
        put(epoll, epoll->timeouts[(place - 1) / 2], place);
    }
    for (uint32_t child = (2 * place) + 1; child < epoll->timeout_count; child = (2 * place) + 1) {
        if (child + 1 < epoll->timeout_count && ends_before(epoll->timeouts[child + 1], epoll->timeouts[child])) {
            child++;
        }
        if (!ends_before(epoll->timeouts[child], timeout)) {
            break;
        }
        put(epoll, epoll->timeouts[child], place);
        place = child;
    }
    put(epoll, timeout, place);
}

/** False where there is no memory. */
static bool add_timeout(struct us_epoll *epoll, struct waiting *timeout)
{
    if (epoll->timeout_count == epoll->timeout_room) {
        uint32_t grown = epoll->timeout_room == 0 ? FEWEST_BUCKETS : 2 * epoll->timeout_room;
        struct waiting **memory = realloc((void *)epoll->timeouts, grown * sizeof(struct waiting *));
        if (memory == NULL) {
            return false;
        }
        epoll->timeouts = memory;
        epoll->timeout_room = grown;
    }
    timeout->number = epoll->timeouts_made++;
    epoll->timeout_count++;
    settle(epoll, timeout, epoll->timeout_count - 1);
    return true;
}

static void remove_timeout(struct us_epoll *epoll, const struct waiting *timeout)
{
    struct waiting *last = epoll->timeouts[--epoll->timeout_count];
    if (last != timeout) {
        settle(epoll, last, timeout->place);
    }
}

static struct waiting *add(struct us_epoll *epoll, uint64_t user_data, enum waiting_kind kind)
{
    struct waiting *added = epoll->spare;
    if (added != NULL) {
        epoll->spare = added->next;
        epoll->spare_count--;
    } else {
        added = malloc(sizeof *added);
        if (added == NULL) {
            return NULL;
        }
    }
    if (epoll->waiting_count == epoll->bucket_count) {
        grow(epoll);
    }
    struct waiting **bucket = bucket_of(epoll, user_data);
    *added = (struct waiting){.next = *bucket, .user_data = user_data, .descriptor = -1, .number = NO_NUMBER, .kind = kind};
    *bucket = added;
    epoll->waiting_count++;
    return added;
}

/** Forgets what waits at this link, if anything does. */
static void end(struct us_epoll *epoll, struct waiting **link)
{
    struct waiting *ended = *link;
    if (ended == NULL) {
        return;
    }
    *link = ended->next;
    epoll->waiting_count--;
    if (ended->descriptor >= 0) {
        /* Closing alone would leave the entry: the file may be open elsewhere. */
        (void)epoll_ctl(epoll->descriptor, EPOLL_CTL_DEL, ended->descriptor, NULL);
        if (ended->is_duplicate) {
            (void)close(ended->descriptor);
        }
    }
    if (ended->kind == WAITING_TIMEOUT && ended->number != NO_NUMBER) {
        remove_timeout(epoll, ended);
    }
    if (epoll->spare_count == MOST_SPARE) {
        free(ended);
        return;
    }
    ended->next = epoll->spare;
    epoll->spare = ended;
    epoll->spare_count++;
}

/* ---- submission ----------------------------------------------------------------------------------------------- */

/** Has epoll watch a descriptor, or a duplicate of it where it watches that number already. Returns 0 or -errno. */
static int32_t watch(const struct us_epoll *epoll, struct waiting *added, int descriptor, struct epoll_event *event)
{
    if (epoll_ctl(epoll->descriptor, EPOLL_CTL_ADD, descriptor, event) == 0) {
        added->descriptor = descriptor;
        return 0;
    }
    if (errno != EEXIST) {
        return -errno;
    }
    int duplicate = fcntl(descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (duplicate < 0) {
        return -errno;
    }
    if (epoll_ctl(epoll->descriptor, EPOLL_CTL_ADD, duplicate, event) < 0) {
        int32_t answer = -errno;
        (void)close(duplicate);
        return answer;
    }
    added->descriptor = duplicate;
    added->is_duplicate = true;
    return 0;
}

static void start_poll(us_ring *ring, const struct io_uring_sqe *entry)
{
    struct us_epoll *epoll = ring->epoll;
    bool multishot = (entry->len & IORING_POLL_ADD_MULTI) != 0;
    struct waiting *added = add(epoll, entry->user_data, multishot ? WAITING_MULTISHOT_POLL : WAITING_POLL);
    if (added == NULL) {
        complete(ring, entry->user_data, -ENOMEM, 0);
        return;
    }
    /* Once, or at each change: what is told is not told again, whatever becomes of the descriptor. */
    struct epoll_event event = {.events = entry->poll32_events | (multishot ? EPOLLET : EPOLLONESHOT), .data.u64 = entry->user_data};
    int32_t result = watch(epoll, added, entry->fd, &event);
    if (result == 0) {
        return;
    }
    if (result == -EPERM) {
        /* What cannot be waited for, a regular file for one, is always ready. */
        uint32_t ready = entry->poll32_events & (uint32_t)(POLLIN | POLLOUT);
        result = ready != 0 ? (int32_t)ready : -EINVAL;
    }
    end(epoll, find(epoll, entry->user_data));
    complete(ring, entry->user_data, result, 0);
}

static void start_timeout(us_ring *ring, const struct io_uring_sqe *entry)
{
    /* The entry carries the address as a number. NOLINTNEXTLINE(performance-no-int-to-ptr) */
    const struct __kernel_timespec *span = (const struct __kernel_timespec *)(uintptr_t)entry->addr;
    struct waiting *added = add(ring->epoll, entry->user_data, WAITING_TIMEOUT);
    if (added == NULL) {
        complete(ring, entry->user_data, -ENOMEM, 0);
        return;
    }
    const int64_t longest = INT64_MAX / 4 / US_NANOSECONDS_PER_SECOND;
    int64_t seconds = span->tv_sec < longest ? span->tv_sec : longest;
    added->deadline = now() + (seconds * US_NANOSECONDS_PER_SECOND) + span->tv_nsec;
    if (!add_timeout(ring->epoll, added)) {
        end(ring->epoll, find(ring->epoll, entry->user_data));
        complete(ring, entry->user_data, -ENOMEM, 0);
    }
}

static void start_transfer(us_ring *ring, const struct io_uring_sqe *entry)
{
    struct us_epoll *epoll = ring->epoll;
    int32_t result = us_transfer_now(entry);
    if (result == US_TRANSFER_MAY_BLOCK) {
        if (add(epoll, entry->user_data, WAITING_TRANSFER) == NULL) {
            result = -ENOMEM;
        } else {
            result = us_transfers_start(&epoll->transfers, epoll->descriptor, entry);
            if (result == 0) {
                return;
            }
            end(epoll, find(epoll, entry->user_data));
        }
    }
    complete(ring, entry->user_data, result, 0);
}

static void cancel(us_ring *ring, const struct io_uring_sqe *entry)
{
    struct waiting **link = find(ring->epoll, entry->addr);
    int32_t answer = -ENOENT;
    if (*link != NULL && (*link)->kind == WAITING_TRANSFER) {
        /* As io_uring answers for what one of its workers is at. */
        answer = -EALREADY;
        us_transfers_cancel(ring->epoll->transfers, entry->addr);
    } else if (*link != NULL) {
        answer = 0;
        end(ring->epoll, link);
        complete(ring, entry->addr, -ECANCELED, 0);
    }
    complete(ring, entry->user_data, answer, 0);
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
        case IORING_OP_READ:
        case IORING_OP_WRITE: start_transfer(ring, entry); break;
        default: complete(ring, entry->user_data, -EOPNOTSUPP, 0); break;
        }
    }
}

/* ---- completion ----------------------------------------------------------------------------------------------- */

/** Ends the timeouts that are over, in their order. Returns when the next one is, or INT64_MAX. */
static int64_t end_timeouts(us_ring *ring)
{
    struct us_epoll *epoll = ring->epoll;
    int64_t time = epoll->timeout_count > 0 ? now() : 0;
    while (epoll->timeout_count > 0 && epoll->timeouts[0]->deadline <= time && room(ring) > 0) {
        uint64_t user_data = epoll->timeouts[0]->user_data;
        complete(ring, user_data, -ETIME, 0);
        end(epoll, find(epoll, user_data));
    }
    return epoll->timeout_count > 0 ? epoll->timeouts[0]->deadline : INT64_MAX;
}

/** Completes the transfers that have ended, as many as there is room for. */
static void end_transfers(us_ring *ring)
{
    struct us_epoll *epoll = ring->epoll;
    uint64_t user_data;
    int32_t result;
    while (epoll->transfers != NULL && room(ring) > 0 && us_transfers_take(epoll->transfers, &user_data, &result)) {
        end(epoll, find(epoll, user_data));
        complete(ring, user_data, result, 0);
    }
}

static void on_event(us_ring *ring, const struct epoll_event *event)
{
    struct us_epoll *epoll = ring->epoll;
    struct waiting **link = find(epoll, event->data.u64);
    if (*link == NULL) {
        /* A transfer has ended; or a descriptor was closed under its poll while the file was open elsewhere. */
        return;
    }
    bool multishot = (*link)->kind == WAITING_MULTISHOT_POLL;
    complete(ring, event->data.u64, (int32_t)event->events, multishot ? IORING_CQE_F_MORE : 0);
    if (!multishot) {
        end(epoll, link);
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
    uint32_t most = room(ring) < EVENTS_AT_ONCE ? room(ring) : EVENTS_AT_ONCE;
    if (most == 0) {
        return 0;
    }
    int count = wait_for_events(ring, events, (int)most, span);
    for (int i = 0; i < count; i++) {
        on_event(ring, &events[i]);
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
    free((void *)ring->epoll->buckets);
    free((void *)ring->epoll->timeouts);
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
    ring->epoll->bucket_count = FEWEST_BUCKETS;
    ring->epoll->buckets = calloc(FEWEST_BUCKETS, sizeof(struct waiting *));
    ring->uring.sq.sqes = calloc(sq_entries, sizeof *ring->uring.sq.sqes);
    ring->uring.cq.cqes = calloc(cq_entries, sizeof *ring->uring.cq.cqes);
    if (ring->epoll->buckets == NULL || ring->uring.sq.sqes == NULL || ring->uring.cq.cqes == NULL) {
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
    struct us_epoll *epoll = ring->epoll;
    for (uint32_t i = 0; i < epoll->bucket_count; i++) {
        while (epoll->buckets[i] != NULL) {
            end(epoll, &epoll->buckets[i]);
        }
    }
    us_transfers_leave(epoll->transfers);
    while (epoll->spare != NULL) {
        struct waiting *spare = epoll->spare;
        epoll->spare = spare->next;
        free(spare);
    }
    (void)close(epoll->descriptor);
    free_memory(ring);
}
