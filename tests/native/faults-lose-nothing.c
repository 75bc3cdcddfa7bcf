/* Requests are refused, cut short and cancelled late, and no byte of a pipe is lost, doubled or out of its place. */
#include "check.h"

#include "faults.h"

#include <fcntl.h>
#include <string.h>

#define BYTES 200000U
#define CHUNK 1000U

static unsigned char byte_at(uint32_t place) { return (unsigned char)(place % 251); }

int main(void)
{
    us_ring *ring = make_ring(4);
    us_completion completion;
    int ends[2];
    static unsigned char source[CHUNK];
    static unsigned char target[CHUNK];
    CHECK_EQUAL(0, pipe2(ends, O_CLOEXEC | O_NONBLOCK));
    us_faults_configure(2, 200, US_FAULTS_HARMLESS);
    uint32_t written = 0;
    uint32_t read = 0;
    for (uint64_t request = 1; read < BYTES; request++) {
        for (uint32_t i = 0; i < CHUNK; i++) {
            source[i] = byte_at(written + i);
        }
        int32_t answer = written < BYTES ? us_write(ends[1], source, CHUNK) : 0;
        CHECK(answer >= 0 || answer == -EAGAIN);
        written += answer > 0 ? (uint32_t)answer : 0;

        CHECK_EQUAL(0, us_prepare_read(ring, request, ends[0], target, CHUNK, -1));
        CHECK_EQUAL(0, us_prepare_cancel(ring, US_IGNORED_USER_DATA, request));
        do {
            answer = us_ring_enter(ring, 1, -1, &completion, 1);
            CHECK(answer >= 0 || answer == -EAGAIN || answer == -EBUSY);
        } while (answer <= 0);
        CHECK_EQUAL(request, completion.user_data);
        for (int32_t i = 0; i < completion.result; i++) {
            CHECK_EQUAL(byte_at(read + (uint32_t)i), target[i]);
        }
        read += completion.result > 0 ? (uint32_t)completion.result : 0;
        while (us_ring_unsubmitted(ring) > 0 || us_ring_space(ring) < 2) {
            (void)us_ring_enter(ring, 0, 0, NULL, 0);
        }
    }
    CHECK_EQUAL(written, read);
    uint64_t counts[US_FAULT_KINDS];
    (void)us_faults_counts(counts, US_FAULT_KINDS);
    /* REFUSE, CUT, INTERRUPT, AGAIN, LATE_CANCEL. */
    for (unsigned kind = 5; kind < 10; kind++) {
        CHECK(counts[kind] > 0);
    }
    us_ring_destroy(ring);
    return 0;
}
