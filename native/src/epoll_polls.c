/*
 * epoll_polls.c: the polls of a ring over epoll.
 *
 * epoll takes each descriptor once, so the polls of a descriptor share a registration that waits for what any of them does. It stays when they have
 * ended, disarmed or about to tell nobody once: arming it again is one system call, cancelling none, and closing the descriptor ends it. The number may
 * by then be another file's, which epoll tells by not knowing it; and the file may be open elsewhere, so that it goes on telling: hence generations.
 */
#include "epoll_ring.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>

#define FEWEST_WATCHED 64U
/* poll(2)'s; the others change how epoll waits. */
#define POLL_EVENTS 0xFFFFU

/** Asks epoll for what the polls of a descriptor wait for: to be told once, or at each change where one of them is multishot. Returns 0 or -errno. */
static int32_t ask(const struct us_epoll *epoll, int operation, int descriptor)
{
    const struct watched *watched = &epoll->watched[descriptor];
    struct epoll_event event = {.events = EPOLLONESHOT, .data.u64 = ((uint64_t)watched->generation << 32) | (uint32_t)descriptor};
    for (const struct waiting *poll = watched->polls; poll != NULL; poll = poll->beside) {
        event.events |= poll->events;
        if (poll->kind == WAITING_MULTISHOT_POLL) {
            event.events = (event.events & ~(uint32_t)EPOLLONESHOT) | (uint32_t)EPOLLET;
        }
    }
    return epoll_ctl(epoll->descriptor, operation, descriptor, &event) < 0 ? -errno : 0;
}

/** What these polls wait for, from this one on, is gone. */
static void orphan(struct us_epoll *epoll, struct waiting **first)
{
    while (*first != NULL) {
        struct waiting *poll = *first;
        *first = poll->beside;
        poll->descriptor = -1;
        poll->beside = epoll->orphans;
        epoll->orphans = poll;
    }
}

/** False where there is no memory. */
static bool make_room(struct us_epoll *epoll, int descriptor)
{
    uint32_t count = epoll->watched_count == 0 ? FEWEST_WATCHED : epoll->watched_count;
    while (count <= (uint32_t)descriptor) {
        count *= 2;
    }
    if (count == epoll->watched_count) {
        return true;
    }
    struct watched *grown = realloc(epoll->watched, count * sizeof *grown);
    if (grown == NULL) {
        return false;
    }
    for (uint32_t i = epoll->watched_count; i < count; i++) {
        grown[i] = (struct watched){0};
    }
    epoll->watched = grown;
    epoll->watched_count = count;
    return true;
}

/** Has epoll watch the newest poll of a descriptor too. Returns 0 or -errno. */
static int32_t watch(struct us_epoll *epoll, struct waiting *added, int descriptor)
{
    struct watched *watched = &epoll->watched[descriptor];
    if (watched->polls == NULL) {
        /* The number may have gone from file to file and back: what any of them was registered with before is not to be heard. */
        watched->generation++;
    }
    added->events = added->events & POLL_EVENTS;
    added->descriptor = descriptor;
    added->beside = watched->polls;
    watched->polls = added;
    int32_t result = ask(epoll, EPOLL_CTL_MOD, descriptor);
    if (result == -ENOENT || result == -EPERM) {
        orphan(epoll, &added->beside);
    }
    if (result == -ENOENT) {
        watched->generation++;
        result = ask(epoll, EPOLL_CTL_ADD, descriptor);
    }
    return result;
}

void us_polls_start(us_ring *ring, const struct io_uring_sqe *entry)
{
    struct us_epoll *epoll = ring->epoll;
    bool multishot = (entry->len & IORING_POLL_ADD_MULTI) != 0;
    if (entry->fd < 0) {
        us_epoll_complete(ring, entry->user_data, -EBADF, 0);
        return;
    }
    struct waiting *added = us_waiting_add(epoll, entry->user_data, multishot ? WAITING_MULTISHOT_POLL : WAITING_POLL);
    if (added == NULL) {
        us_epoll_complete(ring, entry->user_data, -ENOMEM, 0);
        return;
    }
    added->events = entry->poll32_events;
    int32_t result = make_room(epoll, entry->fd) ? watch(epoll, added, entry->fd) : -ENOMEM;
    if (result == 0) {
        return;
    }
    if (result == -EPERM) {
        /* What cannot be waited for, a regular file for one, is always ready. */
        uint32_t ready = entry->poll32_events & (uint32_t)(POLLIN | POLLOUT);
        result = ready != 0 ? (int32_t)ready : -EINVAL;
    }
    us_polls_remove(epoll, added);
    us_waiting_end(epoll, added);
    us_epoll_complete(ring, entry->user_data, result, 0);
}

void us_polls_remove(struct us_epoll *epoll, struct waiting *removed)
{
    int descriptor = removed->descriptor;
    struct waiting **link = descriptor >= 0 ? &epoll->watched[descriptor].polls : &epoll->orphans;
    while (*link != NULL && *link != removed) {
        link = &(*link)->beside;
    }
    if (*link == NULL) {
        return;
    }
    *link = removed->beside;
    if (descriptor >= 0 && removed->kind == WAITING_MULTISHOT_POLL) {
        /* Nobody would end what tells at each change. Where this fails, the descriptor is not the one that was watched. */
        (void)ask(epoll, epoll->watched[descriptor].polls != NULL ? EPOLL_CTL_MOD : EPOLL_CTL_DEL, descriptor);
    }
}

void us_polls_tell(us_ring *ring, const struct epoll_event *event)
{
    struct us_epoll *epoll = ring->epoll;
    uint32_t descriptor = (uint32_t)event->data.u64;
    if (descriptor >= epoll->watched_count || epoll->watched[descriptor].generation != event->data.u64 >> 32) {
        return;
    }
    struct watched *watched = &epoll->watched[descriptor];
    bool tells_on = false;
    bool asks = false;
    struct waiting **link = &watched->polls;
    while (*link != NULL) {
        struct waiting *poll = *link;
        bool multishot = poll->kind == WAITING_MULTISHOT_POLL;
        uint32_t ready = event->events & (poll->events | (uint32_t)(POLLERR | POLLHUP));
        bool told = ready != 0 && us_epoll_room(ring) > 0;
        if (told) {
            us_epoll_complete(ring, poll->user_data, (int32_t)ready, multishot ? IORING_CQE_F_MORE : 0);
        }
        if (told && !multishot) {
            *link = poll->beside;
            us_waiting_end(epoll, poll);
            continue;
        }
        tells_on |= multishot;
        asks |= !told && ready != 0;
        link = &poll->beside;
    }
    /* Those that found no room are to be told again, and having told once epoll tells nothing more. */
    if (watched->polls != NULL && (asks || !tells_on) && ask(epoll, EPOLL_CTL_MOD, (int)descriptor) < 0) {
        orphan(epoll, &watched->polls);
    }
}

void us_polls_end_orphans(us_ring *ring)
{
    struct us_epoll *epoll = ring->epoll;
    while (epoll->orphans != NULL && us_epoll_room(ring) > 0) {
        struct waiting *poll = epoll->orphans;
        epoll->orphans = poll->beside;
        us_epoll_complete(ring, poll->user_data, -EBADF, 0);
        us_waiting_end(epoll, poll);
    }
}
