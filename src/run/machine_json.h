/* The machine in documents of what was executed on it. */
#ifndef HAX_RUN_MACHINE_JSON_H
#define HAX_RUN_MACHINE_JSON_H

#include <jansson.h>

#include "haxconn/platform.h"

/* New references; NULL without memory. */
json_t *hax_machine_platform_json(const hax_platform *platform);
json_t *hax_machine_fingerprint_json(const hax_fingerprint *fingerprint);

#endif
