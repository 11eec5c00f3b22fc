"""oracle_resize.py BUILD FOLDER

Resize in every combination of sizes (1 to 12 to 1 to 26 elements), scales, ways to find a place,
to round it and to keep the ratio of the sides, in both drivers, against ONNX Runtime: one network
for each way, with an input for each size and an output for each combination. Nearest elements must
be the same, since between two of them rounding decides; linear ones may differ by TOLERANCE of the
largest input. Prints one line for each driver, and each combination that differs, with what to run
to see it again; exit code 1 where one does.
"""
import pathlib
import sys

import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper

from oracle import ours

TOLERANCE = 1e-5
PLACES = ["half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel", "half_pixel_symmetric"]
ROUNDS = ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"]
EXTENTS, SIZES = range(1, 13), range(1, 27)
SCALES = [0.25, 0.3, 1 / 3, 0.5, 0.6, 2 / 3, 0.7, 0.75, 0.9, 1, 1.1, 1.25, 1.3, 4 / 3, 1.5, 1.6,
          5 / 3, 1.75, 2, 2.2, 2.5, 2.6, 3, 3.7, 4]
PLANES = [(h, w) for h in (3, 5, 8) for w in (4, 7)]


def by_sizes():
    return [((1, 1, 1, extent), {"sizes": [1, 1, 1, size]}) for extent in EXTENTS for size in SIZES]


def is_settled(scale, extent):
    """ONNX Runtime stops where its inference of shapes and its kernel round a size differently."""
    return int(numpy.float32(scale) * numpy.float32(extent)) == \
        int(float(numpy.float32(scale)) * extent) >= 1


def by_scales():
    return [((1, 1, 1, extent), {"scales": [1, 1, 1, scale]}) for extent in EXTENTS
            for scale in SCALES if is_settled(scale, extent)]


def of_planes():
    """Both sides at once, and one side only, so that a scale of 1 stands beside others."""
    return [((1, 2, *plane), {"sizes": [1, 2, *size]}) for plane in PLANES
            for size in [(plane[0], 9), (11, plane[1]), (2, 3), (7, 10)]]


def of_lines():
    return [((1, 3, extent), {"sizes": [1, 3, size]}) for extent in (1, 4, 7) for size in (1, 5, 12)]


def kept_ratio():
    return [((1, 1, *plane), {"sizes": list(size), "axes": [2, 3], "keep_aspect_ratio_policy": policy})
            for policy in ("not_larger", "not_smaller") for plane in PLANES
            for size in [(2, 9), (9, 2), (7, 10), (13, 13)]]


def before_11():
    """Upsample's successor of version 10, whose rounding is said nowhere."""
    return [(shape, told) for shape, told in by_scales()]


def network(cases, opset, attributes):
    """One network of all these cases; (model, arrays, names of the outputs)."""
    nodes, tensors, outputs, inputs, names = [], [], [], {}, []
    for number, (shape, told) in enumerate(cases):
        given = inputs.setdefault(shape, "x" + "x".join(map(str, shape)))
        more = {k: told[k] for k in told if k not in ("sizes", "scales")}
        name, operands = f"y{number}", [given]
        if "sizes" in told:
            tensors.append(helper.make_tensor(f"sizes{number}", TensorProto.INT64,
                                              [len(told["sizes"])], told["sizes"]))
            operands += ["", "", f"sizes{number}"]
        else:
            tensors.append(helper.make_tensor(f"scales{number}", TensorProto.FLOAT,
                                              [len(told["scales"])], told["scales"]))
            operands += [f"scales{number}"] if opset < 11 else ["", f"scales{number}"]
        nodes.append(helper.make_node("Resize", operands, [name], **attributes, **more))
        # what keeps its shape would be the input itself
        nodes.append(helper.make_node("Neg", [name], ["n" + name]))
        outputs.append(helper.make_tensor_value_info("n" + name, TensorProto.FLOAT, None))
        names.append((shape, told))
    random = numpy.random.default_rng(1)
    arrays = {name: random.uniform(-1, 1, shape).astype(numpy.float32)
              for shape, name in inputs.items()}
    graph = helper.make_graph(
        nodes, "resize", [helper.make_tensor_value_info(n, TensorProto.FLOAT, s)
                          for s, n in inputs.items()], outputs, tensors)
    return helper.make_model(graph, ir_version=8,
                             opset_imports=[helper.make_opsetid("", opset)]), arrays, names


def compare(build, path, model, arrays, names, driver, exact):
    """Numbers of cases and of cases that differ."""
    onnx.save(model, path)
    session = onnxruntime.InferenceSession(model.SerializeToString(),
                                           providers=["CPUExecutionProvider"])
    expected = session.run(None, arrays)
    got, why = ours(build, path, driver, [], arrays)
    if got is None or got.size != sum(e.size for e in expected):
        print(f"{path} {driver}: {why or 'not as many numbers as expected'}")
        return len(names), len(names)
    wrong, begin = 0, 0
    for (shape, told), wanted in zip(names, expected):
        have = got[begin:begin + wanted.size]
        begin += wanted.size
        apart = float(numpy.abs(have - wanted.ravel()).max())
        if apart > (0 if exact else TOLERANCE):
            wrong += 1
            print(f"{path} {driver}: {shape} to {told} is apart by {apart:.1e}")
    return len(names), wrong


def ways():
    """(name, opset, attributes, cases, whether equal and not only near)"""
    for place in PLACES:
        for rounding in ROUNDS + ["linear"]:
            attributes = {"coordinate_transformation_mode": place}
            attributes |= {"mode": "linear"} if rounding == "linear" else \
                {"mode": "nearest", "nearest_mode": rounding}
            opset = 19 if place == "half_pixel_symmetric" else 13
            cases = by_sizes() + by_scales() + of_planes() + of_lines()
            yield f"{place}-{rounding}", opset, attributes, cases, rounding != "linear"
            yield f"{place}-{rounding}-ratio", 19, attributes, kept_ratio(), rounding != "linear"
    for mode in ("nearest", "linear"):
        yield f"before-11-{mode}", 10, {"mode": mode}, before_11(), mode == "nearest"


def main():
    build, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    onnxruntime.set_default_logger_severity(4)
    folder.mkdir(parents=True, exist_ok=True)
    good = True
    for driver in ("onednn", "portable"):
        total = wrong = 0
        for name, opset, attributes, cases, exact in ways():
            model, arrays, names = network(cases, opset, attributes)
            some, bad = compare(build, folder / f"{name}.onnx", model, arrays, names, driver, exact)
            total, wrong = total + some, wrong + bad
        print(f"{'resize':24} {driver:9} {total} combinations, {wrong} differ", flush=True)
        good = good and wrong == 0
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
