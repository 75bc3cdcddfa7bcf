/*
 * Guards: us_poll_now tells what holds and never waits.
 */
#include "check.h"

#include <sys/socket.h>

int main(void)
{
    char byte;
    int ends[2];
    CHECK_EQUAL(0, pipe2(ends, O_CLOEXEC));
    int64_t start = check_now();
    for (int i = 0; i < 1000; i++) {
        CHECK_EQUAL(0, us_poll_now(ends[0], US_POLL_IN));
    }
    CHECK(check_now() - start < DEADLINE);
    CHECK_EQUAL(US_POLL_OUT, us_poll_now(ends[1], US_POLL_OUT));
    CHECK_EQUAL(1, write(ends[1], "x", 1));
    CHECK_EQUAL(US_POLL_IN, us_poll_now(ends[0], US_POLL_IN | US_POLL_OUT));
    CHECK_EQUAL(0, us_poll_now(ends[0], US_POLL_NONE));
    CHECK_EQUAL(0, us_close(ends[1]));
    CHECK_EQUAL(US_POLL_IN | US_POLL_HUP, us_poll_now(ends[0], US_POLL_IN));
    CHECK_EQUAL(1, us_read(ends[0], &byte, 1));
    CHECK_EQUAL(US_POLL_HUP, us_poll_now(ends[0], US_POLL_NONE));
    CHECK_EQUAL(0, us_close(ends[0]));
    CHECK_EQUAL(US_POLL_NVAL, us_poll_now(ends[0], US_POLL_IN));
    CHECK_EQUAL(0, pipe2(ends, O_CLOEXEC));
    CHECK_EQUAL(0, us_close(ends[0]));
    CHECK_EQUAL(US_POLL_ERR | US_POLL_OUT, us_poll_now(ends[1], US_POLL_OUT));
    CHECK_EQUAL(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
    CHECK_EQUAL(0, shutdown(ends[1], SHUT_WR));
    CHECK_EQUAL(US_POLL_RDHUP, us_poll_now(ends[0], US_POLL_RDHUP));
    return 0;
}
