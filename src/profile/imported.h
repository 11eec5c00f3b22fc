/* A profile while it is made of imported files. */
#ifndef PROFILE_IMPORTED_H
#define PROFILE_IMPORTED_H

#include <stdbool.h>

#include "error.h"
#include "haxconn/profile.h"
#include "text.h"

/* A group's unit is its GPU or its DLA. */
typedef enum imported_side {
    IMPORTED_GPU,
    IMPORTED_DLA,
    IMPORTED_SIDES,
} imported_side;

/* A time and where it comes from, in words; NULL: not measured. */
typedef struct imported_time {
    hax_summary ms; /* count 0: none */
    const char *source;
} imported_time;

/* Bytes per time that a group demands; source NULL: what must move at least was counted. */
typedef struct imported_demand {
    double gbps, spread; /* spread: relative, two sigma */
    hax_demand_source demand;
    const char *source;
} imported_demand;

typedef struct imported_group {
    imported_time run[IMPORTED_SIDES], out[IMPORTED_SIDES], in[IMPORTED_SIDES];
    imported_demand demand[IMPORTED_SIDES];
} imported_group;

typedef struct imported {
    const hax_import *const *imports;
    int import_count;
    const hax_grouping *grouping;
    double element_share[IMPORTED_SIDES]; /* of the bytes of 32-bit floats */
    imported_group *groups;               /* [group] */
    hax_summary whole[IMPORTED_SIDES];
    int reformats[IMPORTED_SIDES]; /* within groups: they count in the mean of all only */
    double reformat_ms[IMPORTED_SIDES];
    hax_text source;         /* of the document */
    const char *source_what; /* said last in it */
} imported;

/* "; WHAT FILE" in the document's source, ", FILE" when it was WHAT before. */
void imported_name_source(imported *of, const char *what, const char *file);

/* Cells of a section; NAN and "" where there is none. */
double imported_number(const hax_import_section *section, int row, const char *column);
const char *imported_words(const hax_import_section *section, int row, const char *column);

/* Bytes that a group must move at least on a side. */
double imported_bytes(const imported *of, int group, imported_side side);

/* imported_demand.c: demands of all groups that have a time. */
void imported_take_demands(imported *of);

#endif
