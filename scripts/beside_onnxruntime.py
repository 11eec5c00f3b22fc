"""beside_onnxruntime.py BUILD FOLDER [--rounds N] [--json FILE] [NETWORK...]

How long a network takes here and in ONNX Runtime, on the same cores: on one thread and on all of
them, then a pair of networks as haxconn plans it beside two ONNX Runtime sessions (one after the
other with all threads; at once with half of them each). Both sides take turns within every round,
each with one run that is not counted before those that are, and rest in between, so that neither's
waiting threads disturb the other. Networks are exported into FOLDER from torchvision with random
weights unless they are there.

ONNX Runtime is set as a user would: all graph optimisations, threads set, inputs and outputs bound
to memory; its threads spin while they wait for work, its default, and again with that off where
--no-spin-too asks for it.
"""
import argparse
import json
import math
import os
import pathlib
import statistics
import subprocess
import sys
import threading
import time

import numpy
import onnxruntime

NETWORKS = [
    "resnet18", "resnet50", "googlenet", "mobilenet_v2", "vgg16", "densenet121", "inception_v3",
    "squeezenet1_1", "shufflenet_v2_x1_0", "efficientnet_b0", "deeplabv3_mobilenet_v3_large",
    "yolo_shaped",
]
PAIRS = [("resnet50", "googlenet"), ("yolo_shaped", "resnet18"), ("mobilenet_v2", "densenet121")]
RUNS = 2  # counted, of each side's turn
REST_S = 0.03  # ONNX Runtime's threads stop spinning after some milliseconds


