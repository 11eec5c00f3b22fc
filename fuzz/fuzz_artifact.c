/* A result file of HaX-CoNN from any bytes; what is read can be written again. */
#include "fuzz_import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_import("artifact", data, size);
    return 0;
}
