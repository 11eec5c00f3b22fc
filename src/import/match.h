/* The entries of a TensorRT profile and the layers of a network that they are. */
#ifndef IMPORT_MATCH_H
#define IMPORT_MATCH_H

#include "arena.h"
#include "error.h"
#include "graph.h"
#include "haxconn/import.h"
#include "slice.h"

typedef enum match_role {
    MATCH_NOTHING,
    MATCH_LAYERS,   /* computes the layers */
    MATCH_REFORMAT, /* changes the layout before or behind them */
    MATCH_COPY,     /* moves tensors: to and from the DLA, into concatenations */
    MATCH_HELPER,   /* made by TensorRT beside the layers: shuffles, reshapes */
} match_role;

typedef enum match_unit {
    MATCH_UNKNOWN_UNIT,
    MATCH_GPU,
    MATCH_DLA,
} match_unit;

typedef struct match_entry {
    const char *name;
    double time_ms; /* of one inference; NAN: not a number there */
    match_role role;
    match_unit unit;
    bool braces;    /* "{...}" */
    bool foreign;   /* "{ForeignNode[...]}" */
    bool nvm;       /* to or from the DLA's memory, or waiting for it */
    bool books_dla; /* its time is the DLA's */
    int layer_count, layer_room;
    int *layers;                 /* rising once all is done */
    int range_first, range_last; /* of "a...b", -1: none */
    int recovered;               /* layers that come from the graph and not from the name */
    int unknown;                 /* parts of the name that are no layer */
    slice first_unknown;
} match_entry;

typedef struct match_name {
    const char *name;
    int layer; /* -1: an input that is no layer */
} match_name;

/* Names of a network's layers and tensors, sorted. */
typedef struct match_names {
    const hax_model *model;
    int layer_count, tensor_count;
    const match_name *layers, *tensors;
} match_names;

typedef struct match {
    hax_arena *arena;
    const hax_model *model;
    match_names names;
    int entry_count;
    match_entry *entries;
    int *owner;         /* [layer] the entry that computes it, -1: none */
    const char *booked; /* how the DLA's time is booked, NULL: no DLA */
    int conflicts;      /* layers that two entries compute */
    bool failed;        /* memory ran out */
} match;

/* match.c: the first and last group that an entry's layers are in; false: in none. */
bool match_groups_of(const match *all, const hax_grouping *grouping, const match_entry *entry,
                     int *first, int *last);

/* match_name.c: what a name says; everything of the entry but time and unit. */
hax_status match_names_make(hax_arena *arena, const hax_model *model, match_names *names,
                            hax_error *err);
void match_parse_name(match *all, match_entry *entry);
void match_add_layer(match *all, match_entry *entry, int layer);

/* match_range.c: the layers of "a...b". */
hax_status match_fill_ranges(match *all, hax_error *err);

/* match_unit.c: who runs an entry, and who its time belongs to. `beside` are other files of the
 * same engine. */
void match_find_units(match *all, const hax_import *const *beside, int beside_count);

#endif
