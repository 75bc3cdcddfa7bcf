/*
 * Guards: law 6. A write to a terminal's master that takes no more would wait inside us_ring_enter; made by a worker it does not, and can be cancelled.
 */
#include "check.h"

#include <termios.h>

int main(void)
{
    static char bytes[200000];
    us_ring *ring = make_ring(4);
    CHECK_EQUAL(-ENOENT, us_prepare_for_worker(ring));

    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    CHECK(master >= 0);
    CHECK_EQUAL(0, grantpt(master));
    CHECK_EQUAL(0, unlockpt(master));
    int other = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
    CHECK(other >= 0);
    struct termios settings;
    CHECK_EQUAL(0, tcgetattr(other, &settings));
    cfmakeraw(&settings);
    CHECK_EQUAL(0, tcsetattr(other, TCSANOW, &settings));

    CHECK_EQUAL(0, us_prepare_write(ring, 1, master, bytes, sizeof bytes, -1));
    CHECK_EQUAL(0, us_prepare_for_worker(ring));
    submit(ring);
    CHECK_EQUAL(0, us_prepare_cancel(ring, US_IGNORED_USER_DATA, 1));
    int32_t result = take_of(ring, 1);
    CHECK(result == -ECANCELED || result == -EINTR || result == -512 || (result > 0 && result < (int32_t)sizeof bytes));
    us_ring_destroy(ring);
    return 0;
}
