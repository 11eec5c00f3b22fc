"""The whole way, and what comes of it: runs, deployments, streams."""

import ctypes
import json
import math
from ctypes import byref, c_double, c_void_p, sizeof
from dataclasses import dataclass
from typing import Any, Callable, Iterable, Mapping, Optional, Union

from . import _c
from .networks import Watching, Workload, platform, workload
from .problems import Problem, Schedule, objective_number, rule_array


def _numpy():
    try:
        import numpy
    except ImportError:
        raise ImportError("haxconn: inputs and outputs of networks are numpy's arrays: "
                          "install numpy") from None
    return numpy


class Feeds:
    """Numbers for inputs, {instance: array} or {instance: {input: array}}, as the library takes
    them."""

    def __init__(self, load: Workload, inputs: Optional[Mapping[str, Any]]):
        self.keep, feeds = [], []
        for name, value in (inputs or {}).items():
            if name not in load.names:
                raise _c.BadInput(f"no network '{name}': there are {', '.join(load.names)}",
                                  "HAX_USAGE")
            by_input = value if isinstance(value, Mapping) else {None: value}
            for tensor, numbers in by_input.items():
                feeds.append(self._feed(load.names.index(name), tensor, numbers))
        self.count = len(feeds)
        self.array = (_c.Feed * max(1, len(feeds)))(*feeds)

    def _feed(self, network, tensor, numbers):
        numpy = _numpy()
        values = numpy.ascontiguousarray(numbers, dtype=numpy.float32)
        if values.ndim > 8:
            raise _c.BadInput(f"an array of {values.ndim} dimensions: 8 at most", "HAX_USAGE")
        record = _c.Array(_c.Shape(values.ndim, (ctypes.c_int64 * 8)(*values.shape)), values.size,
                          values.ctypes.data_as(ctypes.POINTER(ctypes.c_float)))
        self.keep += [values, record]
        return _c.Feed(network, None if tensor is None else _c.encode(tensor),
                       ctypes.pointer(record))


def copy_output(output: _c.Output):
    """An output's numbers, in an array of their own: the library's go with the next round."""
    numpy = _numpy()
    shape = output.shape.tuple()
    count = math.prod(shape)
    return numpy.ctypeslib.as_array(output.values, (max(1, count),))[:count].copy().reshape(shape)


class Result:
    """What was predicted and measured, and what follows; `document` has all of it
    ("haxconn/result"), rows of deployments first."""

    def __init__(self, handle, load):
        self._handle, self._load = handle, load
        self._record = ctypes.cast(handle, ctypes.POINTER(_c.ResultRecord)).contents
        self.problem = Problem._of(c_void_p(self._record.problem), keep=self)

    def __del__(self):
        if getattr(self, "_handle", None):
            _c.library.hax_result_destroy(self._handle)

    def __repr__(self):
        return f"<Result: {self.verdict}>"

    @property
    def document(self) -> dict:
        return json.loads(_c.text_of(_c.library.hax_result_text, self._handle))

    @property
    def verdict(self) -> str:
        return self._record.verdict.decode()

    @property
    def answer(self) -> str:
        """The deployment that was the best as measured, plain ones included."""
        return self._record.rows[self._record.answer].name.decode()

    @property
    def schedule(self) -> Schedule:
        """Its schedule, of `problem`: what to deploy."""
        row = self._record.rows[self._record.answer]
        return Schedule._of(self.problem, c_void_p(row.schedule), keep=self)

    @property
    def outputs_equal(self) -> Optional[bool]:
        """All outputs as those of one unit alone; None where units compute nothing."""
        return self._record.outputs_equal if self._record.outputs_checked else None

    @property
    def outputs(self) -> dict:
        """{instance: {output: array}} of the plan's first round, with keep_outputs."""
        found = {}
        for output in self._record.outputs[:self._record.output_count]:
            found.setdefault(output.instance.decode(), {})[output.name.decode()] = \
                copy_output(output)
        return found


