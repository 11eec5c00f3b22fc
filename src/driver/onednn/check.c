/*
 * Is a kernel right, as it was built? Comparing units with each other misses a fault that all of
 * them share (oneDNN 2.6.3's `jit:uni` binaries with an activation leave zeros where channels are
 * no multiple of 4), so each kind of kernel is held against the portable loops when it is first
 * built: its steps run once, in memory of their own, on drawn numbers with the network's weights,
 * and the result is compared, of convolutions and fully connected layers at points spread over it.
 * A kernel that is wrong is distrusted: the network is emitted once more, and takes the next way
 * for it, at last the loops themselves.
 *
 * What was found right is remembered by a key of library, instruction set, threads, kernel, shapes,
 * implementation and layouts: in the device, and by whoever gives it keys from before.
 */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "emit.h"
#include "hash.h"
#include "loops.h"
#include "random.h"

/* Of the value itself or of the mean of all, whichever is more: Winograd's algorithm is off by some
 * 1e-4, and a wrong kernel by its values. */
static const double tolerance = 1e-3;
static const int64_t points_macs = 4000000; /* what points of convolutions may cost together */
enum { POINTS_LEAST = 64, POINTS_MAX = 4096 };
enum { CHECK_VERSION = 1 }; /* grows with what is looked at: keys of older checks do not hold */

typedef struct checking {
    hax_program *program;
    int kernel, first_step;
    dnnl_stream_t stream;
    unsigned char **rooms; /* [storage], of those in use */
    float **plain;         /* [tensor]: drawn inputs, and the loops' output */
    float *weights, *bias;
    float *got; /* the kernel's output, plain */
    bool lanes_right;
} checking;

/* ---- keys ------------------------------------------------------------------------------------ */

static uint64_t hash_shape(uint64_t hash, const hax_shape *shape)
{
    hash = hax_hash_int(hash, shape->rank);
    return hax_hash_bytes(hash, shape->dims, (size_t) shape->rank * sizeof shape->dims[0]);
}

static uint64_t hash_tensor(uint64_t hash, const hax_program *program, int tensor)
{
    unsigned char layout[sizeof((hax_layout *) 0)->data] = { 0 };
    size_t size = 0;
    hash = hash_shape(hash, hax_dnnl_shape_of(program, tensor));
    hax_dnnl_md_save(hax_dnnl_layout_of(program, tensor), layout, sizeof layout, &size);
    return hax_hash_bytes(hash, layout, size);
}

/* Fields one by one: a structure has gaps. */
static uint64_t hash_kernel(uint64_t hash, const hax_kernel *kernel)
{
    const hax_window *w = &kernel->window;
    const int64_t wholes[] = {
        kernel->op,
        kernel->form,
        kernel->activation.curve,
        w->kernel_h,
        w->kernel_w,
        w->stride_h,
        w->stride_w,
        w->pad_top,
        w->pad_left,
        w->pad_bottom,
        w->pad_right,
        w->dilation_h,
        w->dilation_w,
        kernel->group,
        kernel->channels_out,
        kernel->bias,
        kernel->pool,
        kernel->counted_bottom,
        kernel->axis,
        kernel->counted_right,
        kernel->lrn_size,
        kernel->lrn_within,
        kernel->eltwise,
        kernel->transpose_a,
        kernel->transpose_b,
        kernel->linear,
        kernel->residual < 0,
        kernel->softmax_flat,
        kernel->walk.offset,
    };
    const float reals[] = { kernel->activation.alpha,
                            kernel->activation.beta,
                            kernel->activation.power,
                            kernel->residual_scale,
                            kernel->lrn_alpha,
                            kernel->lrn_beta,
                            kernel->lrn_k,
                            kernel->product_scale,
                            kernel->added_scale };
    hash = hax_hash_bytes(hash, wholes, sizeof wholes);
    hash = hax_hash_bytes(hash, reals, sizeof reals);
    return hax_hash_bytes(hash, kernel->walk.steps, sizeof kernel->walk.steps);
}

