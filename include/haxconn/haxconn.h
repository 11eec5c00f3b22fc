/*
 * All of haxconn. Each stage has a header of its own; see ARCHITECTURE.md.
 *
 * Arguments: inputs first, the count before its array (but the text before its length, as in
 * string.h), then outputs, `hax_error *err` last.
 *
 * Verbs: ..._load by name or path, ..._parse from a text in memory, ..._make from parts,
 * ..._measure what takes its time on a machine, ..._destroy for all of these; ..._text as a
 * document; ..._open and ..._close for what holds processes; ..._find by name, NULL where there is
 * none.
 *
 * Ownership: what comes out through an argument is the caller's, who frees it with the ..._destroy
 * of its type (texts and the few arrays, whose comments say so, with free). What a function
 * returns, and what is reached through a member, is another one's and lives as long as that; only
 * hax_baseline_set_take gives away what it returns. Nothing is copied but where it is said.
 * Configurations and options are only read during the call (config.h).
 *
 * Structs are of four kinds (docs/decisions.md says why, tests/install/layout.txt lists them):
 *   handles   hax_model, hax_deployment, hax_stream, hax_baseline_set: only declared, functions ask
 * them sized     configurations, options and answers that the caller has: they begin with their
 * size, which their ..._default() sets, and may grow at the end (config.h) results   what functions
 * give as `const T **`: only the library makes them. Programs read their members; they do not make,
 * copy or measure (sizeof) one, as it may grow at the end values    all others, which programs may
 * make and copy: elements of arrays, and hax_problem and hax_pressure_table, which are built by
 * hand as well. They do not grow: what is to be said of elements later comes as another array of
 * the result, beside theirs Whatever else changes a struct gives the shared library a new name
 * (version.h).
 *
 * Processes: hax_platform_load, hax_profile_measure, hax_run, hax_deployment_open, hax_stream_open,
 * hax_doctor_board_text (and calls with a stream that starts lost workers anew) and what
 * experiment.h measures fork without exec (deploy.h says what that means for the caller), and so do
 * hax_platform_parse and hax_profile_parse of a platform whose fingerprint is left out. No other
 * function does. Workers of the TensorRT driver start the program haxconn-tensorrt-build.
 *
 * Threads: there are no global variables. Functions may be called from several threads at once,
 * with one and the same object where it is const to them. Headers say what else holds.
 *
 * Pointers that are given to a function must not be NULL, and arrays must have the count that goes
 * with them, unless the function's comment allows NULL. A NULL that is not allowed is a mistake of
 * the program and no input: builds with assertions stop there, others may crash; there is no status
 * for it. Allowed everywhere are `hax_error *err` (no text is wanted then), the argument of every
 * hax_..._destroy, and members of options that are said to have a default. Contents of files and
 * documents, names and numbers are inputs: they are checked, and refused with a status.
 */
#ifndef HAXCONN_H
#define HAXCONN_H

#include "haxconn/api.h"
#include "haxconn/array.h"
#include "haxconn/campaign.h"
#include "haxconn/config.h"
#include "haxconn/contention.h"
#include "haxconn/datasheet.h"
#include "haxconn/deploy.h"
#include "haxconn/doctor.h"
#include "haxconn/document.h"
#include "haxconn/engine.h"
#include "haxconn/estimate.h"
#include "haxconn/experiment.h"
#include "haxconn/export.h"
#include "haxconn/import.h"
#include "haxconn/jetson.h"
#include "haxconn/model.h"
#include "haxconn/nearest.h"
#include "haxconn/partition.h"
#include "haxconn/platform.h"
#include "haxconn/problem.h"
#include "haxconn/profile.h"
#include "haxconn/progress.h"
#include "haxconn/published.h"
#include "haxconn/report.h"
#include "haxconn/run.h"
#include "haxconn/schedule.h"
#include "haxconn/sensitivity.h"
#include "haxconn/slowdown.h"
#include "haxconn/statistics.h"
#include "haxconn/status.h"
#include "haxconn/stream.h"
#include "haxconn/verify.h"
#include "haxconn/version.h"
#include "haxconn/workload.h"
#include "haxconn/z3.h"

#endif
