/* The entries of a TensorRT profile and the layers of a network that they are. */
#ifndef HAX_IMPORT_MATCH_MATCH_H
#define HAX_IMPORT_MATCH_MATCH_H

#include "arena.h"
#include "error.h"
#include "haxconn/import.h"
#include "model.h"
#include "slice.h"

typedef enum hax_match_role {
    MATCH_NOTHING,
    MATCH_LAYERS,   /* computes the layers */
    MATCH_REFORMAT, /* changes the layout before or behind them */
    MATCH_COPY,     /* moves tensors: to and from the DLA, into concatenations */
    MATCH_HELPER,   /* made by TensorRT beside the layers: shuffles, reshapes */
} hax_match_role;

typedef enum hax_match_unit {
    MATCH_UNKNOWN_UNIT,
    MATCH_GPU,
    MATCH_DLA,
} hax_match_unit;

/* An end of a range that is no layer, as TensorRT made it: as far as no other entry goes. */
enum { MATCH_RANGE_OPEN = -2 };

typedef struct hax_match_entry {
    const char *name;
    double time_ms; /* of one inference; NAN: not a number there */
    hax_match_role role;
    hax_match_unit unit;
    bool braces;    /* "{...}" */
    bool foreign;   /* "{ForeignNode[...]}" */
    bool nvm;       /* to or from the DLA's memory, or waiting for it */
    bool books_dla; /* its time is the DLA's */
    int layer_count, layer_capacity;
    int *layers;                 /* rising once all is done */
    int range_first, range_last; /* of "a...b", -1: none; MATCH_RANGE_OPEN */
    int recovered;               /* layers that come from the graph and not from the name */
    int unknown;                 /* parts of the name that are no layer */
    hax_slice first_unknown;
} hax_match_entry;

typedef struct hax_match_name {
    const char *name;
    int layer; /* -1: an input that is no layer */
} hax_match_name;

/* Names of a network's layers and tensors, sorted. */
typedef struct hax_match_names {
    const hax_model *model;
    int layer_count, tensor_count;
    const hax_match_name *layers, *tensors;
} hax_match_names;

typedef struct hax_match {
    hax_arena *arena;
    const hax_model *model;
    hax_match_names names;
    int entry_count;
    hax_match_entry *entries;
    int *owner;         /* [layer] the entry that computes it, -1: none */
    double engine_ms;   /* the engine's mean where a log beside has it, NAN: none, or several */
    const char *booked; /* how the DLA's time is booked, NULL: no DLA */
    int conflicts;      /* layers that two entries compute */
    bool failed;        /* memory ran out */
} hax_match;

/* profile_match.c: the first and last group that an entry's layers are in; false: in none. */
bool hax_match_groups_of(const hax_match *match, const hax_grouping *grouping,
                         const hax_match_entry *entry, int *first, int *last);

/* match_name.c: what a name says; everything of the entry but time and unit. */
hax_status hax_match_names_make(hax_arena *arena, const hax_model *model, hax_match_names *names,
                                hax_error *err);
void hax_match_parse_name(hax_match *match, hax_match_entry *entry);
void hax_match_add_layer(hax_match *match, hax_match_entry *entry, int layer);

/* match_range.c: the layers of "a...b". */
hax_status hax_match_fill_ranges(hax_match *match, hax_error *err);

/* match_unit.c: who runs an entry, and who its time belongs to. `beside` are other files of the
 * same engine. */
void hax_match_find_units(hax_match *match, const hax_import *const *beside, int beside_count);

#endif