static uint64_t key_of(const hax_program *program, int kernel, int first_step)
{
    const hax_kernel *lowered = hax_model_kernel(program->model, kernel);
    const dnnl_version_t *version = dnnl_version();
    uint64_t hash = hax_hash_int(hash_kernel(HAX_HASH_START, lowered), CHECK_VERSION);
    hash = hax_hash_int(hash, (version->major << 16) + (version->minor << 8) + version->patch);
    hash = hax_hash_string(hash, hax_dnnl_isa_in_force());
    hash = hax_hash_int(hash, program->threads);
    for (int i = 0; i < lowered->input_count; i++)
        hash = hash_tensor(hash, program, lowered->inputs[i]);
    for (int i = 0; i < lowered->input_count && lowered->coefficients; i++)
        hash = hax_hash_bytes(hash, &lowered->coefficients[i], sizeof lowered->coefficients[i]);
    if (lowered->residual >= 0)
        hash = hash_tensor(hash, program, lowered->residual);
    hash = hash_tensor(hash, program, lowered->output);
    for (int s = first_step; s < program->step_count; s++)
        hash = hax_hash_int(hash, program->steps[s].primitive ? program->steps[s].arg_count : -1);
    return hax_hash_string(hash, program->notes[kernel].implementation);
}

static bool is_known(const hax_device *device, uint64_t key)
{
    for (int k = 0; k < device->known_count; k++)
        if (device->known[k] == key)
            return true;
    return false;
}

static hax_status remember(hax_device *device, uint64_t key, hax_error *err)
{
    if (device->known_count == device->known_capacity) {
        int capacity = device->known_capacity ? 2 * device->known_capacity : 64;
        uint64_t *grown = realloc(device->known, (size_t) capacity * sizeof *grown);
        if (!grown)
            return hax_fail_memory(err, "a check");
        device->known = grown;
        device->known_capacity = capacity;
    }
    device->known[device->known_count++] = key;
    return HAX_OK;
}

hax_status hax_checks_trust(hax_device *device, const uint64_t *keys, int count, hax_error *err)
{
    for (int k = 0; k < count; k++)
        HAX_TRY(remember(device, keys[k], err));
    return HAX_OK;
}

const uint64_t *hax_checks_trusted(const hax_device *device, int *count)
{
    *count = device->known_count;
    return device->known;
}

/* ---- distrust -------------------------------------------------------------------------------- */

static hax_distrust *find_distrust(const hax_program *program, int kernel)
{
    uint64_t hash = hax_model_hash(program->model);
    for (hax_distrust *distrust = program->device->distrusted; distrust; distrust = distrust->next)
        if (distrust->model_hash == hash && distrust->kernel == kernel)
            return distrust;
    return NULL;
}

int hax_distrust_of(const hax_program *program, int kernel)
{
    const hax_distrust *found = find_distrust(program, kernel);
    return found ? found->times : 0;
}

const char *hax_distrusted_implementation(const hax_program *program, int kernel)
{
    const hax_distrust *found = find_distrust(program, kernel);
    return found ? found->implementation : NULL;
}

static hax_status distrust_more(hax_program *program, int kernel, hax_error *err)
{
    hax_distrust *found = find_distrust(program, kernel);
    if (!found) {
        found = calloc(1, sizeof *found);
        if (!found)
            return hax_fail_memory(err, "a check");
        found->model_hash = hax_model_hash(program->model);
        found->kernel = kernel;
        found->next = program->device->distrusted;
        program->device->distrusted = found;
    }
    memcpy(found->implementation, program->notes[kernel].implementation,
           sizeof found->implementation);
    found->times++;
    return HAX_OK;
}

void hax_checks_free(hax_device *device)
{
    for (hax_distrust *distrust = device->distrusted, *next; distrust; distrust = next) {
        next = distrust->next;
        free(distrust);
    }
    free(device->known);
    device->distrusted = NULL;
    device->known = NULL;
    device->known_count = device->known_capacity = 0;
}

/* ---- memory of its own ----------------------------------------------------------------------- */

static size_t room_bytes(const hax_program *program, int index)
{
    return (index == 0 ? program->scratch_bytes : program->storages[index].bytes) + 1;
}

/* Where an operand lies; NULL: memory is out. */
static unsigned char *place_of(checking *checking, int index)
{
    const hax_operand *operand = &checking->program->operands[index];
    const hax_storage *in = &checking->program->storages[operand->storage];
    if (in->fixed)
        return (unsigned char *) (uintptr_t) in->fixed + operand->offset;
    if (!checking->rooms[operand->storage]) {
        size_t bytes = room_bytes(checking->program, operand->storage);
        checking->rooms[operand->storage] = hax_large_alloc(bytes);
        if (checking->rooms[operand->storage]) /* what is not written shows */
            memset(checking->rooms[operand->storage], 0xff, bytes);
    }
    return checking->rooms[operand->storage] ? checking->rooms[operand->storage] + operand->offset
                                             : NULL;
}

