/*
 * epoll_ring.h: what the parts of the ring over epoll share.
 */
#ifndef US_EPOLL_RING_H
#define US_EPOLL_RING_H

#include "internal.h"

/** The transfers that a ring's threads are at. */
struct us_transfers;

/** The user_data of the event that tells of a transfer's end: no request has it. */
#define US_TRANSFERS_USER_DATA (US_IGNORED_USER_DATA - 1)

/** As on a kernel without epoll_pwait2(2): for tests. */
void us_epoll_wait_inexactly(us_ring *ring);

/** What us_transfer_now answers where it did nothing, because it could have had to wait. Beyond every errno. */
#define US_TRANSFER_MAY_BLOCK (-4096)

/** Makes a read or write without waiting. Returns the bytes moved, -errno (-EAGAIN where there is nothing to be had), or US_TRANSFER_MAY_BLOCK. */
int32_t us_transfer_now(const struct io_uring_sqe *entry);

/**
 * Has a thread of its own make a read or write that may wait. transfers: NULL before the first. epoll: told of the end by an event with US_TRANSFERS_USER_DATA.
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
