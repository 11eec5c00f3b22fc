/* All of haxconn. Each stage has a header of its own; see ARCHITECTURE.md. */
#ifndef HAXCONN_H
#define HAXCONN_H

#include "haxconn/api.h"
#include "haxconn/array.h"
#include "haxconn/campaign.h"
#include "haxconn/contention.h"
#include "haxconn/datasheet.h"
#include "haxconn/deploy.h"
#include "haxconn/document.h"
#include "haxconn/engine.h"
#include "haxconn/estimate.h"
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
#include "haxconn/statistics.h"
#include "haxconn/status.h"
#include "haxconn/version.h"
#include "haxconn/workload.h"
#include "haxconn/z3.h"

#endif
