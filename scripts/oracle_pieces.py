"""oracle_pieces.py BUILD FOLDER MODELS [PLANS [FIRST_SEED]]

Networks taken apart by `haxconn export onnx` and put together again by ONNX Runtime. Each network in
MODELS, the built-in ones and those of tests/model/ in Caffe's words are cut wherever up to 16 tensors
cross and spread over units by chance, and so are PLANS (200) plans of one to three networks of
oracle_random.py. Every file must pass onnx.checker. What the pieces give, run by the lines of
docs/export.md, must be what ONNX Runtime gives for the whole network: its own file where it has one, else
`haxconn export onnx NET`, which is held against haxconn's kernels. Both run without ONNX Runtime's
optimisations, which fuse more in a whole network: then both compute the same.
"""
import json
import pathlib
import random
import re
import shutil
import subprocess
import sys

import numpy
import onnx
import onnxruntime

import oracle_random
from oracle import ours, shape_of
from schedule_document import Piece, schedule_document

TOLERANCE = 1e-6  # of the largest output
KERNELS = 1e-4    # against haxconn's own, which sum in another order
PLANS = 200
UNITS = ["gpu", "dla", "cpu"]
SLOW_FOR_PORTABLE = 50 << 20


def program():
    """The lines that docs/export.md shows."""
    text = pathlib.Path(__file__).parent.parent.joinpath("docs/export.md").read_text()
    lines = re.search(r"```python\n(.*?)```", text, re.S)[1]
    names = {}
    exec(compile(lines, "docs/export.md", "exec"), names)
    return names["run_plan"]


def plain():
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    return options


def haxconn(build, *arguments):
    return subprocess.run([str(build / "haxconn"), *map(str, arguments)], capture_output=True,
                          text=True, check=False)


def group_names(build, network, shapes, generator, most):
    """Legal cuts of a network, some of them, as names of groups; None and the reason if refused."""
    done = haxconn(build, "model", "show", network, "--cut-tensors", "16", "--grouping", "fine",
                   "--json", "-", *[f"--shape={shape}" for shape in shapes])
    if done.returncode != 0:
        return None, done.stderr.strip()
    groups = json.loads(done.stdout)["groups"]
    firsts = [group["first"] for group in groups]
    last = groups[-1]["last"]
    cuts = sorted(generator.sample(firsts[1:], min(most, len(firsts) - 1)))
    begins = [0, *cuts]
    ends = [cut - 1 for cut in cuts] + [last]
    return [f"{a}-{b}" if a < b else f"{a}" for a, b in zip(begins, ends)], ""


def documents(folder, groups, generator):
    """A problem of instances {name: groups} without contention, and any valid plan of it."""
    problem = {
        "schema": "haxconn/problem", "version": 1, "resources": UNITS,
        "units": [{"name": unit, "uses": [unit], "slowdown": {"kind": "none"}} for unit in UNITS],
        "instances": [{
            "name": name, "after": [], "weight": 1, "deadline_ms": None,
            "groups": [{"name": group, "on": {
                unit: {"time_ms": generator.randint(1, 20), "gbps": 0, "out_ms": 0, "in_ms": 0}
                for unit in UNITS}} for group in names]} for name, names in groups.items()],
        "objective": "latency", "limits": {"max_transitions": None}}
    pieces = []
    for i, names in enumerate(groups.values()):
        starts = sorted(generator.random() for _ in names)
        unit = generator.choice(UNITS)
        for g in range(len(names)):
            if generator.random() < 0.6:
                unit = generator.choice(UNITS)
            pieces.append(Piece(i, g, unit, starts[g]))
    plan = schedule_document(problem, "random", pieces)
    (folder / "problem.json").write_text(json.dumps(problem))
    (folder / "plan.json").write_text(json.dumps(plan))


def start(path):
    return onnxruntime.InferenceSession(str(path), plain(), providers=["CPUExecutionProvider"])


def distance(have, wanted):
    if have.shape != wanted.shape or have.dtype != wanted.dtype:
        return float("inf")
    return oracle_random.distance(have, wanted)


