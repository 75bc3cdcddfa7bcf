/*
 * probe.c: what the running kernel offers, asked of the kernel itself rather than guessed from its version.
 */
#include "internal.h"

#include <stdlib.h>
#include <unistd.h>

US_SAME(US_FEATURE_SINGLE_MMAP, IORING_FEAT_SINGLE_MMAP);
US_SAME(US_FEATURE_NODROP, IORING_FEAT_NODROP);
US_SAME(US_FEATURE_SUBMIT_STABLE, IORING_FEAT_SUBMIT_STABLE);
US_SAME(US_FEATURE_RW_CUR_POS, IORING_FEAT_RW_CUR_POS);
US_SAME(US_FEATURE_FAST_POLL, IORING_FEAT_FAST_POLL);
US_SAME(US_FEATURE_POLL_32BITS, IORING_FEAT_POLL_32BITS);
US_SAME(US_FEATURE_EXT_ARG, IORING_FEAT_EXT_ARG);
US_SAME(US_FEATURE_NATIVE_WORKERS, IORING_FEAT_NATIVE_WORKERS);
US_SAME(US_FEATURE_CQE_SKIP, IORING_FEAT_CQE_SKIP);

/** A ring as small as can be, with one flag and what that flag cannot be without. */
static int32_t create_small(uint32_t required, uint32_t wanted, us_ring **ring, us_ring_info *info)
{
    us_ring_options options = {.sq_entries = 2, .cq_entries = 4, .wanted_flags = wanted, .required_flags = required};
    return us_ring_create(&options, ring, info);
}

/** The setup flags the kernel takes, each asked for alone: a refused one must not hide its neighbours. */
static uint32_t setup_flags(void)
{
    static const uint32_t asked[] = {
        US_SETUP_CQSIZE,
        US_SETUP_CLAMP,
        US_SETUP_SUBMIT_ALL,
        US_SETUP_COOP_TASKRUN,
        (uint32_t)US_SETUP_TASKRUN_FLAG | (uint32_t)US_SETUP_COOP_TASKRUN,
        US_SETUP_SINGLE_ISSUER,
        (uint32_t)US_SETUP_DEFER_TASKRUN | (uint32_t)US_SETUP_SINGLE_ISSUER,
    };
    uint32_t granted = 0;
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        us_ring *ring;
        us_ring_info info;
        if (create_small(asked[i], US_SETUP_NONE, &ring, &info) == 0) {
            granted |= asked[i];
            us_ring_destroy(ring);
        }
    }
    return granted;
}

/** One bit for every opcode the kernel supports; none where it cannot tell (before Linux 5.6). */
static void opcodes(us_ring *ring, uint64_t words[2])
{
    struct io_uring_probe *probe = io_uring_get_probe_ring(&ring->uring);
    if (probe == NULL) {
        return;
    }
    for (unsigned i = 0; i < 128 && i < probe->ops_len; i++) {
        if ((probe->ops[i].flags & IO_URING_OP_SUPPORTED) != 0 && probe->ops[i].op < 128) {
            words[probe->ops[i].op / 64] |= UINT64_C(1) << (probe->ops[i].op % 64);
        }
    }
    io_uring_free_probe(probe);
}

/** /proc/sys/kernel/io_uring_disabled: 0 allowed, 1 for the privileged or a group, 2 forbidden; -1 before Linux 6.6. */
static int32_t sysctl_disabled(void)
{
    char text[16] = {0};
    int descriptor = us_open("/proc/sys/kernel/io_uring_disabled", US_OPEN_READ_ONLY, 0);
    if (descriptor < 0) {
        return -1;
    }
    int32_t length = us_read(descriptor, text, sizeof text - 1);
    (void)close(descriptor);
    char *end = text;
    long value = length > 0 ? strtol(text, &end, 10) : -1;
    return end == text || value < 0 || value > INT32_MAX ? -1 : (int32_t)value;
}

int32_t us_probe(us_probe_result *result)
{
    *result = (us_probe_result){.sysctl_disabled = sysctl_disabled()};
    us_ring *ring;
    us_ring_info info;
    int32_t answer = create_small(US_SETUP_NONE, US_SETUP_KNOWN, &ring, &info);
    if (answer < 0) {
        return answer;
    }
    result->features = info.features;
    opcodes(ring, result->opcodes);
    us_ring_destroy(ring);
    result->setup_flags = info.setup_flags == US_SETUP_KNOWN ? US_SETUP_KNOWN : setup_flags();
    return 0;
}
