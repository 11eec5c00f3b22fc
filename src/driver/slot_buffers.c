#include "slot_buffers.h"

#include <assert.h>
#include <stdlib.h>

static hax_status make(hax_slot_buffers *buffers, const void *slot, size_t bytes,
                       hax_slot_buffer **buffer, hax_error *err)
{
    hax_slot_buffer *added = calloc(1, sizeof *added);
    if (!added)
        return hax_fail_memory(err, "a tensor");
    hax_status status = buffers->allocate(buffers->device, bytes, &added->memory, err);
    if (status != HAX_OK) {
        free(added);
        return status;
    }
    added->slot = slot;
    added->bytes = bytes;
    added->next = buffers->first;
    buffers->first = added;
    *buffer = added;
    return HAX_OK;
}

hax_status hax_slot_buffer_take(hax_slot_buffers *buffers, const void *slot, size_t bytes,
                                hax_slot_buffer **buffer, hax_error *err)
{
    hax_status status = HAX_OK;
    assert(slot && bytes > 0);
    pthread_mutex_lock(&buffers->lock);
    hax_slot_buffer *found = buffers->first;
    while (found && (found->slot != slot || found->bytes != bytes))
        found = found->next;
    if (!found)
        status = make(buffers, slot, bytes, &found, err);
    if (status == HAX_OK) {
        found->users++;
        *buffer = found;
    }
    pthread_mutex_unlock(&buffers->lock);
    return status;
}

void hax_slot_buffer_leave(hax_slot_buffers *buffers, hax_slot_buffer *buffer)
{
    pthread_mutex_lock(&buffers->lock);
    assert(buffer->users > 0);
    if (--buffer->users == 0) {
        hax_slot_buffer **link = &buffers->first;
        while (*link != buffer)
            link = &(*link)->next;
        *link = buffer->next;
        buffers->release(buffers->device, buffer->memory);
        free(buffer);
    }
    pthread_mutex_unlock(&buffers->lock);
}
