/*
 * uringsharp.h: the whole C interface of UringSharp, a shim over liburing, and the only input of the bindings generator.
 *
 * Conventions:
 * - A function returns a value >= 0, or -errno. errno itself is never part of the interface.
 * - Where a comment names a system call and says no more of a result, it is that call's: 0 where the call has none to tell. A call that a signal may interrupt is made again.
 * - Lengths, offsets and capacities are in bytes, times in nanoseconds where their name says so. Paths end with a NUL.
 * - Every struct is fixed in size; its offsets are asserted below and compared with the C# side by a test.
 * - Flags are the shim's own numbers wherever the kernel's differ between architectures.
 * - US_FAST marks a function that never blocks and never takes long: the generator puts [SuppressGCTransition] on it.
 *
 * A ring has one user at a time: no function here that takes a us_ring may run beside another one on the same ring.
 */
#ifndef URINGSHARP_H
#define URINGSHARP_H

#include <stddef.h>
#include <stdint.h>

#ifndef US_API
#define US_API __attribute__((visibility("default")))
#endif

#ifndef US_FAST
#define US_FAST
#endif

/** The version of this interface; the managed side refuses a library that answers another number. */
#define US_ABI_VERSION 3

/** The user_data of a completion nobody waits for; us_ring_enter drops such completions. */
#define US_IGNORED_USER_DATA UINT64_MAX

/** An io_uring instance. Opaque. */
typedef struct us_ring us_ring;

/** Buffers lent to the kernel, which fills whichever is next. Opaque. */
typedef struct us_buffer_ring us_buffer_ring;

/** What to ask of the kernel when a ring is created. The numbers are the kernel's IORING_SETUP_* (include/uapi/linux/io_uring.h). */
typedef enum us_setup_flags {
    /** Nothing asked. */
    US_SETUP_NONE = 0,
    /** The completion queue has the size asked for. Since Linux 5.5. */
    US_SETUP_CQSIZE = 1 << 3,
    /** Sizes beyond the kernel's limit are cut to it. Since Linux 5.6. */
    US_SETUP_CLAMP = 1 << 4,
    /** A submission goes on after an entry that failed. Since Linux 5.18. */
    US_SETUP_SUBMIT_ALL = 1 << 7,
    /** No inter-processor interrupt to run completions. Since Linux 5.19. */
    US_SETUP_COOP_TASKRUN = 1 << 8,
    /** With COOP_TASKRUN: a flag in the ring tells that completions wait to be run. Since Linux 5.19. */
    US_SETUP_TASKRUN_FLAG = 1 << 9,
    /** One thread alone submits. Since Linux 6.0. */
    US_SETUP_SINGLE_ISSUER = 1 << 12,
    /** Completions are run only when that thread waits. Since Linux 6.1. */
    US_SETUP_DEFER_TASKRUN = 1 << 13,
} us_setup_flags;

/** What the running kernel says of itself when a ring is created. The numbers are the kernel's IORING_FEAT_*. */
typedef enum us_feature_flags {
    /** Both queues share one mapping. Since Linux 5.4. */
    US_FEATURE_SINGLE_MMAP = 1 << 0,
    /** A full completion queue loses nothing. Since Linux 5.5. */
    US_FEATURE_NODROP = 1 << 1,
    /** What an entry points to may be reused once it is submitted. Since Linux 5.5. */
    US_FEATURE_SUBMIT_STABLE = 1 << 2,
    /** Offset -1 means the file's current position. Since Linux 5.6. */
    US_FEATURE_RW_CUR_POS = 1 << 3,
    /** A request that would block is armed with poll instead of a thread. Since Linux 5.7. */
    US_FEATURE_FAST_POLL = 1 << 5,
    /** Poll takes 32 bits of events. Since Linux 5.9. */
    US_FEATURE_POLL_32BITS = 1 << 6,
    /** io_uring_enter takes a timeout. Since Linux 5.11. */
    US_FEATURE_EXT_ARG = 1 << 8,
    /** Kernel workers belong to the submitting thread. Since Linux 5.12. */
    US_FEATURE_NATIVE_WORKERS = 1 << 9,
    /** Registered resources can be tagged. Since Linux 5.13, as is the multishot poll that the library needs and no flag of its own tells of. */
    US_FEATURE_RSRC_TAGS = 1 << 10,
    /** A completion can be skipped on success. Since Linux 5.17. */
    US_FEATURE_CQE_SKIP = 1 << 11,
    /** io_uring_enter takes a minimum wait. Since Linux 6.12. */
    US_FEATURE_MIN_TIMEOUT = 1 << 15,
} us_feature_flags;

