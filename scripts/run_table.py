#!/usr/bin/env python3
"""Pairs and triples of networks on one machine: what `haxconn run` answers beside plain deployments.

    scripts/run_table.py [--haxconn PATH] [--platform host] [--precision f16] [--partition N+N]
                         [--seconds S] [--time S] [--budget S] [--keep FOLDER] [SET...]

A SET is networks with + between them, resnet50+googlenet; without any, ten pairs and five triples
of the built-in ones. Every set is one `haxconn run`, whose deployments take turns in the same
rounds. --budget ends after so many seconds with the sets done by then, --keep keeps each
run's document. Prints a Markdown table and, over all rows that were predicted, how far off they
were: planned rows and plain ones apart."""
import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time

SETS = [
    "resnet50+googlenet", "resnet50+resnet101", "resnet101+googlenet", "resnet18+googlenet",
    "mobilenet+googlenet", "resnet18+resnet50", "resnet50+mobilenet", "alexnet+googlenet",
    "resnet50+densenet", "resnet101+mobilenet", "resnet50+googlenet+mobilenet",
    "resnet18+resnet50+googlenet", "resnet18+googlenet+mobilenet", "resnet50+resnet101+googlenet",
    "resnet18+resnet101+mobilenet",
]


def run(args, names, document):
    command = [args.haxconn, "run", *names, "--platform", args.platform,
               "--seconds", str(args.seconds), "--time", str(args.time), "--json", document]
    for option in ("precision", "partition"):
        if getattr(args, option):
            command += ["--" + option, getattr(args, option)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if not os.path.exists(document) or not os.path.getsize(document):
        raise RuntimeError(done.stderr.strip().splitlines()[-1] if done.stderr else "no document")
    with open(document, encoding="utf-8") as file:
        return json.load(file)


def median_ms(row):
    return row["measured_ms"]["median"]


def row_of(names, result):
    measured = [row for row in result["rows"] if row["measured_ms"]["rounds"] > 0]
    planned = [row for row in measured if not row["plain"] and not row["reference"]]
    plain = [row for row in measured if row["plain"] and not row["reference"]]
    answer = next(row for row in measured if row["name"] == result["answer"])
    return {
        "set": "+".join(names), "platform": result["platform"]["name"], "planned": planned,
        "plain": plain, "best_plain": min(plain, key=median_ms), "answer": answer,
        "serial": next(row for row in measured if row["name"] == "serial"),
        "noise": result["noise_percent"], "outcome": result["outcome"],
        "equal": result["outputs_equal"],
    }


def gain_percent(row):
    return 100 * (1 - median_ms(row["answer"]) / median_ms(row["best_plain"]))


def print_row(row):
    planned = " ".join(f"{r['name']} {r['predicted_ms']:.4g}/{median_ms(r):.4g}"
                       for r in row["planned"])
    print(f"| {row['set']} | {row['platform']} | {planned} "
          f"| {row['best_plain']['name']} {median_ms(row['best_plain']):.4g} "
          f"| {median_ms(row['serial']):.4g} | {row['answer']['name']} {gain_percent(row):+.1f} "
          f"| {row['noise']:.1f} | {row['outcome']} | {'yes' if row['equal'] else 'NO'} |", flush=True)


def print_errors(word, rows):
    errors = sorted(abs(row["error_percent"]) for row in rows
                    if "same_as" not in row and row["error_percent"] is not None)
    if errors:
        p95 = errors[min(len(errors) - 1, int(0.95 * len(errors)))]
        print(f"{len(errors)} {word} rows predicted: {statistics.median(errors):.1f} % off as "
              f"median, {p95:.1f} % p95, {errors[-1]:.1f} % at most")


def print_summary(rows):
    print()
    for word in ("planned", "plain"):
        print_errors(word, [line for row in rows for line in row[word]])
    for count, word in ((2, "pairs"), (3, "triples")):
        of_count = [row for row in rows if row["set"].count("+") == count - 1]
        gains = [gain_percent(row) for row in of_count]
        if gains:
            split = sum(not row["answer"]["plain"] for row in of_count)
            print(f"{len(gains)} {word}: {split} answered by a plan; the answer is "
                  f"{statistics.median(gains):+.1f} % shorter than the best plain row as median, "
                  f"{max(gains):+.1f} % at most")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--haxconn", default="haxconn")
    parser.add_argument("--platform", default="host")
    parser.add_argument("--precision")
    parser.add_argument("--partition")
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--time", type=float, default=3)
    parser.add_argument("--budget", type=float, default=float("inf"))
    parser.add_argument("--keep", metavar="FOLDER")
    parser.add_argument("sets", nargs="*", metavar="SET")
    args = parser.parse_args()
    if args.keep:
        os.makedirs(args.keep, exist_ok=True)
    begin, rows = time.monotonic(), []
    print("| networks | platform | planned rows, predicted/measured ms | best plain ms | serial ms "
          "| answer, gain % | +- % | outcome | equal |\n|---|---|---|---|---|---|---|---|---|",
          flush=True)
    for name in args.sets or SETS:
        if time.monotonic() - begin > args.budget:
            print(f"(the budget of {args.budget:g} s is spent: {name} and what follows not done)")
            break
        with tempfile.TemporaryDirectory() as folder:
            document = os.path.join(args.keep or folder, name + ".json")
            try:
                rows.append(row_of(name.split("+"), run(args, name.split("+"), document)))
            except (RuntimeError, json.JSONDecodeError, StopIteration) as error:
                print(f"| {name} | failed: {error} |")
                continue
        print_row(rows[-1])
    print_summary(rows)


if __name__ == "__main__":
    main()