def export_plan(build, folder, networks, shapes):
    """The folder of pieces; None and the reason where there is none."""
    output = folder / "pieces"
    shutil.rmtree(output, ignore_errors=True)
    done = haxconn(build, "export", "onnx", folder / "problem.json", folder / "plan.json",
                   *[f"{name}={path}" for name, path in networks.items()], "--output", output,
                   *[f"--shape={networks[name]}:{shape}" if len(networks) > 1 else
                     f"--shape={shape}" for name in networks for shape in shapes.get(name, [])])
    return (output, "") if done.returncode == 0 else (None, done.stderr.strip())


UNCLEAR = [{"ceil_mode"}, {"auto_pad", "dilations"}, {"auto_pad", "output_padding"}]


def check(path):
    """onnx.checker's opinion, that of its shapes too but for windows with attributes together of
    which onnx and ONNX Runtime think differently (docs/onnx.md)."""
    model = onnx.load(str(path), load_external_data=False)
    attributes = [{a.name for a in node.attribute} for node in model.graph.node
                  if node.op_type in ("MaxPool", "AveragePool", "ConvTranspose")]
    unclear = any(together <= names for names in attributes for together in UNCLEAR)
    onnx.checker.check_model(str(path), full_check=not unclear)


def judge(run_plan, output, wholes, arrays):
    """What is wrong, or None; the largest distance; the number of pieces. `wholes` are sessions by
    instance."""
    tensors = {name: dict(arrays[name]) for name in wholes}
    for path in output.glob("*.onnx"):
        check(path)
    plan = run_plan(str(output), tensors, plain())
    largest = 0.0
    for instance in plan["instances"]:
        name, session = instance["name"], wholes[instance["name"]]
        wanted = session.run(None, {value.name: arrays[name][value.name]
                                    for value in session.get_inputs()})
        names = [value.name for value in session.get_outputs()]
        if sorted(names) != sorted(output["name"] for output in instance["outputs"]):
            return f"outputs {instance['outputs']} in place of {names}", 0, 0
        for output_name, values in zip(names, wanted):
            if output_name not in tensors[name]:
                return f"no piece gave '{output_name}'", 0, 0
            apart = distance(tensors[name][output_name], values)
            largest = max(largest, apart)
            if apart > TOLERANCE:
                return f"'{output_name}' is apart by {apart:.1e} of its largest number", apart, 0
    return None, largest, len(plan["pieces"])


def inputs_of(session, seed=1):
    generator, arrays, shapes = numpy.random.default_rng(seed), {}, []
    for value in session.get_inputs():
        dims = shape_of(value)
        if dims != list(value.shape):
            shapes.append(f"{value.name}={'x'.join(map(str, dims))}")
        kind = {"tensor(float16)": numpy.float16, "tensor(double)": numpy.float64}
        arrays[value.name] = generator.uniform(-1, 1, dims).astype(
            kind.get(value.type, numpy.float32))
    return arrays, shapes


def against_kernels(build, path, arrays):
    """Is a converted network what haxconn computes for it? The largest distance of an output."""
    session = start(path)
    wanted = numpy.concatenate([o.ravel() for o in session.run(None, arrays)])
    got, why = ours(build, path, "onednn", [], arrays)
    return (None, why) if got is None else (oracle_random.distance(got, wanted), "")


def converted(build, folder, network):
    """A network that is no ONNX file, as one; None and the reason where it is refused."""
    path = folder / f"{pathlib.Path(network).stem}.onnx"
    done = haxconn(build, "export", "onnx", network, "--output", path)
    return (path, "") if done.returncode == 0 else (None, done.stderr.strip())


def kernels_of(build, network, arrays):
    """What haxconn computes for a built-in network or a prototxt, its outputs one after the other."""
    return ours(build, network, "onednn", [], arrays)


