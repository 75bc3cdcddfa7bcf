/*
 * Guards: an event is raised once however often it is signalled, is taken back once, never blocks, and is closed on exec.
 */
#include "check.h"

int main(void)
{
    int32_t event = us_event_create();
    CHECK(event >= 0);
    CHECK((fcntl(event, F_GETFD) & FD_CLOEXEC) != 0);
    CHECK((us_get_flags(event) & US_OPEN_NONBLOCK) != 0);
    CHECK_EQUAL(0, us_event_reset(event));
    CHECK_EQUAL(0, us_event_signal(event));
    CHECK_EQUAL(0, us_event_signal(event));
    CHECK_EQUAL(US_POLL_IN, us_poll_now(event, US_POLL_IN));
    CHECK_EQUAL(1, us_event_reset(event));
    CHECK_EQUAL(0, us_event_reset(event));
    /* A counter that is full is an event that is raised. */
    uint64_t most = UINT64_MAX - 1;
    CHECK_EQUAL(sizeof most, write(event, &most, sizeof most));
    CHECK_EQUAL(0, us_event_signal(event));
    CHECK_EQUAL(1, us_event_reset(event));
    CHECK_EQUAL(0, us_close(event));
    CHECK_EQUAL(-EBADF, us_event_signal(event));
    CHECK_EQUAL(-EBADF, us_event_reset(event));
    return 0;
}
