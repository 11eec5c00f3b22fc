/*
 * The shim between TensorRT's C++ and shim.h, compiled once for each major version whose headers
 * are found. TensorRT itself is loaded when it is first needed, so that this is built, and loaded,
 * where it is not.
 */
#include "shim.h"

#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>

#include <NvInfer.h>
#include <NvOnnxParser.h>

namespace
{

/* TensorRT for RTX counts its versions by itself, and its headers are not public: HAX_TRT_ASKED
 * says which version to ask for in the name of these. */
#ifndef HAX_TRT_ASKED
#define HAX_TRT_ASKED NV_TENSORRT_VERSION
#endif

constexpr int kHeaders = NV_TENSORRT_MAJOR * 10000 + NV_TENSORRT_MINOR * 100 + NV_TENSORRT_PATCH;

/* Remembers the first error of each call: later ones follow from it. */
class Logger : public nvinfer1::ILogger
{
  public:
    void log(Severity severity, char const *message) noexcept override
    {
        if (severity > Severity::kERROR)
            return;
        std::lock_guard<std::mutex> guard(lock);
        if (first[0] == '\0')
            std::snprintf(first, sizeof first, "%s", message);
    }
    void forget()
    {
        std::lock_guard<std::mutex> guard(lock);
        first[0] = '\0';
    }
    void tell(char *why, char const *otherwise)
    {
        std::lock_guard<std::mutex> guard(lock);
        std::snprintf(why, HAX_TRT_WHY, "%s", first[0] ? first : otherwise);
    }

