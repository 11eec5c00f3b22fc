"""Scheduling problems and schedules: made of documents or arrays, solved, evaluated, verified."""

import ctypes
import json
import os
import pathlib
from ctypes import byref, c_double, c_void_p, sizeof
from dataclasses import dataclass
from typing import Any, Iterable, Mapping, Optional, Sequence, Union

from . import _c

OBJECTIVES = ("latency", "throughput", "sum", "deadline")
PARTS = ("run", "out", "in")
RULES = ("pin", "forbid", "join", "max-pieces", "after", "weight", "deadline")


def objective_number(name: str) -> int:
    number = ctypes.c_int()
    if not _c.library.hax_objective_find(_c.encode(name), byref(number)):
        raise _c.BadInput(f"objective '{name}': there are {', '.join(OBJECTIVES)}", "HAX_USAGE")
    return number.value


def rule_array(rules: Optional[Iterable[tuple]]):
    """[("pin", "googlenet=gpu")] as the library takes them: (count, array, what keeps it alive)."""
    rules = list(rules or [])
    array = (_c.Rule * max(1, len(rules)))()
    for i, (kind, text) in enumerate(rules):
        if kind not in RULES:
            raise _c.BadInput(f"rule '{kind}': there are {', '.join(RULES)}", "HAX_USAGE")
        array[i] = _c.Rule(RULES.index(kind), _c.encode(text))
    return len(rules), array


@dataclass(frozen=True)
class Job:
    """A group, or the hand-over behind (`out`) or before it (`in`), on a unit. Milliseconds from
    the start of the round; `after` is the (instance, group, part) that it was made to wait for."""
    instance: str
    group: int
    unit: str
    part: str
    start_ms: float
    end_ms: float
    slowdown: float
    after: Optional[tuple] = None
    delay_ms: float = 0.0


