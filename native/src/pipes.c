/*
 * pipes.c: what pipes and other descriptors without positions need beyond reading and writing.
 */
#include "internal.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/** So often a pipe is looked at anew whose writers come and go while it is looked at. */
#define MAX_LOOKS 8

int32_t us_make_pipe(int32_t *reader, int32_t *writer)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0) {
        return -errno;
    }
    *reader = ends[0];
    *writer = ends[1];
    return 0;
}

int32_t us_receive(int32_t descriptor, void *buffer, uint32_t length)
{
    if (us_fault_would_block(descriptor, US_POLL_IN)) {
        return -EAGAIN;
    }
    length = us_fault_cut(descriptor, length, -1, false);
    ssize_t answer;
    UNTIL_NOT_INTERRUPTED(answer, recv(descriptor, buffer, length <= INT32_MAX ? length : INT32_MAX, MSG_DONTWAIT));
    return answer < 0 ? -errno : (int32_t)answer;
}

int32_t us_send(int32_t descriptor, const void *buffer, uint32_t length)
{
    if (us_fault_would_block(descriptor, US_POLL_OUT)) {
        return -EAGAIN;
    }
    length = us_fault_cut(descriptor, length, -1, true);
    ssize_t answer;
    UNTIL_NOT_INTERRUPTED(answer, send(descriptor, buffer, length <= INT32_MAX ? length : INT32_MAX, MSG_DONTWAIT | MSG_NOSIGNAL));
    return answer < 0 ? -errno : (int32_t)answer;
}

int32_t us_is_stream_socket(int32_t descriptor)
{
    int type = 0;
    socklen_t length = sizeof type;
    return getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &length) < 0 ? -errno : type == SOCK_STREAM;
}

int32_t us_is_inherited(int32_t descriptor)
{
    int flags = fcntl(descriptor, F_GETFD);
    return flags < 0 ? -errno : (flags & FD_CLOEXEC) == 0;
}

int32_t us_look_at_pipe(int32_t descriptor)
{
    int scratch[2];
    ssize_t answer;
    if (pipe2(scratch, O_CLOEXEC) < 0) {
        return -errno;
    }
    UNTIL_NOT_INTERRUPTED(answer, tee(descriptor, scratch[1], 1, SPLICE_F_NONBLOCK));
    int32_t state = answer > 0 ? US_PIPE_DATA : answer == 0 ? US_PIPE_ENDED : errno == EAGAIN ? US_PIPE_EMPTY : -errno;
    (void)close(scratch[0]);
    (void)close(scratch[1]);
    return state;
}

int32_t us_set_capacity(int32_t descriptor, uint32_t bytes)
{
    if (bytes > INT32_MAX) {
        return -EINVAL;
    }
    int granted = fcntl(descriptor, F_SETPIPE_SZ, (int)bytes);
    return granted < 0 ? -errno : granted;
}

int32_t us_get_capacity(int32_t descriptor)
{
    int capacity = fcntl(descriptor, F_GETPIPE_SZ);
    return capacity < 0 ? -errno : capacity;
}

/** Whether all writers have left, as a description tells that has seen one. */
static bool has_hung_up(int32_t descriptor)
{
    int32_t events = us_poll_now(descriptor, US_POLL_IN);
    return events > 0 && (events & US_POLL_HUP) != 0;
}

/** Bytes in a pipe at a moment when nobody had it open for writing; -1 where somebody has, or where it changes while it is looked at. */
static int64_t left_behind(int32_t ended, int32_t fresh)
{
    int before = 0;
    int after = 0;
    for (int look = 0; look < MAX_LOOKS; look++) {
        /* Only we read, so equal counts on both sides of a hang-up mean that nothing was written in between. */
        if (ioctl(fresh, FIONREAD, &before) < 0 || !has_hung_up(ended) || ioctl(fresh, FIONREAD, &after) < 0) {
            return -1;
        }
        if (before == after) {
            return before;
        }
    }
    return -1;
}

int32_t us_reopen_in_place(int32_t descriptor, uint32_t flags, int64_t *left)
{
    /* While the old description is open: it alone tells whether writers came and went in between. */
    int32_t fresh = us_reopen(descriptor, flags);
    if (fresh < 0) {
        return fresh;
    }
    *left = left_behind(descriptor, fresh);
    int answer;
    UNTIL_NOT_INTERRUPTED(answer, dup3(fresh, descriptor, O_CLOEXEC));
    int32_t result = answer < 0 ? -errno : 0;
    (void)close(fresh);
    return result;
}
