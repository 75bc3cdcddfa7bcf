/*
 * uring-ceiling: the work of the benchmark's rows in plain C, as fast as this kernel does it.
 *
 *   uring-ceiling WORK PATH [NAME=NUMBER]...
 *
 * prints one line (a peer that is told when to begin says "ready" before, each time): operations, bytes, seconds, processor seconds (user and system of the process, kernel workers included), threads.
 */
#ifndef URING_CEILING_H
#define URING_CEILING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { EXIT_USAGE = 2, ALIGNMENT = 4096 };

/** What is to be done. */
struct plan {
    const char *path;
    const char *target;
    /** Bytes of a transfer. */
    size_t block;
    /** Bytes of the file. */
    uint64_t size;
    /** Files in the folder, or how often a file is read; 0 for as often as there is time. */
    uint64_t count;
    /** Transfers in flight, or threads. */
    unsigned depth;
    uint64_t milliseconds;
    /** Bytes between two calls of fsync(2); 0 for none. */
    uint64_t sync_every;
    bool direct;
    bool writes;
    /** Every block once in random order, and no read-ahead, where otherwise blocks are drawn at random. */
    bool once;
};

/** What was done. */
struct score {
    uint64_t operations;
    uint64_t bytes;
    unsigned threads;
};

/** Where a loop reads or writes next. */
struct course {
    uint64_t random;
    uint64_t blocks;
    size_t block;
    /** The blocks in their order, or NULL for any block at any time. */
    const uint32_t *order;
    uint64_t next;
    uint64_t end;
};

_Noreturn void fail(const char *what);
void *allocate(size_t size);
int open_file(const struct plan *plan, int flags);
uint64_t next_random(uint64_t *state);

/** Begins the time of the plan, when everything is prepared, and ends it, before anything is put away. */
void clock_begin(const struct plan *plan);
void clock_end(void);
bool clock_is_over(void);

/** The course of loop `index` of `loops`. */
struct course course_of(const struct plan *plan, const uint32_t *order, unsigned index, unsigned loops);
/** The blocks of a file in random order, or NULL where the plan does not ask for it. */
uint32_t *order_of(const struct plan *plan);
/** The next offset, or -1 at the end of the course. */
int64_t course_next(struct course *course);

/** The path of the file that is visited as number `index` of a folder. The order is the same in every program, and not that of the names. */
const char *file_path(uint64_t index);
void prepare_paths(const struct plan *plan);

/** pread(2) or pwrite(2) in a loop on `depth` threads. */
struct score run_calls(const struct plan *plan);
/** One ring with `depth` transfers in flight. */
struct score run_ring(const struct plan *plan);
/** read(2) or write(2) from begin to end. */
struct score run_stream_read(const struct plan *plan);
struct score run_stream_write(const struct plan *plan);
/** A copy by read(2) and write(2), and one inside the kernel. */
struct score run_copy(const struct plan *plan);
struct score run_copy_range(const struct plan *plan);
/** Open, read a block, close: the files of a folder over and over on `depth` threads, or once with `depth` reads in one ring. */
struct score run_files(const struct plan *plan);
struct score run_files_ring(const struct plan *plan);
/** stat(2) of the files of a folder over and over on `depth` threads. */
struct score run_stats(const struct plan *plan);

/*
 * Named pipes. PATH is the folder they are in; those of one work go by names, those of many by numbers, as the files of a folder do.
 */

/** Round trips over two pipes by write(2) and a blocking read(2). */
struct score run_pipe_pingpong(const struct plan *plan);
struct score run_pipe_pingpong_ring(const struct plan *plan);
/** read(2) of what a writer writes without end. */
struct score run_pipe_stream(const struct plan *plan);
/** `count` pipes watched by epoll(7), a writer that sends messages to random ones. */
struct score run_pipe_fanin(const struct plan *plan);
/** `depth` waits for a pipe are begun in a ring and then cancelled, over and over. */
struct score run_cancels(const struct plan *plan);

/** The other side: sends back what comes, writes without end, writes to random pipes without end or between one byte of standard input and the next, or
 * opens the writing ends of `count` pipes and closes them, by its end, when told to. */
struct score run_peer_echo(const struct plan *plan);
struct score run_peer_writer(const struct plan *plan);
struct score run_peer_scatter(const struct plan *plan);
struct score run_peer_scatter_when_told(const struct plan *plan);
struct score run_peer_hold(const struct plan *plan);
/** Runs one of these in a process of its own that ends with this one. */
void start_peer(const struct plan *plan, struct score (*run)(const struct plan *plan));

/** The path of a pipe; the caller frees it. */
char *pipe_path(const struct plan *plan, const char *name);
void make_pipe(const struct plan *plan, const char *name);
int open_pipe(const struct plan *plan, const char *name, int flags);
/** As many as the hard limit allows. */
void allow_many_descriptors(void);

#endif