/** Operations of io_uring, in the kernel's numbers (IORING_OP_*), also those that liburing 2.3 does not know. */
typedef enum us_opcode {
    /** No operation. */
    US_OP_NOP = 0,
    /** readv(2), preadv2(2). */
    US_OP_READV = 1,
    /** writev(2), pwritev2(2). */
    US_OP_WRITEV = 2,
    /** fsync(2), fdatasync(2). */
    US_OP_FSYNC = 3,
    /** poll(2) for one descriptor. */
    US_OP_POLL_ADD = 6,
    /** A timeout. */
    US_OP_TIMEOUT = 11,
    /** Cancels another operation. */
    US_OP_ASYNC_CANCEL = 14,
    /** fallocate(2). */
    US_OP_FALLOCATE = 17,
    /** openat(2). */
    US_OP_OPENAT = 18,
    /** close(2). */
    US_OP_CLOSE = 19,
    /** statx(2). */
    US_OP_STATX = 21,
    /** pread(2). */
    US_OP_READ = 22,
    /** pwrite(2). */
    US_OP_WRITE = 23,
    /** posix_fadvise(2). */
    US_OP_FADVISE = 24,
    /** openat2(2). */
    US_OP_OPENAT2 = 28,
    /** splice(2). */
    US_OP_SPLICE = 30,
    /** renameat2(2). */
    US_OP_RENAMEAT = 35,
    /** unlinkat(2). */
    US_OP_UNLINKAT = 36,
    /** mkdirat(2). Since Linux 5.15. */
    US_OP_MKDIRAT = 37,
    /** symlinkat(2). Since Linux 5.15. */
    US_OP_SYMLINKAT = 38,
    /** linkat(2). Since Linux 5.15. */
    US_OP_LINKAT = 39,
    /** A message to another ring. Since Linux 5.18. */
    US_OP_MSG_RING = 40,
    /** Reads again and again into provided buffers. Since Linux 6.7. */
    US_OP_READ_MULTISHOT = 49,
    /** futex(2) wait. Since Linux 6.7. */
    US_OP_FUTEX_WAIT = 51,
    /** ftruncate(2). Since Linux 6.9. */
    US_OP_FTRUNCATE = 55,
} us_opcode;

/** Events of poll(2). The numbers are the kernel's, alike on every architecture .NET runs on. */
typedef enum us_poll_events {
    /** No event. */
    US_POLL_NONE = 0,
    /** Reading does not block. */
    US_POLL_IN = 0x0001,
    /** There is priority data. */
    US_POLL_PRI = 0x0002,
    /** Writing does not block. */
    US_POLL_OUT = 0x0004,
    /** An error is pending. Always reported. */
    US_POLL_ERR = 0x0008,
    /** The other side has hung up. Always reported. */
    US_POLL_HUP = 0x0010,
    /** The descriptor is not open. Always reported. */
    US_POLL_NVAL = 0x0020,
    /** A stream socket's peer has closed its writing half. */
    US_POLL_RDHUP = 0x2000,
} us_poll_events;

/** How a path is opened: see open(2). The shim's own numbers, translated in C, since the kernel's differ between architectures. */
typedef enum us_open_flags {
    /** O_RDONLY. */
    US_OPEN_READ_ONLY = 0,
    /** O_WRONLY. */
    US_OPEN_WRITE_ONLY = 1 << 0,
    /** O_RDWR. */
    US_OPEN_READ_WRITE = 1 << 1,
    /** O_CREAT. */
    US_OPEN_CREATE = 1 << 2,
    /** O_EXCL. */
    US_OPEN_EXCLUSIVE = 1 << 3,
    /** O_TRUNC. */
    US_OPEN_TRUNCATE = 1 << 4,
    /** O_APPEND. */
    US_OPEN_APPEND = 1 << 5,
    /** O_NONBLOCK. */
    US_OPEN_NONBLOCK = 1 << 6,
    /** O_DIRECT. */
    US_OPEN_DIRECT = 1 << 7,
    /** O_DSYNC. */
    US_OPEN_DSYNC = 1 << 8,
    /** O_CLOEXEC. */
    US_OPEN_CLOEXEC = 1 << 9,
    /** O_NOCTTY. */
    US_OPEN_NOCTTY = 1 << 10,
    /** O_DIRECTORY. */
    US_OPEN_DIRECTORY = 1 << 11,
    /** O_NOFOLLOW. */
    US_OPEN_NOFOLLOW = 1 << 12,
    /** O_PATH. */
    US_OPEN_PATH = 1 << 13,
    /** O_SYNC. */
    US_OPEN_SYNC = 1 << 14,
} us_open_flags;

/** What kind of thing a descriptor is: the S_IFMT bits of st_mode, see inode(7). */
typedef enum us_file_type {
    /** Not one of the others: anonymous inodes such as eventfd, inotify, timerfd. */
    US_FILE_UNKNOWN = 0,
    /** A pipe or FIFO. */
    US_FILE_FIFO = 0x1000,
    /** A character device, a terminal among them. */
    US_FILE_CHARACTER = 0x2000,
    /** A directory. */
    US_FILE_DIRECTORY = 0x4000,
    /** A block device. */
    US_FILE_BLOCK = 0x6000,
    /** A regular file. */
    US_FILE_REGULAR = 0x8000,
    /** A symbolic link. */
    US_FILE_LINK = 0xA000,
    /** A socket. */
    US_FILE_SOCKET = 0xC000,
} us_file_type;

/** What a ring shall be. */
typedef struct us_ring_options {
    /** Entries of the submission queue; the kernel rounds up to a power of two. 1 to 32768. */
    uint32_t sq_entries;
    /** Entries of the completion queue, at least sq_entries; 0 leaves it to the kernel (twice sq_entries). */
    uint32_t cq_entries;
    /** us_setup_flags wished for. Those the kernel refuses are given up one by one, the newest first. */
    uint32_t wanted_flags;
    /** us_setup_flags insisted on: the creation fails with -EINVAL where the kernel refuses one. */
    uint32_t required_flags;
} us_ring_options;

/** What a ring is. */
typedef struct us_ring_info {
    /** Entries of the submission queue. */
    uint32_t sq_entries;
    /** Entries of the completion queue. */
    uint32_t cq_entries;
    /** us_setup_flags granted. */
    uint32_t setup_flags;
    /** us_feature_flags of the kernel. */
    uint32_t features;
    /** The ring's own descriptor. */
    int32_t descriptor;
    /** 0. */
    uint32_t reserved;
} us_ring_info;

