/*
 * haxconn-tensorrt-build SHIM ONNX ENGINE KEY CORE PRECISION WORKSPACE
 *
 * Builds one engine, for the driver (engine_build.h): exit code 0 and the file, or 1 and why not on
 * standard output. The file begins with the key (engine_store.h).
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "engine_store.h"
#include "library.h"

static int refuse(const char *why)
{
    char visible[HAX_TRT_WHY];
    hax_text_copy_visible(why, visible, sizeof visible);
    printf("%s\n", visible);
    return 1;
}

static hax_trt_precision precision_of(const char *name)
{
    return strcmp(name, "f16") == 0    ? HAX_TRT_F16
           : strcmp(name, "tf32") == 0 ? HAX_TRT_TF32
                                       : HAX_TRT_F32;
}

int main(int argc, char **argv)
{
    const hax_trt_shim *shim;
    hax_error err = { 0 };
    char why[HAX_TRT_WHY] = "";
    void *engine = NULL;
    size_t bytes = 0;
    if (argc != 8)
        return refuse("it is part of haxconn, which calls it");
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* nobody waits for it any more */
    if (hax_trt_shim_open(argv[1], &shim, &err) != HAX_OK)
        return refuse(err.message);
    const hax_trt_build what = { .onnx = argv[2],
                                 .dla_core = atoi(argv[5]),
                                 .precision = precision_of(argv[6]),
                                 .workspace_bytes = strtoull(argv[7], NULL, 10) };
    if (!shim->build(&what, &engine, &bytes, why))
        return refuse(why);
    hax_status status = hax_trt_engine_keep(argv[3], argv[4], engine, bytes, &err);
    free(engine);
    return status == HAX_OK ? 0 : refuse(err.message);
}
