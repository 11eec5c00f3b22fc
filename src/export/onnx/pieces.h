/*
 * A plan as pieces: groups of an instance that run one after the other on one unit with nothing
 * between. A piece also ends where the plan has another job on its unit in between, where it waits,
 * and behind a group that another one was made to wait for: whoever runs whole pieces in their
 * order, and waits as they say, does what the plan does.
 */
#ifndef HAX_EXPORT_ONNX_PIECES_H
#define HAX_EXPORT_ONNX_PIECES_H

#include "export.h"
#include "onnx_write.h"

typedef struct hax_onnx_piece {
    int placed; /* index in plan->placed */
    int unit;
    int first_group, last_group;
    double start_ms, end_ms;
    int after;       /* the piece that the plan makes it wait for besides; -1: none */
    double delay_ms; /* how long after that one's end, or after the start of the round */
    const hax_onnx_graph *graph;
    hax_onnx_part part;
    bool external;
    char file[160];
} hax_onnx_piece;

typedef struct hax_onnx_pieces {
    const hax_export_plan *plan;
    int count;
    hax_onnx_piece *pieces; /* instance after instance, along each network */
    hax_onnx_graph *graphs; /* [plan->count] */
    int *first_of;          /* [plan->count + 1]: the first piece of each instance */
} hax_onnx_pieces;

/* Free with hax_onnx_pieces_free, also after a failure. */
hax_status hax_onnx_pieces_make(const hax_export_plan *plan, hax_onnx_pieces *pieces,
                                hax_error *err);
void hax_onnx_pieces_free(hax_onnx_pieces *pieces);

/* The piece of an instance (index in plan->placed) that holds a group; -1: nothing is left of it.
 */
int hax_onnx_piece_of(const hax_onnx_pieces *pieces, int placed, int group);

/* Metadata of the groups of an instance's nodes; free with hax_onnx_notes_free. */
hax_status hax_onnx_notes_make(const hax_export_plan *plan, const hax_export_layer *placed,
                               hax_onnx_notes *notes, hax_error *err);
void hax_onnx_notes_free(hax_onnx_notes *notes);

/* A name that any file system takes, of an instance and of none before it. */
void hax_onnx_file_stem(const hax_export_plan *plan, int placed, char *stem, size_t size);

/* The "haxconn/pieces" document; free with free. */
hax_status hax_onnx_manifest(const hax_onnx_pieces *pieces, char **text, hax_error *err);

#endif
