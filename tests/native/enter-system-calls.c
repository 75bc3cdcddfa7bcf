/*
 * Guards: what us_ring_enter makes of the kernel's answers, and that it asks once at most: not at all where nothing is to be submitted and
 * completions lie ready or none is waited for. GETEVENTS is always given (it flushes an overflow), the timeout where there is one.
 */
#include "fake-kernel.h"

#include <sys/mman.h>

static int answer_with;
static unsigned last_to_submit;
static unsigned last_wait;
static unsigned last_flags;
static struct __kernel_timespec last_span;

static int fake_setup(const struct io_uring_params *parameters)
{
    (void)parameters;
    return 0;
}

static int fake_enter(unsigned to_submit, unsigned wait_count, unsigned flags, const struct io_uring_getevents_arg *argument)
{
    last_to_submit = to_submit;
    last_wait = wait_count;
    last_flags = flags;
    if ((flags & IORING_ENTER_EXT_ARG) != 0) {
        CHECK_EQUAL(0, argument->sigmask);
        last_span = *(const struct __kernel_timespec *)(uintptr_t)argument->ts;
    } else {
        CHECK(argument == NULL);
    }
    return answer_with;
}

static us_ring *ring;
static us_completion completions[8];

/** One call that the kernel answers with that errno. */
static int32_t enter_answered(int error, uint32_t wait_count)
{
    answer_with = error;
    enters = 0;
    int32_t answer = us_ring_enter(ring, wait_count, SECOND, completions, 8);
    answer_with = 0;
    return answer;
}

static void the_kernel_is_asked_only_where_needed(void)
{
    enters = 0;
    CHECK_EQUAL(0, us_ring_enter(ring, 0, -1, completions, 8));
    CHECK_EQUAL(0, us_ring_enter(ring, 1, 0, completions, 8));
    CHECK_EQUAL(0, enters);

    CHECK_EQUAL(0, us_prepare_nop(ring, 1));
    CHECK_EQUAL(0, us_prepare_nop(ring, 2));
    CHECK_EQUAL(2, us_ring_enter(ring, 2, -1, completions, 8));
    CHECK_EQUAL(1, enters);
    CHECK_EQUAL(2, last_to_submit);
    CHECK_EQUAL(2, last_wait);
    CHECK_EQUAL(IORING_ENTER_GETEVENTS, last_flags);

    /* Two lie ready, one is taken: the wait is over before it begins. */
    CHECK_EQUAL(0, us_prepare_nop(ring, 3));
    CHECK_EQUAL(0, us_prepare_nop(ring, 4));
    CHECK_EQUAL(0, us_ring_enter(ring, 0, -1, NULL, 0));
    CHECK_EQUAL(0, last_wait);
    CHECK_EQUAL(IORING_ENTER_GETEVENTS, last_flags);
    enters = 0;
    CHECK_EQUAL(1, us_ring_enter(ring, 1, -1, completions, 1));
    CHECK_EQUAL(1, us_ring_enter(ring, 1, -1, completions, 1));
    CHECK_EQUAL(0, enters);

    /* With something to submit it enters, but does not wait. */
    CHECK_EQUAL(0, us_prepare_nop(ring, 5));
    CHECK_EQUAL(0, us_ring_enter(ring, 0, -1, NULL, 0));
    CHECK_EQUAL(0, us_prepare_nop(ring, 6));
    CHECK_EQUAL(2, us_ring_enter(ring, 1, -1, completions, 8));
    CHECK_EQUAL(0, last_wait);
}

static void the_timeout_reaches_the_kernel(void)
{
    CHECK_EQUAL(0, us_ring_enter(ring, UINT32_MAX, 3 * MILLISECOND + 7, completions, 8));
    CHECK_EQUAL(IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG, last_flags);
    CHECK_EQUAL(0, last_span.tv_sec);
    CHECK_EQUAL(3 * MILLISECOND + 7, last_span.tv_nsec);
    CHECK_EQUAL(last_setup.cq_entries, last_wait);
    /* What the kernel adds to the present time must stay a time: in nanoseconds it has 63 bits for both. */
    answer_with = ETIME;
    CHECK_EQUAL(0, us_ring_enter(ring, 1, INT64_MAX, completions, 8));
    answer_with = 0;
    CHECK(last_span.tv_sec > 365LL * 24 * 3600);
    CHECK(last_span.tv_sec < INT64_MAX / SECOND / 2);
}

