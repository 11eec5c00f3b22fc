#!/usr/bin/env python3
"""error_lines.py BUILD [--list] [ROOM...]
Which lines that report an error have been executed in a build with HAX_COVERAGE (make coverage).

A line reports an error where it calls what fills an error record (hax_fail... and the helpers of a file
whose names have "fail" in them) or returns a status other than HAX_OK. Each statement counts once,
at its first line. Prints a row for each room of src/, and with --list the lines that were not
executed. driver/cuda is a row of its own, executed over a stand-in of NVIDIA's libraries (tests/cuda).
Fails where a room that the list HELD names has less than 95 %.
"""
import glob
import json
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
HELD = ["driver", "exec", "experiment", "model", "profile", "run", "schedule"]
LEAST = 95
STATUS = (r"HAX_(?:FAILURE|NO_MEMORY|IO|WORKER_LOST|USAGE|BAD_INPUT|UNAVAILABLE|MISMATCH|LIMIT|"
          r"INFEASIBLE|INTERRUPTED)")
CALL = re.compile(r"\b(?:hax_)?[a-z_]*fail[a-z_]*\(|\breturn\s+" + STATUS + r"\s*;|"
                  r"\bstatus\s*=\s*" + STATUS + r"\s*;")
APART = {"src/driver/cuda/": "driver/cuda"}


def statements(path):
    """(first line, last line) of each statement that reports an error."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    blank = lambda match: re.sub(r"[^\n]", " ", match.group(0))
    text = re.sub(r"/\*.*?\*/|^#define (?:.*\\\n)*.*$", blank, text, flags=re.S | re.M)
    text = re.sub(r'"(?:\\.|[^"\\\n])*"', blank, text)
    found = {}
    for match in CALL.finditer(text):
        line_start = text.rfind("\n", 0, match.start()) + 1
        if re.match(r"[A-Za-z]", text[line_start:line_start + 1]):
            continue  # a definition or declaration
        begin = max(text.rfind(mark, 0, match.start()) for mark in ";{}")
        begin += 1 + len(text[begin + 1:]) - len(text[begin + 1:].lstrip())
        end = text.find(";", match.start())
        first = text.count("\n", 0, match.start()) + 1
        last = text.count("\n", 0, end) + 1
        found.setdefault((begin, first), (first, last))
    return sorted(set(found.values()))


def counts(build):
    """{file: {line: times executed}} over all objects."""
    result = {}
    data = glob.glob(os.path.join(build, "src", "**", "*.gcda"), recursive=True)
    for first in range(0, len(data), 40):
        told = subprocess.run(["gcov", "--json-format", "--stdout",
                               *map(os.path.abspath, data[first:first + 40])],
                              check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        for document in told.stdout.decode().splitlines():
            for entry in json.loads(document)["files"]:
                lines = result.setdefault(key(entry["file"]), {})
                for line in entry["lines"]:
                    number = line["line_number"]
                    lines[number] = max(lines.get(number, 0), line["count"])
    return result


def key(path):
    """A source's place below the root, whatever the compiler called it."""
    place = path.rfind("/src/")
    return path[place + 1:] if place >= 0 else path


def main():
    arguments = [a for a in sys.argv[1:] if a != "--list"]
    listing = "--list" in sys.argv
    build, rooms = arguments[0], arguments[1:]
    executed = counts(build)
    table, missing = {}, {}
    os.chdir(ROOT)
    for path in sorted(glob.glob("src/**/*.c", recursive=True)):
        room = next((name for begin, name in APART.items() if path.startswith(begin)),
                    path.split("/")[1])
        if rooms and room not in rooms:
            continue
        lines = executed.get(path, {})
        row = table.setdefault(room, [0, 0])
        for first, last in statements(path):
            seen = [lines[n] for n in range(first, last + 1) if n in lines]
            if not seen and lines:
                continue  # compiled away
            row[0] += 1
            if any(seen):
                row[1] += 1
            else:
                missing.setdefault(room, []).append((path, first))
    low = []
    print(f"{'room':12} {'error lines':>11} {'executed':>9} {'%':>6}")
    for room, (total, hit) in sorted(table.items()):
        percent = 100 * hit / total if total else 100
        print(f"{room:12} {total:11} {hit:9} {percent:6.1f}")
        if room in HELD and percent < LEAST:
            low.append(room)
    if listing:
        for room, places in sorted(missing.items()):
            for path, line in places:
                with open(path, encoding="utf-8") as file:
                    text = file.read().split("\n")[line - 1].strip()
                print(f"{path}:{line}: {text}")
    if low:
        sys.exit(f"less than {LEAST} % in: {', '.join(low)}")


if __name__ == "__main__":
    main()
