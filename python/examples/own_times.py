"""Times and demands of one's own: a schedule with a proof, what it is held against, a chart.

    python3 own_times.py [CHART.png]
"""
import sys

import haxconn

times = {  # milliseconds of each group on the GPU and the DLA
    "detector": [[1.2, 2.6], [2.0, 2.4], [1.6, 3.9], [0.9, 1.1]],
    "tracker": [[0.8, 1.0], [1.9, 2.2], [1.1, 2.8]],
}
demands = {name: [[40, 25] for _ in rows] for name, rows in times.items()}  # GB/s while they run
hand_over = {name: [[0.05, 0.08] for _ in rows] for name, rows in times.items()}  # ms, leaving

problem = haxconn.Problem.from_arrays(times, ["gpu", "dla"], demands=demands, out_ms=hand_over,
                                      slowdown_per_gbps={"gpu": 0.002, "dla": 0.004})
schedule = problem.solve()
print(f"{schedule.value:.3f} ms, proof: {schedule.proof}, {schedule.assignment}")
for name, baseline in problem.baselines(plain_only=True).items():
    print(f"{name}: {baseline.value:.3f} ms")
if len(sys.argv) > 1:
    schedule.plot().figure.savefig(sys.argv[1])