/** One completion. */
typedef struct us_completion {
    /** What the submission carried. */
    uint64_t user_data;
    /** The operation's result, or -errno. */
    int32_t result;
    /** IORING_CQE_F_*; see us_completion_flags. */
    uint32_t flags;
} us_completion;

/** Flags of a completion. The numbers are the kernel's IORING_CQE_F_*. */
typedef enum us_completion_flags {
    /** No flag. */
    US_COMPLETION_NONE = 0,
    /** The upper 16 bits name a provided buffer. */
    US_COMPLETION_BUFFER = 1 << 0,
    /** The same operation will complete again. */
    US_COMPLETION_MORE = 1 << 1,
} us_completion_flags;

/** One stretch of memory, as struct iovec of readv(2). */
typedef struct us_buffer {
    /** Its first byte. */
    void *base;
    /** Its length in bytes. */
    uint64_t length;
} us_buffer;

/** A span of time, as struct __kernel_timespec. */
typedef struct us_timespec {
    /** Whole seconds. */
    int64_t seconds;
    /** Nanoseconds, 0 to 999999999. */
    int64_t nanoseconds;
} us_timespec;

/** What the running kernel offers. */
typedef struct us_probe_result {
    /** us_feature_flags. */
    uint32_t features;
    /** us_setup_flags a ring can be created with. */
    uint32_t setup_flags;
    /** Bit n of word n / 64: opcode n is supported. */
    uint64_t opcodes[2];
    /** Value of /proc/sys/kernel/io_uring_disabled, or -1 where there is none. */
    int32_t sysctl_disabled;
    /** 0. */
    uint32_t reserved;
} us_probe_result;

/** What a descriptor refers to. */
typedef struct us_file_info {
    /** The file's length in bytes. */
    int64_t length;
    /** us_file_type. */
    uint32_t type;
    /** Permission bits, st_mode & 07777. */
    uint32_t mode;
    /** The device the file lies on. */
    uint64_t device;
    /** The file's inode. */
    uint64_t inode;
    /** Alignment in bytes of a direct transfer's memory, 0 where direct I/O is not supported or was not asked for, UINT32_MAX where the kernel does not say (before Linux 6.1). */
    uint32_t direct_memory_alignment;
    /** Alignment in bytes of a direct transfer's offset and length, as above. */
    uint32_t direct_offset_alignment;
} us_file_info;

/** What the file system knows of a file: struct statx, see statx(2). */
typedef struct us_file_status {
    /** The file's length in bytes. */
    int64_t length;
    /** Space taken on the device, in units of 512 bytes. */
    uint64_t blocks;
    /** The file's inode. */
    uint64_t inode;
    /** The device the file lies on. */
    uint64_t device;
    /** The device the file stands for: that of a block or character device. */
    uint64_t special_device;
    /** STATX_ATTR_*, the kernel's numbers. */
    uint64_t attributes;
    /** us_file_type. */
    uint32_t type;
    /** Permission bits, st_mode & 07777. */
    uint32_t mode;
    /** Number of hard links. */
    uint32_t links;
    /** User id of the owner. */
    uint32_t owner;
    /** Group id of the owner. */
    uint32_t group;
    /** Best size of a transfer, in bytes. */
    uint32_t block_size;
    /** Alignment in bytes of a direct transfer's memory, 0 where direct I/O is not supported, UINT32_MAX where the kernel does not say (before Linux 6.1) or was not asked (a path). */
    uint32_t direct_memory_alignment;
    /** Alignment in bytes of a direct transfer's offset and length, as above. */
    uint32_t direct_offset_alignment;
    /** 1 where birth_time is known, else 0. */
    uint32_t has_birth_time;
    /** 0. */
    uint32_t reserved;
    /** Last access. */
    us_timespec access_time;
    /** Last change of the data. */
    us_timespec write_time;
    /** Last change of the data or of what is known of the file. */
    us_timespec change_time;
    /** Creation, where the file system keeps it. */
    us_timespec birth_time;
} us_file_status;

/** How to look up the path of us_status and its like. */
typedef enum us_path_flags {
    /** A symbolic link at the end is followed. */
    US_PATH_FOLLOW = 0,
    /** A symbolic link at the end is meant itself. */
    US_PATH_NO_FOLLOW = 1 << 0,
} us_path_flags;

/** Conditions of a rename. */
typedef enum us_rename_flags {
    /** What is at the destination is replaced. */
    US_RENAME_REPLACE = 0,
    /** Fails with -EEXIST where the destination exists. */
    US_RENAME_NO_REPLACE = 1 << 0,
    /** Both exist and change places. */
    US_RENAME_EXCHANGE = 1 << 1,
} us_rename_flags;

/** What fallocate(2) does with a range. The numbers are the kernel's FALLOC_FL_*. */
typedef enum us_allocate_flags {
    /** Reserves space; the file grows where the range ends beyond it. */
    US_ALLOCATE_DEFAULT = 0,
    /** The file's length stays. */
    US_ALLOCATE_KEEP_SIZE = 1 << 0,
    /** Gives the space back and leaves a hole; with KEEP_SIZE only. */
    US_ALLOCATE_PUNCH_HOLE = 1 << 1,
    /** Takes the range out of the file. */
    US_ALLOCATE_COLLAPSE_RANGE = 1 << 3,
    /** Makes the range read as zeros. */
    US_ALLOCATE_ZERO_RANGE = 1 << 4,
    /** Inserts a hole and moves what is behind it. */
    US_ALLOCATE_INSERT_RANGE = 1 << 5,
} us_allocate_flags;

