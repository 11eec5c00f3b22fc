"""beside_cpsat.py BUILD FOLDER [--seconds S] [--seeds N] [--workers N] [--json FILE]
                [SHAPE|PROBLEM.json...]

How good the search is beside CP-SAT of Google OR-Tools, the strongest general solver for such
problems: for each problem one after the other, in the same run and with the same number of seconds,
`haxconn schedule` (one thread), CP-SAT with one worker, and CP-SAT as it is meant to be used, with
a worker for every processor and eight at least, as its strategies differ from worker to worker.
Problems are the random chains of bench/chains.h, written into FOLDER; a shape is
INSTANCESxGROUPSxUNITS. Problem documents of one's own are taken too.

There is no contention in it: CP-SAT's durations are fixed before it starts, and cannot depend on
what runs beside.

CP-SAT calculates with whole numbers. Times are rounded down to UNIT_MS, so that its bound is one of
the problem as it stands; its schedule is evaluated with the times as they are and goes through
`haxconn verify`. Every bound is held against every schedule of the same problem: where one is
above, one of the two is wrong, and the script fails.
"""
import argparse
import json
import math
import os
import pathlib
import statistics
import subprocess
import sys

import ortools
from ortools.sat.python import cp_model

from schedule_document import Piece, cost_parts, schedule_document

SHAPES = ["2x10x2", "3x10x2", "3x5x3", "3x10x3", "4x10x4", "8x12x4"]
UNIT_MS = 1e-5  # CP-SAT's unit of time
TOLERANCE_MS = 1e-6  # what `haxconn verify` allows


# ---- CP-SAT ----------------------------------------------------------------------------------


def whole(ms):
    return math.floor(ms / UNIT_MS)


def refuse(problem):
    """What the model below does not say must not be in the problem."""
    if any(unit.get("slowdown", {}).get("kind", "none") != "none" for unit in problem["units"]):
        sys.exit("CP-SAT has no durations that depend on what runs beside: "
                 "only problems without contention can be compared")
    others = []
    if problem.get("objective", "latency") != "latency":
        others.append("objectives other than latency")
    if any(limit is not None and limit != {} for limit in problem.get("limits", {}).values()):
        others.append("limits")
    if any(instance.get("after") for instance in problem["instances"]):
        others.append("an order of instances")
    if any(group.get("joined") for i in problem["instances"] for group in i["groups"]):
        others.append("joined groups")
    if others:
        sys.exit(f"not translated for CP-SAT: {', '.join(others)}")


