/*
 * Guards: the calls on pipes and sockets that .NET has not. Both ends of a new pipe never block and are not inherited; a socket's mode does not matter to
 * us_receive and us_send; a duplicate outlives the original; a capacity is granted or refused.
 */
#include "check.h"

#include <sys/socket.h>

static void a_pipe_never_blocks(void)
{
    char byte;
    int32_t reader;
    int32_t writer;
    CHECK_EQUAL(0, us_make_pipe(&reader, &writer));
    CHECK_EQUAL(US_OPEN_NONBLOCK, us_get_flags(reader));
    CHECK_EQUAL(US_OPEN_NONBLOCK | US_OPEN_WRITE_ONLY, us_get_flags(writer));
    CHECK((fcntl(reader, F_GETFD) & FD_CLOEXEC) != 0);
    CHECK((fcntl(writer, F_GETFD) & FD_CLOEXEC) != 0);
    CHECK_EQUAL(-EAGAIN, us_read(reader, &byte, 1));

    int32_t copy = us_duplicate(writer);
    CHECK((fcntl(copy, F_GETFD) & FD_CLOEXEC) != 0);
    CHECK_EQUAL(0, us_close(writer));
    CHECK_EQUAL(1, us_write(copy, "x", 1));
    CHECK_EQUAL(1, us_read(reader, &byte, 1));
    CHECK_EQUAL(-EBADF, us_duplicate(9999));
}

static void a_capacity_is_rounded_up_and_kept(void)
{
    static char bytes[65536];
    int32_t reader;
    int32_t writer;
    CHECK_EQUAL(0, us_make_pipe(&reader, &writer));
    CHECK_EQUAL(131072, us_set_capacity(writer, 100000));
    CHECK_EQUAL(131072, us_get_capacity(reader));
    CHECK_EQUAL(sizeof bytes, us_write(writer, bytes, sizeof bytes));
    CHECK_EQUAL(-EBUSY, us_set_capacity(writer, 4096));
    CHECK_EQUAL(-EINVAL, us_set_capacity(writer, UINT32_MAX));
    CHECK_EQUAL(-EBADF, us_get_capacity(open("/dev/null", O_RDONLY | O_CLOEXEC)));
}

static void a_blocking_socket_is_not_waited_for(void)
{
    static char bytes[65536];
    int ends[2];
    int32_t sent;
    CHECK_EQUAL(0, socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends));
    CHECK_EQUAL(0, us_is_stream_socket(ends[0]));
    CHECK_EQUAL(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
    CHECK_EQUAL(1, us_is_stream_socket(ends[0]));
    CHECK_EQUAL(-EAGAIN, us_receive(ends[0], bytes, sizeof bytes));
    CHECK_EQUAL(3, us_send(ends[1], "abc", 3));
    CHECK_EQUAL(3, us_receive(ends[0], bytes, sizeof bytes));
    while ((sent = us_send(ends[1], bytes, sizeof bytes)) > 0) {
    }
    CHECK_EQUAL(-EAGAIN, sent);
    CHECK_EQUAL(0, us_get_flags(ends[0]) & US_OPEN_NONBLOCK);
    CHECK_EQUAL(0, close(ends[0]));
    CHECK_EQUAL(-EPIPE, us_send(ends[1], bytes, 1));
}

static void what_is_closed_on_exec_was_not_inherited(void)
{
    int ends[2];
    CHECK_EQUAL(0, pipe(ends));
    CHECK_EQUAL(1, us_is_inherited(ends[0]));
    CHECK_EQUAL(0, fcntl(ends[0], F_SETFD, FD_CLOEXEC));
    CHECK_EQUAL(0, us_is_inherited(ends[0]));
    CHECK_EQUAL(-EBADF, us_is_inherited(9999));
}

static void a_look_takes_nothing_and_tells_the_end(void)
{
    char byte;
    const char *path = in_folder("fifo");
    CHECK_EQUAL(0, us_make_fifo(path, 0600));
    int keeper = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    int writer = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    CHECK_EQUAL(US_PIPE_EMPTY, us_look_at_pipe(keeper));
    CHECK_EQUAL(1, write(writer, "x", 1));
    CHECK_EQUAL(US_PIPE_DATA, us_look_at_pipe(keeper));
    CHECK_EQUAL(US_PIPE_DATA, us_look_at_pipe(keeper));
    CHECK_EQUAL(0, close(writer));

    /* Opened behind the writer: no poll tells of its end (fact F8). */
    int late = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    CHECK_EQUAL(US_PIPE_DATA, us_look_at_pipe(late));
    CHECK_EQUAL(1, us_read(late, &byte, 1));
    CHECK_EQUAL(0, us_poll_now(late, US_POLL_IN));
    CHECK_EQUAL(US_PIPE_ENDED, us_look_at_pipe(late));
    CHECK_EQUAL(-EINVAL, us_look_at_pipe(us_event_create()));
}

int main(void)
{
    a_look_takes_nothing_and_tells_the_end();
    what_is_closed_on_exec_was_not_inherited();
    a_pipe_never_blocks();
    a_capacity_is_rounded_up_and_kept();
    a_blocking_socket_is_not_waited_for();
    return 0;
}
