/* Slowdown functions as they stand in documents. */
#ifndef CONTENTION_SLOWDOWN_JSON_H
#define CONTENTION_SLOWDOWN_JSON_H

#include <jansson.h>

#include "haxconn/problem.h"

/* The "slowdown" of a unit in a problem; NULL when memory is out. */
json_t *slowdown_to_json(const hax_slowdown *slowdown);

#endif