class Model:
    """The problem for CP-SAT.

    A hand-over follows or precedes its group without a pause on the same unit, so that IN, group
    and OUT are one interval whose length depends on the units of the groups beside. That no unit is
    busy for longer than the round follows from the rest, but CP-SAT's linear relaxation must be
    told: its bounds are far weaker without.
    """

    def __init__(self, problem):
        self.problem = problem
        self.model = cp_model.CpModel()
        self.horizon = self.serial()
        self.end = self.time_var()
        self.uses = {unit["name"]: unit["uses"] for unit in problem["units"]}
        self.intervals = {resource: [] for resource in problem["resources"]}
        self.busy = {resource: [] for resource in problem["resources"]}
        self.groups = [self.add_instance(instance) for instance in problem["instances"]]
        for resource in problem["resources"]:
            self.model.add_no_overlap(self.intervals[resource])
            self.model.add(sum(self.busy[resource]) <= self.end)
        self.model.minimize(self.end)

    def serial(self):
        """The length of some schedule: all one after the other on the best unit, or, where none
        runs all groups, each on its slowest with all hand-overs."""
        groups = [group["on"] for i in self.problem["instances"] for group in i["groups"]]
        whole_on = [sum(whole(on[unit["name"]]["time_ms"]) for on in groups)
                    for unit in self.problem["units"]
                    if all(unit["name"] in on for on in groups)]
        slowest = sum(max(sum(whole(ms) for _, ms in cost_parts(cost, True, True))
                          for cost in on.values()) for on in groups)
        return min(whole_on, default=slowest)

    def time_var(self):
        return self.model.new_int_var(0, self.horizon, "")

    def add_instance(self, instance):
        """[(start, {unit: runs there})] of its groups."""
        groups = [group["on"] for group in instance["groups"]]
        runs = [{unit: self.model.new_bool_var("") for unit in on} for on in groups]
        starts, last = [], 0
        for g, on in enumerate(groups):
            self.model.add_exactly_one(runs[g].values())
            before = runs[g - 1] if g > 0 else None
            behind = runs[g + 1] if g + 1 < len(groups) else None
            start, length, end = self.time_var(), self.time_var(), self.time_var()
            busy = {unit: self.busy_on(unit, cost, runs[g], before, behind)
                    for unit, cost in on.items()}
            self.model.add(length == sum(busy.values()))
            self.model.add(end == start + length)
            self.model.add(start >= last)
            for unit, runs_there in runs[g].items():
                interval = self.model.new_optional_interval_var(start, length, end, runs_there, "")
                for resource in self.uses[unit]:
                    self.intervals[resource].append(interval)
                    self.busy[resource].append(busy[unit])
            starts.append(start)
            last = end
        self.model.add(self.end >= last)
        return list(zip(starts, runs))

    def busy_on(self, unit, cost, here, before, behind):
        """For how long the group and its hand-overs occupy the unit, 0 where it runs elsewhere."""
        shares = {"run": here[unit]}
        if before is not None:
            shares["in"] = self.alone(unit, here, before)
        if behind is not None:
            shares["out"] = self.alone(unit, here, behind)
        return sum(whole(ms) * shares[part] for part, ms in
                   cost_parts(cost, before is not None, behind is not None))

    def alone(self, unit, here, other):
        """Is true when the group runs on the unit and its neighbour does not."""
        alone = self.model.new_bool_var("")
        self.model.add_implication(alone, here[unit])
        if unit in other:
            self.model.add_implication(alone, ~other[unit])
            self.model.add_bool_or(alone, ~here[unit], other[unit])
        else:
            self.model.add_implication(here[unit], alone)
        return alone

    def pieces(self, solver):
        return [Piece(i, g, unit, solver.value(start))
                for i, groups in enumerate(self.groups) for g, (start, on) in enumerate(groups)
                for unit, runs in on.items() if solver.value(runs)]


def run_cpsat(problem, seconds, workers):
    """(figures, schedule document or None)"""
    model = Model(problem)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = workers
    status = solver.solve(model.model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE, cp_model.UNKNOWN):
        sys.exit(f"CP-SAT says {solver.status_name(status)} of a problem that has schedules")
    found = {"value": None, "bound": solver.best_objective_bound * UNIT_MS,
             "proven": status == cp_model.OPTIMAL, "seconds": solver.wall_time}
    if status == cp_model.UNKNOWN:
        return found, None
    document = schedule_document(problem, "cp-sat", model.pieces(solver), found["bound"])
    found["value"] = document["value"]
    return found, document


# ---- haxconn -----------------------------------------------------------------------------------


def run_haxconn(tool, path, seconds, out):
    """Its own figures; seconds are those of the search, as CP-SAT's are."""
    done = subprocess.run([tool, "schedule", path, "--time", str(seconds), "--json", out],
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                          check=False)
    if done.returncode not in (0, 10):  # 10: a limit was reached before the proof
        sys.exit(f"haxconn schedule {path}: {done.stderr.strip()}")
    document = json.loads(out.read_text())
    return {"value": document["value"], "bound": document["bound"],
            "proven": document["proven"] == "all", "seconds": document["search"]["seconds"]}


def verify(tool, path, document, out):
    out.write_text(json.dumps(document))
    done = subprocess.run([tool, "verify", path, out], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"haxconn verify {path} {out}: {done.stderr.strip()}")


# ---- the comparison ----------------------------------------------------------------------------


def gap(found):
    return 100 * (found["value"] - found["bound"]) / found["value"] if found["value"] else math.inf


def check_bounds(path, found):
    """No bound may lie above a schedule."""
    for bound_of, low in found.items():
        for value_of, high in found.items():
            if high["value"] is not None and low["bound"] > high["value"] + TOLERANCE_MS:
                sys.exit(f"{path}: {bound_of} claims that nothing is under {low['bound']:.9g} ms, "
                         f"{value_of} has a schedule of {high['value']:.9g} ms: one is wrong")


