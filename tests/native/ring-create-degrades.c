/*
 * Guards: flags wished for that a kernel refuses are given up newest first, and only those; a flag that makes no sense without a refused one goes
 * with it instead of dragging down its neighbours (TASKRUN_FLAG needs COOP_TASKRUN or DEFER_TASKRUN, which needs SINGLE_ISSUER); flags insisted on
 * are never given up; other errors are passed on at once; NO_SQARRAY (1 << 16) is never asked for.
 */
#include "fake-kernel.h"

#define COOP US_SETUP_COOP_TASKRUN
#define TASKRUN US_SETUP_TASKRUN_FLAG
#define SINGLE US_SETUP_SINGLE_ISSUER
#define DEFER US_SETUP_DEFER_TASKRUN
#define ALWAYS (US_SETUP_CQSIZE | US_SETUP_CLAMP)
#define EVERY (ALWAYS | US_SETUP_SUBMIT_ALL | COOP | TASKRUN | SINGLE | DEFER)

/** The flags of the kernel we play, and the error it answers everything with where that is not 0. */
static unsigned kernel_flags;
static int kernel_error;

/** As io_uring_create in the kernel's io_uring/io_uring.c judges. */
static int fake_setup(const struct io_uring_params *parameters)
{
    unsigned flags = parameters->flags;
    if (kernel_error != 0) {
        return kernel_error;
    }
    bool orphaned_flag = (flags & TASKRUN) != 0 && (flags & (COOP | DEFER)) == 0;
    bool orphaned_defer = (flags & DEFER) != 0 && (flags & SINGLE) == 0;
    return (flags & ~kernel_flags) != 0 || orphaned_flag || orphaned_defer ? EINVAL : 0;
}

static int fake_enter(unsigned to_submit, unsigned wait_count, unsigned flags, const struct io_uring_getevents_arg *argument)
{
    (void)to_submit;
    (void)wait_count;
    (void)flags;
    (void)argument;
    return 0;
}

/** What is granted by a kernel with these flags; or -errno. */
static int32_t granted(unsigned kernel, uint32_t wanted, uint32_t required)
{
    us_ring_options options = {.sq_entries = 4, .cq_entries = 16, .wanted_flags = wanted, .required_flags = required};
    us_ring *ring = NULL;
    us_ring_info info;
    kernel_flags = kernel;
    setups = 0;
    int32_t answer = us_ring_create(&options, &ring, &info);
    if (answer < 0) {
        CHECK(ring == NULL);
        return answer;
    }
    us_ring_destroy(ring);
    return (int32_t)info.setup_flags;
}

int main(void)
{
    kernel_flags = EVERY;
    us_ring_destroy(make_ring_with(4, 8, EVERY, &(us_ring_info){0}));

    /* Linux 6.1 and later. */
    CHECK_EQUAL(EVERY, granted(EVERY, EVERY, 0));
    CHECK_EQUAL(1, setups);
    CHECK_EQUAL(EVERY, granted(EVERY, 0, EVERY));
    /* Linux 6.0: no DEFER_TASKRUN. */
    CHECK_EQUAL(EVERY & ~DEFER, granted(EVERY & ~DEFER, EVERY, 0));
    CHECK_EQUAL(2, setups);
    /* There the flag that tells of task work is an orphan, SINGLE_ISSUER is not. */
    CHECK_EQUAL(ALWAYS | SINGLE, granted(EVERY & ~DEFER, ALWAYS | SINGLE | DEFER | TASKRUN, 0));
    /* Linux 5.19: no SINGLE_ISSUER. */
    CHECK_EQUAL(EVERY & ~(DEFER | SINGLE), granted(EVERY & ~(DEFER | SINGLE), EVERY, 0));
    /* Linux 5.18: SUBMIT_ALL is the newest. */
    CHECK_EQUAL(ALWAYS | US_SETUP_SUBMIT_ALL, granted(ALWAYS | US_SETUP_SUBMIT_ALL, EVERY, 0));
    /* Linux 5.6 and 5.5. */
    CHECK_EQUAL(ALWAYS, granted(ALWAYS, EVERY, 0));
    CHECK_EQUAL(US_SETUP_CQSIZE, granted(US_SETUP_CQSIZE, EVERY, 0));
    /* Linux 5.1: nothing at all. */
    CHECK_EQUAL(0, granted(0, EVERY, 0));

    /* Insisted on, and refused: no less will do. */
    CHECK_EQUAL(-EINVAL, granted(EVERY & ~DEFER, EVERY, DEFER | SINGLE));
    CHECK_EQUAL(-EINVAL, granted(ALWAYS, EVERY, US_SETUP_SUBMIT_ALL));
    /* Insisted on, and granted, while a wish is not. */
    CHECK_EQUAL(ALWAYS | SINGLE, granted(ALWAYS | SINGLE, EVERY, SINGLE));
    /* A combination that no kernel takes, insisted on. */
    CHECK_EQUAL(-EINVAL, granted(EVERY, 0, TASKRUN));
    CHECK_EQUAL(-EINVAL, granted(EVERY, 0, DEFER));

    /* Flags this library cannot honour count as refused. */
    setup_flags_asked = 0;
    CHECK_EQUAL(EVERY, granted(EVERY, UINT32_MAX, 0));
    CHECK_EQUAL(EVERY, setup_flags_asked);
    CHECK_EQUAL(-EINVAL, granted(UINT32_MAX, EVERY, UINT32_C(1) << 16));
    CHECK_EQUAL(-EINVAL, granted(UINT32_MAX, EVERY, UINT32_C(1) << 31));
    CHECK_EQUAL(0, setups);

    /* What is not about flags is passed on at once. */
    static const int errors[] = {EPERM, ENOSYS, EMFILE, ENFILE, ENOMEM};
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        kernel_error = errors[i];
        CHECK_EQUAL(-errors[i], granted(EVERY, EVERY, 0));
        CHECK_EQUAL(1, setups);
    }
    return 0;
}
