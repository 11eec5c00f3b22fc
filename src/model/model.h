/* Networks: readers fill lists of layers, the graph resolves names, shapes and constants, layers
 * are lowered to kernels and cut into groups. Here: what other rooms see of it, kernels and the
 * resolved graph; how a file became either they do not. */
#ifndef HAX_MODEL_MODEL_H
#define HAX_MODEL_MODEL_H

#include "lower/kernel.h"
#include "node.h"
#include "origin.h"

#endif
