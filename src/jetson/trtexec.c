/* Which version of trtexec knows which flag, from the sources of its releases 7.0 to 11.1. Those of
 * precisions end with 10: networks of 11 are strongly typed (NVIDIA's "Migrating trtexec Usage from
 * TensorRT 10.x to 11.x"). */
#include "trtexec.h"

#include <assert.h>
#include <string.h>

typedef struct flag_range {
    const char *flag;
    int first, last; /* versions that know it */
} flag_range;

enum { FROM_START = 70000, TO_8 = 89999, TO_9 = 99999, TO_10 = 109999, TO_END = 999999 };

static const flag_range flags[] = {
    { "--onnx", FROM_START, TO_END },
    { "--saveEngine", FROM_START, TO_END },
    { "--loadEngine", FROM_START, TO_END },
    { "--fp16", FROM_START, TO_10 },
    { "--int8", FROM_START, TO_10 },
    { "--calib", FROM_START, TO_10 },
    { "--useDLACore", FROM_START, TO_END },
    { "--allowGPUFallback", FROM_START, TO_END },
    { "--inputIOFormats", FROM_START, TO_END },
    { "--outputIOFormats", FROM_START, TO_END },
    { "--iterations", FROM_START, TO_END },
    { "--duration", FROM_START, TO_END },
    { "--warmUp", FROM_START, TO_END },
    { "--avgRuns", FROM_START, TO_END },
    { "--percentile", FROM_START, TO_END },
    { "--useSpinWait", FROM_START, TO_END },
    { "--useCudaGraph", FROM_START, TO_END },
    { "--threads", FROM_START, TO_END },
    { "--exportTimes", FROM_START, TO_END },
    { "--exportProfile", FROM_START, TO_END },
    { "--dumpProfile", FROM_START, TO_END },
    { "--shapes", FROM_START, TO_END },
    { "--plugins", FROM_START, TO_END },
    { "--verbose", FROM_START, TO_END },
    { "--deploy", FROM_START, TO_8 },
    { "--model", FROM_START, TO_8 },
    { "--output", FROM_START, TO_8 },
    { "--batch", FROM_START, TO_8 },
    { "--maxBatch", FROM_START, TO_8 },
    { "--workspace", FROM_START, TO_9 },
    { "--buildOnly", FROM_START, TO_9 },
    { "--explicitBatch", FROM_START, TO_9 },
    { "--minTiming", FROM_START, TO_9 },
    { "--nvtxMode", FROM_START, TO_9 },
    { "--best", 70100, 101699 },
    { "--noDataTransfers", 70200, TO_END },
    { "--separateProfileRun", 70200, TO_END },
    { "--tacticSources", 70200, TO_END },
    { "--refit", 70200, TO_END },
    { "--timingCacheFile", 80000, TO_END },
    { "--precisionConstraints", 80200, TO_10 },
    { "--exportLayerInfo", 80200, TO_END },
    { "--dumpLayerInfo", 80200, TO_END },
    { "--profilingVerbosity", 80200, TO_END },
    { "--directIO", 80200, TO_END },
    { "--memPoolSize", 80400, TO_END },
    { "--layerPrecisions", 80400, TO_10 },
    { "--layerOutputTypes", 80400, TO_10 },
    { "--skipInference", 80600, TO_END },
    { "--layerDeviceTypes", 80600, TO_END },
    { "--buildDLAStandalone", 80600, TO_END },
    { "--builderOptimizationLevel", 80600, TO_END },
    { "--infStreams", 80600, TO_END },
    { "--maxAuxStreams", 80600, TO_END },
    { "--stronglyTyped", 100000, TO_END },
    { "--bf16", 100000, TO_10 },
    { "--noCompilationCache", 100000, TO_END },
    { "--getPlanVersionOnly", 100000, TO_END },
    { "--adjustForDLA", 101600, TO_END },
    { "--reportCapabilityDLA", 101600, TO_END },
    { "--uint8AsymmetricQuantizationDLA", 101600, TO_END },
};

bool hax_trtexec_knows(const char *flag, int tensorrt)
{
    for (size_t f = 0; f < sizeof flags / sizeof *flags; f++)
        if (strcmp(flags[f].flag, flag) == 0)
            return tensorrt >= flags[f].first && tensorrt <= flags[f].last;
    return false;
}

hax_trtexec_line hax_trtexec_begin(hax_text *text, int tensorrt, const char *program)
{
    hax_text_append(text, program);
    return (hax_trtexec_line){ tensorrt, text };
}

void hax_trtexec_flag(const hax_trtexec_line *line, const char *flag)
{
    assert(hax_trtexec_knows(flag, line->tensorrt));
    hax_text_printf(line->text, " %s", flag);
}

void hax_trtexec_value(const hax_trtexec_line *line, const char *flag, const char *value)
{
    hax_trtexec_flag(line, flag);
    hax_text_append(line->text, "=");
    hax_text_shell_word(line->text, value);
}

void hax_trtexec_shell(const hax_trtexec_line *line, const char *flag, const char *shell)
{
    hax_trtexec_flag(line, flag);
    hax_text_printf(line->text, "=%s", shell);
}

void hax_trtexec_number(const hax_trtexec_line *line, const char *flag, int number)
{
    hax_trtexec_flag(line, flag);
    hax_text_printf(line->text, "=%d", number);
}
