/* Writes the sample networks into a folder: write_onnx FOLDER (seeds of the fuzz target, or files
 * to try the tool with). */
#include <stdio.h>

#include "file.h"
#include "onnx_samples.h"

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return 2;
    }
    for (int s = 0; s < SAMPLE_COUNT; s++) {
        char path[4096];
        hax_error err;
        message file = samples[s].write();
        snprintf(path, sizeof path, "%s/%s.onnx", argv[1], samples[s].name);
        if (file.failed || hax_file_write(path, file.data, file.length, &err) != HAX_OK) {
            fprintf(stderr, "%s: %s\n", path, file.failed ? "out of memory" : err.message);
            return 1;
        }
        hax_text_free(&file);
    }
    return 0;
}