def run(networks, platform_="host", *, grouping="blocks", objective: str = "latency",
        rules: Optional[Iterable[tuple]] = None, max_transitions: Optional[int] = None,
        rounds: Optional[int] = None, seconds: float = 20, time_limit: Optional[float] = None,
        store: Optional[str] = None, contention: bool = True, all_baselines: bool = False,
        refine: int = 3, inputs: Optional[Mapping[str, Any]] = None, keep_outputs: bool = False,
        seed: int = 0, progress: Optional[Callable] = None,
        warn: Optional[Callable] = None) -> Result:
    """Profiles, plans, executes the plan and every plain deployment in turns, compares outputs.
    Raises Mismatch where they differ. Forks worker processes, which have ended when it returns."""
    load, machine = workload(networks, grouping), platform(platform_)
    watching, feeds = Watching(progress, warn), Feeds(load, inputs)
    rule_count, rule_list = rule_array(rules)
    config = _c.RunConfig(
        size=sizeof(_c.RunConfig), platform=machine._handle, network_count=load.count,
        networks=load.array, names=load.c_names, rule_count=rule_count, rules=rule_list,
        all_baselines=all_baselines, objective=objective_number(objective),
        max_transitions=_c.NO_LIMIT if max_transitions is None else max_transitions,
        rounds=_c.AUTOMATIC if rounds is None else rounds, seconds=seconds,
        store_path=None if store is None else _c.encode(store), ignore_contention=not contention,
        solve_time_limit_s=_c.no_limit(time_limit), baseline_time_limit_s=_c.no_limit(time_limit),
        feed_count=feeds.count, feeds=feeds.array, input_seed=seed, keep_outputs=keep_outputs,
        watch=ctypes.pointer(watching.record), refine=refine)
    handle = c_void_p()
    try:
        watching.call(_c.library.hax_run, byref(config), byref(handle))
    except _c.Mismatch:
        _c.library.hax_result_destroy(handle)
        raise
    return Result(handle, load)


class Deployment:
    """Networks kept ready to run by a schedule, in worker processes that it forks; a context
    manager. One thread at a time uses it."""

    def __init__(self, networks, platform_, schedule: Schedule, *, grouping="blocks", seed: int = 0,
                 warn: Optional[Callable] = None):
        self._load, self._machine = workload(networks, grouping), platform(platform_)
        self._schedule, self._watching = schedule, Watching(None, warn)
        config = _c.DeploymentConfig(
            size=sizeof(_c.DeploymentConfig), platform=self._machine._handle,
            network_count=self._load.count, networks=self._load.array,
            problem=schedule.problem._handle, schedule=schedule._handle, input_seed=seed,
            watch=ctypes.pointer(self._watching.record))
        self._handle = c_void_p()
        self._watching.call(_c.library.hax_deployment_open, byref(config), byref(self._handle))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __del__(self):
        self.close()

    def close(self) -> None:
        """Ends the workers."""
        if getattr(self, "_handle", None):
            _c.library.hax_deployment_close(self._handle)
            self._handle = c_void_p()

    def run(self, inputs: Optional[Mapping[str, Any]] = None) -> dict:
        """One round: {instance: {output: array}}. Inputs that are not given stay as they were, at
        first random ones. `round_ms` is what it took."""
        if not self._handle:
            raise _c.Error("the deployment is closed", "HAX_USAGE")
        feeds = Feeds(self._load, inputs)
        for feed in feeds.array[:feeds.count]:
            _c.check(_c.library.hax_deployment_set_input, self._handle, byref(feed))
        took = c_double()
        self._watching.call(_c.library.hax_deployment_run, self._handle, byref(took))
        self.round_ms = took.value
        return {name: self._outputs(n) for n, name in enumerate(self._load.names)}

    def _outputs(self, network):
        found = {}
        for index in range(len(self._load.models[network].outputs)):
            output = _c.Output()
            _c.check(_c.library.hax_deployment_output, self._handle, network, index, byref(output))
            found[output.name.decode()] = copy_output(output)
        return found


