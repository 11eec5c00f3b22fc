/*
 * Corrections in the profile store. A context's key is its kind, the units' classes, how the
 * network is cut, and its company: the other networks of the workload.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "corrections.h"
#include "hash.h"
#include "profile.h"

typedef struct recalling {
    hax_corrections *corrections;
    hax_correction context; /* but for its group */
} recalling;

/* A network is its model and its groups. */
static uint64_t hash_network(const hax_profile_network *network)
{
    uint64_t hash = hax_hash_int(HAX_HASH_START, (int64_t) hax_model_hash(network->model));
    for (int g = 0; g < network->grouping->count; g++)
        hash = hax_hash_int(hash, network->grouping->groups[g].first);
    return hash;
}

/* In no order, as the workload's networks stand in none. */
static uint64_t hash_company(const hax_correction_frame *frame)
{
    uint64_t sum = 0;
    for (int i = 0; i < frame->instance_count; i++)
        sum += hash_network(&frame->networks[i]);
    return sum;
}

static hax_store_key key_of(const hax_corrections *corrections, const hax_correction *context,
                            char *what, size_t size)
{
    const hax_correction_frame *frame = corrections->frame;
    const hax_profile_network *network = &frame->networks[context->instance];
    const hax_platform *platform = frame->platform;
    const bool enters = context->from_unit >= 0;
    uint64_t hash = hax_hash_string(HAX_HASH_START, hax_correction_name(context->kind));
    hash = hax_hash_int(hash, (int64_t) hash_network(network));
    hash = hax_hash_int(hash, (int64_t) hash_company(frame));
    hash = hax_hash_int(hash, (int64_t) hax_class_hash(platform, context->unit));
    if (enters)
        hash = hax_hash_int(hash, (int64_t) hax_class_hash(platform, context->from_unit));
    snprintf(what, size, "%.80s: %s on %.80s%s%.80s, of %d", network->name,
             hax_correction_name(context->kind), platform->units[context->unit].name,
             enters ? " from " : "", enters ? platform->units[context->from_unit].name : "",
             frame->instance_count);
    return (hax_store_key){ .machine = &platform->fingerprint,
                            .model = hax_model_hash(network->model),
                            .pass = hash,
                            .what = what };
}

/* ---- contexts one after the other --------------------------------------------------------------
 */

typedef hax_status visit(void *with, const hax_correction *context, hax_error *err);

/* Whether another unit of the class stands before it. */
static bool is_of_class_before(const hax_platform *platform, int unit)
{
    return hax_class_of(platform, unit) != unit;
}

static hax_status visit_units(const hax_corrections *corrections, int instance, visit *visit,
                              void *with, hax_error *err)
{
    const hax_platform *platform = corrections->frame->platform;
    for (int unit = 0; unit < platform->unit_count; unit++) {
        if (is_of_class_before(platform, unit))
            continue;
        for (int kind = HAX_CORRECTED_ALONE; kind <= HAX_CORRECTED_OUT; kind++) {
            hax_correction context = { .kind = (hax_correction_kind) kind,
                                       .instance = instance,
                                       .unit = unit,
                                       .from_unit = -1 };
            if (kind != HAX_CORRECTED_ENTERING)
                HAX_TRY(visit(with, &context, err));
            for (int from = 0; kind == HAX_CORRECTED_ENTERING && from < platform->unit_count;
                 from++) {
                context.from_unit = from;
                if (!is_of_class_before(platform, from))
                    HAX_TRY(visit(with, &context, err));
            }
        }
    }
    return HAX_OK;
}

/* Each context of each network once. */
static hax_status visit_contexts(const hax_corrections *corrections, visit *visit, void *with,
                                 hax_error *err)
{
    const hax_correction_frame *frame = corrections->frame;
    for (int i = 0; i < frame->instance_count; i++) {
        int first = 0;
        while (frame->network_of[first] != frame->network_of[i])
            first++;
        if (first == i)
            HAX_TRY(visit_units(corrections, i, visit, with, err));
    }
    return HAX_OK;
}

