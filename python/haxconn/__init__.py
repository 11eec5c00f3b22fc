"""haxconn: several neural networks at once on the processing units of one machine, split at layer
level. Problems are made of dicts or arrays, solved with a proof, evaluated and verified; networks
are profiled, planned, executed and compared.

    import haxconn
    problem = haxconn.Problem.from_arrays({"a": [[1, 3], [2, 1]], "b": [[4, 2]]}, ["gpu", "dla"])
    schedule = problem.solve()
    print(schedule.value, schedule.proof, schedule.assignment)

Long calls release the interpreter's lock, and Ctrl-C ends them. Errors of the library are
exceptions with its messages. Nothing here is a second implementation: all of it is the C library
(docs/python.md)."""

from ._c import (BadInput, Error, Infeasible, Mismatch, Unavailable, WorkerLost, library as _library)
from .networks import Model, Platform, Profile, Workload, load_model, profile
from .problems import Job, Problem, Schedule
from .running import Deployment, Frame, Result, Stream, run

__version__ = _library.hax_version().decode()


def solve(problem, **options) -> Schedule:
    """Problem(problem).solve(...): of a Problem, or a document."""
    return (problem if isinstance(problem, Problem) else Problem(problem)).solve(**options)


__all__ = ["BadInput", "Deployment", "Error", "Frame", "Infeasible", "Job", "Mismatch", "Model",
           "Platform", "Problem", "Profile", "Result", "Schedule", "Stream", "Unavailable",
           "WorkerLost", "Workload", "load_model", "profile", "run", "solve"]
