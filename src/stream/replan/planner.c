#define _DEFAULT_SOURCE /* setpriority, syscall */
#include "planner.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#ifdef __linux__
#include <sys/syscall.h>
#include <unistd.h>
#endif

struct hax_planner {
    hax_planning planning;
    const hax_platform *platform;
    hax_cancel cancel;
    bool first_done;
    hax_planner_news news; /* that nobody has asked for yet */
    bool any;
    /* of a thread */
    bool threaded;
    pthread_t thread;
    pthread_mutex_t lock; /* of the news */
    atomic_bool done;
    atomic_int thread_id; /* the system's, since it stands back; 0: it does not */
    /* of a virtual clock */
    int64_t due_ns;
};

/* What a node takes on a virtual clock. */
enum { NODE_NS = 1000 };

void hax_planner_news_free(hax_planner_news *news)
{
    free(news->jobs);
    hax_schedule_destroy(news->schedule);
    news->jobs = NULL;
    news->schedule = NULL;
}

/* ---- news ------------------------------------------------------------------------------------ */

static hax_status copy_best(const hax_planning *planning, const hax_platform *platform,
                            hax_planner_news *news, hax_error *err)
{
    const hax_schedule *best = planning->best;
    HAX_TRY(hax_schedule_evaluate(planning->figures.problem, best->name, best->job_count,
                                  best->jobs, &news->schedule, err));
    return hax_figures_plan(&planning->figures, platform, best, &news->jobs, &news->job_count, err);
}

static hax_planner_news tell(const hax_planner *planner, bool first, bool better, hax_status status,
                             const hax_error *why)
{
    const hax_planning *planning = &planner->planning;
    hax_planner_news news = { .first = first,
                              .better = better && status == HAX_OK,
                              .has_best = planning->best != NULL,
                              .worth = planning->worth,
                              .current_stays = planning->current != NULL,
                              .current = planning->current_worth,
                              .bound = planning->bound,
                              .optimum = planning->optimum,
                              .proof = planning->proof,
                              .nodes = planning->nodes,
                              .ended = planning->ended,
                              .status = status };
    if (status != HAX_OK)
        news.error = *why;
    if (news.better)
        news.status = copy_best(planning, planner->platform, &news, &news.error);
    if (news.status != HAX_OK) {
        hax_planner_news_free(&news);
        news.better = false;
        news.ended = true;
    }
    return news;
}

/* One step of planning, and what it has come to. */
static hax_planner_news take_step(hax_planner *planner)
{
    hax_error why = { 0 };
    bool first = !planner->first_done, better = true;
    hax_status status = first ? hax_planning_first(&planner->planning, &why)
                              : hax_planning_step(&planner->planning, &better, &why);
    planner->first_done = true;
    if (first && planner->planning.tried_unit >= 0)
        better = planner->planning.best != NULL;
    else if (first && status == HAX_OK && planner->planning.current)
        better = hax_judgement_better(planner->planning.figures.problem->objective,
                                      &planner->planning.worth, &planner->planning.current_worth);
    return tell(planner, first, better, status, &why);
}

/* What nobody has asked for gives way to what is newer; a plan in it stays if that has none. */
static void put_news(hax_planner *planner, hax_planner_news news)
{
    hax_planner_news *before = &planner->news;
    if (planner->any) {
        news.first = news.first || before->first;
        if (!news.better && before->better) {
            news.better = true;
            news.jobs = before->jobs;
            news.job_count = before->job_count;
            news.schedule = before->schedule;
            before->jobs = NULL;
            before->schedule = NULL;
        }
        hax_planner_news_free(before);
    }
    *before = news;
    planner->any = true;
}

/* ---- the thread ------------------------------------------------------------------------------ */

/* From now on behind all others: beside a busy thread Linux gives one of the lowest priority 15 of
 * 1039 parts of a processor. Numbers of threads have priorities of their own there. */
static void stand_back(hax_planner *planner)
{
#ifdef __linux__
    atomic_store(&planner->thread_id, (int) syscall(SYS_gettid));
    setpriority(PRIO_PROCESS, 0, 19);
#else
    (void) planner;
#endif
}