/* ---- recalled ----------------------------------------------------------------------------------
 */

typedef struct access {
    hax_store *store;
    hax_corrections *corrections;
} access;

static hax_status take_lesson(void *with, const hax_stored_lesson *lesson, hax_error *err)
{
    const recalling *recalling = with;
    const hax_correction_frame *frame = recalling->corrections->frame;
    const hax_grouping *grouping = frame->networks[recalling->context.instance].grouping;
    hax_known_correction one = { .public = recalling->context, .changes = true };
    for (int g = 0; g < grouping->count; g++) {
        if (grouping->groups[g].first != lesson->first || grouping->groups[g].last != lesson->last)
            continue;
        one.public.group = g;
        one.public.known = lesson->known;
        one.public.learned = lesson->value;
        one.public.spread = lesson->spread;
        return hax_corrections_set(recalling->corrections, &one, err);
    }
    return HAX_OK;
}

static hax_status recall(void *with, const hax_correction *context, hax_error *err)
{
    const access *access = with;
    char what[HAX_INSTANCE_NAME_BYTES + 240];
    recalling recalling = { access->corrections, *context };
    const hax_store_key key = key_of(access->corrections, context, what, sizeof what);
    return hax_store_lessons(access->store, &key, take_lesson, &recalling, err);
}

hax_status hax_corrections_recall(hax_corrections *corrections, const char *store_path,
                                  hax_error *err)
{
    access access = { .corrections = corrections };
    HAX_TRY(hax_store_open(store_path, &access.store, err));
    hax_status status = visit_contexts(corrections, recall, &access, err);
    hax_store_close(access.store);
    return status;
}

/* ---- kept --------------------------------------------------------------------------------------
 */

static bool same_units(const hax_corrections *corrections, const hax_correction *a,
                       const hax_correction *b)
{
    const hax_platform *platform = corrections->frame->platform;
    return a->kind == b->kind && a->instance == b->instance &&
           hax_class_of(platform, a->unit) == hax_class_of(platform, b->unit) &&
           (a->from_unit < 0) == (b->from_unit < 0) &&
           (a->from_unit < 0 ||
            hax_class_of(platform, a->from_unit) == hax_class_of(platform, b->from_unit));
}

static hax_status keep(void *with, const hax_correction *context, hax_error *err)
{
    const access *access = with;
    const hax_corrections *corrections = access->corrections;
    const hax_grouping *grouping = corrections->frame->networks[context->instance].grouping;
    char what[HAX_INSTANCE_NAME_BYTES + 240];
    hax_stored_lesson *lessons = calloc((size_t) grouping->count, sizeof *lessons);
    int count = 0;
    if (!lessons)
        return hax_fail_memory(err, "what was learned");
    for (int c = 0; c < corrections->count; c++) {
        const hax_correction *one = &corrections->list[c].public;
        if (!corrections->list[c].changes || !same_units(corrections, one, context))
            continue;
        assert(count < grouping->count);
        lessons[count++] = (hax_stored_lesson){ .first = grouping->groups[one->group].first,
                                                .last = grouping->groups[one->group].last,
                                                .known = one->known,
                                                .value = one->learned,
                                                .spread = one->spread };
    }
    const hax_store_key key = key_of(corrections, context, what, sizeof what);
    hax_status status = hax_store_learn(access->store, &key, lessons, count, err);
    free(lessons);
    return status;
}

hax_status hax_corrections_keep(hax_corrections *corrections, const char *store_path,
                                hax_error *err)
{
    access access = { .corrections = corrections };
    HAX_TRY(hax_store_open(store_path, &access.store, err));
    hax_status status = visit_contexts(corrections, keep, &access, err);
    hax_store_close(access.store);
    return status;
}
