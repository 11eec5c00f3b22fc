/*
 * The plan of measurement. A pass is one plan of a session, executed with everything else
 * idle:
 *
 *   alone     a network's groups one after the other on a unit of one class: the time of
 *             every group, and of the whole;
 *   crossing  the network changes between two units of different kinds at every cut: the
 *             time of OUT on the unit left and of IN on the unit entered. Two passes, one
 *             for either first unit, cross every cut both ways.
 *
 *   entering  the network changes between two units of one kind at every cut: the time of a group
 *             whose network was elsewhere before (cold private caches, a sleeping team, an input in
 *             somebody else's cache), beside its time alone. Two passes for two classes of units,
 *             one for two units of a class; of the first HAX_ENTERING_CLASSES classes of a kind
 *             that are planned on, so that passes stay few. On a virtual clock only where the law
 *             has such costs;
 *   pressed   a network alone on a unit, beside traffic from the others at one of two levels: what
 *             the pressure does to every group, and every group to the pressure;
 *   pressure  no network: kernels of known demand under known pressure (pressure.h), for the
 *             unit's slowdown function.
 *
 * The last two only where contention is to be measured. Units of one class take turns from run to
 * run of a pass and their samples are pooled. Groups that a unit cannot run are run elsewhere.
 * Units of the same kind hand tensors over without OUT and IN, and reference units are never
 * crossed.
 *
 * Whoever measures decides when each pass is run; so passes can take turns with other
 * things in the same rounds. The session's instances are the networks.
 */
#ifndef HAX_PROFILE_MEASURE_PASSES_H
#define HAX_PROFILE_MEASURE_PASSES_H

#include "error.h"
#include "exec.h"
#include "haxconn/profile.h"
#include "store/samples.h"

typedef struct hax_passes hax_passes;

typedef struct hax_passes_config {
    const hax_platform *platform;
    int network_count; /* 0: pressure only */
    const hax_profile_network *networks;
    const int *instances; /* [network]: the session's instance that holds it; NULL: the one of the
                             same number */
    bool contention;      /* needs a session with traffic */
    hax_traffic_kind traffic; /* that presses */
} hax_passes_config;

/*
 * All passes over some networks. Platform and networks must outlive the passes.
 * HAX_BAD_INPUT when a group can run on no unit. Free with hax_passes_destroy.
 */
hax_status hax_passes_create(const hax_passes_config *config, hax_passes **passes, hax_error *err);
void hax_passes_destroy(hax_passes *passes);

int hax_passes_count(const hax_passes *passes);

/* Identity of what a pass measures: the model's content, its groups, and the configuration
 * of the unit under each. */
uint64_t hax_passes_key(const hax_passes *passes, int pass);

enum { HAX_ENTERING_CLASSES = 4 };

/* The network that a pass measures (or HAX_NO_NETWORK), whether it changes units (crossing or
 * entering), and a line for people: "googlenet alone on fast". */
int hax_passes_network(const hax_passes *passes, int pass);
bool hax_passes_changes_units(const hax_passes *passes, int pass);
const char *hax_passes_describe(const hax_passes *passes, int pass);

/* Runs a pass once and keeps its samples. Statuses of hax_session_execute. */
hax_status hax_passes_run(hax_passes *passes, int pass, hax_session *session, hax_error *err);

/* Runs a pass on every unit that takes turns in it and keeps nothing: caches, pages and
 * clocks are warm after it. */
hax_status hax_passes_warm_up(hax_passes *passes, int pass, hax_session *session, hax_error *err);

/* Samples of the last hax_passes_run of any pass; owned by the passes. */
const hax_sample *hax_passes_last(const hax_passes *passes, int *count);

/* Adds a time that was kept of an earlier run of the pass: group, part, presser and time of
 * `kept` count. HAX_BAD_INPUT when the pass does not measure such a thing. */
hax_status hax_passes_recall(hax_passes *passes, int pass, const hax_sample *kept, hax_error *err);

/* Remembers the samples so far; and drops those of all runs since, because something else was at
 * work meanwhile. */
void hax_passes_mark(hax_passes *passes);
void hax_passes_forget(hax_passes *passes);

/* What all samples so far come to. Free with hax_profile_destroy. */
hax_status hax_passes_profile(const hax_passes *passes, const hax_profile **profile,
                              hax_error *err);

#endif
