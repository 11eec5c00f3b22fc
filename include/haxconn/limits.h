/* Sizes that are fixed. */
#ifndef HAXCONN_LIMITS_H
#define HAXCONN_LIMITS_H

enum {
    HAX_MAX_RESOURCES = 32, /* a unit's resources are a bit mask */
    HAX_MAX_UNITS = 16,
    HAX_MAX_INSTANCES = 64,  /* that are planned together */
    HAX_MAX_GROUPS = 100000, /* of one instance */
};

#endif
