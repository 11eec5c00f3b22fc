"""The examples do what docs/python.md prints."""

import os
import pathlib
import subprocess
import sys

import pytest

SOURCE = pathlib.Path(os.environ["HAX_SOURCE"])
EXAMPLES = SOURCE / "python" / "examples"


def run(*words):
    done = subprocess.run([sys.executable, *map(str, words)], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_own_times():
    page = (SOURCE / "docs" / "python.md").read_text(encoding="utf-8")
    example = (EXAMPLES / "own_times.py").read_text(encoding="utf-8")
    assert example.split('"""', 2)[2].strip() in page
    assert run(EXAMPLES / "own_times.py").strip() in page


def test_a_chart_is_drawn(tmp_path):
    pytest.importorskip("matplotlib")
    run(EXAMPLES / "own_times.py", tmp_path / "chart.png")
    assert (tmp_path / "chart.png").read_bytes().startswith(b"\x89PNG")


def test_two_files():
    pytest.importorskip("numpy")
    inputs = SOURCE / "tests" / "cli" / "inputs"
    told = run(EXAMPLES / "two_files.py", inputs / "classifier.onnx", inputs / "heads.onnx")
    assert "one round of" in told and "classifier:" in told and told.count("heads:") >= 2