static void without_timeouts_in_the_kernel_none_is_promised(void)
{
    features_hidden = US_FEATURE_EXT_ARG;
    us_ring *old = make_ring(4);
    features_hidden = 0;
    enters = 0;
    CHECK_EQUAL(0, us_prepare_nop(old, 1));
    CHECK_EQUAL(-ENOSYS, us_ring_enter(old, 1, SECOND, completions, 8));
    CHECK_EQUAL(0, enters);
    CHECK_EQUAL(1, us_ring_unsubmitted(old));
    CHECK_EQUAL(1, us_ring_enter(old, 1, -1, completions, 8));
    CHECK_EQUAL(0, us_ring_enter(old, 1, 0, completions, 8));
    us_ring_destroy(old);
}

static void interruptions_and_timeouts_are_no_errors(void)
{
    CHECK_EQUAL(0, enter_answered(EINTR, 1));
    CHECK_EQUAL(1, enters);
    CHECK_EQUAL(0, enter_answered(ETIME, 1));
    CHECK_EQUAL(1, enters);
}

static void a_failed_submission_is_told_and_repeated(void)
{
    static const int errors[] = {EAGAIN, EBUSY, EBADF, EEXIST, ENXIO};
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        CHECK_EQUAL(0, us_prepare_nop(ring, 40 + i));
        CHECK_EQUAL(-errors[i], enter_answered(errors[i], 1));
        CHECK_EQUAL(1, enters);
        CHECK_EQUAL(1, us_ring_unsubmitted(ring));
        /* What is there is worth more than the error. */
        CHECK_EQUAL(1, enter_answered(0, 1));
        CHECK_EQUAL(40 + i, completions[0].user_data);
    }
    CHECK_EQUAL(0, us_prepare_nop(ring, 50));
    CHECK_EQUAL(0, us_ring_enter(ring, 0, 0, NULL, 0));
    CHECK_EQUAL(0, us_prepare_nop(ring, 51));
    CHECK_EQUAL(1, enter_answered(EAGAIN, 1));
    CHECK_EQUAL(50, completions[0].user_data);
    CHECK_EQUAL(1, us_ring_unsubmitted(ring));
    CHECK_EQUAL(1, enter_answered(0, 1));
    CHECK_EQUAL(51, completions[0].user_data);
    /* A queue full of completions nobody waits for is progress, not an error. */
    CHECK_EQUAL(0, us_prepare_nop(ring, US_IGNORED_USER_DATA));
    CHECK_EQUAL(0, us_ring_enter(ring, 0, 0, NULL, 0));
    CHECK_EQUAL(0, us_prepare_nop(ring, 52));
    CHECK_EQUAL(0, enter_answered(EBUSY, 1));
    CHECK_EQUAL(1, enter_answered(0, 1));
    CHECK_EQUAL(52, completions[0].user_data);
}

static void lost_completions_are_told_once(void)
{
    /* The kernel counts what it loses in the mapping it shares with us; the test counts there as it would. */
    us_ring_info info;
    us_ring_options options = {.sq_entries = 4};
    us_ring *losing = NULL;
    CHECK_EQUAL(0, us_ring_create(&options, &losing, &info));
    size_t length = last_setup.cq_off.cqes + last_setup.cq_entries * (size_t)16;
    char *shared = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, info.descriptor, IORING_OFF_CQ_RING);
    CHECK(shared != MAP_FAILED);
    unsigned *lost = (unsigned *)(void *)(shared + last_setup.cq_off.overflow);
    CHECK_EQUAL(0, us_ring_dropped(losing));
    for (unsigned i = 1; i < 4; i++) {
        __atomic_store_n(lost, i, __ATOMIC_RELEASE);
        CHECK_EQUAL(i, us_ring_dropped(losing));
        /* Completions that did arrive come first. */
        CHECK_EQUAL(0, us_prepare_nop(losing, i));
        CHECK_EQUAL(1, us_ring_enter(losing, 1, SECOND, completions, 8));
        CHECK_EQUAL(-EBADR, us_ring_enter(losing, 0, 0, completions, 8));
        CHECK_EQUAL(0, us_ring_enter(losing, 0, 0, completions, 8));
        answer_with = EBADR;
        CHECK_EQUAL(0, us_ring_enter(losing, 1, SECOND, completions, 8));
        answer_with = 0;
    }
    munmap(shared, length);
    us_ring_destroy(losing);
}

int main(void)
{
    ring = make_ring(4);
    the_kernel_is_asked_only_where_needed();
    the_timeout_reaches_the_kernel();
    without_timeouts_in_the_kernel_none_is_promised();
    interruptions_and_timeouts_are_no_errors();
    a_failed_submission_is_told_and_repeated();
    lost_completions_are_told_once();
    us_ring_destroy(ring);
    return 0;
}
