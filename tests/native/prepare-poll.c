/*
 * Guards: us_prepare_poll: what is ready at once, what becomes ready, hanging up, a closed descriptor, multishot (which says MORE and stays
 * silent until the next event), and RDHUP (which a ring, unlike poll(2), reports also unasked, like ERR and HUP).
 */
#include "check.h"

#include <sys/socket.h>

static us_ring *ring;
static int ends[2];

static void one_shot(void)
{
    char byte;
    CHECK_EQUAL(0, us_prepare_poll(ring, 1, ends[1], US_POLL_OUT, 0));
    CHECK_EQUAL(US_POLL_OUT, take_of(ring, 1));
    CHECK_EQUAL(0, us_prepare_poll(ring, 2, ends[0], US_POLL_IN, 0));
    check_silent(ring);
    CHECK_EQUAL(1, us_write(ends[1], "x", 1));
    us_completion completion = take(ring);
    CHECK_EQUAL(2, completion.user_data);
    CHECK_EQUAL(US_POLL_IN, completion.result);
    CHECK_EQUAL(0, completion.flags);
    CHECK_EQUAL(1, us_read(ends[0], &byte, 1));
    CHECK_EQUAL(1, us_write(ends[1], "x", 1));
    check_silent(ring);
    CHECK_EQUAL(1, us_read(ends[0], &byte, 1));
}

static void multishot(void)
{
    char byte;
    CHECK_EQUAL(0, us_prepare_poll(ring, 3, ends[0], US_POLL_IN, 1));
    for (int i = 0; i < 10; i++) {
        check_silent(ring);
        CHECK_EQUAL(1, us_write(ends[1], "x", 1));
        us_completion completion = take(ring);
        CHECK_EQUAL(3, completion.user_data);
        CHECK((completion.result & US_POLL_IN) != 0);
        CHECK_EQUAL(US_COMPLETION_MORE, completion.flags);
        CHECK_EQUAL(1, us_read(ends[0], &byte, 1));
    }
    CHECK_EQUAL(0, us_prepare_cancel(ring, US_IGNORED_USER_DATA, 3));
    CHECK_EQUAL(-ECANCELED, take_of(ring, 3));
}

int main(void)
{
    ring = make_ring(8);
    CHECK_EQUAL(0, pipe2(ends, O_CLOEXEC | O_NONBLOCK));
    one_shot();
    multishot();

    CHECK_EQUAL(0, us_prepare_poll(ring, 4, ends[0], US_POLL_IN, 0));
    check_silent(ring);
    CHECK_EQUAL(0, us_close(ends[1]));
    CHECK_EQUAL(US_POLL_HUP, take_of(ring, 4));
    CHECK_EQUAL(0, us_close(ends[0]));
    CHECK_EQUAL(0, us_prepare_poll(ring, 5, ends[0], US_POLL_IN, 0));
    CHECK_EQUAL(-EBADF, take_of(ring, 5));

    CHECK_EQUAL(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
    CHECK_EQUAL(0, us_prepare_poll(ring, 6, ends[0], US_POLL_RDHUP, 0));
    check_silent(ring);
    CHECK_EQUAL(0, shutdown(ends[1], SHUT_WR));
    CHECK_EQUAL(US_POLL_RDHUP, take_of(ring, 6));
    CHECK_EQUAL(0, us_prepare_poll(ring, 7, ends[0], US_POLL_PRI, 0));
    CHECK_EQUAL(US_POLL_RDHUP, take_of(ring, 7));
    us_ring_destroy(ring);
    return 0;
}
