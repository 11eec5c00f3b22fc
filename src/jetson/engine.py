# Parses the network, tells each layer where it runs, builds the engine. Python 3.6 and later.
import argparse
import os
import sys

import tensorrt as trt

GPU, DLA = trt.DeviceType.GPU, trt.DeviceType.DLA


def fail(message):
    sys.exit("haxconn: " + message)


def note(message):
    print("haxconn: " + message, flush=True)


class CalibrationCache(trt.IInt8EntropyCalibrator2):
    """Ranges from a cache that calibration wrote before; no images are needed."""

    def __init__(self, path):
        trt.IInt8EntropyCalibrator2.__init__(self)
        with open(path, "rb") as file:
            self.ranges = file.read()
        if not self.ranges:
            fail("%s: the calibration cache is empty" % path)

    def get_batch_size(self):
        return BATCH

    def get_batch(self, names):
        return None

    def read_calibration_cache(self):
        return self.ranges

    def write_calibration_cache(self, cache):
        return None


def read_arguments():
    parser = argparse.ArgumentParser(description="Builds an engine of " + NETWORK)
    parser.add_argument("--start", choices=["gpu", "dla"], required=True)
    parser.add_argument("--transition", type=int, default=-1, help="first layer of the other unit")
    parser.add_argument("--mark", help="layer whose output the engine gives as well")
    parser.add_argument("--output", required=True, help="the engine")
    return parser.parse_args()


def check_version():
    found = tuple(int(part) for part in trt.__version__.split(".")[:2])
    if found != VERSION:
        fail(
            "written for TensorRT %d.%d, and this is %s: write it again with --tensorrt %d.%d"
            % (VERSION + (trt.__version__,) + found)
        )


def parse_caffe(builder):
    network = builder.create_network()
    builder.max_batch_size = BATCH
    parser = trt.CaffeParser()
    tensors = parser.parse(deploy=NETWORK, model=WEIGHTS, network=network, dtype=trt.float32)
    if not tensors:
        fail("%s: TensorRT's Caffe parser does not take it, see its messages above" % NETWORK)
    for name in OUTPUTS:
        network.mark_output(tensors.find(name))
    return network, parser


def parse_onnx(builder, logger):
    if VERSION >= (10, 0):  # always so, and from 11 on strongly typed
        network = builder.create_network()
    else:
        flag = trt.NetworkDefinitionCreationFlag.EXPLICIT_BATCH
        network = builder.create_network(1 << int(flag))
    parser = trt.OnnxParser(network, logger)
    with open(NETWORK, "rb") as file:
        if not parser.parse(file.read()):
            for i in range(parser.num_errors):
                print(parser.get_error(i))
            fail("%s: TensorRT's ONNX parser does not take it" % NETWORK)
    return network, parser


def configure(builder, config):
    if VERSION < (11, 0):
        config.set_flag(trt.BuilderFlag.FP16)
    if VERSION >= (8, 4):
        config.set_memory_pool_limit(trt.MemoryPoolType.WORKSPACE, 1 << 30)
    else:
        config.max_workspace_size = 1 << 30
    if VERSION >= (8, 2):
        config.profiling_verbosity = trt.ProfilingVerbosity.DETAILED
    if CALIBRATION:
        config.set_flag(trt.BuilderFlag.INT8)
        config.int8_calibrator = CalibrationCache(CALIBRATION)
    if SHAPES:
        profile = builder.create_optimization_profile()
        for name, shape in SHAPES.items():
            profile.set_shape(name, shape, shape, shape)
        config.add_optimization_profile(profile)


def use_dla(builder, config):
    if builder.num_DLA_cores == 0:
        fail("this machine has no DLA")
    config.default_device_type = GPU
    config.DLA_core = 0
    config.set_flag(trt.BuilderFlag.GPU_FALLBACK)


def device_of(options, number):
    first = GPU if options.start == "gpu" else DLA
    second = DLA if options.start == "gpu" else GPU
    return first if options.transition < 0 or number < options.transition else second


def place(network, config, options):
    """Layers that TensorRT adds of its own go with the one before, where the DLA takes them."""
    numbers = dict((name, number) for number, name in LAYERS)
    found, last = set(), GPU
    for i in range(network.num_layers):
        layer = network.get_layer(i)
        device = last
        if layer.name in numbers:
            found.add(layer.name)
            device = device_of(options, numbers[layer.name])
            if layer.name in NOT_ON_DLA:
                device = GPU
            last = device
        if device == DLA and not config.can_run_on_DLA(layer):
            device = GPU
            if layer.name in numbers:
                note("%s: TensorRT says that the DLA does not take it, it stays on the GPU" % layer.name)
        config.set_device_type(layer, device)
        if layer.name == options.mark and not layer.get_output(0).is_network_output:
            network.mark_output(layer.get_output(0))
    return [name for _, name in LAYERS if name not in found]


def check_found(missing, options):
    if options.mark and options.mark in missing:
        fail("TensorRT has no layer called %s to mark" % options.mark)
    for name in missing:
        note("TensorRT has no layer called %s: folded by its parser" % name)
    if 2 * len(missing) > len(LAYERS):
        fail("%d of %d layers are not in %s: is it the network this was written for?"
             % (len(missing), len(LAYERS), NETWORK))


def build(builder, network, config):
    if VERSION >= (8, 0):
        return builder.build_serialized_network(network, config)
    engine = builder.build_engine(network, config)
    return engine.serialize() if engine else None


def main():
    options = read_arguments()
    check_version()
    logger = trt.Logger(trt.Logger.INFO)
    builder = trt.Builder(logger)
    config = builder.create_builder_config()
    # The parser owns the weights: it has to live until the engine is built.
    network, parser = parse_caffe(builder) if CAFFE else parse_onnx(builder, logger)
    configure(builder, config)
    if options.start == "dla" or options.transition >= 0:
        use_dla(builder, config)
        check_found(place(network, config, options), options)
    elif options.mark:
        check_found(place(network, config, options), options)
    plan = build(builder, network, config)
    if plan is None:
        fail("TensorRT did not build the engine, see its messages above")
    with open(options.output + ".part", "wb") as file:
        file.write(plan)
    os.replace(options.output + ".part", options.output)
    note("wrote " + options.output)


main()
