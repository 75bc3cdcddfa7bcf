/*
 * Guards: what us_duplicate gives lives on when the original's number is closed and becomes a stranger's, shares the original's flags, does not reach a
 * child process, and is never one of the standard streams.
 */
#include "check.h"

static void it_outlives_the_original(void)
{
    char byte = 0;
    int ends[2];
    CHECK_EQUAL(0, pipe2(ends, O_CLOEXEC));
    int32_t copy = us_duplicate(ends[0]);
    CHECK(copy >= 0 && copy != ends[0]);
    CHECK((fcntl(copy, F_GETFD) & FD_CLOEXEC) != 0);
    CHECK_EQUAL(0, close(ends[0]));
    int stranger = open("/dev/null", O_RDONLY | O_CLOEXEC);
    CHECK_EQUAL(ends[0], stranger);
    CHECK_EQUAL(1, write(ends[1], "x", 1));
    CHECK_EQUAL(1, us_read(copy, &byte, 1));
    CHECK_EQUAL('x', byte);
    CHECK_EQUAL(0, us_close(copy));
    CHECK_EQUAL(0, fcntl(stranger, F_GETFL) & O_NONBLOCK);
}

static void it_shares_the_flags(void)
{
    int ends[2];
    CHECK_EQUAL(0, pipe2(ends, O_CLOEXEC | O_NONBLOCK));
    CHECK_EQUAL(US_OPEN_NONBLOCK, us_get_flags(us_duplicate(ends[0])));
}

static void it_is_no_standard_stream(void)
{
    int input = dup(STDIN_FILENO);
    (void)close(STDIN_FILENO);
    int32_t copy = us_duplicate(STDERR_FILENO);
    CHECK(copy > STDERR_FILENO);
    if (input >= 0) {
        CHECK_EQUAL(STDIN_FILENO, dup(input));
    }
}

int main(void)
{
    it_outlives_the_original();
    it_shares_the_flags();
    it_is_no_standard_stream();
    CHECK_EQUAL(-EBADF, us_duplicate(9999));
    CHECK_EQUAL(-EBADF, us_duplicate(-1));
    return 0;
}
