/* Slowdown functions as they stand in documents. */
#ifndef HAX_CONTENTION_SLOWDOWN_JSON_H
#define HAX_CONTENTION_SLOWDOWN_JSON_H

#include <jansson.h>

#include "haxconn/slowdown.h"
#include "json.h"

/* The "slowdown" of a unit in a problem; NULL when memory is out. */
json_t *hax_slowdown_to_json(const hax_slowdown *slowdown);

/* The numbers of one of kind "pccs"; HAX_BAD_INPUT with the path of the value. */
hax_status hax_slowdown_pccs_from_json(const hax_json *object, hax_pccs *pccs, hax_error *err);

#endif
