"""beside_torch.py BUILD FOLDER [--precision f16] [--sms 0] [--compile NETWORK,...] [NETWORK...]

How long a network takes on a GPU here and in PyTorch, one image at a time: the same torchvision
modules, exported as ONNX for haxconn into FOLDER. PyTorch's side is the best of three: convolutions
with folded normalisation, channels last, cudnn.benchmark; the same with cuDNN's fused calls
(convolution, bias, residual and ReLU in one) where torch.fx can trace the network; and
torch.compile, which takes up to a minute a network, for those named after --compile (or all). Each is captured
in a CUDA graph. Both sides take turns within every round, launch to end as the host sees it, the
median of each turn's runs; a line for each network, and the geometric mean of ours over the best of
theirs at the end.
"""
import argparse
import math
import pathlib
import statistics
import subprocess
import time
import warnings

import torch
from torch import fx, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

NETWORKS = ["resnet50", "resnet101", "vgg16", "googlenet", "mobilenet_v2", "densenet121",
            "efficientnet_b0", "shufflenet_v2_x1_0", "yolo_shaped"]
RUNS = 20
ROUNDS = 9
SIZES = {"yolo_shaped": 640}


def make(name):
    import torchvision
    torch.manual_seed(1)
    if name == "yolo_shaped":
        from yolo_shaped import YoloShaped
        model = YoloShaped()
    elif name == "googlenet":
        model = torchvision.models.googlenet(weights=None, init_weights=False, aux_logits=False)
    else:
        model = getattr(torchvision.models, name)(weights=None)
    return model.eval()


def export(model, name, path):
    size = SIZES.get(name, 224)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(model, (torch.zeros(1, 3, size, size),), str(path), dynamo=False,
                          verbose=False, input_names=["x"], opset_version=17)


class Fused(nn.Module):
    """A convolution with what cuDNN computes behind it in the same call."""

    def __init__(self, conv, adds):
        super().__init__()
        self.weight = conv.weight
        self.bias = conv.bias if conv.bias is not None else nn.Parameter(
            torch.zeros(conv.out_channels), requires_grad=False)
        self.how = (conv.stride, conv.padding, conv.dilation, conv.groups)
        self.adds = adds

    def forward(self, x, z=None):
        if self.adds:
            return torch.cudnn_convolution_add_relu(x, self.weight, z, 1.0, self.bias, *self.how)
        return torch.cudnn_convolution_relu(x, self.weight, self.bias, *self.how)


def fold(graph_module):
    """Folds normalisation into the convolution before it."""
    modules = dict(graph_module.named_modules())
    for node in list(graph_module.graph.nodes):
        if node.op != "call_module" or not isinstance(modules[node.target], nn.BatchNorm2d):
            continue
        before = node.args[0]
        if before.op != "call_module" or len(before.users) != 1 or \
                not isinstance(modules[before.target], nn.Conv2d):
            continue
        graph_module.set_submodule(
            before.target, fuse_conv_bn_eval(modules[before.target], modules[node.target]))
        modules[before.target] = graph_module.get_submodule(before.target)
        node.replace_all_uses_with(before)
        graph_module.graph.erase_node(node)
    graph_module.recompile()
    return graph_module


def is_relu(node, modules):
    if node.op == "call_module":
        return isinstance(modules[node.target], nn.ReLU)
    return node.op == "call_function" and node.target in (torch.relu, torch.nn.functional.relu)


def is_sum(node):
    return (node.op == "call_function" and getattr(node.target, "__name__", "") in ("add", "iadd")) \
        and len(node.args) == 2 and all(isinstance(a, fx.Node) for a in node.args)


def fuse_calls(graph_module):
    """ReLU, and the sum before it, into the convolution before them."""
    modules = dict(graph_module.named_modules())
    count = 0
    for node in list(graph_module.graph.nodes):
        if not is_relu(node, modules):
            continue
        before, adds = node.args[0], None
        if is_sum(before) and len(before.users) == 1:
            first, second = before.args
            for conv, other in ((first, second), (second, first)):
                if conv.op == "call_module" and isinstance(modules.get(conv.target), nn.Conv2d) and \
                        len(conv.users) == 1:
                    before, adds = conv, other
                    break
        if before.op != "call_module" or len(before.users) != 1 or \
                not isinstance(modules.get(before.target), nn.Conv2d):
            continue
        target = f"fused_{count}"
        count += 1
        graph_module.add_submodule(target, Fused(modules[before.target], adds is not None))
        with graph_module.graph.inserting_before(node):
            made = graph_module.graph.call_module(
                target, (before.args[0],) if adds is None else (before.args[0], adds))
        node.replace_all_uses_with(made)
        graph_module.graph.erase_node(node)
        graph_module.graph.eliminate_dead_code()
    graph_module.recompile()
    return graph_module


