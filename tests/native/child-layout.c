/*
 * child-layout: prints what the header means to the C compiler, for the test that compares it with the C# side:
 *   sizeof STRUCT SIZE
 *   offset STRUCT.FIELD OFFSET SIZE
 *   enum ENUM.VALUE NUMBER
 *   constant NAME NUMBER
 */
#include "uringsharp.h"

#include <inttypes.h>
#include <stdio.h>

#define SIZE(type) printf("sizeof %s %zu\n", #type, sizeof(type))
#define FIELD(type, field) printf("offset %s.%s %zu %zu\n", #type, #field, offsetof(type, field), sizeof(((type *)0)->field))
#define VALUE(type, value) printf("enum %s.%s %" PRId64 "\n", #type, #value, (int64_t)(value))
#define CONSTANT(name) printf("constant %s %" PRIu64 "\n", #name, (uint64_t)(name))

int main(void)
{
    CONSTANT(US_ABI_VERSION);
    CONSTANT(US_IGNORED_USER_DATA);

    SIZE(us_ring_options);
    FIELD(us_ring_options, sq_entries);
    FIELD(us_ring_options, cq_entries);
    FIELD(us_ring_options, wanted_flags);
    FIELD(us_ring_options, required_flags);

    SIZE(us_ring_info);
    FIELD(us_ring_info, sq_entries);
    FIELD(us_ring_info, cq_entries);
    FIELD(us_ring_info, setup_flags);
    FIELD(us_ring_info, features);
    FIELD(us_ring_info, descriptor);
    FIELD(us_ring_info, reserved);

    SIZE(us_completion);
    FIELD(us_completion, user_data);
    FIELD(us_completion, result);
    FIELD(us_completion, flags);

    SIZE(us_buffer);
    FIELD(us_buffer, base);
    FIELD(us_buffer, length);

    SIZE(us_timespec);
    FIELD(us_timespec, seconds);
    FIELD(us_timespec, nanoseconds);

    SIZE(us_probe_result);
    FIELD(us_probe_result, features);
    FIELD(us_probe_result, setup_flags);
    FIELD(us_probe_result, opcodes);
    FIELD(us_probe_result, sysctl_disabled);
    FIELD(us_probe_result, reserved);

    SIZE(us_file_info);
    FIELD(us_file_info, length);
    FIELD(us_file_info, type);
    FIELD(us_file_info, mode);
    FIELD(us_file_info, device);
    FIELD(us_file_info, inode);
    FIELD(us_file_info, direct_memory_alignment);
    FIELD(us_file_info, direct_offset_alignment);

    SIZE(us_file_status);
    FIELD(us_file_status, length);
    FIELD(us_file_status, blocks);
    FIELD(us_file_status, inode);
    FIELD(us_file_status, device);
    FIELD(us_file_status, special_device);
    FIELD(us_file_status, attributes);
    FIELD(us_file_status, type);
    FIELD(us_file_status, mode);
    FIELD(us_file_status, links);
    FIELD(us_file_status, owner);
    FIELD(us_file_status, group);
    FIELD(us_file_status, block_size);
    FIELD(us_file_status, direct_memory_alignment);
    FIELD(us_file_status, direct_offset_alignment);
    FIELD(us_file_status, has_birth_time);
    FIELD(us_file_status, reserved);
    FIELD(us_file_status, access_time);
    FIELD(us_file_status, write_time);
    FIELD(us_file_status, change_time);
    FIELD(us_file_status, birth_time);

    VALUE(us_setup_flags, US_SETUP_NONE);
    VALUE(us_setup_flags, US_SETUP_CQSIZE);
    VALUE(us_setup_flags, US_SETUP_CLAMP);
    VALUE(us_setup_flags, US_SETUP_SUBMIT_ALL);
    VALUE(us_setup_flags, US_SETUP_COOP_TASKRUN);
    VALUE(us_setup_flags, US_SETUP_TASKRUN_FLAG);
    VALUE(us_setup_flags, US_SETUP_SINGLE_ISSUER);
    VALUE(us_setup_flags, US_SETUP_DEFER_TASKRUN);

    VALUE(us_feature_flags, US_FEATURE_SINGLE_MMAP);
    VALUE(us_feature_flags, US_FEATURE_NODROP);
    VALUE(us_feature_flags, US_FEATURE_SUBMIT_STABLE);
    VALUE(us_feature_flags, US_FEATURE_RW_CUR_POS);
    VALUE(us_feature_flags, US_FEATURE_FAST_POLL);
    VALUE(us_feature_flags, US_FEATURE_POLL_32BITS);
    VALUE(us_feature_flags, US_FEATURE_EXT_ARG);
    VALUE(us_feature_flags, US_FEATURE_NATIVE_WORKERS);
    VALUE(us_feature_flags, US_FEATURE_RSRC_TAGS);
    VALUE(us_feature_flags, US_FEATURE_CQE_SKIP);
    VALUE(us_feature_flags, US_FEATURE_MIN_TIMEOUT);

    VALUE(us_opcode, US_OP_NOP);
    VALUE(us_opcode, US_OP_READV);
    VALUE(us_opcode, US_OP_WRITEV);
    VALUE(us_opcode, US_OP_FSYNC);
    VALUE(us_opcode, US_OP_POLL_ADD);
    VALUE(us_opcode, US_OP_TIMEOUT);
    VALUE(us_opcode, US_OP_ASYNC_CANCEL);
    VALUE(us_opcode, US_OP_FALLOCATE);
    VALUE(us_opcode, US_OP_OPENAT);
    VALUE(us_opcode, US_OP_CLOSE);
    VALUE(us_opcode, US_OP_STATX);
    VALUE(us_opcode, US_OP_READ);
    VALUE(us_opcode, US_OP_WRITE);
    VALUE(us_opcode, US_OP_FADVISE);
    VALUE(us_opcode, US_OP_OPENAT2);
    VALUE(us_opcode, US_OP_SPLICE);
    VALUE(us_opcode, US_OP_RENAMEAT);
    VALUE(us_opcode, US_OP_UNLINKAT);
    VALUE(us_opcode, US_OP_MKDIRAT);
    VALUE(us_opcode, US_OP_SYMLINKAT);
    VALUE(us_opcode, US_OP_LINKAT);
    VALUE(us_opcode, US_OP_MSG_RING);
    VALUE(us_opcode, US_OP_READ_MULTISHOT);
    VALUE(us_opcode, US_OP_FUTEX_WAIT);
    VALUE(us_opcode, US_OP_FTRUNCATE);

    VALUE(us_poll_events, US_POLL_NONE);
    VALUE(us_poll_events, US_POLL_IN);
    VALUE(us_poll_events, US_POLL_PRI);
    VALUE(us_poll_events, US_POLL_OUT);
    VALUE(us_poll_events, US_POLL_ERR);
    VALUE(us_poll_events, US_POLL_HUP);
    VALUE(us_poll_events, US_POLL_NVAL);
    VALUE(us_poll_events, US_POLL_RDHUP);

    VALUE(us_open_flags, US_OPEN_READ_ONLY);
    VALUE(us_open_flags, US_OPEN_WRITE_ONLY);
    VALUE(us_open_flags, US_OPEN_READ_WRITE);
    VALUE(us_open_flags, US_OPEN_CREATE);
    VALUE(us_open_flags, US_OPEN_EXCLUSIVE);
    VALUE(us_open_flags, US_OPEN_TRUNCATE);
    VALUE(us_open_flags, US_OPEN_APPEND);
    VALUE(us_open_flags, US_OPEN_NONBLOCK);
    VALUE(us_open_flags, US_OPEN_DIRECT);
    VALUE(us_open_flags, US_OPEN_DSYNC);
    VALUE(us_open_flags, US_OPEN_CLOEXEC);
    VALUE(us_open_flags, US_OPEN_NOCTTY);
    VALUE(us_open_flags, US_OPEN_DIRECTORY);
    VALUE(us_open_flags, US_OPEN_NOFOLLOW);
    VALUE(us_open_flags, US_OPEN_PATH);
    VALUE(us_open_flags, US_OPEN_SYNC);

    VALUE(us_file_type, US_FILE_UNKNOWN);
    VALUE(us_file_type, US_FILE_FIFO);
    VALUE(us_file_type, US_FILE_CHARACTER);
    VALUE(us_file_type, US_FILE_DIRECTORY);
    VALUE(us_file_type, US_FILE_BLOCK);
    VALUE(us_file_type, US_FILE_REGULAR);
    VALUE(us_file_type, US_FILE_LINK);
    VALUE(us_file_type, US_FILE_SOCKET);

    VALUE(us_completion_flags, US_COMPLETION_NONE);
    VALUE(us_completion_flags, US_COMPLETION_BUFFER);
    VALUE(us_completion_flags, US_COMPLETION_MORE);

    VALUE(us_path_flags, US_PATH_FOLLOW);
    VALUE(us_path_flags, US_PATH_NO_FOLLOW);

    VALUE(us_rename_flags, US_RENAME_REPLACE);
    VALUE(us_rename_flags, US_RENAME_NO_REPLACE);
    VALUE(us_rename_flags, US_RENAME_EXCHANGE);

    VALUE(us_allocate_flags, US_ALLOCATE_DEFAULT);
    VALUE(us_allocate_flags, US_ALLOCATE_KEEP_SIZE);
    VALUE(us_allocate_flags, US_ALLOCATE_PUNCH_HOLE);
    VALUE(us_allocate_flags, US_ALLOCATE_COLLAPSE_RANGE);
    VALUE(us_allocate_flags, US_ALLOCATE_ZERO_RANGE);
    VALUE(us_allocate_flags, US_ALLOCATE_INSERT_RANGE);

    VALUE(us_advice, US_ADVICE_NORMAL);
    VALUE(us_advice, US_ADVICE_RANDOM);
    VALUE(us_advice, US_ADVICE_SEQUENTIAL);
    VALUE(us_advice, US_ADVICE_WILL_NEED);
    VALUE(us_advice, US_ADVICE_DONT_NEED);
    VALUE(us_advice, US_ADVICE_NO_REUSE);

    VALUE(us_lock, US_LOCK_NONE);
    VALUE(us_lock, US_LOCK_SHARED);
    VALUE(us_lock, US_LOCK_EXCLUSIVE);
    VALUE(us_pipe_state, US_PIPE_EMPTY);
    VALUE(us_pipe_state, US_PIPE_ENDED);
    VALUE(us_pipe_state, US_PIPE_DATA);
    return 0;
}