/** How a range of a file will be used: posix_fadvise(2). */
typedef enum us_advice {
    /** Nothing special. */
    US_ADVICE_NORMAL = 0,
    /** At random: no read-ahead. */
    US_ADVICE_RANDOM = 1,
    /** From start to end: more read-ahead. */
    US_ADVICE_SEQUENTIAL = 2,
    /** Soon: it is read now. */
    US_ADVICE_WILL_NEED = 3,
    /** No more: it leaves the page cache. */
    US_ADVICE_DONT_NEED = 4,
    /** Once. */
    US_ADVICE_NO_REUSE = 5,
} us_advice;

/** Kinds of lock: flock(2) and fcntl(2). */
typedef enum us_lock {
    /** None: what was locked is unlocked. */
    US_LOCK_NONE = 0,
    /** Shared with others of its kind. */
    US_LOCK_SHARED = 1,
    /** Exclusive. */
    US_LOCK_EXCLUSIVE = 2,
} us_lock;

/* ---- the library ---------------------------------------------------------------------------------------------- */

/** US_ABI_VERSION this library was built with. */
US_API US_FAST uint32_t us_abi_version(void);

/* ---- rings (ring.c) ------------------------------------------------------------------------------------------- */

/**
 * Creates a ring: io_uring_setup(2). Flags wished for that the kernel refuses with -EINVAL are given up one by one.
 * Returns 0, or -ENOSYS (no io_uring), -EPERM (denied by sysctl or seccomp), -EMFILE, -ENFILE, -ENOMEM, -EINVAL.
 */
US_API int32_t us_ring_create(const us_ring_options *options, us_ring **ring, us_ring_info *info);

/**
 * Creates a ring that needs no io_uring: the same queues, driven by epoll(7). It takes no-op, poll, cancel, timeout, and the reads and writes of what can be polled;
 * all else completes with -EOPNOTSUPP. Of the flags CLAMP alone is looked at.
 * Returns 0, or -EMFILE, -ENFILE, -ENOMEM, -EINVAL.
 */
US_API int32_t us_ring_create_portable(const us_ring_options *options, us_ring **ring, us_ring_info *info);

/** Destroys a ring and unmaps its memory. The kernel ends what is still in flight later: drain first where buffers matter. */
US_API void us_ring_destroy(us_ring *ring);

/** Entries that can be prepared before the submission queue is full. */
US_API US_FAST uint32_t us_ring_space(us_ring *ring);

/** Entries prepared and not yet taken by the kernel. */
US_API US_FAST uint32_t us_ring_unsubmitted(us_ring *ring);

/** Completions that can be taken without a system call. */
US_API US_FAST uint32_t us_ring_ready(us_ring *ring);

/** How often us_ring_enter has found that the kernel had more completions than the queue has room for. */
US_API US_FAST uint32_t us_ring_overflows(us_ring *ring);

/** Completions the kernel had to drop for want of memory: anything but 0 is fatal to the ring's owner. */
US_API US_FAST uint32_t us_ring_dropped(us_ring *ring);

/**
 * Raises how many kernel workers a thread that submits to this ring may have for requests of bounded time (io_uring_register(2),
 * IORING_REGISTER_IOWQ_MAX_WORKERS, since Linux 5.15): by default 4 for each processor, which a file system that hangs soon has.
 * For the calling thread and those that first submit later. Returns 0, -EINVAL before Linux 5.15, or -EOPNOTSUPP for a portable ring.
 */
US_API int32_t us_ring_limit_workers(us_ring *ring, uint32_t bounded);

/**
 * Submits what is prepared, waits, and takes completions, with one io_uring_enter(2) at most; none where nothing is to be submitted
 * and completions lie ready, or none is waited for.
 * wait_count: completions to wait for; 0 to go on at once. A completion that is already there ends the wait.
 * timeout_nanoseconds: the longest wait; negative for no limit.
 * completions, capacity: where completions go, and how many fit. Those with US_IGNORED_USER_DATA are dropped.
 * Returns how many completions were taken, 0 also after an interruption or a timeout; -EAGAIN or -EBUSY where the kernel could not submit for
 * want of memory and no completion was there; -EBADR where completions were lost; -ENOSYS for a limited wait without US_FEATURE_EXT_ARG.
 */
US_API int32_t us_ring_enter(us_ring *ring, uint32_t wait_count, int64_t timeout_nanoseconds, us_completion *completions, uint32_t capacity);

/* ---- preparing submissions (prepare.c): each returns 0, or -EBUSY where the submission queue is full.
 *      The submission is over when us_ring_enter has taken the entry. */

/** Prepares a no-operation. Its result is 0. */
US_API US_FAST int32_t us_prepare_nop(us_ring *ring, uint64_t user_data);

/** Prepares pread(2); offset -1 for a file without positions, or for the current one. The buffer must outlive the operation. Result: bytes read, 0 at the end, or -errno. */
US_API US_FAST int32_t us_prepare_read(us_ring *ring, uint64_t user_data, int32_t descriptor, void *buffer, uint32_t length, int64_t offset);

/** Prepares pwrite(2); offset and buffer as for a read. Result: bytes written, which may be fewer than length, or -errno. */
US_API US_FAST int32_t us_prepare_write(us_ring *ring, uint64_t user_data, int32_t descriptor, const void *buffer, uint32_t length, int64_t offset);

/** Prepares preadv(2). count: elements of the array. The array need not outlive the submission, the memory it names must. Result as for a read. */
US_API US_FAST int32_t us_prepare_readv(us_ring *ring, uint64_t user_data, int32_t descriptor, const us_buffer *buffers, uint32_t count, int64_t offset);

/** Prepares pwritev(2), as us_prepare_readv. Result as for a write. */
US_API US_FAST int32_t us_prepare_writev(us_ring *ring, uint64_t user_data, int32_t descriptor, const us_buffer *buffers, uint32_t count, int64_t offset);

