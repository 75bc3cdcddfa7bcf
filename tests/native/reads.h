/*
 * reads.h: what the tests of reads that go on share.
 */
#ifndef READS_H
#define READS_H

#include "check.h"

static CHECK_UNUSED void require_read_multishot(void)
{
    us_probe_result probed;
    CHECK_EQUAL(0, us_probe(&probed));
    if ((probed.opcodes[US_OP_READ_MULTISHOT / 64] >> (US_OP_READ_MULTISHOT % 64) & 1) == 0) {
        SKIP("this kernel has no READ_MULTISHOT (Linux 6.7)");
    }
}

#endif
