"""The C library: found, loaded, and its structs as ctypes has them.

Layouts are those of the public headers (tests/install/layout.txt holds them, and tests/test_layout.py
holds this file against it). Structs that may grow carry their size, as haxconn/config.h says, so a
later library of the same version number serves a binding that was written for an earlier one.
"""

import ctypes
import json
import math
import os
import pathlib
import threading
from ctypes import (CFUNCTYPE, POINTER, Structure, byref, c_bool, c_char, c_char_p, c_double, c_float,
                    c_int, c_int64, c_size_t, c_uint32, c_uint64, c_void_p, sizeof)

NO_LIMIT = -1
AUTOMATIC = -1


class Error(Exception):
    """What the library refused or could not do; the text says what, and what to do.

    `status` is the name of the C status ("HAX_BAD_INPUT"), `file`, `line` and `column` say where,
    as far as a document is concerned (0 and "" where none is)."""

    def __init__(self, message, status="HAX_FAILURE", file="", line=0, column=0):
        super().__init__(message)
        self.status, self.file, self.line, self.column = status, file, line, column


class BadInput(Error, ValueError):
    """A document, a name or a number that cannot be (HAX_BAD_INPUT, HAX_USAGE)."""


class Unavailable(Error):
    """A unit, a driver or a library is missing on this machine (HAX_UNAVAILABLE)."""


class Mismatch(Error):
    """Something that was claimed does not hold, or outputs differ (HAX_MISMATCH)."""


class Infeasible(Error):
    """Proven: no schedule keeps what is asked (HAX_INFEASIBLE)."""


class WorkerLost(Error):
    """A worker process died or hangs (HAX_WORKER_LOST)."""


KINDS = {"HAX_BAD_INPUT": BadInput, "HAX_USAGE": BadInput, "HAX_UNAVAILABLE": Unavailable,
         "HAX_MISMATCH": Mismatch, "HAX_INFEASIBLE": Infeasible, "HAX_WORKER_LOST": WorkerLost}


class Struct(Structure):
    """`c_name` is what the header calls it."""
    c_name = None


class ErrorRecord(Struct):
    c_name = "hax_error"
    _fields_ = [("status", c_int), ("line", c_int), ("column", c_int), ("file", c_char * 512),
                ("message", c_char * 1024)]


class Shape(Struct):
    c_name = "hax_shape"
    _fields_ = [("rank", c_int), ("dims", c_int64 * 8)]

    def tuple(self):
        return tuple(self.dims[:self.rank])


class TensorInfo(Struct):
    c_name = "hax_tensor_info"
    _fields_ = [("name", c_char_p), ("shape", Shape)]


class LayerInfo(Struct):
    c_name = "hax_layer_info"
    _fields_ = [("name", c_char_p), ("type", c_char_p), ("compute_index", c_int), ("output", Shape),
                ("macs", c_int64), ("parameters", c_int64), ("line", c_int)]


class Array(Struct):
    c_name = "hax_array"
    _fields_ = [("shape", Shape), ("count", c_size_t), ("values", POINTER(c_float))]


class Feed(Struct):
    c_name = "hax_feed"
    _fields_ = [("network", c_int), ("input", c_char_p), ("array", POINTER(Array))]


class Output(Struct):
    c_name = "hax_output"
    _fields_ = [("network", c_int), ("instance", c_char_p), ("name", c_char_p), ("shape", Shape),
                ("values", POINTER(c_float))]


class Job(Struct):
    c_name = "hax_job"
    _fields_ = [("unit", c_int), ("instance", c_int), ("group", c_int), ("part", c_int),
                ("after", c_int), ("from_unit", c_int), ("delay_ms", c_double),
                ("start_ms", c_double), ("end_ms", c_double), ("slowdown", c_double)]


class Losses(Struct):
    c_name = "hax_losses"
    _fields_ = [("contention_ms", c_double), ("transitions_ms", c_double), ("idle_ms", c_double)]


