/*
 * Better and better plans for one set of figures. The first step looks at the plan in force and at
 * the plain deployments, which takes milliseconds; each further one searches again, with four times
 * the nodes of the last: latency and throughput of the round in turns where the stream itself is
 * the judge (judge.h), else the objective of the round. It ends with proofs, or when the searches
 * have brought nothing better several times running.
 */
#ifndef HAX_STREAM_PLANNING_H
#define HAX_STREAM_PLANNING_H

#include "judge.h"

enum { HAX_PLANNING_SEARCHES = 2 };

typedef struct hax_planning_search {
    const hax_problem *problem; /* of the objective; owned */
    uint64_t node_limit;        /* of the next step */
    bool ended;
} hax_planning_search;

typedef struct hax_planning {
    hax_judge judge;
    hax_figures figures;         /* owned */
    const hax_cancel *cancel;    /* may be NULL */
    const hax_schedule *current; /* what is in force, if it can stay; else NULL. Owned */
    hax_judgement current_worth;
    const hax_schedule *best; /* owned */
    hax_judgement worth;
    int tried_unit;         /* of the problem: only plans that use it count; -1: none is tried */
    int search_count, next; /* whose turn it is */
    hax_planning_search searches[HAX_PLANNING_SEARCHES];
    double bound;    /* of the round's objective */
    hax_proof proof; /* of the best round that was found */
    double optimum;  /* the best round's objective that was found */
    uint64_t nodes;  /* of all steps */
    uint64_t ticks;  /* nodes, and a thousand for each candidate that was simulated for a split */
    int split_next;  /* the instance whose splits come next */
    int split_vain;  /* so many have gained nothing, one after the other */
    int64_t split_frames; /* that were simulated for splits */
    int candidates;       /* that were judged */
    int in_vain;          /* steps that have brought nothing, one after the other */
    bool ended;
} hax_planning;

/* Takes over the figures, and the current schedule (of these figures; NULL: none can stay). */
hax_status hax_planning_open(hax_planning *planning, const hax_judge *judge, hax_figures *figures,
                             const hax_schedule *current, int tried_unit, const hax_cancel *cancel,
                             hax_error *err);
void hax_planning_close(hax_planning *planning); /* one of zeros is allowed */

/* The best of the current plan and the plain ones. */
hax_status hax_planning_first(hax_planning *planning, hax_error *err);

/* One more search, unless it has ended. *better: `best` is another one than before. */
hax_status hax_planning_step(hax_planning *planning, bool *better, hax_error *err);

/* All at once, for a stream that has not begun: the plain deployments where frames are the judge,
 * and each search as far as the options let it. */
hax_status hax_planning_search_all(hax_planning *planning, const hax_solve_options *options,
                                   hax_error *err);

/* Takes a schedule over, as the best if it is. */
hax_status hax_planning_consider(hax_planning *planning, const hax_schedule *schedule, bool *better,
                                 hax_error *err);

#endif
