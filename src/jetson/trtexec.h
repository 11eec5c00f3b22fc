/* Command lines of trtexec, with flags that its version knows and no others. */
#ifndef HAX_JETSON_TRTEXEC_H
#define HAX_JETSON_TRTEXEC_H

#include <stdbool.h>

#include "text.h"

/* A line that is being written, as a shell reads it. */
typedef struct hax_trtexec_line {
    int tensorrt;
    hax_text *text;
} hax_trtexec_line;

/* Does trtexec of that version know a flag ("--onnx")? False for one that no version has. */
bool hax_trtexec_knows(const char *flag, int tensorrt);

/* Begins with `program`, which is shell text. */
hax_trtexec_line hax_trtexec_begin(hax_text *text, int tensorrt, const char *program);

/* Appends a flag that the version knows (asserted): with a value, quoted as the shell needs it;
 * with shell text for one; with none. */
void hax_trtexec_value(const hax_trtexec_line *line, const char *flag, const char *value);
void hax_trtexec_shell(const hax_trtexec_line *line, const char *flag, const char *shell);
void hax_trtexec_flag(const hax_trtexec_line *line, const char *flag);

/* The same with a whole number. */
void hax_trtexec_number(const hax_trtexec_line *line, const char *flag, int number);

#endif
