/*
 * All of haxconn. Each stage has a header of its own; see ARCHITECTURE.md.
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
#include "haxconn/document.h"
#include "haxconn/engine.h"
#include "haxconn/estimate.h"
#include "haxconn/experiment.h"
#include "haxconn/export.h"
#include "haxconn/import.h"
#include "haxconn/jetson.h"
#include "haxconn/model.h"
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
#include "haxconn/verify.h"
#include "haxconn/version.h"
#include "haxconn/workload.h"
#include "haxconn/z3.h"

#endif
