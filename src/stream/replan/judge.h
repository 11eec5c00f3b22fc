/*
 * Which of two plans a stream is better off with. Where networks have rates and no frame is the
 * program's, that is what the stream itself comes to on a virtual clock by the figures, with each
 * network's frames as they lie to those of the others: first the fewest frames dropped or late,
 * then the shortest mean latency (the sum of the networks' means). The same where no network has a
 * rate, several frames are in flight and the objective is throughput: first the most frames in a
 * second, of all networks together. Else the objective of the round, which knows of one frame.
 */
#ifndef HAX_STREAM_JUDGE_H
#define HAX_STREAM_JUDGE_H

#include "haxconn/stream.h"
#include "plan_figures.h"

typedef struct hax_judgement {
    bool by_frames; /* else `late` and `latency_ms` are not known */
    int64_t frames; /* that were simulated */
    int64_t late;   /* of them: dropped, behind their deadlines, or without a result at the end */
    double latency_ms; /* sum over networks of the mean; INFINITY: one has no result */
    double per_s;      /* frames of all networks; 0 where that is not asked */
    double factor;     /* by which all rates can grow; 0 where that is not asked */
    double round;      /* the objective of the round */
} hax_judgement;

/* What a stream is made of, all its networks. */
typedef struct hax_judge {
    const hax_platform *platform;
    const hax_profile_network *networks;
    bool by_rate;  /* before all else, the highest rates kept */
    int in_flight; /* frames of a network */
} hax_judge;

hax_status hax_judge_schedule(const hax_judge *judge, const hax_figures *figures,
                              const hax_schedule *schedule, hax_judgement *judgement,
                              hax_error *err);

/* The same of a period's schedule, which is repeated: of a cycle that was made of the figures. */
hax_status hax_judge_cycle(const hax_judge *judge, const hax_figures *figures,
                           const hax_cycle *cycle, const hax_schedule *schedule,
                           hax_judgement *judgement, hax_error *err);

/* Do frames decide, or the round? */
bool hax_judge_is_by_frames(const hax_judge *judge, const hax_figures *figures);

/* By more than rounding. */
bool hax_judgement_better(hax_objective objective, const hax_judgement *a, const hax_judgement *b);

#endif
