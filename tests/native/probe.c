/*
 * Guards: us_probe says what the kernel says: opcodes as io_uring_get_probe has them, features as a ring has them, each setup flag as
 * us_ring_create grants it; and leaves nothing behind.
 */
#include "check.h"

#include <liburing.h>

static int32_t sysctl_disabled(void)
{
    int value = -1;
    FILE *file = fopen("/proc/sys/kernel/io_uring_disabled", "re");
    if (file != NULL) {
        CHECK_EQUAL(1, fscanf(file, "%d", &value));
        fclose(file);
    }
    return value;
}

static bool granted(uint32_t flags)
{
    us_ring_options options = {.sq_entries = 4, .cq_entries = 8, .required_flags = flags};
    us_ring *ring;
    us_ring_info info;
    int32_t answer = us_ring_create(&options, &ring, &info);
    if (answer == 0) {
        us_ring_destroy(ring);
    }
    return answer == 0;
}

int main(void)
{
    us_probe_result result;
    memset(&result, 0xA5, sizeof result);
    int32_t answer = us_probe(&result);
    CHECK_EQUAL(sysctl_disabled(), result.sysctl_disabled);
    CHECK_EQUAL(0, result.reserved);
    if (answer == -EPERM || answer == -ENOSYS) {
        CHECK_EQUAL(0, result.features);
        SKIP("this kernel or its policy refuses io_uring");
    }
    CHECK_EQUAL(0, answer);
    CHECK_EQUAL(0, count_ring_descriptors());

    struct io_uring_probe *probe = io_uring_get_probe();
    CHECK(probe != NULL);
    for (int i = 0; i < 128; i++) {
        bool supported = i < probe->ops_len && io_uring_opcode_supported(probe, i);
        CHECK_EQUAL(supported, result.opcodes[i / 64] >> (i % 64) & 1);
    }
    io_uring_free_probe(probe);
    CHECK((result.opcodes[0] >> US_OP_NOP & 1) != 0);
    CHECK((result.opcodes[0] >> US_OP_READ & 1) != 0);

    us_ring_info info;
    us_ring_destroy(make_ring_with(4, 0, US_SETUP_NONE, &info));
    CHECK_EQUAL(info.features, result.features);

    CHECK_EQUAL(granted(US_SETUP_CQSIZE), (result.setup_flags & US_SETUP_CQSIZE) != 0);
    CHECK_EQUAL(granted(US_SETUP_CLAMP), (result.setup_flags & US_SETUP_CLAMP) != 0);
    CHECK_EQUAL(granted(US_SETUP_SUBMIT_ALL), (result.setup_flags & US_SETUP_SUBMIT_ALL) != 0);
    CHECK_EQUAL(granted(US_SETUP_COOP_TASKRUN), (result.setup_flags & US_SETUP_COOP_TASKRUN) != 0);
    CHECK_EQUAL(granted(US_SETUP_TASKRUN_FLAG | US_SETUP_COOP_TASKRUN), (result.setup_flags & US_SETUP_TASKRUN_FLAG) != 0);
    CHECK_EQUAL(granted(US_SETUP_SINGLE_ISSUER), (result.setup_flags & US_SETUP_SINGLE_ISSUER) != 0);
    CHECK_EQUAL(granted(US_SETUP_DEFER_TASKRUN | US_SETUP_SINGLE_ISSUER), (result.setup_flags & US_SETUP_DEFER_TASKRUN) != 0);
    return 0;
}
