/*
 * What a Jetson board has and whether its GPU and DLA cores work under haxconn, as a text that
 * tells all that somebody elsewhere needs to know.
 *
 * Processes: forks as hax_platform_load and hax_deployment_open do (haxconn/deploy.h), and has
 * ended what it forked when it returns.
 */
#ifndef HAXCONN_DOCTOR_H
#define HAXCONN_DOCTOR_H

#include "haxconn/api.h"
#include "haxconn/progress.h"
#include "haxconn/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Board, system, versions, clocks, and a tiny network on each unit of the platform "jetson", whose
 * outputs are held against plain loops. What is missing or fails is told in the text and is no
 * failure of the call; *working and *units say how many units worked of how many there are (0 where
 * there is no such platform). `watch` may be NULL. Free with free.
 *   HAX_INTERRUPTED  by the watch's cancel
 */
HAX_API hax_status hax_doctor_board_text(const hax_watch *watch, char **text, int *working,
                                         int *units, hax_error *err);

#ifdef __cplusplus
}
#endif

#endif
