/*
 * epoll_waiting.c: what goes on in a ring over epoll, found by its user_data, and its timeouts, in the order of their ends.
 */
#include "epoll_ring.h"

#include <stdlib.h>

#define FEWEST_BUCKETS 64U
#define FEWEST_TIMEOUTS 64U
#define MOST_SPARE 1024U
/* Of a timeout that is not in the heap. */
#define NO_NUMBER UINT64_MAX

static struct waiting **bucket_of(const struct us_epoll *epoll, uint64_t user_data)
{
    return &epoll->buckets[((user_data * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & (epoll->bucket_count - 1)];
}

struct waiting *us_waiting_find(const struct us_epoll *epoll, uint64_t user_data)
{
    struct waiting *found = *bucket_of(epoll, user_data);
    while (found != NULL && found->user_data != user_data) {
        found = found->next;
    }
    return found;
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
    free((void *)old);
}

struct waiting *us_waiting_add(struct us_epoll *epoll, uint64_t user_data, enum waiting_kind kind)
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
    *added = (struct waiting){.next = *bucket, .user_data = user_data, .kind = kind, .descriptor = -1, .number = NO_NUMBER};
    *bucket = added;
    epoll->waiting_count++;
    return added;
}

void us_waiting_end(struct us_epoll *epoll, struct waiting *ended)
{
    struct waiting **link = bucket_of(epoll, ended->user_data);
    while (*link != ended) {
        link = &(*link)->next;
    }
    *link = ended->next;
    epoll->waiting_count--;
    if (ended->kind == WAITING_TIMEOUT && ended->number != NO_NUMBER) {
        us_timeouts_remove(epoll, ended);
    }
    if (epoll->spare_count == MOST_SPARE) {
        free(ended);
        return;
    }
    ended->next = epoll->spare;
    epoll->spare = ended;
    epoll->spare_count++;
}

int32_t us_waiting_create(struct us_epoll *epoll)
{
    epoll->bucket_count = FEWEST_BUCKETS;
    epoll->buckets = calloc(FEWEST_BUCKETS, sizeof(struct waiting *));
    return epoll->buckets == NULL ? -ENOMEM : 0;
}

static void free_all(struct waiting *first)
{
    while (first != NULL) {
        struct waiting *freed = first;
        first = freed->next;
        free(freed);
    }
}

void us_waiting_destroy(struct us_epoll *epoll)
{
    for (uint32_t i = 0; epoll->buckets != NULL && i < epoll->bucket_count; i++) {
        free_all(epoll->buckets[i]);
    }
    free_all(epoll->spare);
    free((void *)epoll->buckets);
    free((void *)epoll->timeouts);
}

/* ---- timeouts ------------------------------------------------------------------------------------------------- */

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

bool us_timeouts_add(struct us_epoll *epoll, struct waiting *timeout)
{
    if (epoll->timeout_count == epoll->timeout_room) {
        uint32_t grown = epoll->timeout_room == 0 ? FEWEST_TIMEOUTS : 2 * epoll->timeout_room;
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

void us_timeouts_remove(struct us_epoll *epoll, const struct waiting *timeout)
{
    struct waiting *last = epoll->timeouts[--epoll->timeout_count];
    if (last != timeout) {
        settle(epoll, last, timeout->place);
    }
}