/* Who is asked to end is waited for: as fast as all others again, if that is permitted (it is not
 * to everybody). On a machine with eight threads for each processor it else took seconds. */
static void hurry(hax_planner *planner)
{
#ifdef __linux__
    int id = atomic_exchange(&planner->thread_id, 0);
    if (id > 0 && !atomic_load_explicit(&planner->done, memory_order_acquire))
        setpriority(PRIO_PROCESS, (id_t) id, 0);
#else
    (void) planner;
#endif
}

static void *plan(void *context)
{
    hax_planner *planner = context;
    for (bool ended = false; !ended && !hax_cancel_requested(&planner->cancel);) {
        hax_planner_news news = take_step(planner);
        ended = news.ended;
        pthread_mutex_lock(&planner->lock);
        put_news(planner, news);
        pthread_mutex_unlock(&planner->lock);
        if (news.first)
            stand_back(planner);
    }
    atomic_store_explicit(&planner->done, true, memory_order_release);
    return NULL;
}

/* ---- calls ----------------------------------------------------------------------------------- */

hax_status hax_planner_open(const hax_judge *judge, hax_figures *figures,
                            const hax_schedule *current, int tried_unit, bool virtual_clock,
                            int64_t now_ns, hax_planner **out, hax_error *err)
{
    hax_planner *planner = calloc(1, sizeof *planner);
    if (!planner) {
        hax_figures_free(figures);
        hax_schedule_destroy(current);
        return hax_fail_memory(err, "a planner");
    }
    pthread_mutex_init(&planner->lock, NULL);
    planner->platform = judge->platform;
    planner->due_ns = now_ns;
    hax_status status = hax_planning_open(&planner->planning, judge, figures, current, tried_unit,
                                          &planner->cancel, err);
    if (status == HAX_OK && !virtual_clock) {
        planner->threaded = pthread_create(&planner->thread, NULL, plan, planner) == 0;
        if (!planner->threaded)
            status = hax_fail(err, HAX_UNAVAILABLE, "no thread could be started that plans anew");
    }
    if (status != HAX_OK) {
        hax_planner_close(planner);
        return status;
    }
    *out = planner;
    return HAX_OK;
}

static bool take_news(hax_planner *planner, hax_planner_news *news)
{
    bool any = planner->any;
    if (any)
        *news = planner->news;
    planner->any = false;
    memset(&planner->news, 0, sizeof planner->news);
    return any;
}

/* The first step is done when asked for, each later one's news come when its nodes are counted. */
static bool ask_virtual(hax_planner *planner, int64_t now_ns, hax_planner_news *news)
{
    if (planner->due_ns > now_ns)
        return false;
    if (!planner->first_done)
        put_news(planner, take_step(planner));
    bool any = take_news(planner, news);
    assert(any);
    planner->due_ns = INT64_MAX;
    if (news->ended)
        return any;
    uint64_t before = planner->planning.ticks;
    put_news(planner, take_step(planner));
    planner->due_ns = now_ns + (int64_t) (planner->planning.ticks - before) * NODE_NS;
    return any;
}

bool hax_planner_ask(hax_planner *planner, int64_t now_ns, hax_planner_news *news)
{
    if (!planner->threaded)
        return ask_virtual(planner, now_ns, news);
    if (pthread_mutex_trylock(&planner->lock) != 0)
        return false; /* at the next call */
    bool any = take_news(planner, news);
    pthread_mutex_unlock(&planner->lock);
    return any;
}

int64_t hax_planner_due_ns(const hax_planner *planner)
{
    return planner->threaded ? INT64_MAX : planner->due_ns;
}

bool hax_planner_stop(hax_planner *planner)
{
    hax_cancel_request(&planner->cancel);
    hurry(planner);
    return !planner->threaded || atomic_load_explicit(&planner->done, memory_order_acquire);
}

void hax_planner_close(hax_planner *planner)
{
    if (!planner)
        return;
    hax_cancel_request(&planner->cancel);
    hurry(planner);
    if (planner->threaded)
        pthread_join(planner->thread, NULL);
    hax_planner_news_free(&planner->news);
    hax_planning_close(&planner->planning);
    pthread_mutex_destroy(&planner->lock);
    free(planner);
}
