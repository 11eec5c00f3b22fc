/* Networks built for a unit of a GPU (program.h). */
#define _GNU_SOURCE
#include "program.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 256 }; /* of storages in an arena: what cuMemAlloc gives, too */

void hax_cuda_beat(const hax_program *program)
{
    if (program->beat)
        program->beat(program->beat_context);
}

const char *hax_cuda_kernel_name(const hax_program *program, int kernel)
{
    return hax_model_layer(program->model, hax_model_kernel(program->model, kernel)->layer).name;
}

void hax_cuda_take_note(hax_program *program, int kernel, const char *implementation, bool slow)
{
    hax_kernel_note *note = &program->notes[kernel];
    snprintf(note->implementation, sizeof note->implementation, "%s", implementation);
    note->slow = slow;
}

hax_cuda_curve hax_cuda_curve_of(const hax_activation *activation)
{
    return (hax_cuda_curve){ (int) activation->curve, activation->alpha, activation->beta,
                             activation->power };
}

/* ---- steps and storages ----------------------------------------------------------------- */

static bool grow(void **list, int count, int *capacity, size_t size)
{
    if (count < *capacity)
        return true;
    int more = *capacity > 0 ? 2 * *capacity : 64;
    void *grown = realloc(*list, (size_t) more * size);
    if (!grown)
        return false;
    *list = grown;
    *capacity = more;
    return true;
}

int hax_cuda_storage_new(hax_program *program, int kernel, size_t bytes)
{
    void *list = program->storages;
    if (!grow(&list, program->storage_count, &program->storage_capacity, sizeof *program->storages))
        return -1;
    program->storages = list;
    program->storages[program->storage_count] = (hax_cuda_storage){
        .bytes = bytes, .root = program->storage_count, .first = kernel, .last = kernel
    };
    return program->storage_count++;
}

int hax_cuda_storage_within(hax_program *program, int kernel, int root, size_t offset)
{
    int within = hax_cuda_storage_new(program, kernel, 0);
    if (within >= 0) {
        program->storages[within].root = root;
        program->storages[within].offset = offset;
    }
    return within;
}

bool hax_cuda_is_aligned(const hax_program *program, const hax_cuda_operand *operand,
                         const hax_cuda_place *place)
{
    enum { PACK_BYTES = 16 };
    int elements = PACK_BYTES / (int) program->device->element_bytes;
    size_t offset = operand->storage < 0 ? operand->fixed % PACK_BYTES : 0;
    for (int s = operand->storage; s >= 0 && program->storages[s].root != s;
         s = program->storages[s].root)
        offset += program->storages[s].offset;
    return offset % PACK_BYTES == 0 && hax_cuda_place_alignment(place, 0, elements) == elements;
}

hax_cuda_step *hax_cuda_step_new(hax_program *program, int kernel)
{
    void *list = program->steps;
    if (!grow(&list, program->step_count, &program->step_room, sizeof *program->steps))
        return NULL;
    program->steps = list;
    hax_cuda_step *step = &program->steps[program->step_count++];
    *step = (hax_cuda_step){ .kernel = kernel };
    return step;
}

hax_status hax_cuda_launch(hax_program *program, int kernel, const char *name, bool typed,
                           unsigned blocks, const void *args, size_t args_bytes, int operand_count,
                           const hax_cuda_operand *operands, const unsigned *pointers,
                           hax_error *err)
{
    CUfunction function;
    assert(args_bytes <= HAX_CUDA_ARGS_BYTES && operand_count <= HAX_CUDA_STEP_OPERANDS);
    HAX_TRY(hax_cuda_function(program->device, name, typed, &function, err));
    hax_cuda_step *step = hax_cuda_step_new(program, kernel);
    unsigned char *copy = step ? malloc(args_bytes) : NULL;
    if (!copy)
        return hax_fail_memory(err, "a program");
    memcpy(copy, args, args_bytes);
    step->function = function;
    step->blocks = blocks;
    step->args = copy;
    step->args_bytes = args_bytes;
    step->operand_count = operand_count;
    for (int o = 0; o < operand_count; o++) {
        step->operands[o] = operands[o];
        step->pointers[o] = pointers[o];
    }
    return HAX_OK;
}

/* ---- memory ------------------------------------------------------------------------------- */

static int root_of(const hax_program *program, int storage)
{
    while (program->storages[storage].root != storage)
        storage = program->storages[storage].root;
    return storage;
}

/* A root lives as long as everything that lies in it. */
static void spread_lives(hax_program *program)
{
    for (int s = 0; s < program->storage_count; s++) {
        const hax_cuda_storage *storage = &program->storages[s];
        hax_cuda_storage *root = &program->storages[root_of(program, s)];
        root->first = storage->first < root->first ? storage->first : root->first;
        root->last = storage->last > root->last ? storage->last : root->last;
    }
}

