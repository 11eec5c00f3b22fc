"""retime.py PROBLEM SCHEDULE OUT

Takes the times out of an optimal schedule without contention and has schedule_document.py put them
back, from units and order alone: the latency must be the same. OUT is for `haxconn verify`.
"""
import json
import sys

from schedule_document import Piece, schedule_document


def pieces_of(problem, schedule):
    number = {instance["name"]: i for i, instance in enumerate(problem["instances"])}
    return [Piece(number[job["instance"]], job["group"], unit, job["start_ms"])
            for unit, jobs in schedule["order"].items() for job in jobs if job["part"] == "run"]


problem, schedule = (json.load(open(path, encoding="utf-8")) for path in sys.argv[1:3])
made = schedule_document(problem, "retimed", pieces_of(problem, schedule), schedule["bound"])
if abs(made["value"] - schedule["value"]) > 1e-6:
    sys.exit(f"{sys.argv[1]}: {made['value']:.9g} ms, the schedule has {schedule['value']:.9g}")
with open(sys.argv[3], "w", encoding="utf-8") as out:
    json.dump(made, out)
