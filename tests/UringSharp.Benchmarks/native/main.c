#include "ceiling.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static const double NANOSECONDS = 1e9;
static const double MICROSECONDS = 1e6;

/* Written before any thread is started, and after all have ended. */
static double began;
static double deadline;
static double ended;
static double processor;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + ((double)time.tv_nsec / NANOSECONDS);
}

static double processor_seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           ((double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / MICROSECONDS);
}

_Noreturn void fail(const char *what)
{
    fprintf(stderr, "uring-ceiling: %s: %s\n", what, strerror(errno));
    exit(EXIT_FAILURE);
}

void *allocate(size_t size)
{
    void *memory = NULL;
    errno = posix_memalign(&memory, ALIGNMENT, size);
    if (errno != 0) {
        fail("memory");
    }
    memset(memory, 1, size);
    return memory;
}

int open_file(const struct plan *plan, int flags)
{
    int file = open(plan->path, flags | O_CLOEXEC | (plan->direct ? O_DIRECT : 0), 0666);
    if (file < 0) {
        fail(plan->path);
    }
    if (plan->once) {
        errno = posix_fadvise(file, 0, 0, POSIX_FADV_RANDOM);
        if (errno != 0) {
            fail("posix_fadvise");
        }
    }
    return file;
}

void clock_begin(const struct plan *plan)
{
    static const double milliseconds = 1e3;
    processor = processor_seconds();
    began = now();
    deadline = began + ((double)plan->milliseconds / milliseconds);
}

void clock_end(void)
{
    ended = now();
    processor = processor_seconds() - processor;
}

bool clock_is_over(void)
{
    return now() >= deadline;
}

static _Noreturn void usage(void)
{
    fputs("usage: uring-ceiling WORK PATH [target=PATH] [block=BYTES] [size=BYTES] [count=N] [depth=N] [milliseconds=N]\n"
          "                     [sync-every=BYTES] [direct=1] [writes=1] [once=1]\n"
          "WORK: calls, ring, stream-read, stream-write, copy, copy-range, files, files-ring, stats,\n"
          "      pipe-pingpong, pipe-pingpong-ring, pipe-stream, pipe-fanin, cancels, or the other side of the benchmark's own pipes:\n"
          "      peer-echo, peer-writer, peer-scatter, peer-hold\n",
          stderr);
    exit(EXIT_USAGE);
}

static uint64_t number_of(const char *text)
{
    char *end = NULL;
    errno = 0;
    uint64_t value = strtoull(text, &end, 10);
    if (errno != 0 || *text < '0' || *text > '9' || *end != '\0') {
        usage();
    }
    return value;
}

/** The value of `text` where it is that of the setting `name`, else NULL. */
static const char *value_of(const char *text, const char *name)
{
    size_t length = strlen(name);
    return strncmp(text, name, length) == 0 && text[length] == '=' ? text + length + 1 : NULL;
}

static void read_setting(struct plan *plan, const char *text)
{
    const char *value = NULL;
    if ((value = value_of(text, "target")) != NULL) {
        plan->target = value;
    } else if ((value = value_of(text, "block")) != NULL) {
        plan->block = number_of(value);
    } else if ((value = value_of(text, "size")) != NULL) {
        plan->size = number_of(value);
    } else if ((value = value_of(text, "count")) != NULL) {
        plan->count = number_of(value);
    } else if ((value = value_of(text, "depth")) != NULL) {
        plan->depth = (unsigned)number_of(value);
    } else if ((value = value_of(text, "milliseconds")) != NULL) {
        plan->milliseconds = number_of(value);
    } else if ((value = value_of(text, "sync-every")) != NULL) {
        plan->sync_every = number_of(value);
    } else if ((value = value_of(text, "direct")) != NULL) {
        plan->direct = number_of(value) != 0;
    } else if ((value = value_of(text, "writes")) != NULL) {
        plan->writes = number_of(value) != 0;
    } else if ((value = value_of(text, "once")) != NULL) {
        plan->once = number_of(value) != 0;
    } else {
        usage();
    }
}

struct work {
    const char *name;
    struct score (*run)(const struct plan *plan);
};

static const struct work works[] = {
    {"calls", run_calls},
    {"ring", run_ring},
    {"stream-read", run_stream_read},
    {"stream-write", run_stream_write},
    {"copy", run_copy},
    {"copy-range", run_copy_range},
    {"files", run_files},
    {"files-ring", run_files_ring},
    {"stats", run_stats},
    {"pipe-pingpong", run_pipe_pingpong},
    {"pipe-pingpong-ring", run_pipe_pingpong_ring},
    {"pipe-stream", run_pipe_stream},
    {"pipe-fanin", run_pipe_fanin},
    {"cancels", run_cancels},
    {"peer-echo", run_peer_echo},
    {"peer-writer", run_peer_writer},
    {"peer-scatter", run_peer_scatter_when_told},
    {"peer-hold", run_peer_hold},
};

static const struct work *work_of(const char *name)
{
    for (size_t i = 0; i < sizeof works / sizeof works[0]; i++) {
        if (strcmp(works[i].name, name) == 0) {
            return &works[i];
        }
    }
    usage();
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        usage();
    }

    const struct work *work = work_of(argv[1]);
    struct plan plan = {.path = argv[2], .block = ALIGNMENT, .depth = 1};
    for (int i = 3; i < argc; i++) {
        read_setting(&plan, argv[i]);
    }
    if (plan.depth == 0 || plan.block == 0) {
        usage();
    }

    /* Ctrl-C goes to the benchmark, which ends this program; and this program never outlives it. */
    if (signal(SIGINT, SIG_IGN) == SIG_ERR || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) {
        fail("signals");
    }

    struct score score = work->run(&plan);
    printf("%" PRIu64 " %" PRIu64 " %.9f %.6f %u\n", score.operations, score.bytes, ended - began, processor, score.threads);
    return EXIT_SUCCESS;
}
