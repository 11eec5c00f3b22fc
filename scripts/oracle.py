"""oracle.py BUILD FOLDER [NETWORK...]

Holds the outputs of haxconn's kernels against ONNX Runtime, for the ONNX files in FOLDER and for
networks that it exports there from torchvision with random weights (where torch is installed);
and against the cases of single operators that come with the onnx package, as far as their data are
real numbers: once with all real inputs computed, once with all but the first as initializers (not on
a GPU, whose networks are held against ONNX Runtime where there is one, in strict f32). Prints a line for each network and driver,
and for each operator's case that fails; exit code 1 when something is further apart than the
tolerance. What is refused is counted, not judged.
"""
import pathlib
import subprocess
import sys
import warnings

import numpy
import onnxruntime

TOLERANCE = 1e-4  # of the largest output; float32 sums in another order
NETWORKS = [
    "resnet18", "resnet50", "vgg11", "alexnet", "googlenet", "inception_v3", "densenet121",
    "mobilenet_v2", "mobilenet_v3_small", "squeezenet1_1", "shufflenet_v2_x1_0", "efficientnet_b0",
    "mnasnet1_0", "regnet_y_400mf", "deeplabv3_resnet50", "deeplabv3_mobilenet_v3_large",
    "fcn_resnet50", "vit_b_16", "convnext_tiny", "yolo_shaped",
]
NEWER_EXPORTER = {"vit_b_16", "mobilenet_v3_small", "deeplabv3_mobilenet_v3_large"}  # with weights in a file of their own
PASSING = {"Identity", "Dropout", "Transpose", "Cast", "Clip", "Sum", "Min", "Max", "ReduceSum",
           "ReduceMean", "ReduceMax", "Reshape", "Squeeze", "Unsqueeze", "Flatten", "Expand"}
SUPPORTED = PASSING | {
    "Conv", "ConvTranspose", "Gemm", "MatMul", "BatchNormalization", "LRN", "MaxPool",
    "AveragePool", "GlobalAveragePool", "GlobalMaxPool", "Relu", "LeakyRelu", "PRelu", "Sigmoid",
    "Tanh", "HardSigmoid", "HardSwish", "Elu", "Gelu", "Mish", "Swish", "Softplus", "Softsign",
    "Erf", "Softmax", "Add", "Sub", "Mul", "Div", "Pow", "Sqrt", "Exp", "Log", "Abs", "Neg",
    "Reciprocal", "Floor", "Ceil", "Round", "Sign", "Sin", "Cos", "Concat", "Split", "Slice",
    "Gather", "Pad", "Resize", "Upsample", "LayerNormalization", "LogSoftmax", "ReduceMin",
    "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSum"}
SLOW_FOR_PORTABLE = 50 << 20  # bytes of a file; the reference has plain loops


def export(name, path):
    """A torchvision network with weights and moments that tell mistakes apart."""
    import torch
    import torchvision
    torch.manual_seed(1)
    if name == "yolo_shaped":
        from yolo_shaped import YoloShaped
        model = YoloShaped()
    elif name.startswith(("deeplabv3_", "fcn_")):
        make = getattr(torchvision.models.segmentation, name)
        model = make(weights=None, weights_backbone=None)
    elif name in ("googlenet", "inception_v3"):
        model = getattr(torchvision.models, name)(weights=None, init_weights=False,
                                                  aux_logits=name == "inception_v3")
    else:
        model = getattr(torchvision.models, name)(weights=None)
    model.eval()
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.uniform_(-0.1, 0.1)
            module.running_var.uniform_(0.5, 1.5)
            module.weight.data.uniform_(0.8, 1.2)
            module.bias.data.uniform_(-0.1, 0.1)
    for values in model.parameters():
        if float(values.detach().abs().max()) < 1e-4:  # zeros would hide what is before them
            values.data.uniform_(-0.1, 0.1)
    size = {"inception_v3": 299, "yolo_shaped": 640}.get(name, 224)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(model, (torch.zeros(1, 3, size, size),), str(path),
                          dynamo=name in NEWER_EXPORTER, verbose=False, input_names=["x"],
                          opset_version=18 if name in NEWER_EXPORTER else 17)