class ScheduleRecord(Struct):
    c_name = "hax_schedule"
    _fields_ = [("name", c_char * 32), ("job_count", c_int), ("jobs", POINTER(Job)),
                ("instance_count", c_int), ("assignment", c_void_p), ("finish_ms", POINTER(c_double)),
                ("value", c_double), ("bound", c_double), ("gap", c_double), ("proof", c_int),
                ("lost", Losses), ("nodes", c_uint64), ("seconds", c_double), ("cut_short", c_bool),
                ("tie", c_double), ("fewest", c_bool)]


class ModelOptions(Struct):
    c_name = "hax_model_options"
    _fields_ = [("size", c_size_t), ("shape_count", c_int), ("shapes", POINTER(c_char_p)),
                ("cut_tensors", c_int)]


class ProfileNetwork(Struct):
    c_name = "hax_profile_network"
    _fields_ = [("name", c_char_p), ("model", c_void_p), ("grouping", c_void_p)]


class Progress(Struct):
    c_name = "hax_progress"
    _fields_ = [("stage", c_char_p), ("done", c_double), ("seconds_left", c_double)]


REPORT = CFUNCTYPE(None, c_void_p, POINTER(Progress))
WARN = CFUNCTYPE(None, c_void_p, c_char_p)


class Cancel(Struct):
    c_name = "hax_cancel"
    _fields_ = [("requested", c_int)]


class Watch(Struct):
    c_name = "hax_watch"
    _fields_ = [("report", REPORT), ("warn", WARN), ("context", c_void_p),
                ("cancel", POINTER(Cancel)), ("hang_s", c_double)]


class ProfileConfig(Struct):
    c_name = "hax_profile_config"
    _fields_ = [("size", c_size_t), ("platform", c_void_p), ("network_count", c_int),
                ("networks", POINTER(ProfileNetwork)), ("rounds", c_int), ("seconds", c_double),
                ("store_path", c_char_p), ("contention", c_bool), ("traffic", c_int),
                ("fresh", c_bool), ("watch", POINTER(Watch))]


class Rule(Struct):
    c_name = "hax_rule"
    _fields_ = [("kind", c_int), ("text", c_char_p)]


class ProblemOptions(Struct):
    c_name = "hax_problem_options"
    _fields_ = [("size", c_size_t), ("objective", c_int), ("max_transitions", c_int),
                ("with_reference_units", c_bool), ("ignore_contention", c_bool),
                ("names", POINTER(c_char_p)), ("rule_count", c_int), ("rules", POINTER(Rule))]


IMPROVED = CFUNCTYPE(None, c_void_p, c_void_p)


class SolveOptions(Struct):
    c_name = "hax_solve_options"
    _fields_ = [("size", c_size_t), ("time_limit_s", c_double), ("node_limit", c_uint64),
                ("cancel", POINTER(Cancel)), ("ignore_contention", c_bool), ("improved", IMPROVED),
                ("context", c_void_p)]


class BaselineLimits(Struct):
    c_name = "hax_baseline_limits"
    _fields_ = [("time_limit_s", c_double), ("cancel", POINTER(Cancel))]


class RunConfig(Struct):
    c_name = "hax_run_config"
    _fields_ = [("size", c_size_t), ("platform", c_void_p), ("network_count", c_int),
                ("networks", POINTER(ProfileNetwork)), ("names", POINTER(c_char_p)),
                ("rule_count", c_int), ("rules", POINTER(Rule)), ("all_baselines", c_bool),
                ("objective", c_int), ("max_transitions", c_int), ("rounds", c_int),
                ("seconds", c_double), ("store_path", c_char_p), ("fresh", c_bool),
                ("ignore_contention", c_bool), ("solve_time_limit_s", c_double),
                ("baseline_time_limit_s", c_double), ("schedule", c_void_p), ("feed_count", c_int),
                ("feeds", POINTER(Feed)), ("input_seed", c_uint64), ("keep_outputs", c_bool),
                ("watch", POINTER(Watch)), ("refine", c_int)]


