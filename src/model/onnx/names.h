/* Names, and a whole number for each. */
#ifndef HAX_MODEL_ONNX_NAMES_H
#define HAX_MODEL_ONNX_NAMES_H

#include <stdbool.h>
#include <stddef.h>

typedef struct hax_onnx_name {
    const char *name; /* NULL: a free slot */
    int value;
} hax_onnx_name;

typedef struct hax_onnx_names {
    hax_onnx_name *slots;
    size_t mask, count;
} hax_onnx_names;

/* Room for `count` names; false when memory is out. Free with hax_onnx_names_free. */
bool hax_onnx_names_init(hax_onnx_names *names, size_t count);
void hax_onnx_names_free(hax_onnx_names *names);

/* The number of a name; `otherwise` when it is not there. */
int hax_onnx_names_get(const hax_onnx_names *names, const char *name, int otherwise);

/* Adds a name (not copied) that is not there yet; false if it is. */
bool hax_onnx_names_add(hax_onnx_names *names, const char *name, int value);

#endif
