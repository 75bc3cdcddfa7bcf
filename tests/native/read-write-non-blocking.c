/*
 * Guards: us_read and us_write on non-blocking descriptors: -EAGAIN, end of file, short writes into a pipe nearly full, -EPIPE without a signal
 * that kills where the process ignores it, as .NET does.
 */
#include "check.h"

int main(void)
{
    static char bytes[1 << 18];
    int pipe_ends[2];
    CHECK_EQUAL(0, pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK));
    CHECK_EQUAL(-EAGAIN, us_read(pipe_ends[0], bytes, sizeof bytes));
    int32_t filled = us_write(pipe_ends[1], bytes, sizeof bytes);
    CHECK(filled > 0 && filled < (int32_t)sizeof bytes);
    CHECK_EQUAL(-EAGAIN, us_write(pipe_ends[1], bytes, 1));
    CHECK_EQUAL(filled, us_read(pipe_ends[0], bytes, sizeof bytes));
    CHECK_EQUAL(0, us_close(pipe_ends[1]));
    CHECK_EQUAL(0, us_read(pipe_ends[0], bytes, 1));
    CHECK_EQUAL(0, us_close(pipe_ends[0]));
    CHECK_EQUAL(-EBADF, us_close(pipe_ends[0]));
    CHECK_EQUAL(0, pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK));
    CHECK_EQUAL(0, us_close(pipe_ends[0]));
    CHECK_EQUAL(-EPIPE, us_write(pipe_ends[1], bytes, 1));
    CHECK_EQUAL(0, us_close(pipe_ends[1]));
    CHECK_EQUAL(-EBADF, us_read(-1, bytes, 1));
    CHECK_EQUAL(-EBADF, us_write(-1, bytes, 1));
    return 0;
}