static hax_status memory_of(checking *checking, int index, dnnl_memory_t *memory, hax_error *err)
{
    void *place = place_of(checking, index);
    return place && dnnl_memory_create(memory, checking->program->operands[index].desc,
                                       checking->program->device->engine, place) == dnnl_success
               ? HAX_OK
               : hax_fail_memory(err, "a check");
}

/* Numbers with either sign, none so near to zero that its inverse would be large. */
static void draw(float *values, size_t count, uint64_t seed)
{
    hax_random random = { seed };
    for (size_t i = 0; i < count; i++) {
        uint64_t bits = hax_random_next(&random);
        float size = 0.25F + (float) (bits >> 44) * 0x1p-20F;
        values[i] = bits & 1 ? size : -size;
    }
}

static hax_status draw_input(checking *checking, int tensor, hax_error *err)
{
    const hax_tensor *input = hax_model_tensor(checking->program->model, tensor);
    if (checking->plain[tensor])
        return HAX_OK;
    checking->plain[tensor] = hax_large_alloc(input->bytes);
    if (!checking->plain[tensor])
        return hax_fail_memory(err, "a check");
    if (input->constant)
        memcpy(checking->plain[tensor], input->constant, input->bytes);
    else
        draw(checking->plain[tensor], input->bytes / sizeof(float), (uint64_t) tensor + 1);
    return HAX_OK;
}

/* Between a tensor's plain form and an operand. */
static hax_status convert(checking *checking, int tensor, int index, float *plain, bool out,
                          hax_error *err)
{
    const hax_shape *shape = hax_dnnl_shape_of(checking->program, tensor);
    hax_md desc = hax_dnnl_md_tag(shape, hax_plain_tag(shape->rank));
    unsigned char *place = place_of(checking, index);
    hax_const_md other = checking->program->operands[index].desc;
    hax_status status = HAX_NO_MEMORY;
    if (desc && place && out)
        status = hax_reorder_now(checking->program->device->engine, other, place, desc, plain);
    else if (desc && place)
        status = hax_reorder_now(checking->program->device->engine, desc, plain, other, place);
    hax_dnnl_md_free(desc);
    if (status == HAX_NO_MEMORY)
        return hax_fail_memory(err, "a check");
    /* a dense layout and one of its own can always be exchanged, and oneDNN does not say why not */
    return status == HAX_OK
               ? HAX_OK
               : hax_fail(err, HAX_FAILURE,
                          "oneDNN cannot bring a tensor of %s into another layout: out "
                          "of memory, in all likelihood",
                          hax_model_name(checking->program->model));
}

static hax_status put_input(checking *checking, int tensor, hax_error *err)
{
    const hax_program *program = checking->program;
    int as_left = program->tensor_operand[tensor], other = program->alternative[tensor];
    HAX_TRY(draw_input(checking, tensor, err));
    if (!program->storages[program->operands[as_left].storage].fixed)
        HAX_TRY(convert(checking, tensor, as_left, checking->plain[tensor], false, err));
    return other >= 0 ? convert(checking, tensor, other, checking->plain[tensor], false, err)
                      : HAX_OK;
}

static hax_status put_inputs(checking *checking, hax_error *err)
{
    const hax_kernel *lowered = hax_model_kernel(checking->program->model, checking->kernel);
    for (int i = 0; i < lowered->input_count; i++)
        HAX_TRY(put_input(checking, lowered->inputs[i], err));
    return lowered->residual >= 0 ? put_input(checking, lowered->residual, err) : HAX_OK;
}

/* ---- running --------------------------------------------------------------------------------- */

static hax_status run_step(checking *checking, const hax_program_step *step, hax_error *err)
{
    dnnl_exec_arg_t *args = calloc((size_t) step->arg_count + 1, sizeof *args);
    hax_status status = args ? HAX_OK : hax_fail_memory(err, "a check");
    int count = 0;
    for (; status == HAX_OK && count < step->arg_count; count++) {
        args[count].arg = step->args[count];
        status = memory_of(checking, step->operands[count], &args[count].memory, err);
        if (status != HAX_OK)
            break;
    }
    if (status == HAX_OK &&
        (dnnl_primitive_execute(step->primitive, checking->stream, count, args) != dnnl_success ||
         dnnl_stream_wait(checking->stream) != dnnl_success))
        status = hax_fail(err, HAX_FAILURE, "oneDNN: kernel %d of %s failed while it was checked",
                          checking->kernel, hax_model_name(checking->program->model));
    for (int a = 0; a < count; a++)
        dnnl_memory_destroy(args[a].memory);
    free(args);
    return status;
}

