/*
 * A stand-in of NVIDIA's driver and libraries for tests of the CUDA driver where no GPU is: memory
 * is the host's, work is done when it is enqueued, convolutions and products are zero, and only the
 * kernels that take times do what they should. It counts what is open, and refuses a call when it
 * is told to: the first one of a place in the program.
 */
#ifndef TESTS_CUDA_STAND_IN_H
#define TESTS_CUDA_STAND_IN_H

#include <stdbool.h>
#include <stddef.h>

#define STAND_IN_API __attribute__((visibility("default")))

enum { STAND_IN_NOWHERE = -1 };

/* From now on the first call of the place with that number is refused, with `lost` all behind it
 * too. Places are numbered in the order in which they first call, over a process's life. */
STAND_IN_API void stand_in_refuse(int place, bool lost);

/* Places so far, and whether the one above has called. */
STAND_IN_API int stand_in_places(void);
STAND_IN_API bool stand_in_has_refused(void);

/* What is open: of memory, streams, graphs and the like; the name of one kind that is, or NULL. */
STAND_IN_API const char *stand_in_open(void);

/* For the libraries beside the driver: is this call to be refused? And what they open and close. */
STAND_IN_API bool stand_in_refuses(const void *caller);
STAND_IN_API void stand_in_count(const char *kind, int change);

/* Zeros from an address to the end of its allocation. */
STAND_IN_API void stand_in_clear(void *memory);

#endif