class Problem:
    """A scheduling problem: units over shared resources, instances of groups with times.

    `document` is a dict, or the text, of a "haxconn/problem" document (docs/search.md says what its
    members mean); "schema" and "version" may be left out. Immutable."""

    def __init__(self, document: Union[Mapping[str, Any], str, bytes]):
        if isinstance(document, Mapping):
            text = _c.dump({"schema": "haxconn/problem", "version": 1, **document})
        else:
            text = document.encode() if isinstance(document, str) else bytes(document)
        handle = c_void_p()
        _c.check(_c.library.hax_problem_parse, text, ctypes.c_size_t(len(text)), b"problem",
                 byref(handle))
        self._hold(handle, owned=True)

    def _hold(self, handle, owned, keep=None):
        self._handle, self._owned, self._keep = handle, owned, keep
        self._document = None

    @classmethod
    def _of(cls, handle, keep=None):
        """A problem that the library has made; with `keep` it belongs to that object."""
        problem = cls.__new__(cls)
        problem._hold(handle, owned=keep is None, keep=keep)
        return problem

    @classmethod
    def load(cls, path: Union[str, os.PathLike]) -> "Problem":
        """A problem document from a file."""
        return cls(pathlib.Path(path).read_bytes())

    @classmethod
    def from_arrays(cls, times: Mapping[str, Any], units: Sequence[str], *,
                    demands: Optional[Mapping[str, Any]] = None,
                    out_ms: Optional[Mapping[str, Any]] = None,
                    in_ms: Optional[Mapping[str, Any]] = None,
                    slowdown_per_gbps: Union[float, Mapping[str, float]] = 0.0,
                    objective: str = "latency", **members: Any) -> "Problem":
        """A problem of arrays [group, unit] for each instance, numpy's or lists of lists.

        `times` are milliseconds (infinite: the unit cannot run the group), `demands` GB/s, `out_ms`
        and `in_ms` what handing over costs behind and before a group. Each unit is a resource of
        its own; beside others that move y GB/s together it takes 1 + slowdown_per_gbps * y times
        as long. Further members of the document go into it as they are."""
        instances = []
        for name, matrix in times.items():
            groups = []
            for g, row in enumerate(matrix):
                row = [float(value) for value in row]
                if len(row) != len(units):
                    raise _c.BadInput(f"times of '{name}', group {g}: {len(row)} numbers for "
                                      f"{len(units)} units", "HAX_USAGE")
                on = {}
                for u, unit in enumerate(units):
                    if row[u] == float("inf"):
                        continue
                    cost = {"time_ms": row[u]}
                    for member, arrays in (("gbps", demands), ("out_ms", out_ms), ("in_ms", in_ms)):
                        if arrays is not None and name in arrays:
                            cost[member] = float(arrays[name][g][u])
                    on[unit] = cost
                groups.append({"name": str(g), "on": on})
            instances.append({"name": name, "groups": groups})

        def slowdown(unit):
            slope = slowdown_per_gbps.get(unit, 0.0) if isinstance(slowdown_per_gbps, Mapping) \
                else slowdown_per_gbps
            return {"kind": "linear", "per_gbps": float(slope)} if slope else {"kind": "none"}
        return cls({"resources": list(units),
                    "units": [{"name": unit, "uses": [unit], "slowdown": slowdown(unit)}
                              for unit in units],
                    "instances": instances, "objective": objective, **members})

    def __del__(self):
        if getattr(self, "_handle", None) and self._owned:
            _c.library.hax_problem_destroy(self._handle)

    @property
    def text(self) -> str:
        """The document as the library writes it; reading it back gives the same problem."""
        return _c.text_of(_c.library.hax_problem_text, self._handle)

    @property
    def document(self) -> dict:
        """The document as a dict."""
        if self._document is None:
            self._document = json.loads(self.text)
        return self._document

    @property
    def objective(self) -> str:
        return self.document.get("objective", "latency")

    @property
    def instances(self) -> tuple:
        """Names of the instances, in their order."""
        return tuple(instance["name"] for instance in self.document["instances"])

    @property
    def units(self) -> tuple:
        """Names of the units, in their order."""
        return tuple(unit["name"] for unit in self.document["units"])

    def adjusted(self, objective: Optional[str] = None,
                 rules: Optional[Iterable[tuple]] = None) -> "Problem":
        """A copy with another objective, and rules such as ("pin", "googlenet=gpu"),
        ("max-pieces", "dla=2") or ("after", "tracker=detector"), applied in their order."""
        count, array = rule_array(rules)
        handle = c_void_p()
        _c.check(_c.library.hax_problem_adjust, self._handle,
                 objective_number(objective or self.objective), count, array, byref(handle))
        return Problem._of(handle)

    def scaled(self, factors: Mapping[str, float]) -> "Problem":
        """A copy in which the times of units are multiplied: {"dla": 1.2}."""
        unknown = set(factors) - set(self.units)
        if unknown:
            raise _c.BadInput(f"no unit '{sorted(unknown)[0]}': there are {', '.join(self.units)}",
                              "HAX_USAGE")
        numbers = (c_double * len(self.units))(*[float(factors.get(u, 1.0)) for u in self.units])
        handle = c_void_p()
        _c.check(_c.library.hax_problem_scale, self._handle, numbers, byref(handle))
        return Problem._of(handle)

    def solve(self, time_limit: Optional[float] = None, node_limit: Optional[int] = None,
              ignore_contention: bool = False) -> "Schedule":
        """The best schedule, with a proof or with how far from the optimum it may be
        (`Schedule.proof`, `.gap`). Ctrl-C ends the search."""
        cancel = _c.Cancel(0)
        options = _c.SolveOptions(size=sizeof(_c.SolveOptions), time_limit_s=_c.no_limit(time_limit),
                                  node_limit=2**64 - 1 if node_limit is None else node_limit,
                                  cancel=ctypes.pointer(cancel), ignore_contention=ignore_contention)
        handle = c_void_p()
        status = _c.interruptible(cancel, _c.library.hax_solve, self._handle, byref(options),
                                  byref(handle), limits=("HAX_LIMIT",))
        if not handle:
            raise _c.Error(f"no schedule was found within the limit ({status})", status)
        return Schedule._of(self, handle)

    def evaluate(self, jobs: Iterable[Union[Job, Mapping[str, Any]]],
                 name: str = "evaluated") -> "Schedule":
        """The schedule that runs jobs in the order in which each unit has them here, each as early
        as precedence, waits and the unit allow. Jobs as `Schedule.jobs` has them, or dicts of
        instance, group, unit and, where it is not "run", part."""
        rows = [job if isinstance(job, Mapping) else job.__dict__ for job in jobs]
        array = (_c.Job * max(1, len(rows)))()
        place = {(r["instance"], r["group"], r.get("part", "run")): i for i, r in enumerate(rows)}
        for i, row in enumerate(rows):
            after = row.get("after")
            array[i] = _c.Job(self._index("unit", self.units, row["unit"]),
                              self._index("instance", self.instances, row["instance"]),
                              row["group"], self._index("part", PARTS, row.get("part", "run")),
                              -1 if after is None else
                              self._index("job to wait for", place, tuple(after)),
                              -1, row.get("delay_ms", 0.0))
        handle = c_void_p()
        _c.check(_c.library.hax_schedule_evaluate, self._handle, _c.encode(name), len(rows), array,
                 byref(handle))
        return Schedule._of(self, handle)

    @staticmethod
    def _index(what, among, name):
        if isinstance(among, dict):
            if name in among:
                return among[name]
        elif name in among:
            return list(among).index(name)
        raise _c.BadInput(f"no {what} '{name}': there are {', '.join(map(str, among))}", "HAX_USAGE")

    def baselines(self, plain_only: bool = False, time_limit: Optional[float] = None) -> dict:
        """Schedules that a plan is held against, by their names: serial, per-network, ..."""
        limits = _c.BaselineLimits(time_limit_s=_c.no_limit(time_limit))
        handle = c_void_p()
        _c.check(_c.library.hax_baselines_make, self._handle, plain_only, byref(limits),
                 byref(handle))
        try:
            count = _c.library.hax_baseline_set_count(handle)
            taken = [_c.library.hax_baseline_set_take(handle, i) for i in range(count)]
        finally:
            _c.library.hax_baseline_set_destroy(handle)
        schedules = [Schedule._of(self, c_void_p(address)) for address in taken]
        return {schedule.name: schedule for schedule in schedules}

    def read(self, document: Union[Mapping[str, Any], str, bytes]) -> "Schedule":
        """A schedule of this problem from its "haxconn/schedule" document."""
        text = _c.dump(document) if isinstance(document, Mapping) else \
            document.encode() if isinstance(document, str) else bytes(document)
        handle = c_void_p()
        _c.check(_c.library.hax_schedule_parse, self._handle, text, ctypes.c_size_t(len(text)),
                 b"schedule", byref(handle))
        return Schedule._of(self, handle)

    def verify(self, schedule: Union["Schedule", Mapping[str, Any], str, bytes]) -> None:
        """Recomputes what a schedule or its document claims, by code that neither makes nor
        evaluates schedules; Mismatch says the first thing that does not hold."""
        if isinstance(schedule, Schedule):
            schedule = schedule.text
        text = _c.dump(schedule) if isinstance(schedule, Mapping) else \
            schedule.encode() if isinstance(schedule, str) else bytes(schedule)
        result = Verification(size=sizeof(Verification))
        _c.check(_c.library.hax_schedule_verify_document, self._handle, text,
                 ctypes.c_size_t(len(text)), b"schedule", byref(result))
        _c._free(result.unchecked)


