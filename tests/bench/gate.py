"""Benchmark: how many command lines a second the gate judges, beside a splitter that only finds their words."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from steward.core.gate import shipped
from steward.model.gate import judge
from tests.bench.measure import Sample
from tests.bench.report import Row, Section

_LINES = Path(__file__).parents[1] / "unit" / "model" / "gate_lines"


def measure(repetitions: int) -> Section:
    """Let both go through the lines of the gate's own tests, in turns."""
    lines = [line[2:] for file in sorted(_LINES.glob("*.txt")) for line in file.read_text("utf-8").splitlines()]
    tables = shipped()
    first = _per_second(lines, lambda line: judge(line, tables))
    ours, theirs = list[float](), list[float]()
    for _ in range(repetitions):
        ours.append(_per_second(lines, lambda line: judge(line, tables)))
        theirs.append(_per_second(lines, _split))
    mine, anchor = Sample(values=tuple(ours)), Sample(values=tuple(theirs))
    return Section(
        title="Shell gate",
        intro=(
            f"The {len(lines)} labelled lines of the gate's tests, each read, judged and written anew with its reason. "
            "The anchor is `shlex.split` of Python, which finds the words and judges nothing."
        ),
        rows=[
            Row(
                what="lines judged",
                figure=mine.text("per second", 0),
                anchor=f"shlex.split {anchor.text('per second', 0)}",
                ratio=f"{mine.median / anchor.median:.2f}x",
            ),
            Row(
                what=f"the same the first time, when tables of {len(tables)} programs are read as they are needed",
                figure=f"{first:.0f} per second",
            ),
        ],
    )


def _per_second(lines: Sequence[str], work: Callable[[str], object]) -> float:
    began = time.perf_counter()
    for line in lines:
        work(line)
    return len(lines) / (time.perf_counter() - began)


def _split(line: str) -> None:
    with suppress(ValueError):  # a quote that does not end; the gate has to read that too
        shlex.split(line)
