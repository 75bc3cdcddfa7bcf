/*
 * Guards: us_prepare_read_multishot on the read end of a FIFO in non-blocking mode whose writer has come: it waits (no -EAGAIN) and says MORE, reads what
 * comes write by write, ends with 0 when the writers are gone, without a buffer; cancelled, it takes nothing more. What is no pipe is refused.
 */
#include "check.h"

#include "reads.h"

enum { GROUP = 1, BUFFERS = 8, SIZE = 4096 };

static us_ring *ring;
static us_buffer_ring *buffers;

static void expect(int32_t length, char first, bool more)
{
    us_completion completion = take(ring);
    CHECK_EQUAL(length, completion.result);
    CHECK_EQUAL(US_COMPLETION_BUFFER | (more ? US_COMPLETION_MORE : 0), completion.flags & 0xFFFF);
    CHECK_EQUAL(first, *(char *)us_buffer_ring_at(buffers, completion.flags >> 16));
    us_buffer_ring_return(buffers, completion.flags >> 16);
}

static void until_the_end(const char *path)
{
    int reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    int writer = open(path, O_WRONLY | O_CLOEXEC);
    CHECK(reader >= 0 && writer >= 0);
    CHECK_EQUAL(0, us_prepare_read_multishot(ring, 1, reader, GROUP));
    check_silent(ring);
    for (int i = 0; i < 20; i++) {
        CHECK_EQUAL(10, us_write(writer, "0123456789", 10));
        expect(10, '0', true);
        check_silent(ring);
    }
    static char big[3 * SIZE];
    memset(big, 'b', sizeof big);
    CHECK_EQUAL(sizeof big, us_write(writer, big, sizeof big));
    for (int i = 0; i < 3; i++) {
        expect(SIZE, 'b', true);
    }
    check_silent(ring);
    CHECK_EQUAL(0, close(writer));
    us_completion completion = take(ring);
    CHECK_EQUAL(0, completion.result);
    CHECK_EQUAL(0, completion.flags);
    CHECK_EQUAL(0, close(reader));
}

static void until_cancelled(const char *path)
{
    int reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    int writer = open(path, O_WRONLY | O_CLOEXEC);
    CHECK(reader >= 0 && writer >= 0);
    CHECK_EQUAL(0, us_prepare_read_multishot(ring, 2, reader, GROUP));
    check_silent(ring);
    CHECK_EQUAL(0, us_prepare_cancel(ring, US_IGNORED_USER_DATA, 2));
    CHECK_EQUAL(-ECANCELED, take_of(ring, 2));
    CHECK_EQUAL(1, us_write(writer, "x", 1));
    check_silent(ring);
    char byte;
    CHECK_EQUAL(1, us_read(reader, &byte, 1));
    CHECK_EQUAL(0, close(writer));
    CHECK_EQUAL(0, close(reader));
}

int main(void)
{
    ring = make_ring(8);
    require_read_multishot();
    CHECK_EQUAL(0, us_buffer_ring_create(ring, GROUP, BUFFERS, SIZE, &buffers));
    const char *path = in_folder("fifo");
    CHECK_EQUAL(0, us_make_fifo(path, 0600));
    until_the_end(path);
    until_cancelled(path);

    int file = make_file(in_folder("file"), 10);
    CHECK_EQUAL(0, us_prepare_read_multishot(ring, 3, file, GROUP));
    CHECK_EQUAL(-EBADFD, take_of(ring, 3));
    CHECK_EQUAL(-EINVAL, us_prepare_read_multishot(ring, 4, file, 65536));
    us_buffer_ring_destroy(ring, buffers);
    us_ring_destroy(ring);
    return 0;
}
