"""Which unit runs which group in which order, timed and written as a schedule document.

For problems without contention only: then times follow from the order, and this takes the place of
an evaluator. `haxconn verify PROBLEM SCHEDULE` says whether they hold.
"""
import dataclasses


@dataclasses.dataclass
class Piece:
    """A group on its unit, with what comes directly before and after it there."""

    instance: int
    group: int
    unit: str
    start: float  # of the IN where there is one; in any unit of time, it gives the order only


def cost_parts(cost, entered, left):
    """(part, ms) of a group on a unit in their order, hand-overs where it is entered or left."""
    parts = [("in", cost.get("in_ms", 0) if entered else 0), ("run", cost["time_ms"]),
             ("out", cost.get("out_ms", 0) if left else 0)]
    return [(part, ms) for part, ms in parts if ms > 0 or part == "run"]


def neighbours(pieces):
    """{(instance, group): unit}"""
    return {(piece.instance, piece.group): piece.unit for piece in pieces}


def timed(problem, pieces):
    """[(unit, job)] of all parts, each as early as the order allows, and the end of the last."""
    uses = {unit["name"]: unit["uses"] for unit in problem["units"]}
    unit_of = neighbours(pieces)
    free = {resource: 0.0 for resource in problem["resources"]}
    ready = [0.0] * len(problem["instances"])
    jobs = []
    for piece in sorted(pieces, key=lambda p: (p.start, p.group)):
        instance = problem["instances"][piece.instance]
        before = unit_of.get((piece.instance, piece.group - 1), piece.unit)
        behind = unit_of.get((piece.instance, piece.group + 1), piece.unit)
        now = max([ready[piece.instance]] + [free[resource] for resource in uses[piece.unit]])
        cost = instance["groups"][piece.group]["on"][piece.unit]
        for part, ms in cost_parts(cost, before != piece.unit, behind != piece.unit):
            jobs.append((piece.unit, {"instance": instance["name"], "group": piece.group,
                                      "part": part, "start_ms": now, "end_ms": now + ms}))
            now += ms
        ready[piece.instance] = now
        for resource in uses[piece.unit]:
            free[resource] = now
    return jobs, max(ready)


def schedule_document(problem, name, pieces, bound=None):
    """A "haxconn/schedule" document; its value is the latency."""
    jobs, value = timed(problem, pieces)
    order = {unit["name"]: [job for on, job in jobs if on == unit["name"]]
             for unit in problem["units"]}
    document = {"schema": "haxconn/schedule", "version": 1, "name": name, "objective": "latency",
                "value": value, "order": order}
    if bound is not None:
        document["bound"] = bound
    return document