class Summary(Struct):
    c_name = "hax_summary"
    _fields_ = [("count", c_int)] + [(name, c_double) for name in
                                     ("min", "p25", "median", "p75", "p95", "p99", "max", "spread")]


class Row(Struct):
    c_name = "hax_row"
    _fields_ = [("name", c_char_p), ("same_as", c_int), ("plain", c_bool), ("reference", c_bool),
                ("schedule", c_void_p), ("unpredicted", c_char_p), ("predicted_ms", c_double),
                ("measured", Summary), ("predicted_value", c_double), ("measured_value", Summary),
                ("error_percent", c_double), ("compared", c_bool), ("largest_difference", c_double)]


class ResultRecord(Struct):
    c_name = "hax_result"
    _fields_ = [("plan", c_void_p), ("profile", c_void_p), ("problem", c_void_p),
                ("reference_problem", c_void_p), ("row_count", c_int), ("rows", POINTER(Row)),
                ("unfinished", c_uint32), ("rounds", c_int), ("outputs_checked", c_bool),
                ("outputs_equal", c_bool), ("output_tolerance", c_double),
                ("gain_percent", c_double), ("noise_percent", c_double), ("disturbed", c_int),
                ("outcome", c_int), ("verdict", c_char_p), ("output_count", c_int),
                ("outputs", POINTER(Output)), ("note_count", c_int), ("notes", POINTER(c_char_p)),
                ("timelines", c_void_p), ("answer", c_int), ("plans", c_int),
                ("correction_count", c_int), ("corrections", c_void_p)]


class DeploymentConfig(Struct):
    c_name = "hax_deployment_config"
    _fields_ = [("size", c_size_t), ("platform", c_void_p), ("network_count", c_int),
                ("networks", POINTER(ProfileNetwork)), ("problem", c_void_p), ("schedule", c_void_p),
                ("input_seed", c_uint64), ("watch", POINTER(Watch))]


class FrameSource(Struct):
    c_name = "hax_frame_source"
    _fields_ = [("release", c_int), ("rate_hz", c_double), ("deadline_ms", c_double),
                ("buffer", c_int), ("policy", c_int)]


class Frame(Struct):
    c_name = "hax_frame"
    _fields_ = [("network", c_int), ("number", c_int64), ("dropped", c_bool), ("lost", c_bool),
                ("missed", c_bool), ("release_ns", c_int64), ("start_ns", c_int64),
                ("end_ns", c_int64), ("output_count", c_int), ("outputs", POINTER(Output))]


class StreamConfig(Struct):
    c_name = "hax_stream_config"
    _fields_ = [("size", c_size_t), ("platform", c_void_p), ("network_count", c_int),
                ("networks", POINTER(ProfileNetwork)), ("problem", c_void_p), ("schedule", c_void_p),
                ("sources", POINTER(FrameSource)), ("input_seed", c_uint64),
                ("check_outputs", c_bool), ("frame_ended", c_void_p), ("second_passed", c_void_p),
                ("context", c_void_p), ("watch", POINTER(Watch)), ("cycle", c_void_p),
                ("restart", c_bool)]


class StreamLimits(Struct):
    c_name = "hax_stream_limits"
    _fields_ = [("frames", c_int64), ("seconds", c_double)]


# ---- the library ------------------------------------------------------------------------------

def find_library():
    """HAXCONN_LIBRARY, then beside this package (as wheels have it), then as the system does."""
    named = os.environ.get("HAXCONN_LIBRARY")
    if named:
        return named
    for beside in sorted(pathlib.Path(__file__).parent.glob("installed/lib/libhaxconn.so*")):
        return str(beside)
    return "libhaxconn.so.0.1"


