/*
 * child-writer: the writing process of FIFO tests.
 *
 *   child-writer PATH COUNT SIZE [--delay-us MAX] [--seed N] [--sessions N]
 *
 * Opens PATH for writing (blocking, as any program would), writes COUNT messages of SIZE bytes (8 at least), each with one write(2), with a
 * random pause of up to MAX microseconds before each but the first, and closes. --sessions N does so N times; the numbering goes on. A message begins
 * with its number, 8 bytes, little-endian, from 0; every other byte is number % 251.
 *
 * Exit code: 0 done, 1 failed (with a message), 2 wrong usage, 3 the reader went away (EPIPE).
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_USAGE = 2, EXIT_NO_READER = 3, NUMBER_SIZE = 8, FILL_MODULUS = 251 };

struct work {
    const char *path;
    uint64_t count;
    uint64_t size;
    uint64_t delay_microseconds;
    uint64_t seed;
    uint64_t sessions;
};

static _Noreturn void usage(void)
{
    fputs("usage: child-writer PATH COUNT SIZE [--delay-us MAX] [--seed N] [--sessions N]\n", stderr);
    exit(EXIT_USAGE);
}

static _Noreturn void fail(const char *what)
{
    int error = errno;
    fprintf(stderr, "child-writer: %s: %s\n", what, strerror(error));
    exit(error == EPIPE ? EXIT_NO_READER : EXIT_FAILURE);
}

static uint64_t number_of(const char *text)
{
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (errno != 0 || *text < '0' || *text > '9' || *end != '\0') {
        usage();
    }
    return value;
}

/** xorshift64: the same seed makes the same pauses. */
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void pause_up_to(uint64_t microseconds, uint64_t *random)
{
    if (microseconds > 0) {
        uint64_t span = next_random(random) % (microseconds + 1);
        struct timespec left = {.tv_sec = (time_t)(span / 1000000), .tv_nsec = (long)(span % 1000000) * 1000};
        while (nanosleep(&left, &left) < 0 && errno == EINTR) {
        }
    }
}

static void fill(unsigned char *message, uint64_t size, uint64_t number)
{
    memset(message, (int)(number % FILL_MODULUS), size);
    for (unsigned i = 0; i < NUMBER_SIZE; i++) {
        message[i] = (unsigned char)(number >> (8 * i));
    }
}

/** One message, with one write(2) unless a signal or a nearly full pipe cuts it. */
static void write_message(int descriptor, const unsigned char *message, uint64_t size)
{
    while (size > 0) {
        ssize_t written = write(descriptor, message, size);
        if (written < 0 && errno != EINTR) {
            fail("write");
        }
        if (written > 0) {
            message += written;
            size -= (uint64_t)written;
        }
    }
}

static int open_for_writing(const char *path)
{
    for (;;) {
        int descriptor = open(path, O_WRONLY | O_CLOEXEC);
        if (descriptor >= 0) {
            return descriptor;
        }
        if (errno != EINTR) {
            fail(path);
        }
    }
}

static struct work parse(int count, char **texts)
{
    if (count < 4 || count % 2 != 0) {
        usage();
    }
    struct work work = {.path = texts[1], .count = number_of(texts[2]), .size = number_of(texts[3]), .seed = 1, .sessions = 1};
    for (int i = 4; i < count; i += 2) {
        uint64_t value = number_of(texts[i + 1]);
        if (strcmp(texts[i], "--delay-us") == 0) {
            work.delay_microseconds = value;
        } else if (strcmp(texts[i], "--seed") == 0) {
            work.seed = value;
        } else if (strcmp(texts[i], "--sessions") == 0) {
            work.sessions = value;
        } else {
            usage();
        }
    }
    if (work.size < NUMBER_SIZE) {
        work.size = NUMBER_SIZE;
    }
    return work;
}

int main(int argument_count, char **arguments)
{
    struct work work = parse(argument_count, arguments);
    /* A parent may have left SIGPIPE at its default: the exit code shall tell. */
    (void)signal(SIGPIPE, SIG_IGN);
    unsigned char *message = malloc(work.size);
    if (message == NULL) {
        fail("malloc");
    }
    /* xorshift stays at 0 for ever, so 0 is no seed; multiplied, so that seeds close to one another do not begin alike. */
    uint64_t random = (work.seed + 1) * UINT64_C(0x9E3779B97F4A7C15);
    random = random != 0 ? random : 1;
    uint64_t number = 0;
    for (uint64_t session = 0; session < work.sessions; session++) {
        int descriptor = open_for_writing(work.path);
        for (uint64_t i = 0; i < work.count; i++) {
            if (number > 0) {
                pause_up_to(work.delay_microseconds, &random);
            }
            fill(message, work.size, number++);
            write_message(descriptor, message, work.size);
        }
        if (close(descriptor) < 0) {
            fail("close");
        }
    }
    free(message);
    return EXIT_SUCCESS;
}
