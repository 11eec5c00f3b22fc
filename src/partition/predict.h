/* What a partition would come to, before anything was run on it. */
#ifndef HAX_PARTITION_PREDICT_H
#define HAX_PARTITION_PREDICT_H

#include "candidates.h"
#include "curves.h"

/*
 * The shortest round with every network whole on a part, those on one part one after the other, if
 * all other parts are at work all the time; on the whole GPU all one after the other. The best of
 * all assignments (a table over sets of networks) for up to HAX_PREDICT_EXACT networks; for more,
 * longest network first to the part that would end first.
 */
enum { HAX_PREDICT_EXACT = 8 };
hax_status hax_partition_whole_ms(const hax_curves *curves, int instance_count,
                                  const hax_part_sizes *sizes, double *round_ms, hax_error *err);

/*
 * No schedule on the whole GPU and these parts ends earlier: neither before the longest network
 * with each group where it is fastest, nor before the SMs have done all that takes them at least
 * (SMs times milliseconds).
 */
double hax_partition_bound_ms(const hax_curves *curves, const hax_problem *frame,
                              const hax_gpu *gpu, const hax_part_sizes *sizes);

/*
 * The scheduling problem on the whole GPU and the parts of one or more partitions, which exclude
 * each other by the SMs that they share; costs are the curves', what else there is the frame's.
 * HAX_BAD_INPUT: more parts than a problem can have units. Free with hax_problem_destroy.
 */
hax_status hax_partition_problem(const hax_curves *curves, const hax_problem *frame,
                                 const hax_gpu *gpu, int partition_count,
                                 const hax_part_sizes *partitions, const hax_problem **problem,
                                 hax_error *err);

#endif
