/*
 * Guards: fact F8. After us_reopen_in_place the same number waits for the next writers, and the bytes of writers that came and went before are told apart
 * from those of a writer that is there: an end is owed after the former.
 */
#include "check.h"

static int ended_reader(const char *path)
{
    char byte;
    int reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    CHECK(reader >= 0);
    int writer = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    CHECK(writer >= 0);
    CHECK_EQUAL(0, close(writer));
    CHECK_EQUAL(US_POLL_HUP, us_poll_now(reader, US_POLL_IN));
    CHECK_EQUAL(0, us_read(reader, &byte, 1));
    return reader;
}

static int visit(const char *path, const char *text)
{
    int writer = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    CHECK(writer >= 0);
    CHECK_EQUAL(strlen(text), write(writer, text, strlen(text)));
    return writer;
}

int main(void)
{
    const uint32_t flags = US_OPEN_READ_ONLY | US_OPEN_NONBLOCK;
    char bytes[8];
    int64_t left = 7;
    const char *path = in_folder("fifo");
    CHECK_EQUAL(0, us_make_fifo(path, 0600));
    int reader = ended_reader(path);

    /* Nobody came. */
    CHECK_EQUAL(0, us_reopen_in_place(reader, flags, &left));
    CHECK_EQUAL(0, left);
    CHECK_EQUAL(0, us_poll_now(reader, US_POLL_IN));
    CHECK((fcntl(reader, F_GETFD) & FD_CLOEXEC) != 0);
    CHECK_EQUAL(US_OPEN_NONBLOCK, us_get_flags(reader));

    /* One came and went. */
    CHECK_EQUAL(0, close(reader));
    reader = ended_reader(path);
    CHECK_EQUAL(0, close(visit(path, "abc")));
    CHECK_EQUAL(0, us_reopen_in_place(reader, flags, &left));
    CHECK_EQUAL(3, left);
    CHECK_EQUAL(3, us_read(reader, bytes, sizeof bytes));

    /* One is there. */
    CHECK_EQUAL(0, close(reader));
    reader = ended_reader(path);
    int writer = visit(path, "abcd");
    CHECK_EQUAL(0, us_reopen_in_place(reader, flags, &left));
    CHECK_EQUAL(-1, left);
    CHECK_EQUAL(4, us_read(reader, bytes, sizeof bytes));
    CHECK_EQUAL(0, close(writer));
    CHECK_EQUAL(US_POLL_HUP, us_poll_now(reader, US_POLL_IN));

    CHECK_EQUAL(-EBADF, us_reopen_in_place(9999, flags, &left));
    return 0;
}