def compare(args, path):
    """{solver: figures} of one problem, printed as they come."""
    problem = json.loads(path.read_text())
    refuse(problem)
    found = {}
    for name, workers in args.solvers:
        if workers is None:
            found[name] = run_haxconn(args.tool, path, args.seconds, args.folder / "ours.json")
        else:
            found[name], document = run_cpsat(problem, args.seconds, workers)
            if document:
                verify(args.tool, path, document, args.folder / "cpsat.json")
        of = found[name]
        value = "none" if of["value"] is None else f"{of['value']:.4f}"
        print(f"{path.stem:14} {name:20} {value:>10} {of['bound']:10.4f} {gap(of):7.2f} "
              f"{of['seconds']:9.3f}  {'yes' if of['proven'] else 'no'}", flush=True)
    check_bounds(path, found)
    return found


def longer(rows, name, ours):
    """How many times as long as ours, where both prove: the median."""
    ratios = [row[name]["seconds"] / row[ours]["seconds"] for row in rows
              if row[name]["proven"] and row[ours]["proven"]]
    return f"{statistics.median(ratios):.3g} ({len(ratios)})" if ratios else "-"


def above_best(row, name):
    best = min(of["value"] for of in row.values() if of["value"] is not None)
    return 100 * (row[name]["value"] / best - 1) if row[name]["value"] else math.inf


def print_medians(by_shape, names):
    print(f"\n{'medians':14} {'':20} {'proven':>7} {'seconds':>9} {'gap %':>7} {'above best %':>13}"
          f"   times as long where both prove (problems)")
    for shape, rows in by_shape.items():
        for name in names:
            of = [row[name] for row in rows]
            print(f"{shape:14} {name:20} {sum(f['proven'] for f in of):5}/{len(of)} "
                  f"{statistics.median(f['seconds'] for f in of):9.3f} "
                  f"{statistics.median(map(gap, of)):7.2f} "
                  f"{statistics.median(above_best(row, name) for row in rows):13.2f}   "
                  f"{longer(rows, name, names[0])}")


def write_problems(args):
    """{shape or document's name: paths}"""
    shapes = [name for name in args.problems if not name.endswith(".json")]
    if shapes:
        done = subprocess.run([args.build / "bench/beside/write_chains", args.folder,
                               str(args.seeds), *shapes], check=False)
        if done.returncode != 0:
            sys.exit(done.returncode)
    paths = {}
    for name in args.problems:
        if name in shapes:
            paths[name] = [args.folder / f"{name}-{seed}.json" for seed in range(args.seeds)]
        else:
            paths.setdefault(pathlib.Path(name).stem, []).append(pathlib.Path(name))
    return paths


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[1])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("problems", nargs="*", metavar="SHAPE|PROBLEM.json")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=max(8, len(os.sched_getaffinity(0))),
                        help="workers of CP-SAT's second run; 1: only one run")
    parser.add_argument("--json", type=pathlib.Path)
    args = parser.parse_intermixed_args()
    args.problems = args.problems or SHAPES
    args.tool = args.build / "haxconn"
    args.solvers = [("haxconn, 1 thread", None), ("CP-SAT, 1 worker", 1)]
    if args.workers > 1:
        args.solvers.append((f"CP-SAT, {args.workers} workers", args.workers))
    args.folder.mkdir(parents=True, exist_ok=True)
    print(f"OR-Tools {ortools.__version__}, {len(os.sched_getaffinity(0))} processors, "
          f"{args.seconds:g} s each, one after the other. Without\ncontention: CP-SAT has no "
          f"durations that depend on what runs beside. Its times are rounded\ndown to {UNIT_MS:g} "
          f"ms; its schedules are evaluated with the times as they are, and verified.\n")
    print(f"{'problem':14} {'':20} {'value ms':>10} {'bound ms':>10} {'gap %':>7} {'seconds':>9}"
          f"  proven")
    by_shape = {name: [compare(args, path) for path in paths]
                for name, paths in write_problems(args).items()}
    print_medians(by_shape, [name for name, _ in args.solvers])
    if args.json:
        args.json.write_text(json.dumps(by_shape, indent=1) + "\n")


if __name__ == "__main__":
    main()