def has_gpu(build):
    """Is there a GPU that haxconn can have as a unit?"""
    return subprocess.run([str(build / "haxconn"), "units", "--platform", "gpu"],
                          capture_output=True, check=False).returncode == 0


def shape_of(value):
    """The input's shape, 4 for what is left open, 1 for an open batch."""
    return [d if isinstance(d, int) else 4 if i else 1 for i, d in enumerate(value.shape)]


def ours(build, path, driver, shapes, arrays):
    """The outputs one after the other, or the reason why there are none. `arrays` are those of the
    inputs that are read, by name."""
    command = [str(build / "tests/oracle/oracle_outputs"), str(path), driver, *shapes]
    listed = subprocess.run([*command[:2], "inputs", *shapes], capture_output=True, check=False)
    names = listed.stdout.decode().split("\n")[:-1]
    data = b"".join(arrays[name].astype(numpy.float32).tobytes() for name in names
                    if name in arrays)
    done = subprocess.run(command, input=data, capture_output=True, check=False)
    if done.returncode != 0:
        return None, done.stderr.decode(errors="replace").strip().split("\n")[-1]
    return numpy.frombuffer(done.stdout, dtype=numpy.float32), ""


def compare(build, path, driver):
    """True where both agree, or where both refuse the file."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(str(path), options,
                                               providers=["CPUExecutionProvider"])
    except Exception as error:  # a file that is wrong on purpose
        session, reason = None, str(error)
    if session is None:
        _, why = ours(build, path, driver, [], {})
        print(f"{path.stem:24} {driver:9} {'both refuse it' if why else 'only ORT refuses: ' + reason}")
        return bool(why)
    random, arrays, shapes = numpy.random.default_rng(1), {}, []
    for value in session.get_inputs():
        dims = shape_of(value)
        if dims != list(value.shape):
            shapes.append(f"{value.name}={'x'.join(map(str, dims))}")
        arrays[value.name] = random.uniform(-1, 1, dims).astype(numpy.float32)
    expected = numpy.concatenate([o.ravel() for o in session.run(None, arrays)])
    got, why = ours(build, path, driver, shapes, arrays)
    if got is None:
        print(f"{path.stem:24} {driver:9} FAILED {why}")
        return False
    if got.size != expected.size:
        print(f"{path.stem:24} {driver:9} FAILED {got.size} numbers, {expected.size} expected")
        return False
    largest = float(numpy.abs(expected).max())
    apart = float(numpy.abs(got - expected).max()) / largest if largest > 0 else float("inf")
    good = apart <= TOLERANCE
    print(f"{path.stem:24} {driver:9} {'ok' if good else 'FAILED'} {expected.size} outputs, "
          f"apart by {apart:.1e} of the largest", flush=True)
    return good


def is_real(array):
    return array.dtype in (numpy.float32, numpy.float64, numpy.float16)


def negated(model, count):
    """A Neg behind each output: what only passes its input on would compute nothing."""
    from onnx import helper
    for output in model.graph.output[:count]:
        model.graph.node.append(helper.make_node("Neg", [output.name], [output.name + " negated"]))
        output.name += " negated"


def operator_cases(folder):
    """(name, files, inputs, expected outputs, sign) of onnx's own cases that have one node and
    real numbers. The files differ in which inputs become initializers: none of the real ones, or
    all but the first."""
    import onnx
    from onnx import numpy_helper
    from onnx.backend.test.case.node import collect_testcases
    folder.mkdir(exist_ok=True)
    with warnings.catch_warnings(), numpy.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        cases = collect_testcases(None)
    for case in cases:
        inputs, outputs = ([numpy.asarray(a) if isinstance(a, (numpy.generic, float)) else a
                            for a in side] for side in case.data_sets[0])
        arrays = [a for a in inputs + outputs if isinstance(a, numpy.ndarray)]
        if len(case.model.graph.node) != 1 or len(arrays) < len(inputs) + len(outputs):
            continue
        if not inputs or not is_real(inputs[0]) or not is_real(outputs[0]):
            continue
        count = len(outputs) if case.model.graph.node[0].op_type == "Split" else 1
        named = dict(zip([i.name for i in case.model.graph.input], inputs))
        files = []
        try:
            for kept in ([n for n, a in named.items() if is_real(a)], list(named)[:1]):
                model = onnx.ModelProto()
                model.CopyFrom(case.model)
                graph = model.graph
                graph.initializer.extend([numpy_helper.from_array(a, n) for n, a in named.items()
                                          if n not in kept])
                left = [i for i in graph.input if i.name in kept]
                del graph.input[:], graph.output[count:]
                graph.input.extend(left)
                if graph.node[0].op_type in PASSING:
                    negated(model, count)
                path = folder / f"{case.name}.{len(kept)}.onnx"
                onnx.save(model, path)
                files.append(path)
        except ValueError:  # a type that numpy lacks
            continue
        sign = -1 if case.model.graph.node[0].op_type in PASSING else 1
        expected = theirs(files[0], named) or [sign * o.ravel() for o in outputs[:count]]
        yield case.model.graph.node[0].op_type, case.name, list(dict.fromkeys(files)), named, expected


def theirs(path, named):
    """What ONNX Runtime makes of a case, None where it does not know the operator."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(str(path), options,
                                               providers=["CPUExecutionProvider"])
        return [o.ravel() for o in session.run(None, {i.name: named[i.name]
                                                      for i in session.get_inputs()})]
    except Exception:
        return None


