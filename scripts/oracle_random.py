"""oracle_random.py BUILD FOLDER [FIRST_SEED [COUNT]]

Random networks (250 by default): operators, shapes with odd numbers of channels, windows, groups,
dilations, ways of padding, broadcasting, reductions and resizing, of every version of the operators
from 9 to 22, in both drivers against ONNX Runtime. A network is its seed: it is written to FOLDER,
and a failure prints the command that shows it again. Each output may differ by TOLERANCE of its
largest number (32-bit sums in another order) and not at all in where it is infinite or no number.
Among them are operators that haxconn does not have; such a network must be refused with the name of
an operator that is in it. Exit code 1 where one fails.
"""
import pathlib
import sys

import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from oracle import ours

TOLERANCE = 1e-4  # of the largest number of an output
ZERO = 10.0
NETWORKS = 250
OPSETS = range(9, 23)
CHANNELS = [1, 2, 3, 4, 5, 7, 8, 9, 12, 13, 16, 17, 20, 24, 31, 33]
ELEMENTS_MAX = 40000  # of a tensor
ABSENT = ["InstanceNormalization", "Cosh", "ThresholdedRelu", "CumSum", "Hardmax"]


class Network:
    """Nodes are added one by one, each to tensors that are there; what does not fit is left out."""

    def __init__(self, seed):
        self.random = numpy.random.default_rng(seed)
        self.opset = int(self.pick(OPSETS))
        self.nodes, self.tensors, self.inputs = [], [], []
        self.values = {}  # name: shape
        self.positive = set()  # names of values that are in 0..1
        self.read = set()
        self.count = 0

    def pick(self, choices):
        choices = list(choices)
        return choices[int(self.random.integers(len(choices)))]

    def chance(self, share):
        return self.random.random() < share

    def name(self, kind):
        self.count += 1
        return f"{kind}{self.count}"

    def input(self, shape):
        name = self.name("in")
        self.inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
        self.values[name] = tuple(shape)
        return name

    def constant(self, array):
        name = self.name("c")
        self.tensors.append(numpy_helper.from_array(numpy.asarray(array), name))
        return name

    def reals(self, shape, scale=1.0):
        return self.constant(self.random.uniform(-scale, scale, shape).astype(numpy.float32))

    def wholes(self, values):
        return self.constant(numpy.asarray(values, dtype=numpy.int64))

    def shape_after(self, node):
        """What onnx's own inference says of one node; None where it does not fit."""
        known = {n: self.values[n] for n in node.input if n in self.values}
        constants = [t for t in self.tensors if t.name in node.input]
        graph = helper.make_graph(
            [node], "one", [helper.make_tensor_value_info(n, TensorProto.FLOAT, s)
                            for n, s in known.items()],
            [helper.make_tensor_value_info(o, TensorProto.FLOAT, None) for o in node.output],
            constants)
        model = helper.make_model(graph, ir_version=8,
                                  opset_imports=[helper.make_opsetid("", self.opset)])
        try:
            session = start(model)
            random = numpy.random.default_rng(0)
            got = session.run(None, {n: random.uniform(0.1, 0.9, s).astype(numpy.float32)
                                     for n, s in known.items()})
        except Exception:  # whatever ONNX Runtime refuses is nothing to compare with
            return None
        if any(0 in g.shape or g.size > ELEMENTS_MAX for g in got):
            return None
        return [g.shape for g in got]

    def add(self, op, operands, outputs=1, **attributes):
        """The names of the outputs; None where the node does not fit, or an operand did not."""
        if None in operands:
            return None
        node = helper.make_node(op, operands, [self.name("t") for _ in range(outputs)],
                                **attributes)
        shapes = self.shape_after(node)
        if shapes is None:
            return None
        self.nodes.append(node)
        self.read.update(operands)
        self.values.update(zip(node.output, shapes))
        return list(node.output)

    def one(self, op, operands, **attributes):
        made = self.add(op, operands, **attributes)
        return made[0] if made else None

    def value(self, rank=None):
        """One of the later values more likely than an early one."""
        names = [n for n, s in self.values.items() if s and rank in (None, len(s))]
        if not names:
            return None
        return names[max(int(self.random.integers(len(names))) for _ in range(2))]

    # ---- what may be added ---------------------------------------------------------------------

    def pads(self, most):
        if self.chance(0.3):
            return {"auto_pad": self.pick(["SAME_UPPER", "SAME_LOWER", "VALID"])}
        return {"pads": [int(p) for p in self.random.integers(0, most + 1, 4)]}

    def window(self, dilated):
        kernel = [int(k) for k in self.random.integers(1, 5, 2)]
        window = {"kernel_shape": kernel, "strides": [int(s) for s in self.random.integers(1, 4, 2)]}
        window |= self.pads(min(kernel) - 1)
        if dilated and self.chance(0.3):
            window["dilations"] = [int(d) for d in self.random.integers(1, 4, 2)]
        return window

    def convolution(self):
        x = self.value(4)
        if x is None:
            return
        channels, window = self.values[x][1], self.window(True)
        groups = self.pick([1, 1, channels, *[g for g in (2, 3, 4) if channels % g == 0]])
        out = groups * self.pick([1, 2, 3]) if groups > 1 else self.pick(CHANNELS)
        fan = channels // groups * int(numpy.prod(window["kernel_shape"]))
        weights = self.reals((out, channels // groups, *window["kernel_shape"]), 2 / fan ** 0.5)
        bias = [self.reals((out,))] if self.chance(0.6) else []
        self.one("Conv", [x, weights, *bias], group=groups, **window)

    def transposed(self):
        x = self.value(4)
        if x is None or self.values[x][2] * self.values[x][3] > 200:
            return
        channels, window = self.values[x][1], self.window(True)
        groups = self.pick([1, 1, channels, *[g for g in (2, 3) if channels % g == 0]])
        each = self.pick([1, 2, 3, 5, 8])
        weights = self.reals((channels, each, *window["kernel_shape"]), 0.5)
        bias = [self.reals((each * groups,))] if self.chance(0.5) else []
        if self.chance(0.3):
            window["output_padding"] = [int(s - 1) for s in window["strides"]]
        self.one("ConvTranspose", [x, weights, *bias], group=groups, **window)

    def pooling(self):
        x = self.value(4)
        if x is None:
            return
        op = self.pick(["MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool"])
        if op.startswith("Global"):
            self.one(op, [x])
            return
        window = self.window(op == "MaxPool" and self.opset >= 10 or
                             op == "AveragePool" and self.opset >= 19)
        if self.opset >= 10 and self.chance(0.4):
            window["ceil_mode"] = 1
        if op == "AveragePool" and self.chance(0.5):
            window["count_include_pad"] = 1
        if "count_include_pad" in window and not self.fits(self.values[x][2:], window):
            return  # ONNX Runtime's versions divide by different numbers
        self.one(op, [x], **window)

    def fits(self, extents, window):
        pads = window.get("pads", [0, 0, 0, 0])
        return "ceil_mode" in window or "auto_pad" in window or all(
            e + pads[d] + pads[d + 2] >= (k - 1) * window.get("dilations", [1, 1])[d] + 1
            for d, (e, k) in enumerate(zip(extents, window["kernel_shape"])))

    def function(self):
        x = self.value()
        later = [op for op, first in (("HardSwish", 14), ("Mish", 18), ("Gelu", 20))
                 if self.opset >= first]
        op = self.pick(["Relu", "Relu", "Sigmoid", "Tanh", "LeakyRelu", "Elu", "HardSigmoid",
                        "Softplus", "Softsign", "Erf", "Abs", "Neg", "Sin", "Cos", *later])
        attributes = {}
        if op in ("LeakyRelu", "Elu", "HardSigmoid") and self.chance(0.5):
            attributes["alpha"] = round(float(self.random.uniform(0.05, 0.9)), 3)
        if op == "Gelu" and self.chance(0.5):
            attributes["approximate"] = "tanh"
        made = self.one(op, [x], **attributes)
        if made and op in ("Sigmoid", "HardSigmoid"):
            self.positive.add(made)

    def guarded(self):
        """Functions that are infinite, no number or steep somewhere: of what is in 0..1."""
        names = [n for n in self.values if n in self.positive]
        x = self.pick(names) if names else self.one("Sigmoid", [self.value()])
        if x is None:
            return
        self.positive.add(x)
        more = self.one("Add", [x, self.constant(numpy.float32(0.25))])
        op = self.pick(["Log", "Sqrt", "Exp", "Reciprocal", "Pow", "Div", "PowOf", "DivBy"])
        if op == "Pow":
            exponent = self.pick([2.0, 0.5, 3.0, -1.0, 1.5])
            self.one("Pow", [more, self.constant(numpy.float32(exponent))])
        elif op == "PowOf":
            self.one("Pow", [self.constant(numpy.float32(2.5)), more])
        elif op == "Div":
            self.one("Div", [self.value(), more])
        elif op == "DivBy":
            self.one("Div", [self.constant(numpy.float32(0.7)), more])
        else:
            self.one(op, [more])

    def clip(self):
        x = self.value()
        low, high = [None if self.chance(0.3) else round(float(v), 2)
                     for v in (self.random.uniform(-1, 0), self.random.uniform(0, 1))]
        if self.opset < 11:
            limits = {k: v for k, v in (("min", low), ("max", high)) if v is not None}
            self.one("Clip", [x], **limits)
            return
        self.one("Clip", [x, *["" if v is None else self.constant(numpy.float32(v))
                               for v in (low, high)]])

    def broadcast_shape(self, shape):
        """A shape that broadcasts to it: the same, one of its channels, fewer dimensions."""
        kept = [d if self.chance(0.5) else 1 for d in shape]
        return tuple(kept[int(self.random.integers(len(kept))) if self.chance(0.4) else 0:])

    def pair(self):
        x = self.value()
        shape = self.values[x]
        same = [n for n, s in self.values.items() if s == shape and n != x]
        other = self.pick(same) if same and self.chance(0.6) else None
        if other is None and self.chance(0.3):
            other = self.value()
        if other is None:
            other = self.reals(shape if self.chance(0.2) else self.broadcast_shape(shape))
        operands = [x, other] if self.chance(0.7) else [other, x]
        made = self.one(self.pick(["Add", "Add", "Sub", "Mul", "Min", "Max"]), operands)
        if made and self.chance(0.5):
            self.one(self.pick(["Relu", "Sigmoid", "Tanh", "LeakyRelu"]), [made])

    def many(self):
        x = self.value()
        same = [n for n, s in self.values.items() if s == self.values[x]]
        chosen = [x] + [self.pick(same) for _ in range(int(self.random.integers(0, 3)))]
        self.one(self.pick(["Sum", "Min", "Max"]), chosen)

    def normalisation(self):
        x = self.value(4)
        if x is None:
            return
        channels = self.values[x][1]
        op = self.pick(["BatchNormalization", "LRN", "PRelu", "LayerNormalization"])
        if op == "BatchNormalization":
            variance = self.constant(self.random.uniform(0.5, 2, channels).astype(numpy.float32))
            self.one(op, [x, self.reals(channels), self.reals(channels), self.reals(channels, 0.2),
                          variance], epsilon=self.pick([1e-5, 1e-3]))
        elif op == "LRN":
            self.one(op, [x], size=self.pick([1, 3, 5]), alpha=0.3, beta=self.pick([0.75, 0.5]),
                     bias=1.5)
        elif op == "PRelu":
            self.one(op, [x, self.reals(self.pick([(channels, 1, 1), (1,), self.values[x][1:]]))])
        elif self.opset >= 17:
            self.layer_normalisation()

    def layer_normalisation(self):
        x = self.value()
        shape = self.values[x]
        axis = int(self.random.integers(len(shape)))
        tail = shape[axis:]
        bias = [self.reals(tail)] if self.chance(0.5) else []
        if numpy.prod(tail) >= 4:
            self.one("LayerNormalization", [x, self.reals(tail), *bias],
                     axis=self.pick([axis, axis - len(shape)]))

    def product(self):
        x = self.value()
        shape = self.values[x]
        if len(shape) < 2:
            return
        out = self.pick(CHANNELS)
        if len(shape) == 2 and self.chance(0.5):
            transposed = self.chance(0.5)
            weights = (out, shape[1]) if transposed else (shape[1], out)
            bias = [self.reals(self.pick([(out,), (1,), (1, out)]))] if self.chance(0.6) else []
            if not bias and self.opset < 11:
                bias = [self.reals((out,))]
            attributes = {"alpha": 0.7, "beta": 1.3} if self.chance(0.3) else {}
            self.one("Gemm", [x, self.reals(weights, shape[1] ** -0.5), *bias],
                     transB=int(transposed), **attributes)
        elif self.chance(0.5):
            self.one("MatMul", [x, self.reals((shape[-1], out), shape[-1] ** -0.5)])
        else:
            order = [*range(len(shape) - 2), len(shape) - 1, len(shape) - 2]
            turned = self.one("Transpose", [x], perm=order)
            self.one("MatMul", self.pick([[x, turned], [turned, x]]))

    def concatenation(self):
        x = self.value()
        shape = self.values[x]
        axis = self.pick([1, 1, *range(len(shape))]) if len(shape) > 1 else 0
        fits = [n for n, s in self.values.items() if len(s) == len(shape) and
                all(a == b for d, (a, b) in enumerate(zip(s, shape)) if d != axis)]
        chosen = [self.pick(fits) for _ in range(int(self.random.integers(1, 4)))]
        self.one("Concat", [x, *chosen], axis=axis)

    def parts(self):
        x = self.value()
        shape = self.values[x]
        axis = int(self.random.integers(len(shape)))
        if shape[axis] < 2:
            return
        first = int(self.random.integers(1, shape[axis]))
        sizes = [first, shape[axis] - first]
        if self.opset < 13:
            self.add("Split", [x], 2, axis=axis, split=sizes)
        else:
            self.add("Split", [x, self.wholes(sizes)], 2, axis=axis)

    def slice(self):
        x = self.value()
        shape = self.values[x]
        axes = [d for d in range(len(shape)) if self.chance(0.5)] or [len(shape) - 1]
        starts = [int(self.random.integers(-shape[d], shape[d])) for d in axes]
        ends = [self.pick([shape[d], 2 ** 31 - 1, int(self.random.integers(1, shape[d] + 1))])
                for d in axes]
        if self.opset < 10:
            self.one("Slice", [x], axes=axes, starts=starts, ends=ends)
            return
        steps = [self.pick([1, 1, 2, 3, -1]) for _ in axes]
        starts = [s if t > 0 else -1 for s, t in zip(starts, steps)]
        ends = [e if t > 0 else -(2 ** 31) for e, t in zip(ends, steps)]
        self.one("Slice", [x, *map(self.wholes, (starts, ends, axes, steps))])

    def move(self):
        x = self.value()
        shape = self.values[x]
        op = self.pick(["Transpose", "Flatten", "Reshape", "Squeeze", "Unsqueeze", "Gather",
                        "Expand", "Identity", "Dropout"])
        if op == "Transpose":
            self.one(op, [x], perm=[int(d) for d in self.random.permutation(len(shape))])
        elif op == "Flatten":
            self.one(op, [x], axis=int(self.random.integers(len(shape))))
        elif op == "Reshape":
            count = int(numpy.prod(shape))
            factors = [f for f in range(1, 40) if count % f == 0]
            self.one(op, [x, self.wholes([self.pick(factors), -1] if self.chance(0.4) else
                                         [shape[0], -1, 1, self.pick(factors)])])
        elif op == "Squeeze":
            self.with_axes(op, x, [d for d, e in enumerate(shape) if e == 1 and self.chance(0.7)], 13)
        elif op == "Unsqueeze" and len(shape) < 5:
            self.with_axes(op, x, [int(self.random.integers(len(shape) + 1))], 13)
        elif op == "Gather":
            axis = int(self.random.integers(len(shape)))
            indices = self.random.integers(-shape[axis], shape[axis], self.pick([(), (1,), (3,), (2, 2)]))
            self.one(op, [x, self.constant(numpy.asarray(indices, dtype=numpy.int64))], axis=axis)
        elif op == "Expand":
            self.one(op, [x, self.wholes([e if e > 1 else self.pick([1, 3]) for e in shape])])
        elif op in ("Identity", "Dropout"):
            self.one(op, [x])

    def with_axes(self, op, x, axes, as_input, **attributes):
        if not axes:
            return
        if self.opset >= as_input:
            self.one(op, [x, self.wholes(axes)], **attributes)
        else:
            self.one(op, [x], axes=axes, **attributes)

    def pad(self):
        x = self.value()
        rank = len(self.values[x])
        pads = [int(p) for p in self.random.integers(0, 3, 2 * rank)]
        if self.chance(0.5):
            pads = [p if d % rank >= 2 else 0 for d, p in enumerate(pads)]
        mode = self.pick(["constant", "reflect", "edge"])
        if self.opset < 11:
            self.one("Pad", [x], pads=pads, mode=mode, value=0.5)
        else:
            self.one("Pad", [x, self.wholes(pads), self.constant(numpy.float32(0.5))], mode=mode)

    def reduction(self):
        x = self.value()
        rank = len(self.values[x])
        axes = [d - (rank if self.chance(0.3) else 0) for d in range(rank) if self.chance(0.5)]
        op = self.pick(["ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceL1", "ReduceL2",
                        "ReduceSumSquare"])
        self.with_axes(op, x, axes, 13 if op == "ReduceSum" else 18,
                       keepdims=int(self.chance(0.5)))

    def softmax(self):
        x = self.value()
        rank = len(self.values[x])
        self.one("Softmax", [x], axis=int(self.random.integers(-rank, rank)))

    def resize(self):
        x = self.value(4)
        if x is None or self.opset == 9 and self.chance(0.5):
            return
        mode, scales = self.pick(["nearest", "linear"]), [1, 1, self.pick([1.5, 2, 3]),
                                                          self.pick([1, 1.3, 2])]
        if self.opset < 11:
            op = "Upsample" if self.opset == 9 else "Resize"
            self.one(op, [x, self.constant(numpy.asarray(scales, numpy.float32))], mode=mode)
            return
        attributes = {"mode": mode, "coordinate_transformation_mode": self.pick(
            ["half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel"])}
        if mode == "nearest":
            attributes["nearest_mode"] = self.pick(["round_prefer_floor", "round_prefer_ceil",
                                                    "floor", "ceil"])
        roi = "" if self.opset >= 13 else self.constant(numpy.zeros(0, numpy.float32))
        if self.chance(0.5):
            none = "" if self.opset >= 13 else self.constant(numpy.zeros(0, numpy.float32))
            size = [int(s) for s in self.random.integers(1, 20, 2)]
            self.one("Resize", [x, roi, none, self.wholes([*self.values[x][:2], *size])],
                     **attributes)
        else:
            self.one("Resize", [x, roi, self.constant(numpy.asarray(scales, numpy.float32))],
                     **attributes)

    def absent(self):
        x = self.value(4)
        op = self.pick(ABSENT)
        if x is None or op == "CumSum" and self.opset < 11:
            return
        channels = self.values[x][1]
        more = {"InstanceNormalization": [self.reals(channels), self.reals(channels)],
                "CumSum": [self.wholes(1)]}.get(op, [])
        self.one(op, [x, *more])

    # ---- the whole -------------------------------------------------------------------------------

    def model(self):
        left = [n for n in self.values if n not in self.read and not n.startswith("in")]
        inner = [n for n in self.values if n in self.read and not n.startswith("in")]
        outputs = left + [n for n in inner if self.chance(0.1)]
        read = {n for node in self.nodes for n in node.input}
        graph = helper.make_graph(
            self.nodes, "random", [i for i in self.inputs if i.name in read],
            [helper.make_tensor_value_info(o, TensorProto.FLOAT, None) for o in outputs],
            [t for t in self.tensors if t.name in read])
        return helper.make_model(graph, ir_version=8,
                                 opset_imports=[helper.make_opsetid("", self.opset)])


STEPS = [Network.convolution] * 6 + [Network.pair] * 4 + [Network.function] * 4 + \
    [Network.pooling] * 2 + [Network.concatenation] * 2 + [Network.move] * 3 + \
    [Network.normalisation] * 2 + [Network.product] * 2 + [
        Network.transposed, Network.guarded, Network.clip, Network.many, Network.parts, Network.slice,
        Network.pad, Network.reduction, Network.softmax, Network.resize, Network.layer_normalisation]


def make(seed):
    """The network of a seed and its inputs."""
    network = Network(seed)
    batch = network.pick([1, 1, 1, 2])
    for _ in range(network.pick([1, 1, 2])):
        network.input([batch, network.pick(CHANNELS), *[int(e) for e in
                                                        network.random.integers(3, 15, 2)]])
    if network.chance(0.15):
        network.input([batch, network.pick(CHANNELS), network.pick(CHANNELS)])
    wanted = int(network.random.integers(2, 16))
    for attempt in range(6 * wanted):
        if len(network.nodes) >= wanted:
            break
        step = network.pick(STEPS)
        if step is not Network.layer_normalisation or network.opset >= 17:
            step(network)
    if network.chance(0.05):
        network.absent()
    if not network.nodes:
        network.one("Relu", [network.value()])
    model = network.model()
    arrays = {i.name: network.random.uniform(-1, 1, [d.dim_value for d in
                                                     i.type.tensor_type.shape.dim])
              .astype(numpy.float32) for i in model.graph.input}
    return model, arrays


def start(model):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model.SerializeToString(), options,
                                        providers=["CPUExecutionProvider"])


def distance(have, wanted):
    """Largest difference in units of the largest number (of what is zero all over, as after a
    LayerNormalization of equal numbers, in units of ZERO); infinite where one is no number."""
    finite = numpy.isfinite(wanted)
    if not numpy.array_equal(finite, numpy.isfinite(have)) or \
            not numpy.array_equal(have[~finite], wanted[~finite], equal_nan=True):
        return float("inf")
    largest = float(numpy.abs(wanted[finite]).max(initial=0))
    apart = float(numpy.abs(have[finite].astype(float) - wanted[finite]).max(initial=0))
    return apart / (largest or ZERO) if apart > 0 else 0.0


def judge(build, path, model, expected, arrays, driver):
    """What is wrong, or None; and whether it was refused."""
    got, why = ours(build, path, driver, [], arrays)
    if got is None:
        named = [op for op in {n.op_type for n in model.graph.node} if op in why]
        known = {n.op_type for n in model.graph.node} & set(ABSENT)
        if not named:
            return f"refused without the name of an operator: {why}", True
        return (None if known & set(named) else f"refused: {why}"), True
    if got.size != sum(e.size for e in expected):
        return f"{got.size} numbers, {sum(e.size for e in expected)} expected", False
    begin = 0
    for output, wanted in zip(model.graph.output, expected):
        have = got[begin:begin + wanted.size]
        begin += wanted.size
        apart = distance(have, wanted.ravel())
        if apart > TOLERANCE:
            return f"output '{output.name}' is apart by {apart:.1e} of its largest number", False
    return None, False


def main():
    build, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    first = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    count = int(sys.argv[4]) if len(sys.argv) > 4 else 1 if len(sys.argv) > 3 else NETWORKS
    onnxruntime.set_default_logger_severity(4)
    folder.mkdir(parents=True, exist_ok=True)
    failed, refused, skipped, nodes, operators = 0, 0, 0, 0, set()
    for seed in range(first, first + count):
        model, arrays = make(seed)
        path = folder / f"{seed}.onnx"
        onnx.save(model, path)
        try:
            expected = start(model).run(None, arrays)
        except Exception:  # nothing to compare with
            skipped += 1
            continue
        nodes += len(model.graph.node)
        operators |= {n.op_type for n in model.graph.node}
        for driver in ("onednn", "portable"):
            wrong, is_refused = judge(build, path, model, expected, arrays, driver)
            refused += is_refused and not wrong and driver == "portable"
            if wrong:
                failed += 1
                print(f"seed {seed} {driver}: {wrong}\n    again: python {sys.argv[0]} {build} "
                      f"{folder} {seed}", flush=True)
    print(f"{'random networks':24} {count} of {nodes} nodes, {len(operators)} operators, {refused} "
          f"refused by name, {skipped} that ONNX Runtime does not run; {failed} runs fail", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
