/* The shared mapping of a session: what lies where. */
#define _GNU_SOURCE
#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "arena.h"
#include "shared.h"

/* Carves the mapping; a first walk with a NULL base only adds up. */
typedef struct carver {
    unsigned char *base;
    size_t used;
} carver;

static void *carve(carver *region, size_t count, size_t size)
{
    size_t start = (region->used + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
    assert(start >= region->used && (size == 0 || count <= (SIZE_MAX - start) / size));
    region->used = start + count * size;
    return region->base ? region->base + start : NULL;
}

/* More than any blocked layout of the tensor can take: channels padded to 64, and a page
 * for what a library reads beyond the end. Untouched pages cost nothing. */
static size_t slot_bytes(const hax_tensor *tensor)
{
    enum { BLOCK = 64, MARGIN = 4096 };
    size_t bytes = sizeof(float);
    for (int i = 0; i < tensor->shape.rank; i++) {
        size_t dim = (size_t) tensor->shape.dims[i];
        bytes *= i == 1 ? (dim + BLOCK - 1) / BLOCK * BLOCK : dim;
    }
    assert(bytes >= tensor->bytes);
    return bytes + MARGIN;
}

static bool add_boundary(hax_session *session, hax_instance_memory *memory, int tensor)
{
    assert(tensor >= 0 &&
           tensor < hax_model_tensor_count(session->instances[memory - session->memory].model));
    if (memory->boundary_of[tensor] >= 0)
        return true;
    hax_boundary *boundary = &memory->boundaries[memory->boundary_count];
    boundary->tensor = tensor;
    boundary->slots = hax_arena_alloc(session->arena, (size_t) session->config.platform->kind_count,
                                      sizeof *boundary->slots);
    memory->boundary_of[tensor] = memory->boundary_count++;
    return boundary->slots != NULL;
}

static bool add_inputs(hax_session *session, const hax_model *model, hax_instance_memory *memory)
{
    bool ok = true;
    memory->input_count = hax_model_input_count(model);
    for (int i = 0; i < memory->input_count && ok; i++) {
        ok = add_boundary(session, memory, hax_model_input(model, i));
        memory->inputs[i] = memory->boundary_of[hax_model_input(model, i)];
    }
    return ok;
}

/* Tensors that cross at the cuts; one that crosses at several is listed once. */
static bool add_crossings(hax_session *session, int instance)
{
    const hax_session_instance *session_instance = &session->instances[instance];
    bool ok = true;
    for (int g = 0; g < session_instance->grouping->count; g++) {
        hax_crossing crossing =
            hax_group_crossing(session_instance->model, session_instance->grouping, g);
        for (int t = 0; t < crossing.count && ok; t++)
            ok = add_boundary(session, &session->memory[instance], crossing.tensors[t]);
    }
    return ok;
}

static int boundaries_at_most(const hax_session_instance *session_instance)
{
    int count = hax_model_input_count(session_instance->model) +
                hax_model_output_count(session_instance->model);
    for (int g = 0; g < session_instance->grouping->count; g++)
        count += hax_group_crossing(session_instance->model, session_instance->grouping, g).count;
    return count;
}

/* Lists the boundary tensors of an instance: inputs, cuts, outputs. */
static hax_status list_boundaries(hax_session *session, int instance, hax_error *err)
{
    const hax_model *model = session->instances[instance].model;
    hax_instance_memory *memory = &session->memory[instance];
    int tensors = hax_model_tensor_count(model), outputs = hax_model_output_count(model);
    size_t most = (size_t) boundaries_at_most(&session->instances[instance]);
    memory->boundaries = hax_arena_alloc(session->arena, most, sizeof *memory->boundaries);
    memory->boundary_of =
        hax_arena_alloc(session->arena, (size_t) tensors, sizeof *memory->boundary_of);
    memory->inputs = hax_arena_alloc(session->arena, (size_t) hax_model_input_count(model),
                                     sizeof *memory->inputs);
    if (!memory->boundaries || !memory->boundary_of || !memory->inputs)
        return hax_fail_memory(err, "a session");
    memset(memory->boundary_of, -1, (size_t) tensors * sizeof *memory->boundary_of);
    bool ok = add_inputs(session, model, memory) && add_crossings(session, instance);
    for (int o = 0; o < outputs; o++) {
        int tensor = hax_model_output(model, o);
        ok = ok && add_boundary(session, memory, tensor);
        memory->output_count += hax_model_tensor(model, tensor)->bytes / sizeof(float);
    }
    assert(memory->boundary_count <= (int) most);
    return ok ? HAX_OK : hax_fail_memory(err, "a session");
}

static void carve_instance(hax_session *session, int instance, carver *region)
{
    const hax_model *model = session->instances[instance].model;
    hax_instance_memory *memory = &session->memory[instance];
    int kinds = session->config.platform->kind_count;
    for (int b = 0; b < memory->boundary_count; b++) {
        hax_boundary *boundary = &memory->boundaries[b];
        const hax_tensor *tensor = hax_model_tensor(model, boundary->tensor);
        boundary->layouts = carve(region, (size_t) kinds, sizeof *boundary->layouts);
        for (int k = 0; k < kinds; k++)
            boundary->slots[k] = carve(region, 1, slot_bytes(tensor));
    }
}

static void carve_plain(hax_session *session, int instance, carver *region)
{
    const hax_model *model = session->instances[instance].model;
    hax_instance_memory *memory = &session->memory[instance];
    for (int b = 0; b < memory->boundary_count; b++)
        memory->boundaries[b].plain =
            carve(region, 1, hax_model_tensor(model, memory->boundaries[b].tensor)->bytes);
    memory->outputs = carve(region, memory->output_count, sizeof(float));
}

/* Whole pages: a device may want to pin them. */
static void carve_exchange(hax_session *session, carver *region)
{
    enum { PAGE = 65536 }; /* or a part of it */
    region->used = (region->used + PAGE - 1) / PAGE * PAGE;
    size_t begin = region->used;
    session->exchange = region->base ? region->base + begin : NULL;
    for (int i = 0; i < session->config.instance_count; i++)
        carve_plain(session, i, region);
    region->used = (region->used + PAGE - 1) / PAGE * PAGE;
    session->exchange_bytes = region->used - begin;
}

static void carve_all(hax_session *session, carver *region)
{
    session->control = carve(region, 1, sizeof *session->control);
    session->jobs = carve(region, (size_t) session->job_max, sizeof *session->jobs);
    size_t per_job = (size_t) session->config.platform->resource_count + 2 +
                     (size_t) session->config.instance_count;
    session->dependencies =
        carve(region, (size_t) session->job_max * per_job, sizeof *session->dependencies);
    session->traffic_logs =
        carve(region, (size_t) session->traffic_threads, sizeof *session->traffic_logs);
    for (int i = 0; i < session->config.instance_count; i++)
        carve_instance(session, i, region);
    carve_exchange(session, region);
}

#ifndef NDEBUG
/* On a cache line of its own, within the mapping and behind *end, which it moves? */
static bool lies_behind(const hax_session *session, const unsigned char **end, const void *start,
                        size_t bytes)
{
    const unsigned char *base = session->mapping, *first = start;
    bool well = first >= *end && first + bytes <= base + session->mapping_bytes &&
                (uintptr_t) first % CACHE_LINE == 0;
    *end = first + bytes;
    return well;
}

static bool instance_lies_within(const hax_session *session, int instance,
                                 const unsigned char **slots, const unsigned char **plain)
{
    const hax_instance_memory *memory = &session->memory[instance];
    int kinds = session->config.platform->kind_count;
    bool well = true;
    for (int b = 0; b < memory->boundary_count; b++) {
        const hax_boundary *boundary = &memory->boundaries[b];
        const hax_tensor *tensor =
            hax_model_tensor(session->instances[instance].model, boundary->tensor);
        for (int k = 0; k < kinds; k++)
            well = well && lies_behind(session, slots, boundary->slots[k], slot_bytes(tensor));
        well = well && lies_behind(session, plain, boundary->plain, tensor->bytes);
    }
    return well &&
           lies_behind(session, plain, memory->outputs, memory->output_count * sizeof(float));
}

/* Does every slot of every boundary tensor lie within the mapping, on a cache line of its own, and
 * is none of them another's? They are carved one behind the other, the plain ones behind all. */
static bool slots_lie_within(const hax_session *session)
{
    const unsigned char *slots = session->mapping, *plain = session->exchange;
    for (int i = 0; i < session->config.instance_count; i++)
        if (!instance_lies_within(session, i, &slots, &plain))
            return false;
    return slots <= (const unsigned char *) session->exchange &&
           plain <= (const unsigned char *) session->exchange + session->exchange_bytes;
}
#endif

/* Every thread of every unit has a log of its traffic; pages never written cost nothing. */
static hax_status number_threads(hax_session *session, hax_error *err)
{
    const hax_platform *platform = session->config.platform;
    session->traffic_first = hax_arena_alloc(session->arena, (size_t) platform->unit_count + 1,
                                             sizeof *session->traffic_first);
    if (!session->traffic_first)
        return hax_fail_memory(err, "a session");
    for (int u = 0; u < platform->unit_count; u++) {
        assert(platform->units[u].threads > 0);
        session->traffic_first[u] = session->traffic_threads;
        session->traffic_threads += platform->units[u].threads;
    }
    session->traffic_first[platform->unit_count] = session->traffic_threads;
    return HAX_OK;
}

hax_status hax_session_map(hax_session *session, hax_error *err)
{
    int instances = session->config.instance_count;
    HAX_TRY(number_threads(session, err));
    session->memory = hax_arena_alloc(session->arena, (size_t) instances, sizeof *session->memory);
    if (!session->memory)
        return hax_fail_memory(err, "a session");
    for (int i = 0; i < instances; i++) {
        HAX_TRY(list_boundaries(session, i, err));
    }
    session->job_max = hax_plan_limit(session);
    carver count = { 0 };
    carve_all(session, &count);
    void *mapping = mmap(NULL, count.used, PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapping == MAP_FAILED)
        return hax_fail(err, HAX_NO_MEMORY, "cannot map %zu bytes of shared memory: %s", count.used,
                        strerror(errno));
    session->mapping = mapping;
    session->mapping_bytes = count.used;
    carver real = { .base = mapping };
    carve_all(session, &real);
    assert(real.used == count.used);
    assert((uintptr_t) mapping % CACHE_LINE == 0);
    assert(slots_lie_within(session));
    return HAX_OK;
}

void hax_session_unmap(hax_session *session)
{
    if (session->mapping)
        munmap(session->mapping, session->mapping_bytes);
    session->mapping = NULL;
}
