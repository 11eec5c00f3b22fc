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
    const hax_kernel *from = hax_model_kernel(program->model, kernel);
    const dnnl_version_t *version = dnnl_version();
    uint64_t hash = hax_hash_int(hash_kernel(HAX_HASH_START, from), CHECK_VERSION);
    hash = hax_hash_int(hash, (version->major << 16) + (version->minor << 8) + version->patch);
    hash = hax_hash_string(hash, hax_dnnl_isa_in_force());
    hash = hax_hash_int(hash, program->threads);
    for (int i = 0; i < from->input_count; i++)
        hash = hash_tensor(hash, program, from->inputs[i]);
    for (int i = 0; i < from->input_count && from->coefficients; i++)
        hash = hax_hash_bytes(hash, &from->coefficients[i], sizeof from->coefficients[i]);
    if (from->residual >= 0)
        hash = hash_tensor(hash, program, from->residual);
    hash = hash_tensor(hash, program, from->output);
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

/* ---- distrust
 * ------------------------------------------------------------------------------------
 */

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

/* ---- memory of its own --------------------------------------------------------------------------
 */

static size_t room_bytes(const hax_program *program, int index)
{
    return (index == 0 ? program->scratch_bytes : program->storages[index].bytes) + 1;
}

/* Where an operand lies; NULL: memory is out. */
static unsigned char *place_of(checking *check_run, int index)
{
    const hax_operand *operand = &check_run->program->operands[index];
    const hax_storage *in = &check_run->program->storages[operand->storage];
    if (in->fixed)
        return (unsigned char *) (uintptr_t) in->fixed + operand->offset;
    if (!check_run->rooms[operand->storage]) {
        size_t bytes = room_bytes(check_run->program, operand->storage);
        check_run->rooms[operand->storage] = hax_large_alloc(bytes);
        if (check_run->rooms[operand->storage]) /* what is not written shows */
            memset(check_run->rooms[operand->storage], 0xff, bytes);
    }
    return check_run->rooms[operand->storage] ? check_run->rooms[operand->storage] + operand->offset
                                              : NULL;
}