class Graph:
    """A module captured in a CUDA graph."""

    def __init__(self, module, x):
        self.x = x
        stream = torch.cuda.Stream()
        with torch.inference_mode(), torch.cuda.stream(stream):
            for _ in range(4):
                module(x)
            stream.synchronize()
            self.graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(self.graph, stream=stream):
                self.outputs = module(x)

    def run(self, runs):
        times = []
        for _ in range(runs):
            begin = time.perf_counter()
            self.graph.replay()
            torch.cuda.synchronize()
            times.append((time.perf_counter() - begin) * 1e6)
        return times


class Ours:
    """The program that runs when told to."""

    def __init__(self, build, precision, sms, path):
        self.program = subprocess.Popen(
            [str(build / "bench/beside/gpu_on_command"), precision, str(sms), str(path)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.build_s = float(self.program.stdout.readline().split()[1])

    def run(self, runs):
        self.program.stdin.write(f"{runs}\n")
        self.program.stdin.flush()
        return [float(us) for us in self.program.stdout.readline().split()]

    def close(self):
        self.program.stdin.close()
        self.program.wait()


def sides_of(model, name, dtype, compiled):
    """PyTorch's ways, by name; what cannot be is left out with its reason."""
    size = SIZES.get(name, 224)
    x = torch.randn(1, 3, size, size, device="cuda", dtype=dtype).contiguous(
        memory_format=torch.channels_last)
    ready = model.cuda().to(dtype).to(memory_format=torch.channels_last)
    sides = {}
    try:
        folded = fold(fx.symbolic_trace(ready))
    except Exception as error:  # control flow that cannot be traced
        print(f"{name}: not traced ({error})")
        folded = ready
    sides["graph"] = Graph(folded, x)
    if isinstance(folded, fx.GraphModule):
        try:
            sides["fused"] = Graph(fuse_calls(fx.symbolic_trace(folded)), x)
        except Exception as error:
            print(f"{name}: no fused calls ({str(error).splitlines()[0]})")
    if name in compiled or "all" in compiled:
        begin = time.perf_counter()
        sides["compile"] = Graph(torch.compile(ready), x)
        print(f"{name}: torch.compile took {time.perf_counter() - begin:.0f} s")
    return sides


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--precision", default="f16")
    parser.add_argument("--sms", default=0, type=int)
    parser.add_argument("--compile", default="")
    parser.add_argument("networks", nargs="*")
    options = parser.parse_args()
    torch.backends.cudnn.benchmark = True
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = \
        options.precision == "tf32"
    dtype = torch.float16 if options.precision == "f16" else torch.float32
    options.folder.mkdir(parents=True, exist_ok=True)
    ratios = []
    print(f"{'network':20} {'haxconn':>9} {'best':>9} {'ratio':>6}  microseconds, {options.precision}")
    for name in options.networks or NETWORKS:
        path = options.folder / f"{name}.onnx"
        model = make(name)
        if not path.exists():
            export(model, name, path)
        ours = Ours(options.build, options.precision, options.sms, path)
        sides = sides_of(model, name, dtype, options.compile.split(","))
        times = {side: [] for side in ["haxconn", *sides]}
        for turn in range(-1, ROUNDS):
            for side, runner in {"haxconn": ours, **sides}.items():
                runner.run(2)
                median = statistics.median(runner.run(RUNS))
                if turn >= 0:
                    times[side].append(median)
        ours.close()
        medians = {side: statistics.median(values) for side, values in times.items()}
        best = min(us for side, us in medians.items() if side != "haxconn")
        ratios.append(medians["haxconn"] / best)
        theirs = ", ".join(f"{side} {medians[side]:.0f}" for side in sides)
        print(f"{name:20} {medians['haxconn']:9.1f} {best:9.1f} {ratios[-1]:6.3f}  ({theirs}; built "
              f"in {ours.build_s:.1f} s)", flush=True)
        del sides, model
    print(f"geometric mean {math.exp(sum(map(math.log, ratios)) / len(ratios)):.3f}")


if __name__ == "__main__":
    main()
