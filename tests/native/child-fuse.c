/*
 * child-fuse: a file system whose server can be made to hang or to fail.
 *
 *   child-fuse MOUNT_POINT
 *
 * Serves one folder with the files "one" and "two", 1 MiB of zeros each; what is written is forgotten. The kernel may cache names and attributes for an hour,
 * so that only what must ask the server does. Prints "ready", then obeys lines of its standard input, answering each with itself:
 *   stall    answers nothing from now on
 *   go       answers what has come meanwhile, and everything after
 *   fail N   data requests (read, write, fsync) fail with errno N from now on; 0 ends that
 *   count    prints "count FSYNCS" instead: how many requests to sync a file have been answered
 * The end of its input ends it: the file system is gone, and whoever waits for it is answered ENOTCONN.
 *
 * Exit code: 0 done, 1 failed (with a message), 2 wrong usage, 77 where FUSE cannot be mounted.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    EXIT_USAGE = 2,
    EXIT_SKIP = 77,
    FILE_SIZE = 1 << 20,
    MAX_WRITE = 1 << 17,
    REQUEST_SIZE = MAX_WRITE + 4096,
    MAX_HELD = 4096,
    CACHED_SECONDS = 3600,
    NODE_ONE = 2,
    NODE_TWO = 3,
};

struct server {
    int device;
    bool stalled;
    int failure;
    unsigned syncs;
    char *held[MAX_HELD];
    unsigned held_count;
};

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "child-fuse: %s: %s\n", what, strerror(errno));
    exit(EXIT_FAILURE);
}

static void reply(const struct server *server, uint64_t unique, int error, const void *data, size_t size)
{
    static char answer[sizeof(struct fuse_out_header) + MAX_WRITE];
    struct fuse_out_header header = {.len = (uint32_t)(sizeof header + size), .error = -error, .unique = unique};
    memcpy(answer, &header, sizeof header);
    if (size > 0) {
        memcpy(answer + sizeof header, data, size);
    }
    /* ENOENT: the asker was interrupted and has gone. */
    if (write(server->device, answer, header.len) < 0 && errno != ENOENT) {
        fail("answering");
    }
}

static struct fuse_attr attributes(uint64_t node)
{
    bool is_root = node == FUSE_ROOT_ID;
    return (struct fuse_attr){
        .ino = node,
        .size = is_root ? 4096 : FILE_SIZE,
        .blocks = FILE_SIZE / 512,
        .mode = is_root ? (unsigned)S_IFDIR | 0755U : (unsigned)S_IFREG | 0666U,
        .nlink = 1,
        .blksize = 4096,
    };
}

static void look_up(const struct server *server, uint64_t unique, const char *name)
{
    uint64_t node = strcmp(name, "one") == 0 ? NODE_ONE : strcmp(name, "two") == 0 ? NODE_TWO : 0;
    if (node == 0) {
        reply(server, unique, ENOENT, NULL, 0);
        return;
    }
    struct fuse_entry_out entry = {.nodeid = node, .entry_valid = CACHED_SECONDS, .attr_valid = CACHED_SECONDS, .attr = attributes(node)};
    reply(server, unique, 0, &entry, sizeof entry);
}

static void begin(const struct server *server, uint64_t unique)
{
    struct fuse_init_out init = {
        .major = FUSE_KERNEL_VERSION,
        .minor = FUSE_KERNEL_MINOR_VERSION,
        .max_readahead = 0,
        .max_background = 64,
        .congestion_threshold = 48,
        .max_write = MAX_WRITE,
        .time_gran = 1,
    };
    reply(server, unique, 0, &init, sizeof init);
}