static hax_status memory_of(checking *check_run, int index, dnnl_memory_t *made, hax_error *err)
{
    void *place = place_of(check_run, index);
    return place && dnnl_memory_create(made, check_run->program->operands[index].desc,
                                       check_run->program->device->engine, place) == dnnl_success
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

static hax_status draw_input(checking *check_run, int tensor, hax_error *err)
{
    const hax_tensor *input = hax_model_tensor(check_run->program->model, tensor);
    if (check_run->plain[tensor])
        return HAX_OK;
    check_run->plain[tensor] = hax_large_alloc(input->bytes);
    if (!check_run->plain[tensor])
        return hax_fail_memory(err, "a check");
    if (input->constant)
        memcpy(check_run->plain[tensor], input->constant, input->bytes);
    else
        draw(check_run->plain[tensor], input->bytes / sizeof(float), (uint64_t) tensor + 1);
    return HAX_OK;
}

/* Between a tensor's plain form and an operand. */
static hax_status convert(checking *check_run, int tensor, int index, float *plain, bool out,
                          hax_error *err)
{
    const hax_shape *shape = hax_dnnl_shape_of(check_run->program, tensor);
    hax_md desc = hax_dnnl_md_tag(shape, hax_plain_tag(shape->rank));
    unsigned char *place = place_of(check_run, index);
    hax_const_md other = check_run->program->operands[index].desc;
    hax_status status = HAX_FAILURE;
    if (desc && place && out)
        status = hax_reorder_now(check_run->program->device->engine, other, place, desc, plain);
    else if (desc && place)
        status = hax_reorder_now(check_run->program->device->engine, desc, plain, other, place);
    hax_dnnl_md_free(desc);
    /* a dense layout and one of its own can always be exchanged, and oneDNN does not say why not */
    return status == HAX_OK
               ? HAX_OK
               : hax_fail(err, HAX_FAILURE,
                          "oneDNN cannot bring a tensor of %s into another layout: out "
                          "of memory, in all likelihood",
                          hax_model_name(check_run->program->model));
}

static hax_status put_input(checking *check_run, int tensor, hax_error *err)
{
    const hax_program *program = check_run->program;
    int as_left = program->tensor_operand[tensor], other = program->alternative[tensor];
    HAX_TRY(draw_input(check_run, tensor, err));
    if (!program->storages[program->operands[as_left].storage].fixed)
        HAX_TRY(convert(check_run, tensor, as_left, check_run->plain[tensor], false, err));
    return other >= 0 ? convert(check_run, tensor, other, check_run->plain[tensor], false, err)
                      : HAX_OK;
}

static hax_status put_inputs(checking *check_run, hax_error *err)
{
    const hax_kernel *from = hax_model_kernel(check_run->program->model, check_run->kernel);
    for (int i = 0; i < from->input_count; i++)
        HAX_TRY(put_input(check_run, from->inputs[i], err));
    return from->residual >= 0 ? put_input(check_run, from->residual, err) : HAX_OK;
}

/* ---- running
 * -------------------------------------------------------------------------------------
 */

static hax_status run_step(checking *check_run, const hax_program_step *step, hax_error *err)
{
    dnnl_exec_arg_t *args = calloc((size_t) step->arg_count + 1, sizeof *args);
    hax_status status = args ? HAX_OK : hax_fail_memory(err, "a check");
    int count = 0;
    for (; status == HAX_OK && count < step->arg_count; count++) {
        args[count].arg = step->args[count];
        status = memory_of(check_run, step->operands[count], &args[count].memory, err);
        if (status != HAX_OK)
            break;
    }
    if (status == HAX_OK &&
        (dnnl_primitive_execute(step->primitive, check_run->stream, count, args) != dnnl_success ||
         dnnl_stream_wait(check_run->stream) != dnnl_success))
        status = hax_fail(err, HAX_FAILURE, "oneDNN: kernel %d of %s failed while it was checked",
                          check_run->kernel, hax_model_name(check_run->program->model));
    for (int a = 0; a < count; a++)
        dnnl_memory_destroy(args[a].memory);
    free(args);
    return status;
}

/* Layouts in blocks have lanes beside the channels that must be zero: kernels that read them rely
 * on it. What the plain result, brought into the layout again, would change was not. */
static hax_status check_lanes(checking *check_run, int tensor, int index, hax_error *err)
{
    const hax_operand *operand = &check_run->program->operands[index];
    size_t bytes = hax_dnnl_md_bytes(operand->desc);
    unsigned char *place = place_of(check_run, index),
                  *kept = place ? hax_large_alloc(bytes) : NULL;
    if (!kept)
        return hax_fail_memory(err, "a check");
    memcpy(kept, place, bytes);
    hax_status status = convert(check_run, tensor, index, check_run->got, false, err);
    check_run->lanes_right = memcmp(kept, place, bytes) == 0;
    hax_large_free(kept, bytes);
    return status;
}

static hax_status run_steps(checking *check_run, hax_error *err)
{
    const hax_program *program = check_run->program;
    for (int s = check_run->first_step; s < program->step_count; s++)
        HAX_TRY(run_step(check_run, &program->steps[s], err));
    int tensor = hax_model_kernel(program->model, check_run->kernel)->output;
    int index = program->tensor_operand[tensor];
    HAX_TRY(convert(check_run, tensor, index, check_run->got, true, err));
    return check_lanes(check_run, tensor, index, err);
}

static hax_status make_room(checking *check_run, hax_error *err)
{
    const hax_program *program = check_run->program;
    const hax_kernel *from = hax_model_kernel(program->model, check_run->kernel);
    size_t bytes = hax_model_tensor(program->model, from->output)->bytes;
    size_t weights = hax_kernel_weight_count(program->model, check_run->kernel);
    size_t biases = hax_kernel_bias_count(program->model, check_run->kernel);
    check_run->rooms = calloc((size_t) program->storage_count, sizeof *check_run->rooms);
    check_run->plain =
        calloc((size_t) hax_model_tensor_count(program->model), sizeof *check_run->plain);
    check_run->got = hax_large_alloc(bytes);
    check_run->weights = weights ? hax_large_alloc(weights * sizeof(float)) : NULL;
    check_run->bias = biases ? malloc(biases * sizeof(float)) : NULL;
    if (!check_run->rooms || !check_run->plain || !check_run->got ||
        (weights && !check_run->weights) || (biases && !check_run->bias) ||
        dnnl_stream_create(&check_run->stream, program->device->engine,
                           dnnl_stream_default_flags) != dnnl_success)
        return hax_fail_memory(err, "a check");
    if (weights)
        hax_model_weights(program->model, check_run->kernel, check_run->weights, check_run->bias);
    return HAX_OK;
}

static void give_back(checking *check_run)
{
    const hax_program *program = check_run->program;
    for (int s = 0; check_run->rooms && s < program->storage_count; s++)
        if (check_run->rooms[s])
            hax_large_free(check_run->rooms[s], room_bytes(program, s));
    for (int t = 0; check_run->plain && t < hax_model_tensor_count(program->model); t++)
        if (check_run->plain[t])
            hax_large_free(check_run->plain[t], hax_model_tensor(program->model, t)->bytes);
    if (check_run->stream)
        dnnl_stream_destroy(check_run->stream);
    free(check_run->rooms);
    free(check_run->plain);
    free(check_run->weights);
    free(check_run->bias);
    free(check_run->got);
}

/* ---- comparing
 * -----------------------------------------------------------------------------------
 */

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

static bool compare_all(checking *check_run)
{
    const hax_model *model = check_run->program->model;
    const hax_kernel *from = hax_model_kernel(model, check_run->kernel);
    int64_t count = hax_tensor_elements(model, from->output);
    sums total = { 0 };
    hax_loops_run(model, from, check_run->weights, check_run->bias, check_run->plain);
    const float *wanted = check_run->plain[from->output];
    for (int64_t i = 0; i < count; i++)
        add(&total, wanted[i]);
    for (int64_t i = 0; i < count; i++)
        if (!is_near(check_run->got[i], wanted[i], total.total / (double) total.count))
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

static bool compare_points(checking *check_run, float *wanted, int64_t count)
{
    const hax_model *model = check_run->program->model;
    const hax_kernel *from = hax_model_kernel(model, check_run->kernel);
    int64_t elements = hax_tensor_elements(model, from->output);
    sums total = { 0 };
    for (int64_t i = 0; i < count; i++) {
        wanted[i] = hax_loops_point(model, from, check_run->weights, check_run->bias,
                                    check_run->plain, point(i, count, elements));
        add(&total, wanted[i]);
    }
    for (int64_t i = 0; i < count; i++)
        if (!is_near(check_run->got[point(i, count, elements)], wanted[i],
                     total.total / (double) total.count))
            return false;
    return true;
}

/* So many points as the work allows. */
static int64_t count_points(const hax_model *model, const hax_kernel *from)
{
    int64_t elements = hax_tensor_elements(model, from->output);
    int64_t macs = from->macs / (elements > 0 ? elements : 1) + 1, count = points_macs / macs;
    count = count < POINTS_LEAST ? POINTS_LEAST : count > POINTS_MAX ? POINTS_MAX : count;
    return count < elements ? count : elements;
}

static hax_status compare(checking *check_run, bool *right, hax_error *err)
{
    const hax_model *model = check_run->program->model;
    const hax_kernel *from = hax_model_kernel(model, check_run->kernel);
    if (!hax_loops_has_points(from)) {
        check_run->plain[from->output] =
            hax_large_alloc(hax_model_tensor(model, from->output)->bytes);
        if (!check_run->plain[from->output])
            return hax_fail_memory(err, "a check");
        *right = compare_all(check_run);
        return HAX_OK;
    }
    int64_t count = count_points(model, from);
    float *wanted = malloc((size_t) count * sizeof *wanted);
    if (!wanted)
        return hax_fail_memory(err, "a check");
    *right = compare_points(check_run, wanted, count);
    free(wanted);
    return HAX_OK;
}

static hax_status check(hax_program *program, int kernel, int first_step, bool *right,
                        hax_error *err)
{
    checking check_run = { .program = program, .kernel = kernel, .first_step = first_step };
    hax_status status = make_room(&check_run, err);
    if (status == HAX_OK)
        status = put_inputs(&check_run, err);
    if (status == HAX_OK)
        status = run_steps(&check_run, err);
    if (status == HAX_OK)
        status = compare(&check_run, right, err);
    *right = *right && check_run.lanes_right;
    give_back(&check_run);
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