/** Prepares openat(2) relative to the current folder. flags: us_open_flags, -EINVAL for others. The path need not outlive the submission. */
US_API US_FAST int32_t us_prepare_open(us_ring *ring, uint64_t user_data, const char *path, uint32_t flags, uint32_t mode);

/** Prepares close(2). Result: 0, or -errno; the number is free in either case, but for -EBADF. */
US_API US_FAST int32_t us_prepare_close(us_ring *ring, uint64_t user_data, int32_t descriptor);

/** Prepares poll(2) for one descriptor: the result is its events. multishot: not 0 to complete again and again, with US_COMPLETION_MORE. */
US_API US_FAST int32_t us_prepare_poll(us_ring *ring, uint64_t user_data, int32_t descriptor, uint32_t events, uint32_t multishot);

/**
 * Prepares reads that go on, each into a buffer of the group, each a completion that names the buffer (US_COMPLETION_BUFFER) and says US_COMPLETION_MORE
 * unless it is the last. Needs a descriptor that can be polled and US_OP_READ_MULTISHOT. -ENOBUFS: the kernel has no buffer of the group left.
 */
US_API US_FAST int32_t us_prepare_read_multishot(us_ring *ring, uint64_t user_data, int32_t descriptor, uint32_t group);

/** Prepares the cancellation of the operation with target_user_data. Result 0, -ENOENT (not found) or -EALREADY (running). */
US_API US_FAST int32_t us_prepare_cancel(us_ring *ring, uint64_t user_data, uint64_t target_user_data);

/**
 * Has the entry prepared last made by a kernel worker from the start (IOSQE_ASYNC), for what would wait in us_ring_enter: a write to a terminal that takes no
 * more. Returns 0, or -ENOENT where nothing is prepared.
 */
US_API US_FAST int32_t us_prepare_for_worker(us_ring *ring);

/** Prepares fsync(2), or fdatasync(2) where data_only is not 0. Result: 0, or -errno: -EIO and -ENOSPC of the disk, -EINVAL for what cannot be synchronised. */
US_API US_FAST int32_t us_prepare_fsync(us_ring *ring, uint64_t user_data, int32_t descriptor, uint32_t data_only);

/** Prepares statx(2). result: room for the kernel's struct statx (256 bytes), which must outlive the operation, as must the path. */
US_API US_FAST int32_t us_prepare_statx(us_ring *ring, uint64_t user_data, int32_t folder, const char *path, uint32_t flags, uint32_t mask, void *result);

/** Prepares a timeout that completes with -ETIME, not before the span has passed; -EINVAL for a span that is none. The span need not outlive the submission. */
US_API US_FAST int32_t us_prepare_timeout(us_ring *ring, uint64_t user_data, const us_timespec *span);

/* ---- buffers lent to the kernel (buffers.c) --------------------------------------------------------------------- */

/**
 * Makes buffers and lends them all to the kernel as a group: io_uring_register(2), IORING_REGISTER_PBUF_RING, since Linux 5.19. entries: a power of two, at
 * most 32768. Returns 0, or -EINVAL (also from a kernel without), -EEXIST (the group is there already), -ENOMEM.
 */
US_API int32_t us_buffer_ring_create(us_ring *ring, uint32_t group, uint32_t entries, uint32_t buffer_size, us_buffer_ring **buffers);

/** Takes the buffers back from the kernel and frees them. Nothing that reads into them may be in flight, and their us_ring must be there still. */
US_API void us_buffer_ring_destroy(us_ring *ring, us_buffer_ring *buffers);

/** The first byte of a buffer, by the number a completion names. Never null; numbers beyond the last begin again at the first. */
US_API US_FAST void *us_buffer_ring_at(const us_buffer_ring *buffers, uint32_t buffer);

/** Lends a buffer that a completion has named to the kernel again. */
US_API US_FAST void us_buffer_ring_return(us_buffer_ring *buffers, uint32_t buffer);

/* ---- what the kernel offers (probe.c) ------------------------------------------------------------------------- */

/** Asks the kernel by creating a small ring. Returns 0, or what us_ring_create answers; sysctl_disabled is set in any case. */
US_API int32_t us_probe(us_probe_result *result);

/* ---- descriptors (files.c) ------------------------------------------------------------------------------------ */

/** preadv2(2) with RWF_NOWAIT: what the page cache holds, at once. Returns bytes read, which may be fewer than length, 0 at the end; -EAGAIN: nothing cached; -EOPNOTSUPP: the file system cannot tell. */
US_API int32_t us_read_cached(int32_t descriptor, void *buffer, uint32_t length, int64_t offset);

/** pwritev2(2) with RWF_NOWAIT, as us_read_cached. Returns bytes written; -EAGAIN and -EOPNOTSUPP where that would have to wait. */
US_API int32_t us_write_cached(int32_t descriptor, const void *buffer, uint32_t length, int64_t offset);

/** read(2), for descriptors in non-blocking mode: bytes read, 0 at end of file, -EAGAIN. */
US_API int32_t us_read(int32_t descriptor, void *buffer, uint32_t length);

/** write(2), for descriptors in non-blocking mode: bytes written, which may be fewer than length, -EAGAIN, -EPIPE where nobody reads, beside the signal SIGPIPE, which .NET ignores. */
US_API int32_t us_write(int32_t descriptor, const void *buffer, uint32_t length);

/** open(2) with us_open_flags. mode: permission bits of a file that is created, cut by the umask. Returns the descriptor, which is closed on exec; -EINVAL for other flags. */
US_API int32_t us_open(const char *path, uint32_t flags, uint32_t mode);