  private:
    std::mutex lock;
    char first[HAX_TRT_WHY] = "";
};

struct Library {
    int (*version)() = nullptr;
    void *(*builder)(void *, std::int32_t) = nullptr;
    void *(*runtime)(void *, std::int32_t) = nullptr;
    void *(*parser)(void *, void *, int) = nullptr;
    Logger logger;
};

Library library;

template <typename Function>
bool find(void *handle, char const *name, Function &function, char *why)
{
    void *found = dlsym(handle, name);
    if (!found) {
        std::snprintf(why, HAX_TRT_WHY, "it has no %s", name);
        return false;
    }
    std::memcpy(&function, &found, sizeof found);
    return true;
}

void *load_library(char const *name, char const *usual, char *why)
{
    char versioned[64];
    std::snprintf(versioned, sizeof versioned, "%s.so.%d", usual, NV_TENSORRT_MAJOR);
    void *handle = dlopen(name ? name : versioned, RTLD_NOW | RTLD_GLOBAL);
    if (!handle)
        std::snprintf(why, HAX_TRT_WHY, "%s", dlerror());
    return handle;
}

bool open_library(char const *name, char const *parser, char *why)
{
    void *infer = load_library(name, "libnvinfer", why);
    void *onnx = infer ? load_library(parser, "libnvonnxparser", why) : nullptr;
    return onnx && find(infer, "getInferLibVersion", library.version, why) &&
           find(infer, "createInferBuilder_INTERNAL", library.builder, why) &&
           find(infer, "createInferRuntime_INTERNAL", library.runtime, why) &&
           find(onnx, "createNvOnnxParser_INTERNAL", library.parser, why);
}

/* Before 10 a version is major * 1000 + minor * 100 + patch. */
int version()
{
    int number = library.version();
    if (number >= 10000)
        return number;
    return number / 1000 * 10000 + number / 100 % 10 * 100 + number % 100;
}

/* ---- building ------------------------------------------------------------------------------ */

struct Building {
    std::unique_ptr<nvinfer1::IBuilder> builder;
    std::unique_ptr<nvinfer1::INetworkDefinition> network;
    std::unique_ptr<nvonnxparser::IParser> parser;
    std::unique_ptr<nvinfer1::IBuilderConfig> config;
};

bool start(Building &building, char *why)
{
#if NV_TENSORRT_MAJOR < 10
    constexpr std::uint32_t flags =
        1U << static_cast<int>(nvinfer1::NetworkDefinitionCreationFlag::kEXPLICIT_BATCH);
#else
    constexpr std::uint32_t flags = 0; /* weakly typed in 10, strongly from 11 on */
#endif
    building.builder.reset(
        static_cast<nvinfer1::IBuilder *>(library.builder(&library.logger, HAX_TRT_ASKED)));
    if (building.builder)
        building.network.reset(building.builder->createNetworkV2(flags));
    if (building.network)
        building.parser.reset(static_cast<nvonnxparser::IParser *>(
            library.parser(building.network.get(), &library.logger, NV_ONNX_PARSER_VERSION)));
    if (building.parser)
        building.config.reset(building.builder->createBuilderConfig());
    if (!building.config)
        library.logger.tell(why, "TensorRT gives no builder");
    return building.config != nullptr;
}

bool parse(Building &building, hax_trt_build const *what, char *why)
{
#if NV_TENSORRT_MAJOR * 100 + NV_TENSORRT_MINOR >= 1016
    if (what->dla_core >= 0) /* layers are written so that a DLA takes more of them */
        building.parser->setFlag(nvonnxparser::OnnxParserFlag::kADJUST_FOR_DLA);
#endif
    if (building.parser->parseFromFile(what->onnx,
                                       static_cast<int>(nvinfer1::ILogger::Severity::kERROR)))
        return true;
    if (building.parser->getNbErrors() > 0) {
        auto const *error = building.parser->getError(0);
        std::snprintf(why, HAX_TRT_WHY, "the parser refuses node %d: %s", error->node(),
                      error->desc());
    } else {
        library.logger.tell(why, "the parser refuses it without a reason");
    }
    return false;
}

void set_end(nvinfer1::ITensor &tensor, hax_trt_precision precision)
{
    hax_trt_format format = hax_trt_format_for(precision, tensor.getDimensions().nbDims);
    tensor.setAllowedFormats(1U << static_cast<int>(format == HAX_TRT_CHW16
                                                        ? nvinfer1::TensorFormat::kCHW16
                                                        : nvinfer1::TensorFormat::kLINEAR));
#if NV_TENSORRT_MAJOR < 11
    if (precision == HAX_TRT_F16)
        tensor.setType(nvinfer1::DataType::kHALF);
#endif
}

void set_ends(Building &building, hax_trt_precision precision)
{
    auto &network = *building.network;
    for (int i = 0; i < network.getNbInputs(); i++)
        set_end(*network.getInput(i), precision);
    for (int o = 0; o < network.getNbOutputs(); o++)
        set_end(*network.getOutput(o), precision);
}

void set_precision(nvinfer1::IBuilderConfig &config, hax_trt_precision precision)
{
#if NV_TENSORRT_MAJOR < 11
    if (precision == HAX_TRT_F16)
        config.setFlag(nvinfer1::BuilderFlag::kFP16);
#endif
    if (precision == HAX_TRT_F32)
        config.clearFlag(nvinfer1::BuilderFlag::kTF32);
}

/* Every layer is asked about before the build, which would name none. */
bool all_run_on_dla(Building &building, char *why)
{
    std::string refused;
    int count = 0;
    for (int l = 0; l < building.network->getNbLayers(); l++) {
        nvinfer1::ILayer const *layer = building.network->getLayer(l);
        if (layer->getType() == nvinfer1::LayerType::kCONSTANT ||
            building.config->canRunOnDLA(layer))
            continue;
        if (count++ < 3)
            refused += (count > 1 ? ", '" : "'") + std::string(layer->getName()) + "'";
    }
    if (count > 0)
        std::snprintf(why, HAX_TRT_WHY, "the DLA does not take %s%s", refused.c_str(),
                      count > 3 ? " and others" : "");
    return count == 0;
}

/* The core is set before anything is asked of the DLA. No kGPU_FALLBACK: what the DLA does not take
 * ends the build. */
bool set_dla(Building &building, int core, char *why)
{
    int cores = building.builder->getNbDLACores();
    if (core >= cores) {
        std::snprintf(why, HAX_TRT_WHY, "TensorRT sees %d DLA core%s, and core %d is asked for",
                      cores, cores == 1 ? "" : "s", core);
        return false;
    }
    building.config->setDLACore(core);
    building.config->setDefaultDeviceType(nvinfer1::DeviceType::kDLA);
    return all_run_on_dla(building, why);
}

bool build(hax_trt_build const *what, void **engine, std::size_t *bytes, char *why)
{
    Building building;
    library.logger.forget();
    if (!start(building, why) || !parse(building, what, why))
        return false;
    set_ends(building, what->precision);
    set_precision(*building.config, what->precision);
    if (what->workspace_bytes > 0)
        building.config->setMemoryPoolLimit(nvinfer1::MemoryPoolType::kWORKSPACE,
                                            what->workspace_bytes);
#if NV_TENSORRT_MAJOR * 100 + NV_TENSORRT_MINOR >= 806
    building.config->setMaxAuxStreams(0); /* all of an engine stays in its unit's stream */
#endif
    if (what->dla_core >= 0 && !set_dla(building, what->dla_core, why))
        return false;
    std::unique_ptr<nvinfer1::IHostMemory> plan(
        building.builder->buildSerializedNetwork(*building.network, *building.config));
    if (!plan) {
        library.logger.tell(why, "TensorRT built nothing and said nothing");
        return false;
    }
    void *copy = std::malloc(plan->size());
    if (!copy) {
        std::snprintf(why, HAX_TRT_WHY, "out of memory for an engine of %zu bytes", plan->size());
        return false;
    }
    std::memcpy(copy, plan->data(), plan->size());
    *engine = copy;
    *bytes = plan->size();
    return true;
}

bool dla_cores(int *count, char *why)
{
    std::unique_ptr<nvinfer1::IRuntime> runtime(
        static_cast<nvinfer1::IRuntime *>(library.runtime(&library.logger, HAX_TRT_ASKED)));
    if (!runtime) {
        library.logger.tell(why, "TensorRT gives no runtime");
        return false;
    }
    *count = runtime->getNbDLACores();
    return true;
}

} // namespace

