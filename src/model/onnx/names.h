/* Names, and a whole number for each. */
#ifndef MODEL_ONNX_NAMES_H
#define MODEL_ONNX_NAMES_H

#include <stdbool.h>
#include <stddef.h>

typedef struct onnx_name {
    const char *name; /* NULL: a free slot */
    int value;
} onnx_name;

typedef struct onnx_names {
    onnx_name *slots;
    size_t mask, count;
} onnx_names;

/* Room for `count` names; false when memory is out. Free with onnx_names_free. */
bool onnx_names_init(onnx_names *names, size_t count);
void onnx_names_free(onnx_names *names);

/* The number of a name; `otherwise` when it is not there. */
int onnx_names_get(const onnx_names *names, const char *name, int otherwise);

/* Adds a name (not copied) that is not there yet; false if it is. */
bool onnx_names_add(onnx_names *names, const char *name, int value);

#endif
