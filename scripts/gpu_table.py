#!/usr/bin/env python3
"""Pairs and triples of networks on a GPU: haxconn's plan beside the best plain deployment.

    scripts/gpu_table.py [--haxconn PATH] [--precision f16] [--partition N+N] [--seconds S]
                         [--budget S] [SET...]

A SET is networks with + between them, resnet50+googlenet; without any the table of docs/gpu.md is
made. Every set is one `haxconn run`, whose deployments take turns in the same rounds. --budget ends
after so many seconds with the sets done by then; plans of kernels are kept, so a second run is
quicker. Prints a Markdown table and, over all rows that were predicted, how far off they were."""
import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time

SETS = [
    "resnet50+googlenet", "resnet50+resnet101", "resnet101+googlenet", "resnet18+googlenet",
    "resnet50+resnet152", "resnet18+resnet50", "resnet101+resnet152", "resnet152+googlenet",
    "resnet34+googlenet", "resnet34+resnet101", "resnet50+resnet101+googlenet",
    "resnet18+resnet50+googlenet", "resnet18+resnet34+resnet50", "resnet18+resnet101+googlenet",
    "resnet34+resnet50+resnet101",
]


def run(args, names, document):
    command = [args.haxconn, "run", *names, "--platform", "gpu", "--precision", args.precision,
               "--seconds", str(args.seconds), "--time", str(args.time), "--json", document]
    if args.partition:
        command += ["--partition", args.partition]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if not os.path.getsize(document):
        raise RuntimeError(done.stderr.strip().splitlines()[-1] if done.stderr else "no document")
    with open(document, encoding="utf-8") as file:
        return json.load(file)


def plain_rows(result):
    """Deployments that the plan is held against, each timed once."""
    return [row for row in result["rows"][1:] if row["measured_ms"]["rounds"] > 0]


def row_of(names, result):
    ours = result["rows"][0]
    best = min(plain_rows(result), key=lambda row: row["measured_ms"]["median"])
    serial = next(row for row in result["rows"] if row["name"] == "serial")
    mean = ours["measured_ms"]["median"]
    return {
        "set": "+".join(names),
        "partition": result["platform"]["name"].split(",", 2)[-1],
        "ours": mean, "predicted": ours["predicted_ms"],
        "best": best["measured_ms"]["median"], "best_name": best["name"],
        "serial": serial["measured_ms"]["median"],
        "noise": result["noise_percent"], "equal": result["outputs_equal"],
        "errors": [abs(row["error_percent"]) for row in result["rows"]
                   if "same_as" not in row and row["error_percent"] is not None],
    }


def print_row(row):
    gain = 100 * (1 - row["ours"] / row["best"])
    print(f"| {row['set']} | {row['partition']} | {row['predicted']:.3f} | {row['ours']:.3f} "
          f"| {row['best']:.3f} {row['best_name']} | {gain:+.1f} | {row['noise']:.1f} "
          f"| {row['serial']:.3f} | {'yes' if row['equal'] else 'NO'} |", flush=True)


def print_summary(rows):
    errors = sorted(error for row in rows for error in row["errors"])
    if not errors:
        return
    p95 = errors[min(len(errors) - 1, int(0.95 * len(errors)))]
    print(f"\n{len(errors)} rows predicted: median {statistics.median(errors):.1f} % off, "
          f"p95 {p95:.1f} %")
    for count, word in ((2, "pairs"), (3, "triples")):
        gains = [100 * (1 - row["ours"] / row["best"]) for row in rows
                 if row["set"].count("+") == count - 1]
        if gains:
            print(f"{len(gains)} {word}: {statistics.median(gains):+.1f} % against the best plain "
                  f"deployment as median, least {min(gains):+.1f} %")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--haxconn", default="haxconn")
    parser.add_argument("--precision", default="f16")
    parser.add_argument("--partition")
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--time", type=float, default=3)
    parser.add_argument("--budget", type=float, default=float("inf"))
    parser.add_argument("sets", nargs="*", metavar="SET")
    args = parser.parse_args()
    begin, rows = time.monotonic(), []
    print("| networks | SMs | predicted ms | measured ms | best plain ms | gain % | +- % "
          "| serial ms | equal |\n|---|---|---|---|---|---|---|---|---|", flush=True)
    for name in args.sets or SETS:
        if time.monotonic() - begin > args.budget:
            print(f"(the budget of {args.budget:g} s is spent: {name} and what follows not done)")
            break
        with tempfile.NamedTemporaryFile(suffix=".json") as file:
            try:
                rows.append(row_of(name.split("+"), run(args, name.split("+"), file.name)))
            except (RuntimeError, json.JSONDecodeError) as error:
                print(f"| {name} | failed: {error} |")
                continue
        print_row(rows[-1])
    print_summary(rows)


if __name__ == "__main__":
    main()