/* Layouts in blocks have lanes beside the channels that must be zero: kernels that read them rely
 * on it. What the plain result, brought into the layout again, would change was not. */
static hax_status check_lanes(checking *checking, int tensor, int index, hax_error *err)
{
    const hax_operand *operand = &checking->program->operands[index];
    size_t bytes = hax_dnnl_md_bytes(operand->desc);
    unsigned char *place = place_of(checking, index), *kept = place ? hax_large_alloc(bytes) : NULL;
    if (!kept)
        return hax_fail_memory(err, "a check");
    memcpy(kept, place, bytes);
    hax_status status = convert(checking, tensor, index, checking->got, false, err);
    checking->lanes_right = memcmp(kept, place, bytes) == 0;
    hax_large_free(kept, bytes);
    return status;
}

static hax_status run_steps(checking *checking, hax_error *err)
{
    const hax_program *program = checking->program;
    for (int s = checking->first_step; s < program->step_count; s++)
        HAX_TRY(run_step(checking, &program->steps[s], err));
    int tensor = hax_model_kernel(program->model, checking->kernel)->output;
    int index = program->tensor_operand[tensor];
    HAX_TRY(convert(checking, tensor, index, checking->got, true, err));
    return check_lanes(checking, tensor, index, err);
}

static hax_status make_room(checking *checking, hax_error *err)
{
    const hax_program *program = checking->program;
    const hax_kernel *lowered = hax_model_kernel(program->model, checking->kernel);
    size_t bytes = hax_model_tensor(program->model, lowered->output)->bytes;
    size_t weights = hax_kernel_weight_count(program->model, checking->kernel);
    size_t biases = hax_kernel_bias_count(program->model, checking->kernel);
    checking->rooms = calloc((size_t) program->storage_count, sizeof *checking->rooms);
    checking->plain =
        calloc((size_t) hax_model_tensor_count(program->model), sizeof *checking->plain);
    checking->got = hax_large_alloc(bytes);
    checking->weights = weights ? hax_large_alloc(weights * sizeof(float)) : NULL;
    checking->bias = biases ? malloc(biases * sizeof(float)) : NULL;
    if (!checking->rooms || !checking->plain || !checking->got || (weights && !checking->weights) ||
        (biases && !checking->bias) ||
        dnnl_stream_create(&checking->stream, program->device->engine, dnnl_stream_default_flags) !=
            dnnl_success)
        return hax_fail_memory(err, "a check");
    if (weights)
        hax_model_weights(program->model, checking->kernel, checking->weights, checking->bias);
    return HAX_OK;
}

static void give_back(checking *checking)
{
    const hax_program *program = checking->program;
    for (int s = 0; checking->rooms && s < program->storage_count; s++)
        if (checking->rooms[s])
            hax_large_free(checking->rooms[s], room_bytes(program, s));
    for (int t = 0; checking->plain && t < hax_model_tensor_count(program->model); t++)
        if (checking->plain[t])
            hax_large_free(checking->plain[t], hax_model_tensor(program->model, t)->bytes);
    if (checking->stream)
        dnnl_stream_destroy(checking->stream);
    free(checking->rooms);
    free(checking->plain);
    free(checking->weights);
    free(checking->bias);
    free(checking->got);
}

/* ---- comparing ------------------------------------------------------------------------------- */

typedef struct sums {
    double total;
    int64_t count;
} sums;

static void add(sums *to, float value)
{
    to->total += isfinite(value) ? fabs((double) value) : 0;
    to->count++;
}

/* Where the loops give no number, anything goes: what oneDNN makes of none is its own affair. */
static bool is_near(float got, float wanted, double mean)
{
    if (isnan(wanted) || got == wanted)
        return true;
    return fabs((double) got - (double) wanted) <= tolerance * fmax(fabs((double) wanted), mean);
}

