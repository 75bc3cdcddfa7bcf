/*
 * epoll_ring.h: what the parts of the ring over epoll share.
 */
#ifndef US_EPOLL_RING_H
#define US_EPOLL_RING_H

#include "internal.h"

#include <sys/epoll.h>

/** The transfers that a ring's threads are at. */
struct us_transfers;

enum waiting_kind {
    WAITING_POLL,
    WAITING_MULTISHOT_POLL,
    WAITING_TIMEOUT,
    WAITING_TRANSFER,
};

/** A request that goes on. */
struct waiting {
    struct waiting *next;
    uint64_t user_data;
    enum waiting_kind kind;
    /** Of a poll: what it waits for, where, -1 before that is known, and the next poll of the same descriptor. */
    uint32_t events;
    int descriptor;
    struct waiting *beside;
    /** When a timeout ends, CLOCK_MONOTONIC, and its number: of those that end at the same time the older comes first. */
    int64_t deadline;
    uint64_t number;
    /** Its place in the heap of timeouts. */
    uint32_t place;
};

/** What epoll knows of a descriptor's number. */
struct watched {
    struct waiting *polls;
    /** Of the registration, as it was armed last: what was armed before, for another file under the same number, has another. */
    uint32_t generation;
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
    /** What goes on, by its user_data; the number of buckets is a power of two. */
    struct waiting **buckets;
    uint32_t bucket_count;
    uint32_t waiting_count;
    uint32_t spare_count;
    struct waiting *spare;
    /** A binary heap: the next to end first. */
    struct waiting **timeouts;
    uint32_t timeout_count;
    uint32_t timeout_room;
    uint64_t timeouts_made;
    /** By descriptor. */
    struct watched *watched;
    uint32_t watched_count;
    /** Polls whose descriptor was closed under them, as another under its number shows. */
    struct waiting *orphans;
    struct us_transfers *transfers;
};

/** How many completions there is room for. */
static inline uint32_t us_epoll_room(const us_ring *ring) { return ring->cq_entries - (ring->epoll->cq_tail - ring->epoll->cq_head); }

/** Adds a completion; there is room. */
static inline void us_epoll_complete(us_ring *ring, uint64_t user_data, int32_t result, uint32_t flags)
{
    ring->uring.cq.cqes[ring->epoll->cq_tail & ring->cq_mask] = (struct io_uring_cqe){.user_data = user_data, .res = result, .flags = flags};
    ring->epoll->cq_tail++;
}

/** As on a kernel without epoll_pwait2(2): for tests. */
void us_epoll_wait_inexactly(us_ring *ring);

/* ---- epoll_waiting.c ------------------------------------------------------------------------------------------ */

/** Adds what waits, or returns NULL. */
struct waiting *us_waiting_add(struct us_epoll *epoll, uint64_t user_data, enum waiting_kind kind);

/** What has this user_data, or NULL. */
struct waiting *us_waiting_find(const struct us_epoll *epoll, uint64_t user_data);

/** Forgets what waits. */
void us_waiting_end(struct us_epoll *epoll, struct waiting *ended);

/** Puts a timeout among the others by its deadline. False where there is no memory. */
bool us_timeouts_add(struct us_epoll *epoll, struct waiting *timeout);

/** Takes a timeout that is among the others from them. */
void us_timeouts_remove(struct us_epoll *epoll, const struct waiting *timeout);

/** Makes place for what waits. Returns 0 or -ENOMEM. */
int32_t us_waiting_create(struct us_epoll *epoll);

/** Gives the memory of what waits back. */
void us_waiting_destroy(struct us_epoll *epoll);

/* ---- epoll_polls.c -------------------------------------------------------------------------------------------- */

/** Begins a poll, or completes it. */
void us_polls_start(us_ring *ring, const struct io_uring_sqe *entry);

/** Takes a poll from its descriptor, before it is ended. */
void us_polls_remove(struct us_epoll *epoll, struct waiting *removed);

/** Completes the polls that an event of epoll is for, as many as there is room for. */
void us_polls_tell(us_ring *ring, const struct epoll_event *event);

/** Completes the polls whose descriptor was closed under them, as many as there is room for. */
void us_polls_end_orphans(us_ring *ring);

/* ---- epoll_transfer.c ----------------------------------------------------------------------------------------- */

/** The data of the event that tells of a transfer's end: no descriptor has it. */
#define US_TRANSFERS_EVENT UINT64_MAX

/** What us_transfer_now answers where it did nothing, because it could have had to wait. Beyond every errno. */
#define US_TRANSFER_MAY_BLOCK (-4096)

/** Makes a read or write without waiting. Returns the bytes moved, -errno (-EAGAIN where there is nothing to be had), or US_TRANSFER_MAY_BLOCK. */
int32_t us_transfer_now(const struct io_uring_sqe *entry);

/**
 * Has a thread of its own make a read or write that may wait. transfers: NULL before the first. epoll: told of the end by US_TRANSFERS_EVENT.
 * Returns 0 or -errno.
 */
int32_t us_transfers_start(struct us_transfers **transfers, int epoll, const struct io_uring_sqe *entry);

/** Asks a transfer that may be running to end; if it has not moved anything by then, soon, it ends with -ECANCELED. */
void us_transfers_cancel(struct us_transfers *transfers, uint64_t user_data);

/** Takes a transfer that has ended. False where there is none. */
bool us_transfers_take(struct us_transfers *transfers, uint64_t *user_data, int32_t *result);

/** The ring is going. What goes on is given back when it ends; its memory is to last so long. */
void us_transfers_leave(struct us_transfers *transfers);

#endif
