/*
 * Guards: fact F16. What us_reopen gives is a description of its own: its flags may be changed and the original's, which others share, stay as they
 * are; the data is the same. What cannot be opened again says so.
 */
#include "check.h"

#include <sys/socket.h>

static void a_pipe_gets_flags_of_its_own(void)
{
    char byte = 0;
    int ends[2];
    CHECK_EQUAL(0, pipe2(ends, O_CLOEXEC));
    int32_t again = us_reopen(ends[0], US_OPEN_READ_ONLY | US_OPEN_NONBLOCK);
    CHECK(again >= 0);
    CHECK((fcntl(again, F_GETFD) & FD_CLOEXEC) != 0);
    CHECK_EQUAL(US_OPEN_NONBLOCK, us_get_flags(again));
    CHECK_EQUAL(0, us_get_flags(ends[0]));
    CHECK_EQUAL(-EAGAIN, us_read(again, &byte, 1));
    CHECK_EQUAL(1, write(ends[1], "x", 1));
    CHECK_EQUAL(1, us_read(again, &byte, 1));
    CHECK_EQUAL('x', byte);
    CHECK_EQUAL(0, us_set_nonblocking(again, 0));
    CHECK_EQUAL(0, us_set_nonblocking(ends[0], 1));
    CHECK_EQUAL(0, us_get_flags(again));
    CHECK_EQUAL(US_OPEN_NONBLOCK, us_get_flags(ends[0]));
}

static void a_duplicate_does_not(void)
{
    int ends[2];
    CHECK_EQUAL(0, pipe2(ends, O_CLOEXEC));
    int copy = dup(ends[0]);
    CHECK_EQUAL(0, us_set_nonblocking(copy, 1));
    CHECK_EQUAL(US_OPEN_NONBLOCK, us_get_flags(ends[0]));
}

static void a_deleted_file_has_a_position_of_its_own(void)
{
    char bytes[4];
    int file = make_file(in_folder("file"), 100);
    CHECK_EQUAL(0, unlink(in_folder("file")));
    CHECK_EQUAL(50, lseek(file, 50, SEEK_SET));
    int32_t again = us_reopen(file, US_OPEN_READ_ONLY);
    CHECK(again >= 0);
    CHECK_EQUAL(4, us_read(again, bytes, 4));
    CHECK_EQUAL(0, bytes[0]);
    CHECK_EQUAL(50, lseek(file, 0, SEEK_CUR));
    CHECK_EQUAL(-EBADF, us_write(again, "x", 1));
}

/* Opening /proc/self/fd/N of a master makes a new terminal, whose other side nobody has. */
static void a_terminal_master_is_refused(void)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    CHECK(master >= 0);
    CHECK_EQUAL(-EOPNOTSUPP, us_reopen(master, US_OPEN_READ_ONLY));
}

int main(void)
{
    a_pipe_gets_flags_of_its_own();
    a_duplicate_does_not();
    a_deleted_file_has_a_position_of_its_own();
    a_terminal_master_is_refused();
    int ends[2];
    CHECK_EQUAL(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
    CHECK_EQUAL(-ENXIO, us_reopen(ends[0], US_OPEN_READ_WRITE));
    /* An eventfd belongs to root, as the file system sees it: others do not get as far as ENXIO. */
    int32_t answer = us_reopen(us_event_create(), US_OPEN_READ_WRITE);
    CHECK(answer == -ENXIO || answer == -EACCES);
    CHECK_EQUAL(-EBADF, us_reopen(9999, US_OPEN_READ_ONLY));
    CHECK_EQUAL(-EBADF, us_reopen(-1, US_OPEN_READ_ONLY));
    return 0;
}
