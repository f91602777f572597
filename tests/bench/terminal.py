"""Benchmark: how long a person waits for the terminal."""

from __future__ import annotations

from tests.bench.measure import PYTHON, STEWARD, Sample, run, say
from tests.bench.report import Row, Section
from tests.real.operator import Operator


def measure(count: int) -> Section:
    """Start each program as a whole, in turns, beside a daemon that runs."""
    operator = Operator(None, scan_seconds=60)
    try:
        operator.init()
        operator.start()
        return _section(operator, count)
    finally:
        operator.close()


def _section(operator: Operator, count: int) -> Section:
    programs = {
        "help": [STEWARD, "--help"],
        "status": [STEWARD, "status"],
        "python": [PYTHON, "-c", "pass"],
        "git": ["git", "--version"],
    }
    taken: dict[str, list[float]] = {name: [] for name in programs}
    for number in range(count + 1):
        say(f"terminal {number}/{count}")
        for name, argv in programs.items():
            timed = run(argv, environment=operator.environment, ok=(0, 10, 11))
            if number:  # the first of each warms the page cache
                taken[name].append(timed.seconds * 1000)
    samples = {name: Sample(values=tuple(values)) for name, values in taken.items()}
    return Section(
        title="The terminal",
        intro=f"Whole processes from start to exit, {count} of each in turns, with a daemon running.",
        rows=[
            _row("`steward --help`", samples["help"], samples, 150),
            _row("`steward status`", samples["status"], samples, 300),
        ],
    )


def _row(what: str, sample: Sample, samples: dict[str, Sample], aim: int) -> Row:
    python, git = samples["python"], samples["git"]
    return Row(
        what=what,
        figure=sample.text("ms", 0),
        anchor=f"`python -c pass` {python.text('ms', 0)}; `git --version` {git.text('ms', 0)}",
        ratio=f"{sample.median / python.median:.1f}x python",
        aim=f"{aim} ms",
        is_met=sample.median <= aim,
    )
