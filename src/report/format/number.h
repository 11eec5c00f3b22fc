/* Numbers and lines of text as people read them. */
#ifndef HAX_REPORT_NUMBER_H
#define HAX_REPORT_NUMBER_H

#include "text.h"

/* Returned by value, so that it can stand in an argument list. */
typedef struct hax_number {
    char text[32];
} hax_number;

/* Three significant digits, never an exponent: "0.0123", "1.23", "12.3", "1230". */
hax_number hax_number_of(double value);

/* Decimals that give `value` three significant digits, 0..4. */
int hax_number_decimals(double value);

/* With so many decimals. */
hax_number hax_number_fixed(double value, int decimals);

/* A difference in percent: "+4.2 %", "0 %"; "-" when it is not finite. */
hax_number hax_number_percent(double percent);

/* Bytes as B, kB, MB or GB (powers of ten). */
hax_number hax_number_bytes(double bytes);

/* Columns that a UTF-8 text takes on a terminal (none of ours is wide or combining). */
int hax_text_columns(const char *text);

/* The same once it is made visible. */
int hax_text_visible_columns(const char *text);

/* Appends, made visible, at most `columns` > 3 columns of a text, "..." where something is cut off.
 */
void hax_text_cut(hax_text *text, const char *string, int columns);

/* Appends words broken into lines of `width` columns; all lines but the first begin with
 * `indent` blanks; ends the line. `column` is where the first line stands already. */
void hax_text_wrap(hax_text *text, const char *words, int column, int indent, int width);

/* A paragraph from its own line on; all lines but the first begin with `indent` blanks;
 * what the arguments bring is made visible. */
void hax_text_paragraph(hax_text *text, int indent, int width, const char *format, ...)
    HAX_PRINTF(4, 5);

#endif
