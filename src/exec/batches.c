#include "batches.h"

#include <assert.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* What is executed again and again are the rows of a comparison and the passes of a profile, each
 * group by itself where kinds are crossed. */
enum { KEPT_BESIDE_PLAN = 512 };

enum { FACTS = 10 }; /* of a job, in a key */

/* A batch by what it does. */
typedef struct kept {
    hax_batch *batch;
    int *key;
    size_t key_count;
    uint64_t used; /* when, in plans */
} kept;

struct hax_batches {
    hax_session *session;
    const hax_driver *driver;
    hax_device *device;
    hax_task *const *tasks;
    pthread_mutex_t preparing; /* drivers compile one batch at a time */
    int kept_count, kept_most;
    kept *kept;
    uint64_t uses;
    hax_batch **ready; /* [first job] of the plan at hand, NULL: it is not to run */
};

hax_status hax_batches_open(hax_session *session, const hax_driver *driver, hax_device *device,
                            hax_task *const *tasks, hax_batches **batches, hax_error *err)
{
    hax_batches *result = calloc(1, sizeof *result);
    if (!result)
        return hax_fail_memory(err, "batches of jobs");
    result->session = session;
    result->driver = driver;
    result->device = device;
    result->tasks = tasks;
    pthread_mutex_init(&result->preparing, NULL);
    result->kept_most = session->job_max + KEPT_BESIDE_PLAN;
    result->kept = calloc((size_t) result->kept_most, sizeof *result->kept);
    result->ready = calloc((size_t) session->job_max + 1, sizeof(hax_batch *));
    if (!result->ready || !result->kept) {
        hax_batches_close(result);
        return hax_fail_memory(err, "batches of jobs");
    }
    *batches = result;
    return HAX_OK;
}

static void forget(hax_batches *batches, kept *one)
{
    batches->driver->release(one->batch);
    free(one->key);
    *one = batches->kept[--batches->kept_count];
}

void hax_batches_forget(hax_batches *batches)
{
    pthread_mutex_lock(&batches->preparing);
    while (batches->kept_count > 0)
        forget(batches, &batches->kept[batches->kept_count - 1]);
    pthread_mutex_unlock(&batches->preparing);
}

void hax_batches_close(hax_batches *batches)
{
    if (!batches)
        return;
    hax_batches_forget(batches);
    pthread_mutex_destroy(&batches->preparing);
    free(batches->ready);
    free(batches->kept);
    free(batches);
}

/* ---- what a batch does ----------------------------------------------------------------------- */

/* The jobs of a batch as the driver takes them, and a key of all that is in them. */
typedef struct listing {
    hax_batch_job *jobs;
    int count;
    int *behind;
    int *key;
    size_t key_count;
} listing;

static void listing_free(listing *listing)
{
    free(listing->jobs);
    free(listing->behind);
    free(listing->key);
}

static hax_status listing_open(const hax_batches *batches, int first, listing *listing,
                               hax_error *err)
{
    const hax_session *session = batches->session;
    size_t count = 0, behind = 0;
    for (int j = first; j < session->control->job_count; j++)
        if (session->jobs[j].batch == session->jobs[first].batch) {
            count++;
            behind += (size_t) session->jobs[j].dependency_count;
        }
    memset(listing, 0, sizeof *listing);
    listing->jobs = calloc(count, sizeof *listing->jobs);
    listing->behind = calloc(behind + 1, sizeof *listing->behind);
    listing->key = calloc(FACTS * count + behind, sizeof *listing->key);
    if (listing->jobs && listing->behind && listing->key)
        return HAX_OK;
    listing_free(listing);
    return hax_fail_memory(err, "a batch of jobs");
}

static void list_job(const hax_batches *batches, const hax_shared_job *job, int *behind,
                     listing *listing)
{
    const hax_session *session = batches->session;
    int instances = session->config.instance_count, count = 0;
    bool waits = job->delay_ns != 0 && job->after >= 0;
    int after = waits ? session->jobs[job->after].batch_index : -1;
    assert(!waits || session->jobs[job->after].batch == job->batch);
    for (int d = 0; d < job->dependency_count; d++) {
        const hax_shared_job *on = &session->jobs[session->dependencies[job->dependency_first + d]];
        if (on->batch == job->batch) /* others have ended before it is submitted */
            behind[count++] = on->batch_index;
    }
    listing->jobs[listing->count++] = (hax_batch_job){
        .task = batches->tasks[job->unit * instances + job->instance],
        .group = job->group,
        .stream = job->stream,
        .priority = job->priority,
        .behind_count = count,
        .behind = behind,
        .delay_ns = job->delay_ns,
        .after = after,
        .untimed = job->untimed,
    };
    const int facts[] = { job->unit,
                          job->instance,
                          job->group,
                          job->stream,
                          job->priority,
                          (int) (job->delay_ns / INT_MAX),
                          (int) (job->delay_ns % INT_MAX),
                          after,
                          job->untimed,
                          count };
    static_assert(sizeof facts / sizeof *facts == FACTS, "a key has room for them");
    memcpy(listing->key + listing->key_count, facts, sizeof facts);
    listing->key_count += sizeof facts / sizeof *facts;
    memcpy(listing->key + listing->key_count, behind, (size_t) count * sizeof *behind);
    listing->key_count += (size_t) count;
}

