"""Benchmark: durable steps a second, beside the bare engine and Temporal's dev server, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.commits import commits_since, start_counting
from tests.bench.measure import REPOSITORY, BenchError, Partner, Sample, say
from tests.bench.report import Row, Section, table
from tests.databases import BINARIES
from tests.real.crash.cluster import cluster

BENCH_PYTHON = REPOSITORY / ".venv-bench" / "bin" / "python"
_RUNS = 60
_COUNTED = (4, 12)
"""Steps of the two runs whose commits are counted: what a run costs by itself falls out of the difference."""
_STEWARD, _DBOS, _TEMPORAL = "Steward", "bare DBOS", "Temporal's dev server"


@dataclass(frozen=True, kw_only=True)
class Shape:
    """How many runs at once, and of how many steps each."""

    runs: int
    steps: int

    @property
    def says(self) -> str:
        """Say it."""
        return (
            f"{self.steps} steps in one run" if self.runs == 1 else f"{self.runs} runs at once, {self.steps} steps each"
        )


Rates = dict[tuple[str, Shape], list[float]]
"""Steps a second, by who carried them out and how."""


def measure(count: int, *, steps: int, steps_each: int) -> Section:
    """Let all take turns, first on SQLite, then on PostgreSQL."""
    if not BENCH_PYTHON.exists():
        raise BenchError("there is no .venv-bench; `make bench` makes it")
    shapes = (Shape(runs=1, steps=steps), Shape(runs=_RUNS, steps=steps_each))
    with ExitStack() as stack:
        partners = {
            _STEWARD: stack.enter_context(Partner("tests.bench.steps_steward")),
            _DBOS: stack.enter_context(Partner("tests.bench.steps_dbos")),
            _TEMPORAL: stack.enter_context(Partner("tests.bench.steps_temporal", python=str(BENCH_PYTHON))),
        }
        commits = {name: commits_a_step(partner) for name, partner in partners.items()}
        on_file = _in_turns(count, shapes, partners, "SQLite")
    with _servers() as (one, other), ExitStack() as stack:
        partners = {
            _STEWARD: stack.enter_context(Partner("tests.bench.steps_steward", one)),
            _DBOS: stack.enter_context(Partner("tests.bench.steps_dbos", other)),
        }
        on_server = _in_turns(count, shapes, partners, "PostgreSQL")
    return _section(shapes, on_file, on_server, commits)


def _in_turns(count: int, shapes: tuple[Shape, ...], partners: dict[str, Partner], where: str) -> Rates:
    rates: Rates = {(name, shape): [] for name in partners for shape in shapes}
    for number in range(count):
        for shape in shapes:
            for name, partner in partners.items():
                say(f"steps {number + 1}/{count}, {where}, {name}, {shape.says}")
                seconds = float(partner.ask(f"{shape.runs} {shape.steps}"))
                rates[name, shape].append(shape.runs * shape.steps / seconds)
    return rates


def commits_a_step(partner: Partner) -> float:
    """Count what one more step writes, on SQLite."""
    database = Path(partner.ready["database"])
    found: list[int] = []
    for steps in _COUNTED:
        start_counting(database)
        partner.ask(f"1 {steps}")
        found.append(commits_since(database))
    return (found[1] - found[0]) / (_COUNTED[1] - _COUNTED[0])


@contextmanager
def _servers() -> Iterator[tuple[str, str]]:
    """Run a PostgreSQL server that waits for its disk, as one of a homelab does; give the URLs of two databases."""
    if not (BINARIES / "initdb").exists():
        raise BenchError(f"PostgreSQL 15 is not installed ({BINARIES}); `make test-parts` installs it")
    with cluster(is_wanted=True, is_durable=True) as server:
        assert server is not None
        yield server.create(), server.create()


def _section(shapes: tuple[Shape, ...], on_file: Rates, on_server: Rates, commits: dict[str, float]) -> Section:
    rows = [
        _row(shape, where, rates, anchor)
        for where, rates in (("SQLite", on_file), ("PostgreSQL", on_server))
        for shape in shapes
        for anchor in (_DBOS, _TEMPORAL)
        if (anchor, shape) in rates
    ]
    return Section(
        title="Durable steps a second",
        intro=(
            "Steps that do nothing. Steward's are those of approved runs on the parts of `steward up`: runner, "
            "journal, intent, result, events, audit, brakes, locks and leases are the real ones, and a machine answers "
            "at once, without SSH. The bare engine is DBOS, on which Steward stands, with the same settings of the "
            "same kind of database. Temporal's dev server has a SQLite file of its own and one worker. More is "
            "better; all take turns."
        ),
        rows=rows,
        tables=["What a step costs:", _costs(commits)],
        notes=[
            "Counted from the first begin to the last end: no side's waiting in a queue is in it.",
            "Steward writes more on purpose: before a step that the program is about to run (intent), after it what "
            "the machine said (receipt), each with its event and its row of the audit chain, and asks brake, "
            "cancellation, fence and lease again before it sends. A bare engine that dies in a step runs it again; "
            "Steward asks the machine.",
            "What a step costs on a real machine is the machine's: see the path above for one that runs `/bin/true`.",
            "PostgreSQL is one server on this computer that waits for its disk (`fsync=on`).",
            "Temporal runs headless on loopback with its question about newer versions switched off; what its dev "
            "server is for is trying things out, not speed.",
        ],
    )


def _row(shape: Shape, where: str, rates: Rates, anchor: str) -> Row:
    ours, theirs = (Sample(values=tuple(rates[name, shape])) for name in (_STEWARD, anchor))
    ratio = ours.median / theirs.median
    told = f"{ratio:.1f}x as many" if ratio >= 1 else f"1 for {1 / ratio:.1f}"
    return Row(
        what=f"{where}: {shape.says}",
        figure=ours.text("/s", 0),
        anchor=f"{anchor} {theirs.text('/s', 0)}",
        ratio=told,
    )


def _costs(commits: dict[str, float]) -> str:
    rows = [[name, f"{each:.1f}"] for name, each in commits.items()]
    return table(["on SQLite", "commits a step"], rows)