static void answer(struct server *server, const char *request)
{
    static const char zeros[MAX_WRITE];
    struct fuse_in_header header;
    memcpy(&header, request, sizeof header);
    const char *body = request + sizeof header;
    switch (header.opcode) {
    case FUSE_INIT:
        begin(server, header.unique);
        break;
    case FUSE_LOOKUP:
        look_up(server, header.unique, body);
        break;
    case FUSE_GETATTR:
    case FUSE_SETATTR: {
        struct fuse_attr_out out = {.attr_valid = CACHED_SECONDS, .attr = attributes(header.nodeid)};
        reply(server, header.unique, 0, &out, sizeof out);
        break;
    }
    case FUSE_OPEN:
    case FUSE_OPENDIR: {
        struct fuse_open_out out = {.open_flags = FOPEN_DIRECT_IO};
        reply(server, header.unique, 0, &out, sizeof out);
        break;
    }
    case FUSE_READ: {
        struct fuse_read_in in;
        memcpy(&in, body, sizeof in);
        uint64_t left = in.offset < FILE_SIZE ? FILE_SIZE - in.offset : 0;
        size_t size = in.size < left ? in.size : left;
        reply(server, header.unique, server->failure, zeros, server->failure != 0 ? 0 : size < sizeof zeros ? size : sizeof zeros);
        break;
    }
    case FUSE_WRITE: {
        struct fuse_write_in in;
        memcpy(&in, body, sizeof in);
        struct fuse_write_out out = {.size = in.size};
        reply(server, header.unique, server->failure, &out, server->failure != 0 ? 0 : sizeof out);
        break;
    }
    case FUSE_FSYNC:
        server->syncs++;
        reply(server, header.unique, server->failure, NULL, 0);
        break;
    case FUSE_STATFS: {
        struct fuse_statfs_out out = {.st = {.bsize = 4096, .blocks = 1024, .bfree = 512, .bavail = 512, .namelen = 255, .frsize = 4096}};
        reply(server, header.unique, 0, &out, sizeof out);
        break;
    }
    case FUSE_READDIR:
    case FUSE_RELEASE:
    case FUSE_RELEASEDIR:
    case FUSE_FLUSH:
    case FUSE_ACCESS:
        reply(server, header.unique, 0, NULL, 0);
        break;
    case FUSE_FORGET:
    case FUSE_BATCH_FORGET:
    case FUSE_INTERRUPT:
        break;
    default:
        reply(server, header.unique, ENOSYS, NULL, 0);
        break;
    }
}

/** Answers a request, or keeps it while the server hangs. False when the file system is gone. */
static bool take_request(struct server *server)
{
    static char request[REQUEST_SIZE];
    ssize_t size = read(server->device, request, sizeof request);
    if (size < 0) {
        return errno == EINTR || errno == EAGAIN || errno == ENOENT;
    }
    if (!server->stalled) {
        answer(server, request);
        return true;
    }
    char *copy = malloc((size_t)size);
    if (copy == NULL || server->held_count == MAX_HELD) {
        errno = ENOMEM;
        fail("holding a request");
    }
    memcpy(copy, request, (size_t)size);
    server->held[server->held_count++] = copy;
    return true;
}

static void resume(struct server *server)
{
    server->stalled = false;
    for (unsigned i = 0; i < server->held_count; i++) {
        answer(server, server->held[i]);
        free(server->held[i]);
    }
    server->held_count = 0;
}

/** Obeys one line. False at the end of the input. */
static bool take_command(struct server *server)
{
    char line[64];
    if (fgets(line, sizeof line, stdin) == NULL) {
        return false;
    }
    if (strcmp(line, "stall\n") == 0) {
        server->stalled = true;
    } else if (strcmp(line, "go\n") == 0) {
        resume(server);
    } else if (strncmp(line, "fail ", 5) == 0) {
        server->failure = (int)strtol(line + 5, NULL, 10);
    } else if (strcmp(line, "count\n") == 0) {
        printf("count %u\n", server->syncs);
        return true;
    } else {
        errno = EINVAL;
        fail(line);
    }
    fputs(line, stdout);
    return true;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fputs("usage: child-fuse MOUNT_POINT\n", stderr);
        return EXIT_USAGE;
    }
    /* One line a command: nothing may lie in a buffer while poll says that there is no input. */
    setvbuf(stdin, NULL, _IONBF, 0);
    setvbuf(stdout, NULL, _IOLBF, 0);
    struct server server = {.device = open("/dev/fuse", O_RDWR | O_CLOEXEC | O_NONBLOCK)};
    if (server.device < 0) {
        perror("child-fuse: /dev/fuse");
        return EXIT_SKIP;
    }
    char options[128];
    (void)snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other", server.device);
    if (mount("child-fuse", argv[1], "fuse", MS_NOSUID | MS_NODEV, options) < 0) {
        perror("child-fuse: mount");
        return EXIT_SKIP;
    }
    puts("ready");
    struct pollfd sources[] = {{.fd = server.device, .events = POLLIN}, {.fd = STDIN_FILENO, .events = POLLIN}};
    bool goes_on = true;
    while (goes_on) {
        if (poll(sources, 2, -1) < 0 && errno != EINTR) {
            fail("poll");
        }
        if (sources[0].revents != 0) {
            goes_on = take_request(&server);
        }
        if (goes_on && sources[1].revents != 0) {
            goes_on = take_command(&server);
        }
    }
    /* The connection ends with the descriptor, whoever still has the file system open. */
    (void)close(server.device);
    (void)umount2(argv[1], MNT_DETACH);
    return EXIT_SUCCESS;
}
