/* haxconn schedule --published */
#ifndef CLI_SCHEDULE_PUBLISHED_H
#define CLI_SCHEDULE_PUBLISHED_H

#include "command.h"

/* `json`: where the document goes, NULL: nowhere. */
hax_status cli_schedule_published(const cli_call *call, const char *json, hax_error *err);

#endif