/**
 * As us_open, with US_OPEN_NONBLOCK added, so that it waits for no peer of a FIFO, and without US_OPEN_PATH; a regular file or block device is in blocking mode when this returns.
 * info: what was opened, where a descriptor is returned; the alignment for direct I/O is asked for with US_OPEN_DIRECT only. -EAGAIN while somebody's lease stands in the way.
 */
US_API int32_t us_open_file(const char *path, uint32_t flags, uint32_t mode, us_file_info *info);

/**
 * Opens again, privately, what a descriptor refers to (/proc/self/fd): a description of its own, with flags of its own. -EOPNOTSUPP for the master
 * of a pseudo-terminal and other character devices of which opening may make a new one; -ENXIO for a socket.
 */
US_API int32_t us_reopen(int32_t descriptor, uint32_t flags);

/**
 * A second descriptor of the same open file, closed on exec: fcntl(2), F_DUPFD_CLOEXEC. Flags, position and data are shared, the number is not. It never
 * takes the place of a standard stream.
 */
US_API int32_t us_duplicate(int32_t descriptor);

/** close(2). */
US_API int32_t us_close(int32_t descriptor);

/** mkfifo(3). mode: permission bits, cut by the umask. */
US_API int32_t us_make_fifo(const char *path, uint32_t mode);

/** The us_open_flags of an open descriptor: fcntl(F_GETFL). Those that matter only while opening are not reported. */
US_API int32_t us_get_flags(int32_t descriptor);

/** Sets O_NONBLOCK, or clears it where nonblocking is 0: fcntl(F_SETFL). It is the description's: whoever shares that sees it. Returns 0. */
US_API int32_t us_set_nonblocking(int32_t descriptor, uint32_t nonblocking);

/** poll(2) without waiting: the us_poll_events that hold now, 0 where none of them does. */
US_API int32_t us_poll_now(int32_t descriptor, uint32_t events);

/** fstat(2), and for a regular file the alignment that direct I/O needs. Returns 0; info is written then only. */
US_API int32_t us_describe(int32_t descriptor, us_file_info *info);

/** fstat(2): the us_file_type alone. */
US_API int32_t us_file_type_of(int32_t descriptor);

/** fstat(2): the length in bytes alone. */
US_API int64_t us_length_of(int32_t descriptor);

/**
 * Opens a regular file or a FIFO for as long as that cannot block: its path is in the kernel's cache (openat2(2) with RESOLVE_CACHED) and it lies on one of
 * the devices given. flags: us_open_flags without those that create or truncate. A FIFO is in non-blocking mode, a file is not.
 * Returns the descriptor and describes it, the alignment for direct I/O only where the flags say direct. -EAGAIN where that would not do and open(2) must;
 * info->device is then that of the file where the path was in the cache, else 0. Other errors are those of open(2).
 */
US_API int32_t us_open_cached(const char *path, uint32_t flags, const uint64_t *devices, uint32_t device_count, us_file_info *info);

/**
 * As us_open_cached, for a path whose folder is known to lie on one of the devices given, so that it need not be looked at before it is opened: a third of
 * the time where no symbolic link is in the path. What is not a regular file or a FIFO is opened and closed again: not for folders that hold devices.
 */
US_API int32_t us_open_cached_in(const char *path, uint32_t flags, const uint64_t *devices, uint32_t device_count, us_file_info *info);

/** pread(2): bytes read, 0 at the end. Blocks for as long as the disk or a server likes. */
US_API int32_t us_read_at(int32_t descriptor, void *buffer, uint32_t length, int64_t offset);

/** pwrite(2): bytes written, which may be fewer than length. Blocks as us_read_at. */
US_API int32_t us_write_at(int32_t descriptor, const void *buffer, uint32_t length, int64_t offset);

/** preadv(2): bytes read, 0 at the end. count: elements of the array. Blocks as us_read_at. */
US_API int64_t us_read_vector(int32_t descriptor, const us_buffer *buffers, uint32_t count, int64_t offset);

/** preadv2(2) with RWF_NOWAIT, as us_read_cached. */
US_API int64_t us_read_vector_cached(int32_t descriptor, const us_buffer *buffers, uint32_t count, int64_t offset);

/** pwritev(2): bytes written, which may be fewer than there are. Blocks as us_read_at. */
US_API int64_t us_write_vector(int32_t descriptor, const us_buffer *buffers, uint32_t count, int64_t offset);

/** ftruncate(2). */
US_API int32_t us_set_length(int32_t descriptor, int64_t length);

/** fallocate(2) with us_allocate_flags. */
US_API int32_t us_allocate(int32_t descriptor, uint32_t flags, int64_t offset, int64_t length);

/** posix_fadvise(2) with a us_advice; length 0: to the end. */
US_API int32_t us_advise(int32_t descriptor, int64_t offset, int64_t length, uint32_t advice);

/** fsync(2), or fdatasync(2) where data_only is not 0. */
US_API int32_t us_sync(int32_t descriptor, uint32_t data_only);

/** lseek(2) to an absolute position: 0, or -ESPIPE for what has no positions. */
US_API int32_t us_seek(int32_t descriptor, int64_t offset);

/** flock(2) with a us_lock, without waiting: -EAGAIN where another description holds one. */
US_API int32_t us_lock_file(int32_t descriptor, uint32_t lock);

/** fcntl(F_SETLK) on a range, of this process: -EAGAIN or -EACCES where another process holds one. length 0: to the end. */
US_API int32_t us_lock_range(int32_t descriptor, uint32_t lock, int64_t offset, int64_t length);

