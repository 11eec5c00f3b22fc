/* A pressure table from any bytes: read, fitted in both forms, written, drawn. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "haxconn/contention.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fit(const hax_pressure_table *table)
{
    const hax_contention_fit *contention_fit = NULL;
    char *text = NULL;
    if (table->own_count * table->external_count > 400)
        return;
    if (hax_contention_fit_make(table, HAX_FIT_ERROR_LIMIT, &contention_fit, NULL) != HAX_OK)
        abort();
    const hax_slowdown *slowdown = hax_contention_fit_slowdown(contention_fit);
    for (int i = 0; i < table->own_count; i++) {
        double value = hax_slowdown_value(slowdown, table->own_gbps[i], table->external_gbps[0]);
        if (!(value >= 1 && value <= 1000))
            abort();
    }
    if (hax_contention_fit_text(contention_fit, &text, NULL) == HAX_OK)
        free(text);
    if (hax_contention_fit_svg(contention_fit, &text, NULL) == HAX_OK)
        free(text);
    hax_contention_fit_destroy(contention_fit);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const hax_pressure_table *table = NULL;
    hax_error err = { 0 };
    hax_status status =
        hax_pressure_table_parse((const char *) data, size, "fuzz.txt", &table, &err);
    if (status != HAX_OK) {
        if (status != HAX_BAD_INPUT || table || err.message[0] == '\0' || err.line < 1)
            abort();
        return 0;
    }
    fit(table);
    hax_pressure_table_destroy(table);
    return 0;
}
