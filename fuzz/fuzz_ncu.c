/* Nsight Compute's pages from any bytes. */
#include "fuzz_import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_import("ncu", data, size);
    return 0;
}