/** copy_file_range(2): bytes copied, 0 at the source's end; -EXDEV, -EINVAL, -EOPNOTSUPP where the kernel cannot. */
US_API int64_t us_copy_range(int32_t source, int64_t source_offset, int32_t destination, int64_t destination_offset, uint64_t length);

/** ioctl(FICLONE): lets the destination share the source's blocks; -EOPNOTSUPP, -EXDEV, -EINVAL, -ENOTTY where the file system cannot. */
US_API int32_t us_clone(int32_t source, int32_t destination);

/**
 * statfs(2): the file system's magic number, f_type, and the device the path lies on; -EAGAIN where something was mounted there meanwhile. Opens nothing. May
 * wait for a server.
 */
US_API int64_t us_file_system_of(const char *path, uint64_t *device);

/**
 * The next stretch of a file that is not a hole: lseek(2) with SEEK_DATA and SEEK_HOLE. Moves the descriptor's position. Returns where it begins, from offset on;
 * end is where it ends. -ENXIO where nothing but a hole follows; -EINVAL where the file system cannot tell.
 */
US_API int64_t us_find_data(int32_t descriptor, int64_t offset, int64_t *end);

/* ---- pipes and their like (pipes.c) --------------------------------------------------------------------------- */

/** pipe2(2): both ends of a new pipe, in non-blocking mode. Returns 0. */
US_API int32_t us_make_pipe(int32_t *reader, int32_t *writer);

/** recv(2) with MSG_DONTWAIT: bytes received, 0 at the end, -EAGAIN; whatever the mode of the socket. */
US_API int32_t us_receive(int32_t descriptor, void *buffer, uint32_t length);

/** send(2) with MSG_DONTWAIT: bytes sent, -EAGAIN, -EPIPE; whatever the mode of the socket. */
US_API int32_t us_send(int32_t descriptor, const void *buffer, uint32_t length);

/**
 * Whether a descriptor may have been there when the process was started: 1, or 0 for one that is closed on exec, as every one is that .NET opens. -EBADF where it is
 * not open.
 */
US_API int32_t us_is_inherited(int32_t descriptor);

/** Whether a socket carries a stream of bytes, so that nothing received means the end: getsockopt(SO_TYPE). 1 or 0. */
US_API int32_t us_is_stream_socket(int32_t descriptor);

/** What a pipe has for a reader. */
typedef enum us_pipe_state {
    /** Nothing, but somebody may write. */
    US_PIPE_EMPTY = 0,
    /** Nothing, and all writers have left. */
    US_PIPE_ENDED = 1,
    /** Bytes. */
    US_PIPE_DATA = 2,
} us_pipe_state;

/**
 * Looks at a pipe without taking anything from it (tee(2)), also where polls tell nothing: of a FIFO that was opened after its writers had left. Returns a us_pipe_state;
 * -EINVAL for what is no pipe.
 */
US_API int32_t us_look_at_pipe(int32_t descriptor);

/** fcntl(F_SETPIPE_SZ): how many bytes a pipe holds. Returns what was granted; -EPERM above the limit, -EBUSY where it holds more than that. */
US_API int32_t us_set_capacity(int32_t descriptor, uint32_t bytes);

/** fcntl(F_GETPIPE_SZ): how many bytes a pipe holds. -EBADF for what is no pipe. */
US_API int32_t us_get_capacity(int32_t descriptor);

/**
 * Opens a pipe that has ended again, as us_reopen, and puts the new description in the place of the old one: the same number then waits for the next writers.
 * left: how many bytes lie in the pipe of writers that came and went in between, so that an end is owed after them; -1 where a writer is there. Returns 0.
 */
US_API int32_t us_reopen_in_place(int32_t descriptor, uint32_t flags, int64_t *left);

/* ---- paths (paths.c): each but us_status_cached may wait for the disk or a server ------------------------------------------------- */

/** statx(2) of a path, with us_path_flags. */
US_API int32_t us_status(const char *path, uint32_t flags, us_file_status *status);

/** statx(2) of an open descriptor. */
US_API int32_t us_status_of(int32_t descriptor, us_file_status *status);

/**
 * As us_status for as long as that cannot block: the path is in the kernel's cache and the file lies on one of the devices given. Else -EAGAIN; other
 * errors are those of statx(2). status->device is set whenever the path was in the cache, else 0.
 */
US_API int32_t us_status_cached(const char *path, uint32_t flags, const uint64_t *devices, uint32_t device_count, us_file_status *status);

/** unlink(2). */
US_API int32_t us_delete_file(const char *path);

/** rmdir(2). */
US_API int32_t us_delete_folder(const char *path);

/** renameat2(2) with us_rename_flags. */
US_API int32_t us_rename(const char *source, const char *destination, uint32_t flags);

/** mkdir(2). mode: permission bits, cut by the umask. */
US_API int32_t us_make_folder(const char *path, uint32_t mode);

/** link(2): a second name for a file; a symbolic link is not followed. */
US_API int32_t us_make_link(const char *existing, const char *path);

/** symlink(2). */
US_API int32_t us_make_symbolic_link(const char *target, const char *path);

/** readlink(2): the length of the target, which is not terminated; capacity where it may have been cut. */
US_API int32_t us_read_link(const char *path, void *buffer, uint32_t capacity);

/** chmod(2). A symbolic link is followed. */
US_API int32_t us_set_mode(const char *path, uint32_t mode);

/** fchmod(2). */
US_API int32_t us_set_mode_of(int32_t descriptor, uint32_t mode);

