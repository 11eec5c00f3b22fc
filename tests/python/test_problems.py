"""Problems and schedules from Python: made, solved, evaluated, verified, refused."""

import gc
import itertools
import json
import math
import os
import pathlib
import random
import signal
import threading

import pytest

import haxconn

SOURCE = pathlib.Path(os.environ["HAX_SOURCE"])
WAITING = SOURCE / "examples" / "problems" / "waiting.json"


def two_by_two(**members):
    return haxconn.Problem.from_arrays({"a": [[1, 3], [2, 1]], "b": [[4, 2]]}, ["gpu", "dla"],
                                       **members)


def test_a_document_is_solved_and_proven():
    problem = haxconn.Problem.load(WAITING)
    schedule = problem.solve()
    assert schedule.proof == "all" and schedule.gap == 0
    assert schedule.value == pytest.approx(schedule.round_ms) == pytest.approx(schedule.bound)
    schedule.verify()
    assert haxconn.solve(json.loads(WAITING.read_text())).value == schedule.value


def test_arrays_of_numpy_are_a_problem():
    numpy = pytest.importorskip("numpy")
    times = {"a": numpy.array([[1, 3], [2, 1]]), "b": numpy.array([[4, math.inf]])}
    problem = haxconn.Problem.from_arrays(times, ["gpu", "dla"])
    assert problem.instances == ("a", "b") and problem.units == ("gpu", "dla")
    assert problem.solve().value == 4  # a whole on the dla, b on the only unit that can


@pytest.mark.parametrize("seed", range(20))
def test_the_optimum_of_whole_networks_is_found(seed):
    """One group each: every assignment and order can be tried here."""
    draw = random.Random(seed)
    times = {f"n{i}": [[draw.choice([0, 1, 2, 3.5, 7]) for _ in range(2)]] for i in range(3)}
    best = min(max(sum(times[f"n{i}"][0][u] for i in range(3) if units[i] == u) for u in range(2))
               for units in itertools.product(range(2), repeat=3))
    assert haxconn.Problem.from_arrays(times, ["x", "y"]).solve().value == pytest.approx(best)


def test_evaluating_a_schedules_jobs_gives_it_again():
    schedule = two_by_two(demands={"a": [[10, 10], [20, 5]], "b": [[10, 10]]},
                          slowdown_per_gbps=0.01).solve()
    again = schedule.problem.evaluate(schedule.jobs)
    assert again.jobs == schedule.jobs and again.value == schedule.value
    assert schedule.lost_ms["contention"] == pytest.approx(0.2)
    plain = schedule.problem.evaluate([{"instance": "a", "group": 0, "unit": "gpu"},
                                       {"instance": "a", "group": 1, "unit": "gpu"},
                                       {"instance": "b", "group": 0, "unit": "dla"}])
    assert plain.value > schedule.value and plain.assignment == {"a": ["gpu", "gpu"], "b": ["dla"]}


def test_a_claim_that_does_not_hold_is_refused():
    schedule = two_by_two().solve()
    document = schedule.document
    schedule.problem.verify(document)
    document["value"] *= 0.9
    with pytest.raises(haxconn.Mismatch, match="objective"):
        schedule.problem.verify(document)


def test_what_was_saved_is_read_again(tmp_path):
    schedule = two_by_two().solve()
    schedule.save(tmp_path / "plan.json")
    again = schedule.problem.read((tmp_path / "plan.json").read_text())
    assert set(again.jobs) == set(schedule.jobs) and again.value == schedule.value


def test_baselines_are_no_better():
    problem = two_by_two()
    baselines = problem.baselines()
    assert {"serial", "per-network"} <= set(baselines)
    best = problem.solve().value
    assert all(best <= baseline.value + 1e-9 for baseline in baselines.values())
    assert set(problem.baselines(plain_only=True)) < set(baselines)


def test_rules_objectives_and_factors():
    problem = two_by_two()
    pinned = problem.adjusted(rules=[("pin", "a=gpu"), ("pin", "b=gpu")])
    assert pinned.solve().value == 7
    assert problem.adjusted("throughput").objective == "throughput"
    assert problem.scaled({"gpu": 2}).document["instances"][0]["groups"][0]["on"]["gpu"][
        "time_ms"] == 2
    assert haxconn.Problem(problem.text).document == problem.document


@pytest.mark.parametrize("make, words", [
    (lambda: haxconn.Problem({"units": []}), "resources"),
    (lambda: haxconn.Problem("{"), ""),
    (lambda: two_by_two(objective="speed"), "speed"),
    (lambda: two_by_two().adjusted("speed"), "speed"),
    (lambda: two_by_two().adjusted(rules=[("glue", "a")]), "glue"),
    (lambda: two_by_two().adjusted(rules=[("pin", "c=gpu")]), "c"),
    (lambda: two_by_two().scaled({"npu": 2}), "npu"),
    (lambda: two_by_two().scaled({"gpu": -1}), ""),
    (lambda: two_by_two().evaluate([{"instance": "a", "group": 0, "unit": "npu"}]), "npu"),
    (lambda: two_by_two().evaluate([{"instance": "a", "group": 0, "unit": "gpu"}]), ""),
    (lambda: haxconn.Problem.from_arrays({"a": [[1]]}, ["gpu", "dla"]), "2 units"),
])
def test_bad_input_is_refused_with_words(make, words):
    with pytest.raises(haxconn.BadInput, match=words) as caught:
        make()
    assert str(caught.value) and caught.value.status in ("HAX_BAD_INPUT", "HAX_USAGE")
    assert isinstance(caught.value, ValueError)


def test_what_cannot_be_is_proven():
    problem = haxconn.Problem.from_arrays({"a": [[3]]}, ["gpu"]).adjusted(
        "deadline", [("deadline", "a=5")])
    assert problem.solve().value == pytest.approx(-2)
    with pytest.raises(haxconn.Infeasible):
        haxconn.Problem.from_arrays({"a": [[3, 1]]}, ["gpu", "dla"]).adjusted(
            rules=[("forbid", "a=gpu"), ("forbid", "a=dla")])


def large():
    draw = random.Random(7)
    return haxconn.Problem.from_arrays(
        {f"n{i}": [[draw.uniform(1, 9) for _ in range(4)] for _ in range(30)] for i in range(9)},
        ["u1", "u2", "u3", "u4"],
        demands={f"n{i}": [[draw.uniform(1, 90) for _ in range(4)] for _ in range(30)]
                 for i in range(9)}, slowdown_per_gbps=0.003)


def test_a_limit_gives_the_best_so_far():
    schedule = large().solve(node_limit=2000)
    assert schedule.gap > 0 and schedule.proof != "all"
    schedule.verify()


def test_an_interrupt_ends_a_search():
    """The search has no limit; the signal is sent once it goes on."""
    problem = large()
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        problem.solve()
    timer.join()
    assert two_by_two().solve().value == 3  # and the next one works


def test_two_threads_search_at_once():
    """The interpreter's lock is given up: a search in one thread does not keep the other waiting."""
    started, done = threading.Event(), []

    def work():
        started.set()
        done.append(large().solve(node_limit=100000).gap)
    thread = threading.Thread(target=work)
    thread.start()
    started.wait()
    values = {two_by_two().solve().value for _ in range(20)}
    thread.join()
    assert values == {3} and len(done) == 1


def test_objects_may_go_in_any_order():
    problem = two_by_two()
    schedule = problem.solve()
    del problem
    gc.collect()
    assert schedule.jobs and schedule.problem.units == ("gpu", "dla")