def load():
    path = find_library()
    try:
        library = ctypes.CDLL(path)
    except OSError as error:
        raise ImportError(f"haxconn: the library cannot be loaded: {error}; install haxconn "
                          "(make install), or name the file in HAXCONN_LIBRARY") from None
    declare(library)
    version = library.hax_version().decode()
    if version.split(".")[:2] != ["0", "1"]:
        raise ImportError(f"haxconn: {path} is version {version}, this binding is for 0.1")
    return library


# What is not `hax_status f(...)`, and the classes of arguments that a plain number or pointer
# would not do for.
POINTER_RESULTS = {"hax_version": c_char_p, "hax_status_name": c_char_p, "hax_part_name": c_char_p,
                   "hax_proof_name": c_char_p, "hax_objective_name": c_char_p,
                   "hax_model_name": c_char_p, "hax_model_builtin_names": POINTER(c_char_p),
                   "hax_model_layer": LayerInfo, "hax_model_input_info": TensorInfo,
                   "hax_model_output_info": TensorInfo, "hax_model_macs": c_int64,
                   "hax_model_parameters": c_int64, "hax_schedule_round_ms": c_double,
                   "hax_model_cut_legal": c_bool, "hax_objective_find": c_bool,
                   "hax_baseline_set_schedules": POINTER(c_void_p),
                   "hax_baseline_set_take": c_void_p, "hax_baseline_set_unfinished": c_uint32}


def declare(library):
    for name, result in POINTER_RESULTS.items():
        getattr(library, name).restype = result


_free = ctypes.CDLL(None).free
_free.argtypes = [c_void_p]


def pointer(value):
    """An address as an argument: ctypes would cut a plain number to 32 bits."""
    return c_void_p(value) if isinstance(value, int) or value is None else value


def check(function, *arguments, limits=()):
    """Calls `function` with an error record behind the arguments and raises what it says. Statuses
    in `limits` are no errors; the status's name comes back."""
    error = ErrorRecord()
    status = function(*[a if not isinstance(a, bool) else int(a) for a in arguments], byref(error))
    name = library.hax_status_name(status).decode()
    if name == "HAX_OK" or name in limits:
        return name
    if name == "HAX_NO_MEMORY":
        raise MemoryError(error.message.decode(errors="replace"))
    if name == "HAX_INTERRUPTED":
        raise KeyboardInterrupt
    raise KINDS.get(name, Error)(error.message.decode(errors="replace"), name,
                                 error.file.decode(errors="replace"), error.line, error.column)


def interruptible(cancel, function, *arguments, limits=()):
    """The same for a call that takes its time: it runs on a thread of its own, so that Ctrl-C is
    seen here, asks it to stop through `cancel` and waits for its end. (An interrupted join() takes
    threads for ended in some versions of Python, hence the event.)"""
    answer, ended = [], threading.Event()

    def work():
        try:
            answer.append((check(function, *arguments, limits=limits), None))
        except BaseException as error:  # given to the caller below
            answer.append((None, error))
        ended.set()
    threading.Thread(target=work).start()
    interrupted = False
    while not ended.is_set():
        try:
            ended.wait()
        except KeyboardInterrupt:
            interrupted = True
            library.hax_cancel_request(byref(cancel))
    status, error = answer[0]
    if interrupted:
        raise KeyboardInterrupt
    if error is not None:
        raise error
    return status


def text_of(function, *arguments):
    """A text that the library makes, as str."""
    text = c_void_p()
    check(function, *arguments, byref(text))
    try:
        return ctypes.string_at(text).decode()
    finally:
        _free(text)


def strings(values):
    """A C array of texts; NULL for none."""
    values = list(values)
    return (c_char_p * len(values))(*[None if v is None else encode(v) for v in values]) \
        if values else None


def encode(text):
    return os.fspath(text).encode() if isinstance(text, os.PathLike) else str(text).encode()


def dump(document):
    """A dict as the text of a document; not-a-number is refused here, as JSON has none."""
    return json.dumps(document, allow_nan=False).encode()


def no_limit(seconds):
    return math.inf if seconds is None else float(seconds)


library = load()