/* What lies in the arena stays there for some kernels longer, so that branches that run at once do
 * not share memory one after the other. */
static void linger(hax_program *program)
{
    enum { KERNELS = 8 };
    for (int s = 0; s < program->storage_count; s++)
        program->storages[s].last += KERNELS;
}

static bool in_arena(const hax_program *program, int storage)
{
    const hax_cuda_storage *cuda_storage = &program->storages[storage];
    return cuda_storage->root == storage && !cuda_storage->boundary && !cuda_storage->fixed &&
           cuda_storage->bytes > 0;
}

/* The first place that nothing needs which is alive at the same time and has its place already. */
static size_t find_gap(const hax_program *program, int storage)
{
    const hax_cuda_storage *mine = &program->storages[storage];
    size_t offset = 0;
    bool moved = true;
    while (moved) {
        moved = false;
        for (int s = 0; s < storage; s++) {
            const hax_cuda_storage *cuda_storage = &program->storages[s];
            if (!in_arena(program, s) || cuda_storage->first > mine->last ||
                cuda_storage->last < mine->first || cuda_storage->offset >= offset + mine->bytes ||
                cuda_storage->offset + cuda_storage->bytes <= offset)
                continue;
            offset = (cuda_storage->offset + cuda_storage->bytes + ALIGNMENT - 1) / ALIGNMENT *
                     ALIGNMENT;
            moved = true;
        }
    }
    return offset;
}

static void place_storages(hax_program *program)
{
    spread_lives(program);
    linger(program);
    for (int s = 0; s < program->storage_count; s++) {
        if (!in_arena(program, s))
            continue;
        hax_cuda_storage *storage = &program->storages[s];
        storage->offset = find_gap(program, s);
        if (storage->offset + storage->bytes > program->arena_bytes)
            program->arena_bytes = storage->offset + storage->bytes;
    }
}

/* ---- tensors -------------------------------------------------------------------------------- */

static void mark_boundary(hax_program *program)
{
    const hax_model *model = program->model;
    for (int i = 0; i < hax_model_input_count(model); i++)
        program->storages[hax_model_input(model, i)].boundary = true;
    for (int o = 0; o < hax_model_output_count(model); o++)
        program->storages[hax_model_output(model, o)].boundary = true;
    for (int g = 0; g < program->grouping->count; g++) {
        hax_crossing crossing = hax_group_crossing(model, program->grouping, g);
        for (int t = 0; t < crossing.count; t++)
            program->storages[crossing.tensors[t]].boundary = true;
    }
}

static hax_status find_aliases(hax_program *program, hax_error *err)
{
    const hax_model *model = program->model;
    int tensors = hax_model_tensor_count(model);
    size_t bytes = program->device->element_bytes;
    bool *boundary = calloc((size_t) tensors + 1, sizeof *boundary);
    if (!boundary)
        return hax_fail_memory(err, "a program");
    for (int t = 0; t < tensors; t++)
        boundary[t] = program->storages[t].boundary;
    hax_status status = hax_cuda_aliases_find(model, boundary, program->channels_last,
                                              (int) (16 / bytes), &program->aliases, err);
    free(boundary);
    for (int t = 0; status == HAX_OK && t < tensors; t++) {
        const hax_cuda_alias *alias = &program->aliases.tensors[t];
        program->places[t] = alias->place;
        program->storages[t].root = alias->root;
        program->storages[t].offset = (size_t) alias->offset * bytes;
    }
    return status;
}

static hax_status describe_tensors(hax_program *program, hax_error *err)
{
    const hax_model *model = program->model;
    hax_cuda_choose_layouts(model, program->device->precision, program->channels_last);
    for (int t = 0; t < hax_model_tensor_count(model); t++) {
        const hax_tensor *tensor = hax_model_tensor(model, t);
        size_t elements = tensor->bytes / sizeof(float);
        if (hax_cuda_is_padded(model, t, program->channels_last))
            elements = elements / (size_t) tensor->shape.dims[1] * HAX_CUDA_PADDED;
        if (hax_cuda_storage_new(program, tensor->producer,
                                 elements * program->device->element_bytes) < 0)
            return hax_fail_memory(err, "a program");
        program->storages[t].last =
            tensor->last_use > tensor->producer ? tensor->last_use : tensor->producer;
        hax_layout *layout = &program->layouts[t];
        *layout = (hax_layout){ .driver = "cuda", .bytes = tensor->bytes, .data_bytes = 2 };
        layout->data[0] = (unsigned char) program->device->precision;
        layout->data[1] = program->channels_last[t];
    }
    mark_boundary(program);
    return find_aliases(program, err);
}

