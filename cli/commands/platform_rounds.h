/* haxconn platform rounds */
#ifndef CLI_PLATFORM_ROUNDS_H
#define CLI_PLATFORM_ROUNDS_H

#include "command.h"

/* Every round of the platform's data sheet, evaluated here beside our own schedules; `json`: where
 * the document goes, NULL: nowhere. */
hax_status cli_platform_rounds(const hax_platform *platform, const char *json, const cli_call *call,
                               hax_error *err);

#endif