def compare_network(build, run_plan, folder, network, is_onnx):
    """A line, and whether all is well."""
    name = pathlib.Path(network).stem
    generator = random.Random(name)
    folder.mkdir(parents=True, exist_ok=True)
    path, why = (network, "") if is_onnx else converted(build, folder, network)
    if path is None:
        return f"FAILED {why}", False
    note = ""
    try:
        session = start(path)
    except Exception as error:  # a file that is wrong on purpose
        return f"ONNX Runtime refuses it: {str(error)[:80]}", is_onnx
    arrays, shapes = inputs_of(session)
    if not is_onnx:
        check(path)
        wanted = numpy.concatenate([o.ravel() for o in session.run(None, arrays)])
        got, why = kernels_of(build, network, arrays)
        if got is None:
            return f"FAILED {why}", False
        apart = oracle_random.distance(got, wanted) if got.size == wanted.size else float("inf")
        note = f", {apart:.1e} from haxconn's kernels"
        if apart > KERNELS:
            return f"FAILED converted, apart from haxconn's kernels by {apart:.1e}", False
    groups, why = group_names(build, network, shapes, generator, 12)
    if groups is None:
        return f"refused: {why[:90]}", is_onnx
    documents(folder, {"net": groups}, generator)
    output, why = export_plan(build, folder, {"net": network}, {"net": shapes})
    if output is None:
        return f"FAILED {why}", False
    wrong, largest, pieces = judge(run_plan, output, {"net": session}, {"net": arrays})
    shutil.rmtree(folder)
    if wrong:
        return f"FAILED {wrong}", False
    return f"ok {pieces} pieces, apart by {largest:.1e}{note}", True


def compare_networks(build, run_plan, folder, models):
    good = True
    listed = haxconn(build, "model", "list", "--json", "-").stdout
    builtin = [network["name"] for network in json.loads(listed)["models"]]
    caffe = sorted(pathlib.Path(__file__).parent.parent.glob("tests/**/*.prototxt"))
    for network, is_onnx in [(path, True) for path in sorted(models.glob("*.onnx"))] + \
            [(name, False) for name in builtin] + \
            [(path, False) for path in caffe if "malformed" not in path.name]:
        line, well = compare_network(build, run_plan, folder / "network", network, is_onnx)
        print(f"{pathlib.Path(network).stem:24} pieces    {line}", flush=True)
        good = good and well
    return good


def random_plan(build, run_plan, folder, seed):
    """What is wrong, None; and the number of pieces, 0 where nothing could be compared."""
    generator = random.Random(seed)
    groups, networks, wholes, arrays = {}, {}, {}, {}
    for i in range(generator.randint(1, 3)):
        name = f"net{i}"
        model, arrays[name] = oracle_random.make(1000 * seed + i)
        networks[name] = folder / f"{name}.onnx"
        onnx.save(model, networks[name])
        try:
            wholes[name] = start(networks[name])
            wholes[name].run(None, arrays[name])
        except Exception:  # nothing to compare with
            return None, 0
        groups[name], _ = group_names(build, networks[name], [], generator, 6)
        if groups[name] is None:  # an operator that haxconn does not have
            return None, 0
    documents(folder, groups, generator)
    output, why = export_plan(build, folder, networks, {})
    if output is None:
        return why, 0
    wrong, _, pieces = judge(run_plan, output, wholes, arrays)
    return wrong, pieces


def compare_plans(build, run_plan, folder, first, count):
    done, failed, total, seed = 0, 0, 0, first
    folder.mkdir(parents=True, exist_ok=True)
    while done < count and seed < first + 4 * count:
        wrong, pieces = random_plan(build, run_plan, folder, seed)
        if wrong:
            failed += 1
            print(f"plan {seed}: {wrong}\n    again: python {sys.argv[0]} {build} {folder} - 1 {seed}",
                  flush=True)
        done += bool(pieces) or bool(wrong)
        total += pieces
        seed += 1
    print(f"{'random plans':24} {done} of {total} pieces; {failed} fail", flush=True)
    return failed == 0 and done == count


def main():
    build, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    count = int(sys.argv[4]) if len(sys.argv) > 4 else PLANS
    first = int(sys.argv[5]) if len(sys.argv) > 5 else 0
    onnxruntime.set_default_logger_severity(4)
    run_plan = program()
    good = sys.argv[3] == "-" or compare_networks(build, run_plan, folder, pathlib.Path(sys.argv[3]))
    good = compare_plans(build, run_plan, folder / "plan", first, count) and good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