class Ours:
    """The program that runs rounds when told to."""

    def __init__(self, build, where, paths):
        self.name = "haxconn"
        self.program = subprocess.Popen(
            [str(build / "bench/beside/rounds_on_command"), where, *map(str, paths)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.about = self.program.stdout.readline().strip().removeprefix("ready").strip()

    def run(self):
        self.program.stdin.write(f"{RUNS}\n")
        self.program.stdin.flush()
        line = self.program.stdout.readline()
        if not line:
            sys.exit("haxconn's side has ended")
        return [float(ms) for ms in line.split()]

    def close(self):
        self.program.stdin.close()
        self.program.wait()


class Session:
    """A network in ONNX Runtime with its input and outputs in place."""

    def __init__(self, path, threads, spin):
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.add_session_config_entry("session.intra_op.allow_spinning", "1" if spin else "0")
        self.session = onnxruntime.InferenceSession(str(path), options,
                                                    providers=["CPUExecutionProvider"])
        value = self.session.get_inputs()[0]
        self.data = numpy.random.default_rng(1).uniform(-1, 1, value.shape).astype(numpy.float32)
        self.binding = self.session.io_binding()
        self.binding.bind_cpu_input(value.name, self.data)
        for output in self.session.get_outputs():
            self.binding.bind_output(output.name)

    def __call__(self):
        self.session.run_with_iobinding(self.binding)


def timed(work):
    """Milliseconds of the counted runs, after one that is not."""
    work()
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1e3)
    return times


class Theirs:
    """Sessions one after the other."""

    def __init__(self, name, cores, sessions):
        self.name, self.cores, self.sessions, self.about = name, cores, sessions, ""

    def work(self):
        for session in self.sessions:
            session()

    def run(self):
        os.sched_setaffinity(0, self.cores)
        return timed(self.work)

    def close(self):
        self.sessions = None


class Together(Theirs):
    """Sessions at once, each called by a thread of its own that is there before."""

    def __init__(self, name, cores, sessions):
        super().__init__(name, cores, sessions)
        self.begin = threading.Barrier(len(sessions))
        self.end = threading.Barrier(len(sessions))
        self.others = [threading.Thread(target=self.serve, args=(s,), daemon=True)
                       for s in sessions[1:]]
        for other in self.others:
            other.start()

    def serve(self, session):
        try:
            while True:
                self.begin.wait()
                session()
                self.end.wait()
        except threading.BrokenBarrierError:
            return

    def work(self):
        self.begin.wait()
        self.sessions[0]()
        self.end.wait()

    def close(self):
        self.begin.abort()
        for other in self.others:
            other.join()
        super().close()


def take_turns(sides, rounds):
    """{side: times}: all sides in every round, the order turned each time."""
    times = {side.name: [] for side in sides}
    for r in range(rounds):
        for s in range(len(sides)):
            side = sides[(r + s) % len(sides)]
            times[side.name].extend(side.run())
            time.sleep(REST_S)
    for side in sides:
        side.close()
    return times


def summary(times):
    p25, median, _ = statistics.quantiles(times, n=4)
    return {"p25": p25, "median": median, "min": min(times)}


def show(label, times, ours="haxconn"):
    """One line for each side; returns haxconn's share of the best other, by p25 and by median."""
    sums = {name: summary(values) for name, values in times.items()}
    others = [name for name in sums if name != ours]
    ratios = {key: sums[ours][key] / min(sums[name][key] for name in others)
              for key in ("p25", "median", "min")}
    for name, of in sums.items():
        ratio = "" if name != ours else (f"   ratio {ratios['p25']:.3f} {ratios['median']:.3f} "
                                         f"{ratios['min']:.3f}")
        print(f"{label:36} {name:18} {of['p25']:8.2f} {of['median']:8.2f} {of['min']:8.2f}{ratio}",
              flush=True)
    return {"label": label, "times": sums, "ratio": ratios}


def geometric(ratios):
    return math.exp(statistics.fmean(math.log(r) for r in ratios))


def single(args, folder, cores, threads):
    rows = []
    where = "core0" if threads == 1 else args.all_unit
    for name in args.networks:
        path = folder / f"{name}.onnx"
        on = {cores[0]} if threads == 1 else set(cores)
        os.sched_setaffinity(0, on)
        sides = [Ours(args.build, where, [path]),
                 Theirs("onnxruntime", on, [Session(path, threads, True)])]
        if args.no_spin_too and threads > 1:
            sides.append(Theirs("onnxruntime no-spin", on, [Session(path, threads, False)]))
        rows.append(show(f"{name}, {threads} thread{'s' if threads > 1 else ''}",
                         take_turns(sides, args.rounds)))
    for key in ("p25", "median", "min"):
        print(f"geometric mean of haxconn / onnxruntime, {threads} thread(s), {key}: "
              f"{geometric([row['ratio'][key] for row in rows]):.3f}", flush=True)
    return rows


def pairs(args, folder, cores):
    rows = []
    half = max(1, len(cores) // 2)
    for names in args.pairs:
        paths = [folder / f"{name}.onnx" for name in names]
        os.sched_setaffinity(0, set(cores))
        ours = Ours(args.build, "plan", paths)
        print(f"{'+'.join(names)}: {ours.about}")
        sides = [ours,
                 Theirs("ort one-after-other", set(cores),
                        [Session(path, len(cores), True) for path in paths]),
                 Together("ort at-once", set(cores),
                          [Session(path, half, True) for path in paths])]
        rows.append(show(f"{'+'.join(names)}", take_turns(sides, args.rounds)))
    for key in ("p25", "median", "min"):
        print(f"geometric mean of haxconn / the better of both, {key}: "
              f"{geometric([row['ratio'][key] for row in rows]):.3f}", flush=True)
    return rows


def export_missing(folder, names):
    missing = [name for name in names if not (folder / f"{name}.onnx").exists()]
    if missing:
        from oracle import export
        folder.mkdir(parents=True, exist_ok=True)
        for name in missing:
            export(name, folder / f"{name}.onnx")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("networks", nargs="*", default=NETWORKS)
    parser.add_argument("--rounds", type=int, default=14)
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--only", choices=["one", "all", "pairs"], action="append")
    parser.add_argument("--no-spin-too", action="store_true")
    args = parser.parse_intermixed_args()
    args.networks = args.networks or NETWORKS
    cores = sorted(os.sched_getaffinity(0))
    args.all_unit = "both" if len(cores) == 2 else "all"
    args.pairs = [p for p in PAIRS if set(p) <= set(args.networks)]
    only = args.only or ["one", "all", "pairs"]
    export_missing(args.folder, args.networks)
    print(f"onnxruntime {onnxruntime.__version__}, {len(cores)} cores, {args.rounds} rounds of "
          f"{RUNS} runs; ms: p25, median, min")
    found = {}
    if "one" in only:
        found["one thread"] = single(args, args.folder, cores, 1)
    if "all" in only and len(cores) > 1:
        found["all threads"] = single(args, args.folder, cores, len(cores))
    if "pairs" in only and args.pairs:
        found["pairs"] = pairs(args, args.folder, cores)
    if args.json:
        args.json.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
