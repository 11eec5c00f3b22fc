#!/usr/bin/env python3
"""trace_sql.py TRACE.json [--shell trace_processor_shell]

Asks Perfetto's trace processor, in SQL, how long each round of a trace took and whether jobs,
arrows and counters came in as they were written. It is the program that --shell names, or the one
that PyPI's package perfetto brings or fetches. Where there is none the same SQL is asked of SQLite
tables that this script fills as Perfetto documents its import of these events; it says which.
"""
import argparse
import json
import sqlite3
import sys

ROUNDS = """
SELECT process.name AS name, MAX(IIF(slice.name = 'round', slice.dur, NULL)) / 1e6 AS round_ms,
       MAX(IIF(slice.name != 'round', slice.ts + slice.dur, NULL)) / 1e6 AS last_end_ms,
       SUM(slice.name != 'round') AS jobs, MAX(slice.depth) AS depth
FROM slice JOIN thread_track ON slice.track_id = thread_track.id
JOIN thread USING (utid) JOIN process USING (upid)
GROUP BY process.name ORDER BY MIN(process.upid)"""
ARROWS = "SELECT COUNT(*) AS count FROM flow WHERE slice_out IS NOT NULL AND slice_in IS NOT NULL"
COUNTERS = """
SELECT process_counter_track.name AS name, MAX(value) AS most FROM counter
JOIN process_counter_track ON counter.track_id = process_counter_track.id GROUP BY 1 ORDER BY 1"""


class StandIn:
    """Of Perfetto's tables those that are asked for, filled from complete slices, flows, counters."""

    def __init__(self, trace):
        self.base = sqlite3.connect(":memory:")
        self.base.row_factory = sqlite3.Row
        self.base.executescript("""
            CREATE TABLE process (upid, name); CREATE TABLE thread (utid, upid, name);
            CREATE TABLE thread_track (id, utid);
            CREATE TABLE slice (id INTEGER PRIMARY KEY, ts, dur, track_id, name, depth);
            CREATE TABLE flow (slice_out, slice_in);
            CREATE TABLE process_counter_track (id, upid, name);
            CREATE TABLE counter (track_id, ts, value);""")
        events = trace["traceEvents"]
        for event in events:
            {"M": self.name, "C": self.count}.get(event["ph"], lambda event: None)(event)
        slices = [event for event in events if event["ph"] == "X"]
        for event in sorted(slices, key=lambda event: (event["ts"], -event["dur"])):
            self.slice(event)
        starts = {event["id"]: event for event in events if event["ph"] == "s"}
        for event in events:
            if event["ph"] == "f":
                self.base.execute("INSERT INTO flow VALUES (?, ?)", (
                    self.around(starts[event["id"]]), self.around(event)))

    @staticmethod
    def track(event):
        return event["pid"] * 1000 + event["tid"]

    def name(self, event):
        if event["name"] == "process_name":
            self.base.execute("INSERT INTO process VALUES (?, ?)",
                              (event["pid"], event["args"]["name"]))
        elif event["name"] == "thread_name":
            track = self.track(event)
            self.base.execute("INSERT INTO thread VALUES (?, ?, ?)",
                              (track, event["pid"], event["args"]["name"]))
            self.base.execute("INSERT INTO thread_track VALUES (?, ?)", (track, track))

    def slice(self, event):
        track, begin = self.track(event), round(event["ts"] * 1000)
        depth, = self.base.execute("SELECT COUNT(*) FROM slice WHERE track_id = ? AND ts <= ? AND "
                                   "ts + dur > ?", (track, begin, begin)).fetchone()
        self.base.execute("INSERT INTO slice (ts, dur, track_id, name, depth) VALUES (?, ?, ?, ?, "
                          "?)", (begin, round((event["ts"] + event["dur"]) * 1000) - begin, track,
                                 event["name"], depth))

    def around(self, event):
        at = round(event["ts"] * 1000)
        row = self.base.execute("SELECT id FROM slice WHERE track_id = ? AND ts <= ? AND "
                                "ts + dur > ?", (self.track(event), at, at)).fetchone()
        return row["id"] if row else None

    def count(self, event):
        for key, value in event["args"].items():
            track = f"{event['pid']} {event['name']} {key}"
            if not self.base.execute("SELECT 1 FROM process_counter_track WHERE id = ?",
                                     (track,)).fetchone():
                self.base.execute("INSERT INTO process_counter_track VALUES (?, ?, ?)",
                                  (track, event["pid"], f"{event['name']} {key}"))
            self.base.execute("INSERT INTO counter VALUES (?, ?, ?)", (track, event["ts"], value))

    def query(self, text):
        return [dict(row) for row in self.base.execute(text)]


class Perfetto:
    def __init__(self, path, shell):
        from perfetto.trace_processor import TraceProcessor, TraceProcessorConfig
        self.processor = TraceProcessor(trace=path, config=TraceProcessorConfig(bin_path=shell))

    def query(self, text):
        return [dict(row.__dict__) for row in self.processor.query(text)]


def open_trace(path, trace, shell):
    try:
        return Perfetto(path, shell), "Perfetto's trace processor"
    except Exception as reason:  # its package raises whatever its download does
        if shell:
            raise
        print(f"no trace processor of Perfetto here ({type(reason).__name__}): asked of SQLite")
        return StandIn(trace), "SQLite in its place"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("trace")
    parser.add_argument("--shell")
    given = parser.parse_args()
    with open(given.trace, encoding="utf-8") as file:
        trace = json.load(file)
    events = trace["traceEvents"]
    source, who = open_trace(given.trace, trace, given.shell)
    faults = []
    written = {event["pid"]: event["dur"] / 1000 for event in events
               if event["ph"] == "X" and event["name"] == "round"}
    rounds = source.query(ROUNDS)
    print(f"{'round':34} {'ms':>10} {'last end':>10} {'jobs':>6}")
    for row in rounds:
        print(f"{row['name']:34} {row['round_ms']:10.4f} {row['last_end_ms']:10.4f} "
              f"{row['jobs']:6}")
        if row["depth"] > 0:
            faults.append(f"{row['name']}: jobs of a unit overlap")
        if row["name"].endswith("predicted") and abs(row["round_ms"] - row["last_end_ms"]) > 1e-5:
            faults.append(f"{row['name']}: the last job does not end with the round")
    if sorted(round(row["round_ms"], 5) for row in rounds) != \
            sorted(round(ms, 5) for ms in written.values()):
        faults.append("the rounds are not those that were written")
    arrows = sum(event["ph"] == "s" for event in events)
    if source.query(ARROWS)[0]["count"] != arrows:
        faults.append(f"not all of {arrows} arrows end at jobs")
    for row in source.query(COUNTERS):
        print(f"most of {row['name']}: {row['most']:.3g}")
    for fault in faults:
        print("fault:", fault)
    print(f"{len(rounds)} rounds, {arrows} arrows, by {who}: {'faults' if faults else 'in order'}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
