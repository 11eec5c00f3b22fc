/* Networks: readers fill lists of layers, the graph resolves names, shapes and constants, layers
 * are lowered to kernels and cut into groups. */
#ifndef HAX_MODEL_MODEL_H
#define HAX_MODEL_MODEL_H

#include "graph.h"
#include "kernel.h"

#endif