/** chown(2), lchown(2), with us_path_flags; UINT32_MAX leaves an id as it is. */
US_API int32_t us_set_owner(const char *path, uint32_t owner, uint32_t group, uint32_t flags);

/** utimensat(2) with us_path_flags; a null pointer leaves that time as it is. */
US_API int32_t us_set_times(const char *path, const us_timespec *access_time, const us_timespec *write_time, uint32_t flags);

/** futimens(3): as us_set_times, of an open descriptor. */
US_API int32_t us_set_times_of(int32_t descriptor, const us_timespec *access_time, const us_timespec *write_time);

/**
 * getdents64(2): entries of an open folder, as struct linux_dirent64, one after the other. Returns how many bytes they take, 0 at the end.
 */
US_API int32_t us_read_folder(int32_t descriptor, void *buffer, uint32_t capacity);

/* ---- threads (threads.c) -------------------------------------------------------------------------------------- */

/** An eventfd(2), the wake-up of a ring's owner. Returns the descriptor. */
US_API int32_t us_event_create(void);

/** Raises an event made by us_event_create: whoever polls it wakes up. */
US_API int32_t us_event_signal(int32_t descriptor);

/** Takes back what has been raised. Returns 1, or 0 where nothing had been. */
US_API int32_t us_event_reset(int32_t descriptor);

/**
 * Sleeps while *word equals expected: futex(2). timeout_nanoseconds: negative for no limit.
 * Returns 0 after a wake-up (maybe a spurious one), -EAGAIN where the word differed, -ETIMEDOUT.
 */
US_API int32_t us_futex_wait(uint32_t *word, uint32_t expected, int64_t timeout_nanoseconds);

/** Wakes up to count threads that sleep on the word. Returns how many. */
US_API int32_t us_futex_wake(uint32_t *word, int32_t count);

/** The calling thread's kernel id: gettid(2). */
US_API US_FAST int32_t us_thread_id(void);

/** The state letter of a thread of this process (R, S, D, …): proc(5), /proc/self/task/TID/stat. -ESRCH where there is none. */
US_API int32_t us_thread_state(int32_t thread_id);

/**
 * Has the calling thread run on one processor alone: the index-th, from 0 and round again, of those it may run on now. sched_setaffinity(2). Returns the processor's number.
 */
US_API int32_t us_thread_pin(uint32_t index);

#if !defined(US_NO_LAYOUT_CHECKS)
#define US_LAYOUT(type, size) _Static_assert(sizeof(type) == (size), #type " changed its size")
#define US_OFFSET(type, field, offset) _Static_assert(offsetof(type, field) == (offset), #type "." #field " moved")
US_LAYOUT(us_ring_options, 16);
US_OFFSET(us_ring_options, sq_entries, 0);
US_OFFSET(us_ring_options, cq_entries, 4);
US_OFFSET(us_ring_options, wanted_flags, 8);
US_OFFSET(us_ring_options, required_flags, 12);
US_LAYOUT(us_ring_info, 24);
US_OFFSET(us_ring_info, sq_entries, 0);
US_OFFSET(us_ring_info, cq_entries, 4);
US_OFFSET(us_ring_info, setup_flags, 8);
US_OFFSET(us_ring_info, features, 12);
US_OFFSET(us_ring_info, descriptor, 16);
US_LAYOUT(us_completion, 16);
US_OFFSET(us_completion, user_data, 0);
US_OFFSET(us_completion, result, 8);
US_OFFSET(us_completion, flags, 12);
US_LAYOUT(us_buffer, 16);
US_OFFSET(us_buffer, base, 0);
US_OFFSET(us_buffer, length, 8);
US_LAYOUT(us_timespec, 16);
US_OFFSET(us_timespec, seconds, 0);
US_OFFSET(us_timespec, nanoseconds, 8);
US_LAYOUT(us_probe_result, 32);
US_OFFSET(us_probe_result, features, 0);
US_OFFSET(us_probe_result, setup_flags, 4);
US_OFFSET(us_probe_result, opcodes, 8);
US_OFFSET(us_probe_result, sysctl_disabled, 24);
US_LAYOUT(us_file_info, 40);
US_OFFSET(us_file_info, length, 0);
US_OFFSET(us_file_info, type, 8);
US_OFFSET(us_file_info, mode, 12);
US_OFFSET(us_file_info, device, 16);
US_OFFSET(us_file_info, inode, 24);
US_OFFSET(us_file_info, direct_memory_alignment, 32);
US_OFFSET(us_file_info, direct_offset_alignment, 36);
US_LAYOUT(us_file_status, 152);
US_OFFSET(us_file_status, length, 0);
US_OFFSET(us_file_status, blocks, 8);
US_OFFSET(us_file_status, inode, 16);
US_OFFSET(us_file_status, device, 24);
US_OFFSET(us_file_status, special_device, 32);
US_OFFSET(us_file_status, attributes, 40);
US_OFFSET(us_file_status, type, 48);
US_OFFSET(us_file_status, mode, 52);
US_OFFSET(us_file_status, links, 56);
US_OFFSET(us_file_status, owner, 60);
US_OFFSET(us_file_status, group, 64);
US_OFFSET(us_file_status, block_size, 68);
US_OFFSET(us_file_status, direct_memory_alignment, 72);
US_OFFSET(us_file_status, direct_offset_alignment, 76);
US_OFFSET(us_file_status, has_birth_time, 80);
US_OFFSET(us_file_status, reserved, 84);
US_OFFSET(us_file_status, access_time, 88);
US_OFFSET(us_file_status, write_time, 104);
US_OFFSET(us_file_status, change_time, 120);
US_OFFSET(us_file_status, birth_time, 136);
#endif

#endif
