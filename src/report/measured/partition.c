/* Which partition of a GPU was found, and beside which others. */
#include "haxconn/report.h"

#include "explain.h"
#include "number.h"
#include "table.h"

/* Rows for those that came close; the rest is counted. */
enum { ROWS_MOST = 8 };

static void append_row(const hax_partition_choice *choice, hax_objective objective, int index,
                       hax_table *table)
{
    const hax_partition *one = &choice->partitions[index];
    hax_table_cell(table, "%s", index == choice->chosen ? "chosen" : "");
    hax_table_cell(table, "%s", one->sizes);
    hax_table_cell(table, "%s", hax_number_of(one->whole_ms).text);
    if (one->planned)
        hax_table_cell(
            table, "%s",
            hax_number_of(objective == HAX_THROUGHPUT ? 1000 * one->value : one->value).text);
    else
        hax_table_cell(table, "-");
    hax_table_cell(table, "%s", one->measured ? "measured" : "interpolated");
}

static void append_sizes(const hax_partition_choice *choice, int width, hax_text *out)
{
    hax_text sizes = { 0 };
    for (int s = 0; s < choice->size_count; s++)
        hax_text_printf(&sizes, "%s%d", s > 0 ? ", " : "", choice->sizes[s]);
    hax_text_paragraph(out, 0, width,
                       "Measured on parts of %s SMs, between them linear in 1/SMs; %d partitions "
                       "were estimated.%s",
                       hax_text_get(&sizes), choice->partition_count,
                       choice->largest_loss > 0 ? ""
                                                : " Neighbours are not taken to slow each other.");
    if (choice->largest_loss > 0)
        hax_text_paragraph(out, 0, width,
                           "Beside a neighbour the networks take up to %.1f %% longer, which is "
                           "counted in.",
                           100 * choice->largest_loss);
    hax_text_spend(&sizes, out);
}

hax_status hax_report_partition(const hax_partition_choice *choice, hax_objective objective,
                                const hax_report_style *style, char **text, hax_error *err)
{
    int width = hax_report_width(style), shown = 0;
    hax_text out = { 0 };
    hax_text_paragraph(&out, 0, width, "Partition of %s: %s SMs, because %s.", choice->gpu,
                       choice->partitions[choice->chosen].sizes, choice->why);
    hax_text_append(&out, "\n");
    hax_table table;
    static const char *const latency[] = {
        "", "SMs of the parts", "whole networks ms", "plan ms", "times", NULL
    };
    static const char *const throughput[] = {
        "", "SMs of the parts", "whole networks ms", "plan 1/s", "times", NULL
    };
    hax_table_open(&table, "llrrl", objective == HAX_THROUGHPUT ? throughput : latency);
    for (int c = 0; c < choice->partition_count; c++) {
        if (c != choice->chosen && c >= ROWS_MOST)
            continue;
        append_row(choice, objective, c, &table);
        shown++;
    }
    hax_table_close(&table, 0, 0, &out);
    if (shown < choice->partition_count)
        hax_text_printf(&out, "and %d more\n", choice->partition_count - shown);
    hax_text_append(&out, "\n");
    append_sizes(choice, width, &out);
    hax_text_append(&out, "\n");
    return hax_report_take(&out, "a report", text, err);
}