def judge_case(build, driver, files, named, expected):
    """(agrees, reason): None and the reason where every file is refused."""
    good, reasons = None, []
    largest = max(float(numpy.abs(expected).max(initial=0)), 1e-30)
    # numbers of 16 bits were rounded to three digits on their way
    tolerance = TOLERANCE if all(a.dtype != numpy.float16 for a in named.values()) \
        and expected.dtype != numpy.float16 else 2e-3
    for path in files:
        got, why = ours(build, path, driver, [], named)
        if got is None:
            reasons.append(why)
            continue
        near = got.size == expected.size and \
            float(numpy.abs(got - expected.astype(numpy.float32)).max(initial=0)) <= tolerance * largest
        good = near if good is None else good and near
    return good, reasons[-1] if reasons else ""


def compare_cases(build, folder, driver):
    """True where every case that is not refused agrees."""
    agree, wrong, refused = 0, 0, []
    for op, name, files, named, outputs in operator_cases(folder):
        good, why = judge_case(build, driver, files, named, numpy.concatenate(outputs))
        if good is None:
            refused.append((op, name, why))
            continue
        agree += good
        wrong += not good
        if not good:
            print(f"{name:24} {driver:9} FAILED")
    of_list = [r for r in refused if r[0] in SUPPORTED]
    print(f"{'operators':24} {driver:9} {agree} cases agree, {wrong} do not, {len(refused)} are "
          f"refused, {len(of_list)} of them of operators that are supported otherwise")
    (folder / f"refused-{driver}.txt").write_text(
        "".join(f"{op} {name}: {why}\n" for op, name, why in of_list + refused))
    return wrong == 0


def main():
    build, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    onnxruntime.set_default_logger_severity(4)
    try:
        import torchvision  # noqa: F401
        for name in sys.argv[3:] or NETWORKS:
            if not (folder / f"{name}.onnx").exists():
                export(name, folder / f"{name}.onnx")
    except ImportError:
        print("torchvision is not installed: only the files that are there")
    good = True
    drivers = ("onednn", "portable", "cuda") if has_gpu(build) else ("onednn", "portable")
    for path in sorted(folder.glob("*.onnx")):
        for driver in drivers:
            if driver == "portable" and path.stat().st_size > SLOW_FOR_PORTABLE:
                continue
            good = compare(build, path, driver) and good
    for driver in ("onednn", "portable"):
        good = compare_cases(build, folder.parent / "cases", driver) and good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
