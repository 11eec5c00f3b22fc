/*
 * Nsight Compute's output while it is read: launches with their metrics as texts, since how numbers
 * are written is known at the end of the file only.
 */
#ifndef IMPORT_NCU_H
#define IMPORT_NCU_H

#include "import.h"

/* A metric is told by all three: "Memory Throughput" is a percentage in one section and bytes per
 * second in another. */
typedef struct ncu_key {
    slice section, name, unit;
    int line; /* where it is first seen */
} ncu_key;

typedef struct ncu_metric {
    int key;
    int line;
    slice value; /* as it stands */
} ncu_metric;

typedef struct ncu_launch {
    slice id, process, kernel, range, cc; /* empty: not given */
    int line;
    int first_metric, metric_count;
} ncu_launch;

/* One table of launches; a file has several when runs were appended. */
typedef struct ncu_page {
    const char *kind; /* "details" */
    int line;
    int first_launch, launch_count;
    int rules; /* rows with advice and no metric */
} ncu_page;

typedef struct ncu_report {
    import_builder *to;
    slice text;
    int page_count, page_room;
    ncu_page *pages;
    int launch_count, launch_room;
    ncu_launch *launches;
    int metric_count, metric_room;
    ncu_metric *metrics;
    int key_count, key_room;
    ncu_key *keys;
    int last_key;            /* rows repeat in the same order */
    int others, first_other; /* lines that are not the tool's */
    int messages;            /* told of ==ERROR== and ==WARNING== */
    bool no_permission;
    bool no_kernels;
    char separator; /* of fields, CSV */
} ncu_report;

/* ---- ncu.c: collecting; false when memory is out, and to->failed is set ------------------- */

bool ncu_add_page(ncu_report *report, const char *kind, int line);
ncu_launch *ncu_add_launch(ncu_report *report, int line); /* NULL: memory */
bool ncu_add_metric(ncu_report *report, const ncu_key *key, slice value, int line);

/* A line that holds no launch: the tool's own messages are told, others counted. */
void ncu_other_line(ncu_report *report, slice line, int number);

/* ---- ncu_csv.c, ncu_text.c: pages ----------------------------------------------------------- */

/* Does the line begin a table of fields? */
bool ncu_is_header(slice line);
hax_status ncu_read_csv(ncu_report *report, hax_error *err);

/* Does the line name a launch on the page that is made to be read: "kernel (...), Context 1, ..."
 */
bool ncu_is_launch_line(slice line);
hax_status ncu_read_text(ncu_report *report, hax_error *err);

/* ---- ncu_value.c: numbers and units -----------------------------------------------------------
 */

typedef enum ncu_decimal {
    NCU_DECIMAL_UNKNOWN,
    NCU_DECIMAL_POINT,
    NCU_DECIMAL_COMMA,
} ncu_decimal;

typedef enum ncu_form {
    NCU_NO_NUMBER,
    NCU_NUMBER,    /* the same number whatever the locale, or it tells the locale itself */
    NCU_AMBIGUOUS, /* "2,816" */
} ncu_form;

/* What a value looks like; `tells` is the decimal mark it proves. */
ncu_form ncu_look(slice value, ncu_decimal *tells);

/* Its number under a decimal mark; NAN: n/a, no number. */
double ncu_number(slice value, ncu_decimal mark);

/* "n/a", "(!) n/a", "nan", "" */
bool ncu_not_available(slice value);

typedef enum ncu_quantity {
    NCU_OTHER,
    NCU_TIME,    /* ms */
    NCU_AMOUNT,  /* bytes; a sector has 32 */
    NCU_RATE,    /* GB/s */
    NCU_PERCENT, /* % */
} ncu_quantity;

/* What a unit measures, and what to multiply with. */
ncu_quantity ncu_unit(slice unit, double *scale);

/* Finds the decimal mark of the file; HAX_BAD_INPUT where two of its numbers contradict. */
hax_status ncu_find_decimal(const ncu_report *report, ncu_decimal *mark, hax_error *err);

/* ---- ncu_tell.c: figures of launches -----------------------------------------------------------
 */

hax_status ncu_tell(ncu_report *report, ncu_decimal mark, hax_error *err);

#endif