static hax_status list_batch(const hax_batches *batches, int first, listing *listing,
                             hax_error *err)
{
    const hax_session *session = batches->session;
    HAX_TRY(listing_open(batches, first, listing, err));
    int *behind = listing->behind;
    for (int j = first; j < session->control->job_count; j++) {
        if (session->jobs[j].batch != session->jobs[first].batch)
            continue;
        assert(session->jobs[j].batch_index == listing->count);
        list_job(batches, &session->jobs[j], behind, listing);
        behind += session->jobs[j].dependency_count;
    }
    return HAX_OK;
}

/* ---- ready ----------------------------------------------------------------------------------- */

static kept *find_kept(hax_batches *batches, const listing *listing)
{
    for (int k = 0; k < batches->kept_count; k++) {
        kept *one = &batches->kept[k];
        if (one->key_count == listing->key_count &&
            memcmp(one->key, listing->key, one->key_count * sizeof *one->key) == 0)
            return one;
    }
    return NULL;
}

/* Those of the plan at hand were used last. */
static void make_room(hax_batches *batches)
{
    kept *oldest = &batches->kept[0];
    if (batches->kept_count < batches->kept_most)
        return;
    for (int k = 1; k < batches->kept_count; k++)
        if (batches->kept[k].used < oldest->used)
            oldest = &batches->kept[k];
    forget(batches, oldest);
}

static hax_status compile(hax_batches *batches, listing *listing, kept **out, hax_error *err)
{
    hax_batch *batch;
    make_room(batches);
    HAX_TRY(batches->driver->compile(batches->device, listing->jobs, listing->count, &batch, err));
    kept *one = &batches->kept[batches->kept_count++];
    *one = (kept){ batch, listing->key, listing->key_count, 0 };
    listing->key = NULL;
    *out = one;
    return HAX_OK;
}

hax_status hax_batches_prepare(hax_batches *batches, int first_job, hax_error *err)
{
    listing listing;
    batches->ready[first_job] = NULL;
    HAX_TRY(list_batch(batches, first_job, &listing, err));
    pthread_mutex_lock(&batches->preparing);
    kept *one = find_kept(batches, &listing);
    hax_status status = one ? HAX_OK : compile(batches, &listing, &one, err);
    if (status == HAX_OK) {
        one->used = ++batches->uses;
        batches->ready[first_job] = one->batch;
    }
    pthread_mutex_unlock(&batches->preparing);
    listing_free(&listing);
    return status;
}

hax_status hax_batches_submit(hax_batches *batches, int first_job, int64_t start_ns, hax_error *err)
{
    hax_batch *batch = batches->ready[first_job];
    assert(batch);
    hax_status status = batches->driver->submit(batch, start_ns, err);
    if (status != HAX_OK)
        batches->ready[first_job] = NULL;
    hax_doorbell_ring(&batches->session->jobs[first_job].submitted);
    return status;
}

void hax_batches_drop(hax_batches *batches, int first_job)
{
    batches->ready[first_job] = NULL;
    hax_doorbell_ring(&batches->session->jobs[first_job].submitted);
}

bool hax_batches_runs(const hax_batches *batches, int job)
{
    int first = batches->session->jobs[job].batch_first;
    assert(hax_doorbell_rung(&batches->session->jobs[first].submitted));
    return batches->ready[first] != NULL;
}

hax_status hax_batches_ended(hax_batches *batches, int job, bool *ended, hax_job_times *times,
                             hax_error *err)
{
    const hax_shared_job *shared_job = &batches->session->jobs[job];
    assert(hax_batches_runs(batches, job));
    return batches->driver->ended(batches->ready[shared_job->batch_first], shared_job->batch_index,
                                  ended, times, err);
}
