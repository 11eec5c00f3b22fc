/* A profile while it is made of imported files. */
#ifndef HAX_PROFILE_IMPORTED_IMPORTED_H
#define HAX_PROFILE_IMPORTED_IMPORTED_H

#include <stdbool.h>

#include "error.h"
#include "haxconn/profile.h"
#include "text.h"

/* A group's unit is its GPU or its DLA. */
typedef enum hax_imported_side {
    IMPORTED_GPU,
    IMPORTED_DLA,
    IMPORTED_SIDES,
} hax_imported_side;

/* A time and where it comes from, in words; NULL: not measured. */
typedef struct hax_imported_time {
    hax_summary ms; /* count 0: none */
    const char *source;
} hax_imported_time;

/* Bytes per time that a group demands; source NULL: what must move at least was counted. */
typedef struct hax_imported_demand {
    double gbps, spread; /* spread: relative, two sigma */
    hax_demand_source demand;
    const char *source;
} hax_imported_demand;

typedef struct hax_imported_group {
    hax_imported_time run[IMPORTED_SIDES], out[IMPORTED_SIDES], in[IMPORTED_SIDES];
    hax_imported_demand demand[IMPORTED_SIDES];
} hax_imported_group;

typedef struct hax_imported {
    const hax_import *const *imports;
    int import_count;
    const hax_grouping *grouping;
    double element_share[IMPORTED_SIDES]; /* of the bytes of 32-bit floats */
    hax_imported_group *groups;           /* [group] */
    hax_summary whole[IMPORTED_SIDES];
    int reformats[IMPORTED_SIDES]; /* within groups: they count in the mean of all only */
    double reformat_ms[IMPORTED_SIDES];
    hax_text source;         /* of the document */
    const char *source_what; /* said last in it */
} hax_imported;

/* "; WHAT FILE" in the document's source, ", FILE" when it was WHAT before. */
void hax_imported_name_source(hax_imported *imported, const char *what, const char *file);

/* Cells of a section; NAN and "" where there is none. */
double hax_imported_number(const hax_import_section *section, int row, const char *column);
const char *hax_imported_words(const hax_import_section *section, int row, const char *column);

/* Bytes that a group must move at least on a side. */
double hax_imported_bytes(const hax_imported *imported, int group, hax_imported_side side);

/* imported_demand.c: demands of all groups that have a time. */
void hax_imported_take_demands(hax_imported *imported);

#endif
