/*
 * Nsight Compute's output while it is read: launches with their metrics as texts, since how numbers
 * are written is known at the end of the file only.
 */
#ifndef HAX_IMPORT_NSIGHT_NCU_H
#define HAX_IMPORT_NSIGHT_NCU_H

#include "import.h"

/* A metric is told by all three: "Memory Throughput" is a percentage in one section and bytes per
 * second in another. */
typedef struct hax_ncu_key {
    hax_slice section, name, unit;
    int line; /* where it is first seen */
} hax_ncu_key;

typedef struct hax_ncu_metric {
    int key;
    int line;
    hax_slice value; /* as it stands */
} hax_ncu_metric;

typedef struct hax_ncu_launch {
    hax_slice id, process, kernel, range, cc; /* empty: not given */
    int line;
    int first_metric, metric_count;
} hax_ncu_launch;

/* One table of launches; a file has several when runs were appended. */
typedef struct hax_ncu_page {
    const char *kind; /* "details" */
    int line;
    int first_launch, launch_count;
    int rules; /* rows with advice and no metric */
} hax_ncu_page;

typedef struct hax_ncu_report {
    hax_import_builder *builder;
    hax_slice text;
    int page_count, page_room;
    hax_ncu_page *pages;
    int launch_count, launch_room;
    hax_ncu_launch *launches;
    int metric_count, metric_room;
    hax_ncu_metric *metrics;
    int key_count, key_room;
    hax_ncu_key *keys;
    int last_key;            /* rows repeat in the same order */
    int others, first_other; /* lines that are not the tool's */
    int messages;            /* told of ==ERROR== and ==WARNING== */
    bool no_permission;
    bool no_kernels;
    char separator; /* of fields, CSV */
} hax_ncu_report;

/* ---- ncu.c: collecting; false when memory is out, and builder->failed is set ----------------- */

bool hax_ncu_add_page(hax_ncu_report *report, const char *kind, int line);
hax_ncu_launch *hax_ncu_add_launch(hax_ncu_report *report, int line); /* NULL: memory */
bool hax_ncu_add_metric(hax_ncu_report *report, const hax_ncu_key *key, hax_slice value, int line);

/* A line that holds no launch: the tool's own messages are told, others counted. */
void hax_ncu_other_line(hax_ncu_report *report, hax_slice line, int number);

/* ---- ncu_csv.c, ncu_text.c: pages ----------------------------------------------------------- */

/* Does the line begin a table of fields? */
bool hax_ncu_is_header(hax_slice line);
hax_status hax_ncu_read_csv(hax_ncu_report *report, hax_error *err);

/* Does the line name a launch on the page that is made to be read: "kernel (...), Context 1, ..."
 */
bool hax_ncu_is_launch_line(hax_slice line);
hax_status hax_ncu_read_text(hax_ncu_report *report, hax_error *err);

/* ---- ncu_value.c: numbers and units ---------------------------------------------------------- */

typedef enum hax_ncu_decimal {
    NCU_DECIMAL_UNKNOWN,
    NCU_DECIMAL_POINT,
    NCU_DECIMAL_COMMA,
} hax_ncu_decimal;

typedef enum hax_ncu_form {
    NCU_NO_NUMBER,
    NCU_NUMBER,    /* the same number whatever the locale, or it tells the locale itself */
    NCU_AMBIGUOUS, /* "2,816" */
} hax_ncu_form;

/* What a value looks like; `tells` is the decimal mark it proves. */
hax_ncu_form hax_ncu_look(hax_slice value, hax_ncu_decimal *tells);

/* Its number under a decimal mark; NAN: n/a, no number. */
double hax_ncu_number(hax_slice value, hax_ncu_decimal mark);

/* "n/a", "(!) n/a", "nan", "" */
bool hax_ncu_not_available(hax_slice value);

typedef enum hax_ncu_quantity {
    NCU_OTHER,
    NCU_TIME,    /* ms */
    NCU_AMOUNT,  /* bytes; a sector has 32 */
    NCU_RATE,    /* GB/s */
    NCU_PERCENT, /* % */
} hax_ncu_quantity;

/* What a unit measures, and what to multiply with. */
hax_ncu_quantity hax_ncu_unit(hax_slice unit, double *scale);

/* Finds the decimal mark of the file; HAX_BAD_INPUT where two of its numbers contradict. */
hax_status hax_ncu_find_decimal(const hax_ncu_report *report, hax_ncu_decimal *mark,
                                hax_error *err);

/* ---- ncu_tell.c: figures of launches --------------------------------------------------------- */

hax_status hax_ncu_tell(hax_ncu_report *report, hax_ncu_decimal mark, hax_error *err);

#endif
