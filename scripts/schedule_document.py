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
                                      "part": part, "start_ms": now, "end_ms": now + ms,
                                      "slowdown": 1}))
            now += ms
        ready[piece.instance] = now
        for resource in uses[piece.unit]:
            free[resource] = now
    return jobs, max(ready)


def lost_ms(problem, jobs, end):
    """What documents say of lost time: nothing to contention, hand-overs, and units in use idling."""
    uses = {unit["name"]: set(unit["uses"]) for unit in problem["units"]}
    idle = 0.0
    for unit in {unit for unit, _ in jobs}:
        free = 0.0
        for other, job in sorted(jobs, key=lambda entry: entry[1]["start_ms"]):
            if uses[unit] & uses[other]:
                idle += max(job["start_ms"] - free, 0)
                free = max(free, job["end_ms"])
        idle += end - free
    moved = sum(job["end_ms"] - job["start_ms"] for _, job in jobs if job["part"] != "run")
    return {"contention": 0, "transitions": moved, "idle": idle}


def proof(value, bound):
    """(bound, gap, proven) as documents have them; a bound that is met but for rounding is a proof."""
    if bound is None:
        return None, None, "no"
    if abs(value - bound) <= 1e-9 * max(1, abs(value)):
        return value, 0, "all"
    return bound, abs(value - bound) / abs(value) if value else None, "no"


def schedule_document(problem, name, pieces, bound=None):
    """A "haxconn/schedule" document; its value is the latency."""
    jobs, value = timed(problem, pieces)
    order = {unit["name"]: [job for on, job in jobs if on == unit["name"]]
             for unit in problem["units"]}
    unit_of = neighbours(pieces)
    assignment = {instance["name"]: [unit_of[(i, g)] for g in range(len(instance["groups"]))]
                  for i, instance in enumerate(problem["instances"])}
    bound, gap, proven = proof(value, bound)
    return {"schema": "haxconn/schedule", "version": 1, "name": name, "objective": "latency",
            "value": value, "bound": bound, "gap": gap, "proven": proven,
            "assignment": assignment, "order": order, "lost_ms": lost_ms(problem, jobs, value),
            "baselines": [], "verdict": None, "search": {"nodes": 0, "seconds": 0}}