@dataclass(frozen=True)
class Frame:
    """What became of a frame that was submitted; seconds from the start of the stream."""
    number: int
    dropped: bool
    lost: bool
    missed: bool
    release: float
    start: float
    end: float
    outputs: dict


class Stream:
    """Frames, one after the other, of several networks by a schedule; a context manager. Networks
    in `rates` (Hz) release frames by themselves in `run`, None: back to back; the others' frames
    are submitted. One thread at a time uses it."""

    BACK_TO_BACK, PERIODIC, SUBMITTED = range(3)

    def __init__(self, networks, platform_, schedule: Schedule, *, grouping="blocks",
                 rates: Optional[Mapping[str, Optional[float]]] = None, buffer: int = 1,
                 deadline_ms: Optional[float] = None, keep_queue: bool = False,
                 check_outputs: bool = False, seed: int = 0, warn: Optional[Callable] = None):
        self._load, self._machine = workload(networks, grouping), platform(platform_)
        self._schedule, self._watching = schedule, Watching(None, warn)
        sources = (_c.FrameSource * self._load.count)()
        for n, name in enumerate(self._load.names):
            rate = (rates or {}).get(name)
            release = self.SUBMITTED if name not in (rates or {}) else \
                self.BACK_TO_BACK if rate is None else self.PERIODIC
            due = deadline_ms if deadline_ms is not None else \
                1e3 / rate if rate else math.inf
            sources[n] = _c.FrameSource(release, rate or 0.0, due, buffer, int(keep_queue))
        config = _c.StreamConfig(
            size=sizeof(_c.StreamConfig), platform=self._machine._handle,
            network_count=self._load.count, networks=self._load.array,
            problem=schedule.problem._handle, schedule=schedule._handle, sources=sources,
            input_seed=seed, check_outputs=check_outputs,
            watch=ctypes.pointer(self._watching.record), restart=True)
        self._handle = c_void_p()
        self._watching.call(_c.library.hax_stream_open, byref(config), byref(self._handle))

    __enter__, __exit__, __del__ = Deployment.__enter__, Deployment.__exit__, Deployment.__del__

    def close(self) -> None:
        """Ends the workers."""
        if getattr(self, "_handle", None):
            _c.library.hax_stream_close(self._handle)
            self._handle = c_void_p()

    def _network(self, name):
        if name not in self._load.names:
            raise _c.BadInput(f"no network '{name}': there are {', '.join(self._load.names)}",
                              "HAX_USAGE")
        return self._load.names.index(name)

    def run(self, frames: Optional[int] = None, seconds: Optional[float] = None) -> dict:
        """Releases frames until a limit, waits for their results; the "haxconn/stream" document."""
        limits = _c.StreamLimits(_c.NO_LIMIT if frames is None else frames, _c.no_limit(seconds))
        handle = c_void_p()
        self._watching.call(_c.library.hax_stream_run, self._handle, byref(limits), byref(handle))
        try:
            return json.loads(_c.text_of(_c.library.hax_stream_result_text, handle, b"haxconn", 1))
        finally:
            _c.library.hax_stream_result_destroy(handle)

    def submit(self, name: str, inputs: Union[None, Any, Mapping[str, Any]] = None) -> int:
        """One more frame of a network; its number. Error (HAX_LIMIT) where there is no room."""
        feeds = Feeds(self._load, None if inputs is None else {name: inputs})
        number = ctypes.c_int64()
        _c.check(_c.library.hax_stream_submit, self._handle, self._network(name), feeds.count,
                 feeds.array, byref(number))
        return number.value

    def wait(self, name: str, number: int) -> Frame:
        """Waits for the result of a frame."""
        frame = _c.Frame()
        self._watching.call(_c.library.hax_stream_wait, self._handle, self._network(name),
                            ctypes.c_int64(number), byref(frame))
        outputs = {output.name.decode(): copy_output(output)
                   for output in frame.outputs[:frame.output_count]}
        return Frame(frame.number, frame.dropped, frame.lost, frame.missed, frame.release_ns / 1e9,
                     frame.start_ns / 1e9, frame.end_ns / 1e9, outputs)
