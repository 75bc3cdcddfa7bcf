/*
 * Guards: facts F2, F8 and F9, on which every read of a FIFO rests. The read end is O_NONBLOCK.
 */
#include "check.h"

static us_ring *ring;

static int open_end(uint32_t flags)
{
    int32_t descriptor = us_open(in_folder("fifo"), flags | US_OPEN_NONBLOCK, 0);
    CHECK(descriptor >= 0);
    return descriptor;
}

static char bytes[16];

static int32_t read_now(int descriptor) { return us_read(descriptor, bytes, sizeof bytes); }

static int32_t read_by_ring(int descriptor)
{
    CHECK_EQUAL(0, us_prepare_read(ring, 1, descriptor, bytes, sizeof bytes, -1));
    return take_of(ring, 1);
}

static void before_any_writer_a_read_is_a_false_end_and_a_poll_is_silent(void)
{
    int reader = open_end(US_OPEN_READ_ONLY);
    CHECK_EQUAL(0, read_by_ring(reader));
    CHECK_EQUAL(0, read_now(reader));
    CHECK_EQUAL(0, us_poll_now(reader, US_POLL_IN));
    CHECK_EQUAL(0, us_prepare_poll(ring, 2, reader, US_POLL_IN, 0));
    check_silent(ring);
    /* Nor does it speak when a writer opens. */
    int writer = open_end(US_OPEN_WRITE_ONLY);
    check_silent(ring);
    CHECK_EQUAL(-EAGAIN, read_now(reader));
    /* But when there is data. */
    CHECK_EQUAL(3, us_write(writer, "abc", 3));
    CHECK_EQUAL(US_POLL_IN, take_of(ring, 2));
    CHECK_EQUAL(3, read_now(reader));
    CHECK_EQUAL(-EAGAIN, read_now(reader));
    CHECK_EQUAL(0, us_close(writer));
    CHECK_EQUAL(0, us_close(reader));
}

static void once_a_writer_is_there_a_read_by_the_ring_waits_or_says_so(void)
{
    int reader = open_end(US_OPEN_READ_ONLY);
    int writer = open_end(US_OPEN_WRITE_ONLY);
    CHECK_EQUAL(0, us_prepare_read(ring, 1, reader, bytes, sizeof bytes, -1));
    submit(ring);
    if (us_ring_ready(ring) > 0) {
        printf("this kernel's ring does not wait on O_NONBLOCK descriptors\n");
        CHECK_EQUAL(-EAGAIN, take_of(ring, 1));
    } else {
        check_silent(ring);
        CHECK_EQUAL(3, us_write(writer, "abc", 3));
        CHECK_EQUAL(3, take_of(ring, 1));
        CHECK_EQUAL(0, us_prepare_read(ring, 1, reader, bytes, sizeof bytes, -1));
        check_silent(ring);
        CHECK_EQUAL(0, us_close(writer));
        CHECK_EQUAL(0, take_of(ring, 1));
    }
    CHECK_EQUAL(0, us_close(reader));
}

static void a_writer_that_writes_nothing_hangs_up(void)
{
    int reader = open_end(US_OPEN_READ_ONLY);
    CHECK_EQUAL(0, us_prepare_poll(ring, 3, reader, US_POLL_IN, 0));
    check_silent(ring);
    int writer = open_end(US_OPEN_WRITE_ONLY);
    check_silent(ring);
    CHECK_EQUAL(0, us_close(writer));
    CHECK_EQUAL(US_POLL_HUP, take_of(ring, 3));
    CHECK_EQUAL(0, read_by_ring(reader));
    CHECK_EQUAL(0, us_close(reader));
}

static void after_the_end_reads_and_polls_answer_at_once_until_reopened(void)
{
    int reader = open_end(US_OPEN_READ_ONLY);
    int writer = open_end(US_OPEN_WRITE_ONLY);
    CHECK_EQUAL(3, us_write(writer, "abc", 3));
    CHECK_EQUAL(0, us_close(writer));
    CHECK_EQUAL(US_POLL_IN | US_POLL_HUP, us_poll_now(reader, US_POLL_IN));
    CHECK_EQUAL(3, read_by_ring(reader));
    for (int i = 0; i < 3; i++) {
        CHECK_EQUAL(0, read_by_ring(reader));
        CHECK_EQUAL(0, us_prepare_poll(ring, 4, reader, US_POLL_IN, 0));
        CHECK_EQUAL(US_POLL_HUP, take_of(ring, 4));
    }
    /* A new opening waits for the next writer. */
    int fresh = us_reopen(reader, US_OPEN_READ_ONLY | US_OPEN_NONBLOCK);
    CHECK(fresh >= 0);
    CHECK_EQUAL(0, us_prepare_poll(ring, 5, fresh, US_POLL_IN, 0));
    check_silent(ring);
    CHECK_EQUAL(US_POLL_HUP, us_poll_now(reader, US_POLL_IN));
    writer = open_end(US_OPEN_WRITE_ONLY);
    CHECK_EQUAL(0, us_poll_now(reader, US_POLL_IN));
    CHECK_EQUAL(1, us_write(writer, "d", 1));
    CHECK_EQUAL(US_POLL_IN, take_of(ring, 5));
    CHECK_EQUAL(1, read_by_ring(fresh));
    CHECK_EQUAL(0, us_close(writer));
    CHECK_EQUAL(0, us_close(fresh));
    CHECK_EQUAL(0, us_close(reader));
}

static void a_cancelled_poll_consumes_nothing(void)
{
    int reader = open_end(US_OPEN_READ_ONLY);
    int writer = open_end(US_OPEN_WRITE_ONLY);
    CHECK_EQUAL(0, us_prepare_poll(ring, 6, reader, US_POLL_IN, 0));
    CHECK_EQUAL(0, us_prepare_cancel(ring, US_IGNORED_USER_DATA, 6));
    CHECK_EQUAL(-ECANCELED, take_of(ring, 6));
    CHECK_EQUAL(4, us_write(writer, "abcd", 4));
    CHECK_EQUAL(4, read_by_ring(reader));
    CHECK_EQUAL(0, us_close(writer));
    CHECK_EQUAL(0, us_close(reader));
}

int main(void)
{
    ring = make_ring(8);
    CHECK_EQUAL(0, us_make_fifo(in_folder("fifo"), 0600));
    before_any_writer_a_read_is_a_false_end_and_a_poll_is_silent();
    once_a_writer_is_there_a_read_by_the_ring_waits_or_says_so();
    a_writer_that_writes_nothing_hangs_up();
    after_the_end_reads_and_polls_answer_at_once_until_reopened();
    a_cancelled_poll_consumes_nothing();
    us_ring_destroy(ring);
    return 0;
}