/* ---- running ------------------------------------------------------------------------------- */

/* Members are destroyed from the last to the first. */
struct hax_trt_engine {
    std::unique_ptr<nvinfer1::IRuntime> runtime;
    std::unique_ptr<nvinfer1::ICudaEngine> engine;
    std::unique_ptr<nvinfer1::IExecutionContext> context;
};

namespace
{

hax_trt_engine *load(void const *bytes, std::size_t count, int dla_core, char *why)
{
    auto loaded = std::make_unique<hax_trt_engine>();
    library.logger.forget();
    loaded->runtime.reset(
        static_cast<nvinfer1::IRuntime *>(library.runtime(&library.logger, HAX_TRT_ASKED)));
    if (loaded->runtime && dla_core >= 0)
        loaded->runtime->setDLACore(dla_core); /* before the engine is read: later it is ignored */
    if (loaded->runtime)
        loaded->engine.reset(loaded->runtime->deserializeCudaEngine(bytes, count));
    if (loaded->engine)
        loaded->context.reset(loaded->engine->createExecutionContext());
    if (loaded->context)
        return loaded.release();
    library.logger.tell(why, "TensorRT does not load it, and says nothing");
    return nullptr;
}

void unload(hax_trt_engine *engine)
{
    delete engine;
}

int tensor_count(hax_trt_engine const *engine)
{
    return engine->engine->getNbIOTensors();
}

bool set_shape(hax_trt_tensor *tensor, nvinfer1::Dims const &dims, char *why)
{
    tensor->rank = dims.nbDims;
    if (dims.nbDims < 0 || dims.nbDims > 8) {
        std::snprintf(why, HAX_TRT_WHY, "tensor '%s' has %d dimensions", tensor->name, dims.nbDims);
        return false;
    }
    for (int d = 0; d < dims.nbDims; d++)
        tensor->dims[d] = static_cast<std::int64_t>(dims.d[d]);
    return true;
}

bool set_layout(hax_trt_tensor *tensor, nvinfer1::DataType type, nvinfer1::TensorFormat format,
                char *why)
{
    bool known = type == nvinfer1::DataType::kFLOAT || type == nvinfer1::DataType::kHALF;
    tensor->half = type == nvinfer1::DataType::kHALF;
    tensor->format = format == nvinfer1::TensorFormat::kCHW16 ? HAX_TRT_CHW16 : HAX_TRT_LINEAR;
    if (known &&
        (format == nvinfer1::TensorFormat::kCHW16 || format == nvinfer1::TensorFormat::kLINEAR))
        return true;
    std::snprintf(why, HAX_TRT_WHY, "tensor '%s' is of type %d and format %d, which is not read",
                  tensor->name, static_cast<int>(type), static_cast<int>(format));
    return false;
}

bool tensor(hax_trt_engine const *engine, int index, hax_trt_tensor *tensor, char *why)
{
    char const *name = engine->engine->getIOTensorName(index);
    std::snprintf(tensor->name, sizeof tensor->name, "%s", name);
    tensor->input = engine->engine->getTensorIOMode(name) == nvinfer1::TensorIOMode::kINPUT;
    return set_shape(tensor, engine->engine->getTensorShape(name), why) &&
           set_layout(tensor, engine->engine->getTensorDataType(name),
                      engine->engine->getTensorFormat(name), why);
}

bool address(hax_trt_engine *engine, char const *name, void *memory, char *why)
{
    if (engine->context->setTensorAddress(name, memory))
        return true;
    library.logger.tell(why, "TensorRT does not take the address of a tensor");
    return false;
}

bool enqueue(hax_trt_engine *engine, void *stream, char *why)
{
    if (engine->context->enqueueV3(static_cast<cudaStream_t>(stream)))
        return true;
    library.logger.tell(why, "TensorRT does not take the work, and says nothing");
    return false;
}

constexpr hax_trt_shim shim = {
    HAX_TRT_SHIM_INTERFACE, kHeaders, open_library, version, dla_cores, build, load, unload,
    tensor_count,           tensor,   address,      enqueue,
};

} // namespace

extern "C" __attribute__((visibility("default"))) hax_trt_shim const *hax_trt_shim_get()
{
    return &shim;
}