class Verification(_c.Struct):
    c_name = "hax_verification"
    _fields_ = [("size", ctypes.c_size_t), ("refusal", ctypes.c_int), ("job_count", ctypes.c_int),
                ("value", c_double), ("own_bound_reaches", ctypes.c_bool), ("own_bound", c_double),
                ("baseline_count", ctypes.c_int), ("baselines_replayed", ctypes.c_int),
                ("baselines_best", ctypes.c_int), ("verdict_checked", ctypes.c_bool),
                ("unchecked", c_void_p)]


class Schedule:
    """Which group runs when on which unit, and what that comes to. Immutable."""

    def __init__(self):
        raise TypeError("schedules come from Problem.solve, evaluate, baselines and read")

    @classmethod
    def _of(cls, problem, handle, keep=None):
        schedule = cls.__new__(cls)
        schedule.problem, schedule._handle, schedule._keep = problem, handle, keep
        schedule._record = ctypes.cast(handle, ctypes.POINTER(_c.ScheduleRecord)).contents
        return schedule

    def __del__(self):
        if getattr(self, "_handle", None) and self._keep is None:
            _c.library.hax_schedule_destroy(self._handle)

    def __repr__(self):
        return (f"<Schedule {self.name}: {self.problem.objective} {self.value:.6g}, "
                f"proof {self.proof}>")

    @property
    def name(self) -> str:
        return self._record.name.decode()

    @property
    def value(self) -> float:
        """The objective: ms, or 1/ms of throughput, where larger is better."""
        return self._record.value

    @property
    def bound(self) -> float:
        """What no schedule beats, as far as it was proven; infinite where nothing was."""
        return self._record.bound

    @property
    def gap(self) -> float:
        """How far from the optimum it may be, relative; 0: proven optimal."""
        return self._record.gap

    @property
    def proof(self) -> str:
        """"all": optimal among all schedules; "event-waits": among those that wait only for ends
        of jobs; "no"."""
        return _c.library.hax_proof_name(self._record.proof).decode()

    @property
    def round_ms(self) -> float:
        """From the start of the round to its last end."""
        return _c.library.hax_schedule_round_ms(self._handle)

    @property
    def finish_ms(self) -> dict:
        """When each instance has ended."""
        return {name: self._record.finish_ms[i] for i, name in enumerate(self.problem.instances)}

    @property
    def lost_ms(self) -> dict:
        """What contention, transitions and idle units cost."""
        lost = self._record.lost
        return {"contention": lost.contention_ms, "transitions": lost.transitions_ms,
                "idle": lost.idle_ms}

    @property
    def jobs(self) -> tuple:
        """All jobs by their starts."""
        units, instances = self.problem.units, self.problem.instances
        raw = self._record.jobs[:self._record.job_count]

        def key(job):
            return (instances[job.instance], job.group, PARTS[job.part])
        return tuple(Job(instances[job.instance], job.group, units[job.unit], PARTS[job.part],
                         job.start_ms, job.end_ms, job.slowdown,
                         key(raw[job.after]) if job.after >= 0 else None, job.delay_ms)
                     for job in raw)

    @property
    def assignment(self) -> dict:
        """For each instance the unit of each of its groups."""
        return self.document["assignment"]

    @property
    def text(self) -> str:
        """The "haxconn/schedule" document."""
        return _c.text_of(_c.library.hax_schedule_text, self.problem._handle, self._handle, 0, None,
                          0, None)

    @property
    def document(self) -> dict:
        return json.loads(self.text)

    def save(self, path: Union[str, os.PathLike]) -> None:
        """Writes the document, for `haxconn run --schedule` and `haxconn verify`."""
        pathlib.Path(path).write_text(self.text + "\n", encoding="utf-8")

    def verify(self) -> None:
        """Problem.verify of this schedule."""
        self.problem.verify(self)

    def plot(self, axes: Any = None) -> Any:
        """Bars over time, a line for each unit, with matplotlib; returns the axes."""
        from matplotlib import pyplot
        axes = axes or pyplot.gca()
        units, instances = list(self.problem.units), list(self.problem.instances)
        for job in self.jobs:
            axes.barh(units.index(job.unit), job.end_ms - job.start_ms, left=job.start_ms,
                      color=f"C{instances.index(job.instance) % 10}", edgecolor="white",
                      hatch=None if job.part == "run" else "//",
                      label=job.instance if job.group == 0 and job.part == "run" else None)
        axes.set_yticks(range(len(units)), units)
        axes.invert_yaxis()
        axes.set_xlabel("ms")
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncol=4, frameon=False)
        return axes
