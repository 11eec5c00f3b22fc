"""Stands in for TensorRT's Python module of the version in STAND_IN_TENSORRT: as much of it as a
script that builds engines touches, and nothing that the version did not have. Networks are told by
$STAND_IN_LAYERS/NET.layers; engines are those of trtexec.sh beside this file."""
import os
import subprocess
import sys

__version__ = os.environ.get("STAND_IN_TENSORRT", "8.5.2")
_parts = [int(part) for part in __version__.split(".")]
_number = _parts[0] * 10000 + _parts[1] * 100 + _parts[2]
_here = os.path.dirname(os.path.abspath(__file__))


class DeviceType:
    GPU, DLA = "GPU", "DLA"


class BuilderFlag:
    GPU_FALLBACK = "GPU_FALLBACK"
    if _number < 110000:
        FP16, INT8 = "FP16", "INT8"


class NetworkDefinitionCreationFlag:
    if _number < 110000:
        EXPLICIT_BATCH = 0
    else:
        STRONGLY_TYPED = 0


float32, float16 = "float32", "float16"


class IInt8EntropyCalibrator2:
    def __init__(self):
        pass


class Logger:
    INFO, WARNING = 3, 2

    def __init__(self, severity):
        self.severity = severity

    def info(self, text):
        if _number < 80000:
            print("[TensorRT] INFO: " + text, file=sys.stderr)
        else:
            print("[11/28/2026-12:00:00] [TRT] [I] " + text, file=sys.stderr)


class _Tensor:
    def __init__(self, name):
        self.name, self.is_network_output = name, False


class _Layer:
    def __init__(self, name, gpu_ms, dla_ms):
        self.name, self.gpu_ms, self.dla_ms = name, gpu_ms, dla_ms
        self.output = _Tensor(name)

    def get_output(self, index):
        return self.output


class _Network:
    def __init__(self):
        self.layers, self.marked = [], []

    @property
    def num_layers(self):
        return len(self.layers)

    def get_layer(self, index):
        return self.layers[index]

    def mark_output(self, tensor):
        tensor.is_network_output = True
        self.marked.append(tensor.name)

    def read(self, path):
        name = os.path.splitext(os.path.basename(path))[0]
        with open(os.path.join(os.environ["STAND_IN_LAYERS"], name + ".layers")) as file:
            self.layers = [_Layer(*line.split()) for line in file]


class _Tensors:
    def __init__(self, network):
        self.network = network

    def find(self, name):
        return self.network.layers[-1].output


if _number < 90000:

    class CaffeParser:
        def parse(self, deploy, model, network, dtype):
            network.read(deploy)
            return _Tensors(network)


class OnnxParser:
    num_errors = 0

    def __init__(self, network, logger):
        self.network = network

    def parse(self, data):
        # what is in the file does not matter here, only which it is
        self.network.read(os.environ["STAND_IN_NETWORK"])
        self.network.mark_output(self.network.layers[-1].output)
        return True


class _Config:
    def __init__(self):
        object.__setattr__(self, "devices", {})
        object.__setattr__(self, "flags", set())

    # Names that the version did not have cannot be set.
    _since = {
        "max_workspace_size": (70000, 99999),
        "profiling_verbosity": (80200, 999999),
        "default_device_type": (70000, 999999),
        "DLA_core": (70000, 999999),
        "int8_calibrator": (70000, 109999),
    }

    def __setattr__(self, name, value):
        first, last = self._since[name]
        if not first <= _number <= last:
            raise AttributeError("IBuilderConfig has no attribute " + name)
        if name == "int8_calibrator" and not value.read_calibration_cache().startswith(b"TRT-"):
            raise RuntimeError("no calibration cache")
        object.__setattr__(self, name, value)

    def set_flag(self, flag):
        self.flags.add(flag)

    if _number >= 80400:

        def set_memory_pool_limit(self, pool, size):
            pass

    def can_run_on_DLA(self, layer):
        assert _number >= 110000 or BuilderFlag.FP16 in self.flags
        return layer.name not in os.environ.get("STAND_IN_REFUSED", "").split()

    def set_device_type(self, layer, device):
        self.devices[layer.name] = device


if _number >= 80200:

    class ProfilingVerbosity:
        DETAILED = 1


if _number >= 80400:

    class MemoryPoolType:
        WORKSPACE = 0


class _Engine:
    def __init__(self, text):
        self.text = text

    def serialize(self):
        return self.text.encode()


class Builder:
    num_DLA_cores = int(os.environ.get("STAND_IN_DLA_CORES", "2"))

    def __init__(self, logger):
        self.logger = logger

    def create_builder_config(self):
        return _Config()

    def create_network(self, flags=0):
        return _Network()

    def _build(self, network, config):
        pattern, _, mode = os.environ.get("STAND_IN_FAIL", "").partition(" ")
        if pattern and any(pattern in word for word in sys.argv):
            if mode == "error":
                self.logger.info("Error Code 10: Could not find any implementation for node conv1.")
                return None
            if mode == "hang":
                import time

                time.sleep(60)
        lines = ["stand-in engine", "marks %d" % (len(network.marked) - 1)]
        for layer in network.layers:
            unit = config.devices.get(layer.name, DeviceType.GPU)
            lines.append(" ".join([unit, layer.name, layer.gpu_ms, layer.dla_ms]))
        text = "\n".join(lines) + "\n"
        script = os.path.join(_here, "entries.awk")
        listed = subprocess.run(
            ["awk", "-v", "number=%d" % _number, "-v", "kind=placement", "-f", script],
            input=text.encode(), stdout=subprocess.PIPE, check=True,
        )
        for line in listed.stdout.decode().splitlines():
            self.logger.info(line)
        return text

    if _number < 100000:

        def build_engine(self, network, config):
            text = self._build(network, config)
            return _Engine(text) if text else None

    if _number >= 80000:

        def build_serialized_network(self, network, config):
            text = self._build(network, config)
            return text.encode() if text else None
