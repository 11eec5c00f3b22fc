/*
 * Boundary tensors in the memory of a device of its own: one buffer for all of its units, known by
 * the tensor's slot in the memory that workers share, made by its first user and released by its
 * last. For drivers of GPUs; thread-safe.
 */
#ifndef HAX_DRIVER_SLOT_BUFFERS_H
#define HAX_DRIVER_SLOT_BUFFERS_H

#include <pthread.h>

#include "driver.h"

typedef struct hax_slot_buffer {
    const void *slot;
    unsigned long long memory; /* its address on the device */
    size_t bytes;
    int users;
    struct hax_slot_buffer *next;
} hax_slot_buffer;

typedef struct hax_slot_buffers {
    hax_device *device;
    /* zeros, as padding stays as it is */
    hax_status (*allocate)(hax_device *device, size_t bytes, unsigned long long *memory,
                           hax_error *err);
    void (*release)(hax_device *device, unsigned long long memory);
    pthread_mutex_t lock; /* units end at once, and share buffers */
    hax_slot_buffer *first;
} hax_slot_buffers;

/* A slot's buffer of so many bytes. */
hax_status hax_slot_buffer_take(hax_slot_buffers *buffers, const void *slot, size_t bytes,
                                hax_slot_buffer **buffer, hax_error *err);
void hax_slot_buffer_leave(hax_slot_buffers *buffers, hax_slot_buffer *buffer);

#endif
