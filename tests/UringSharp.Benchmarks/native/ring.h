/* What the works have in common that use a ring. */
#ifndef URING_CEILING_RING_H
#define URING_CEILING_RING_H

#include <liburing.h>

/** Fails where a result is a negative errno. */
void check(int result, const char *what);
/** A ring of its own thread, of so many entries. */
void open_ring(struct io_uring *ring, unsigned entries);

#endif