static bool compare_all(checking *checking)
{
    const hax_model *model = checking->program->model;
    const hax_kernel *lowered = hax_model_kernel(model, checking->kernel);
    int64_t count = hax_tensor_elements(model, lowered->output);
    sums total = { 0 };
    hax_loops_run(model, lowered, checking->weights, checking->bias, checking->plain);
    const float *wanted = checking->plain[lowered->output];
    for (int64_t i = 0; i < count; i++)
        add(&total, wanted[i]);
    for (int64_t i = 0; i < count; i++)
        if (!is_near(checking->got[i], wanted[i], total.total / (double) total.count))
            return false;
    return true;
}

/* Points that follow each other by the golden ratio spread evenly, over channels and planes alike.
 */
static int64_t point(int64_t i, int64_t count, int64_t elements)
{
    const double golden = 0.6180339887498949;
    double at = (double) i * golden;
    return count == elements ? i : (int64_t) ((at - floor(at)) * (double) elements);
}

static bool compare_points(checking *checking, float *wanted, int64_t count)
{
    const hax_model *model = checking->program->model;
    const hax_kernel *lowered = hax_model_kernel(model, checking->kernel);
    int64_t elements = hax_tensor_elements(model, lowered->output);
    sums total = { 0 };
    for (int64_t i = 0; i < count; i++) {
        wanted[i] = hax_loops_point(model, lowered, checking->weights, checking->bias,
                                    checking->plain, point(i, count, elements));
        add(&total, wanted[i]);
    }
    for (int64_t i = 0; i < count; i++)
        if (!is_near(checking->got[point(i, count, elements)], wanted[i],
                     total.total / (double) total.count))
            return false;
    return true;
}

/* So many points as the work allows. */
static int64_t count_points(const hax_model *model, const hax_kernel *lowered)
{
    int64_t elements = hax_tensor_elements(model, lowered->output);
    int64_t macs = lowered->macs / (elements > 0 ? elements : 1) + 1, count = points_macs / macs;
    count = count < POINTS_LEAST ? POINTS_LEAST : count > POINTS_MAX ? POINTS_MAX : count;
    return count < elements ? count : elements;
}

static hax_status compare(checking *checking, bool *right, hax_error *err)
{
    const hax_model *model = checking->program->model;
    const hax_kernel *lowered = hax_model_kernel(model, checking->kernel);
    if (!hax_loops_has_points(lowered)) {
        checking->plain[lowered->output] =
            hax_large_alloc(hax_model_tensor(model, lowered->output)->bytes);
        if (!checking->plain[lowered->output])
            return hax_fail_memory(err, "a check");
        *right = compare_all(checking);
        return HAX_OK;
    }
    int64_t count = count_points(model, lowered);
    float *wanted = malloc((size_t) count * sizeof *wanted);
    if (!wanted)
        return hax_fail_memory(err, "a check");
    *right = compare_points(checking, wanted, count);
    free(wanted);
    return HAX_OK;
}

static hax_status check(hax_program *program, int kernel, int first_step, bool *right,
                        hax_error *err)
{
    checking checking = { .program = program, .kernel = kernel, .first_step = first_step };
    hax_status status = make_room(&checking, err);
    if (status == HAX_OK)
        status = put_inputs(&checking, err);
    if (status == HAX_OK)
        status = run_steps(&checking, err);
    if (status == HAX_OK)
        status = compare(&checking, right, err);
    *right = *right && checking.lanes_right;
    give_back(&checking);
    return status;
}

/* Is a step of the library's among them, besides what reorders? Loops are what it is held against.
 */
static bool is_library(const hax_program *program, int kernel, int first_step)
{
    bool computes = false;
    for (int s = first_step; s < program->step_count; s++) {
        if (!program->steps[s].primitive)
            return false;
        computes = computes || program->steps[s].kernel == kernel;
    }
    return computes;
}

hax_status hax_check_kernel(hax_program *program, int kernel, int first_step, bool *again,
                            hax_error *err)
{
    bool right = true;
    *again = false;
    if (!is_library(program, kernel, first_step))
        return HAX_OK;
    uint64_t key = key_of(program, kernel, first_step);
    if (is_known(program->device, key))
        return HAX_OK;
    HAX_TRY(check(program, kernel, first_step, &right, err));
    if (right)
        return remember(program->device, key, err);
    *again = true;
    return distrust_more(program, kernel, err);
}
