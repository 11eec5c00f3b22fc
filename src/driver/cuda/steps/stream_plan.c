/* Which steps may run at once (stream_plan.h). */
#define _GNU_SOURCE
#include "stream_plan.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* ---- elements in common ---------------------------------------------------------------------- */

static int64_t end_of(const hax_cuda_place *place, int64_t offset)
{
    int64_t end = offset + 1;
    for (int d = 0; d < place->rank; d++)
        end += (int64_t) (place->dims[d] - 1) * place->steps[d];
    return end;
}

/* Elements from one pixel to the next where channels lie together; 0: they do not. */
static int pixel_step(const hax_cuda_place *place)
{
    int step = 0;
    if (place->rank != 4 || (place->dims[1] > 1 && place->steps[1] != 1))
        return 0;
    for (int d = 0; d < 4; d++)
        if (d != 1 && place->dims[d] > 1 && (step == 0 || place->steps[d] < step))
            step = place->steps[d];
    for (int d = 0; d < 4 && step > 0; d++)
        if (d != 1 && place->dims[d] > 1 && place->steps[d] % step != 0)
            return 0;
    return step;
}

/* Parts of a concatenation of channels that lie last are apart in every pixel. */
bool hax_cuda_places_are_apart(const hax_cuda_place *a, int64_t a_offset, const hax_cuda_place *b,
                               int64_t b_offset)
{
    if (end_of(a, a_offset) <= b_offset || end_of(b, b_offset) <= a_offset)
        return true;
    int step = pixel_step(a);
    if (step == 0 || pixel_step(b) != step)
        return false;
    int64_t a_first = a_offset % step, b_first = b_offset % step;
    int64_t a_end = a_first + a->dims[1], b_end = b_first + b->dims[1];
    return a_end <= step && b_end <= step && (a_end <= b_first || b_end <= a_first);
}

/* ---- streams --------------------------------------------------------------------------------- */

typedef struct planner {
    int count;
    size_t words;               /* of a set of steps */
    uint64_t *before;           /* [step][words]: what has ended when it begins */
    int tail[HAX_CUDA_STREAMS]; /* the last step of a stream so far, -1 */
    hax_cuda_stream_plan *plan;
} planner;

static bool is_before(const planner *planner, int a, int b)
{
    const uint64_t *set = planner->before + (size_t) b * planner->words;
    return set[a / 64] >> (a % 64) & 1;
}

static void put_before(planner *planner, int a, int b)
{
    uint64_t *set = planner->before + (size_t) b * planner->words;
    const uint64_t *more = planner->before + (size_t) a * planner->words;
    for (size_t w = 0; w < planner->words; w++)
        set[w] |= more[w];
    set[a / 64] |= (uint64_t) 1 << (a % 64);
}

/* The stream that makes a step wait for least: one that ends with what it waits for, a new one, one
 * that has ended anyway, or the one that is furthest back. */
static int choose_stream(const planner *planner, int step, const int *behind, int behind_count)
{
    int chosen = 0;
    for (int b = 0; b < behind_count; b++)
        if (planner->tail[planner->plan->stream[behind[b]]] == behind[b])
            return planner->plan->stream[behind[b]];
    for (int s = 0; s < HAX_CUDA_STREAMS; s++)
        if (planner->tail[s] < 0)
            return s;
    for (int s = 0; s < HAX_CUDA_STREAMS; s++)
        if (is_before(planner, planner->tail[s], step))
            return s;
    for (int s = 1; s < HAX_CUDA_STREAMS; s++)
        chosen = planner->tail[s] < planner->tail[chosen] ? s : chosen;
    return chosen;
}

static bool add_wait(planner *planner, int step, int awaited)
{
    hax_cuda_stream_plan *plan = planner->plan;
    void *grown = realloc(plan->waits, ((size_t) plan->wait_count + 1) * sizeof *plan->waits);
    if (!grown)
        return false;
    plan->waits = grown;
    plan->waits[plan->wait_count++] = (hax_cuda_stream_wait){ step, awaited };
    plan->awaited[awaited] = true;
    return true;
}

/* Nearest steps first: what they wait for need not be waited for again. */
static bool place_step(planner *planner, int step, int *behind,
                       bool (*conflict)(const void *, int, int), const void *context)
{
    int behind_count = 0;
    bool ok = true;
    for (int a = step - 1; a >= 0; a--) {
        if (is_before(planner, a, step) || !conflict(context, a, step))
            continue;
        put_before(planner, a, step);
        behind[behind_count++] = a;
    }
    int stream = choose_stream(planner, step, behind, behind_count);
    if (planner->tail[stream] >= 0)
        put_before(planner, planner->tail[stream], step);
    planner->plan->stream[step] = stream;
    planner->plan->streams += planner->tail[stream] < 0;
    planner->tail[stream] = step;
    for (int b = behind_count - 1; b >= 0 && ok; b--)
        if (planner->plan->stream[behind[b]] != stream)
            ok = add_wait(planner, step, behind[b]);
    return ok;
}

void hax_cuda_stream_plan_free(hax_cuda_stream_plan *plan)
{
    free(plan->stream);
    free(plan->awaited);
    free(plan->waits);
    *plan = (hax_cuda_stream_plan){ 0 };
}

hax_status hax_cuda_stream_plan_make(int count, bool (*conflict)(const void *context, int a, int b),
                                     const void *context, hax_cuda_stream_plan *plan,
                                     hax_error *err)
{
    size_t steps = (size_t) count + 1;
    planner planner = { .count = count, .words = steps / 64 + 1, .plan = plan };
    int *behind = calloc(steps, sizeof *behind);
    *plan = (hax_cuda_stream_plan){ .stream = calloc(steps, sizeof *plan->stream),
                                    .awaited = calloc(steps, sizeof *plan->awaited) };
    planner.before = calloc(steps * planner.words, sizeof *planner.before);
    for (int s = 0; s < HAX_CUDA_STREAMS; s++)
        planner.tail[s] = -1;
    bool ok = behind && plan->stream && plan->awaited && planner.before;
    for (int s = 0; s < count && ok; s++)
        ok = place_step(&planner, s, behind, conflict, context);
    free(behind);
    free(planner.before);
    if (ok)
        return HAX_OK;
    hax_cuda_stream_plan_free(plan);
    return hax_fail_memory(err, "a task");
}