/* The step between a boundary tensor and plain floats; it is not one of the program's. */
static hax_status make_conversion(hax_program *program, int tensor, bool out, hax_cuda_step *step,
                                  hax_error *err)
{
    bool half = program->device->precision == HAX_CUDA_F16;
    hax_cuda_place plain =
        hax_cuda_place_make(&hax_model_tensor(program->model, tensor)->shape, false);
    const hax_cuda_place *own = &program->places[tensor];
    hax_cuda_map map = { .element = HAX_CUDA_COPY,
                         .inputs = 1,
                         .to = out ? &plain : own,
                         .from = { out ? own : &plain },
                         .name = !half ? "map_f32"
                                 : out ? "map_f16_f32"
                                       : "map_f32_f16" };
    HAX_TRY(hax_cuda_emit_map(program, 0, &map, err));
    *step = program->steps[--program->step_count];
    return HAX_OK;
}

static hax_status make_conversions(hax_program *program, hax_error *err)
{
    for (int t = 0; t < hax_model_tensor_count(program->model); t++) {
        if (!program->storages[t].boundary)
            continue;
        HAX_TRY(make_conversion(program, t, false, &program->in[t], err));
        HAX_TRY(make_conversion(program, t, true, &program->out[t], err));
    }
    return HAX_OK;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static hax_status emit_groups(hax_program *program, hax_error *err)
{
    for (int g = 0; g < program->grouping->count; g++) {
        int begin, end;
        hax_group_kernels(program->model, &program->grouping->groups[g], &begin, &end);
        program->group_first[g] = program->step_count;
        for (int k = begin; k < end; k++) {
            HAX_TRY(hax_cuda_emit(program, k, err));
            hax_cuda_beat(program);
        }
    }
    program->group_first[program->grouping->count] = program->step_count;
    return HAX_OK;
}

static bool allocate(hax_program *program)
{
    size_t tensors = (size_t) hax_model_tensor_count(program->model);
    size_t kernels = (size_t) hax_model_kernel_count(program->model);
    program->channels_last = calloc(tensors, sizeof *program->channels_last);
    program->places = calloc(tensors, sizeof *program->places);
    program->layouts = calloc(tensors, sizeof *program->layouts);
    program->in = calloc(tensors, sizeof *program->in);
    program->out = calloc(tensors, sizeof *program->out);
    program->notes = calloc(kernels, sizeof *program->notes);
    program->group_first =
        calloc((size_t) program->grouping->count + 1, sizeof *program->group_first);
    program->branches = calloc((size_t) program->grouping->count, sizeof *program->branches);
    return program->branches && program->channels_last && program->places && program->layouts &&
           program->in && program->out && program->notes && program->group_first;
}

hax_status hax_cuda_build(hax_device *device, const hax_unit *unit, const hax_model *model,
                          const hax_grouping *grouping, void (*beat)(void *), void *beat_context,
                          hax_program **program, hax_error *err)
{
    hax_program *result = calloc(1, sizeof *result);
    if (!result)
        return hax_fail_memory(err, "a program");
    *result = (hax_program){ .device = device,
                             .unit = hax_cuda_unit_find(device, unit),
                             .model = model,
                             .grouping = grouping,
                             .model_hash = hax_model_hash(model),
                             .beat = beat,
                             .beat_context = beat_context };
    hax_status status = result->unit
                            ? HAX_OK
                            : hax_fail(err, HAX_USAGE, "unit '%.60s' was not entered", unit->name);
    if (status == HAX_OK)
        status = hax_cuda_branch_streams_open(&device->api, result->unit, err);
    if (status == HAX_OK && !allocate(result))
        status = hax_fail_memory(err, "a program");
    if (status == HAX_OK)
        status = describe_tensors(result, err);
    if (status == HAX_OK)
        status = hax_cuda_constants(result, err);
    if (status == HAX_OK)
        status = hax_cuda_prepare_convolutions(result, err);
    if (status == HAX_OK)
        status = emit_groups(result, err);
    device->choosing = (hax_cuda_choosing){ 0 };
    if (status == HAX_OK)
        status = make_conversions(result, err);
    if (status != HAX_OK) {
        hax_cuda_discard(result);
        return status;
    }
    place_storages(result);
    *program = result;
    return HAX_OK;
}

static void step_free(const hax_cuda_api *api, hax_cuda_step *step)
{
    free(step->args);
    hax_cuda_product_free(api, step->product);
}

void hax_cuda_discard(hax_program *program)
{
    const hax_cuda_api *api = &program->device->api;
    for (int s = 0; s < program->step_count; s++)
        step_free(api, &program->steps[s]);
    for (int t = 0; t < hax_model_tensor_count(program->model); t++) {
        if (program->in)
            step_free(api, &program->in[t]);
        if (program->out)
            step_free(api, &program->out[t]);
    }
    free(program->in);
    free(program->out);
    free(program->steps);
    free(program->storages);
    free(program->channels_last);
    free(program->places);
    hax_cuda_aliases_free(&program->aliases);
    free(program->layouts);
    free(program->notes);
    free(program->group_first);
    free(program->branches);
    free(program);
}
