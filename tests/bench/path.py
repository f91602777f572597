"""Benchmark: one command through the whole path, against a bare durable workflow with as many commits."""

from __future__ import annotations

from tests.bench.measure import Partner, Sample, say
from tests.bench.report import Row, Section, table

_AIM = 3.0
_QUEUE = "waiting in the queue"
_MACHINE = "the machine: marker, `true`, result"
_KINDS = {
    "port": "the path, proven by connecting to a port",
    "fact": "the path, proven by reading a fact before and after",
    "look": "the same, beginning with a fresh look at all facts",
}


def measure(count: int) -> Section:
    """Take turns, so that whatever else the machine does meets both sides alike."""
    walks: dict[str, list[dict[str, float]]] = {kind: [] for kind in _KINDS}
    anchors: list[dict[str, float]] = []
    with Partner("tests.bench.path_steward") as steward, Partner("tests.bench.path_dbos") as bare:
        commits, own = steward.ready["commits"], bare.ready["commits"]
        for number in range(count):
            say(f"path {number + 1}/{count}")
            for kind, some in walks.items():
                some.append(steward.ask(kind))
                anchors.append(bare.ask(str(commits - own)))
    anchor = Sample(values=tuple(one["whole"] * 1000 for one in anchors))
    rows = [_row(kind, walks[kind], anchor) for kind in _KINDS]
    rows.append(_without_machine(walks["port"], anchor))
    queue = Sample(values=tuple(one[_QUEUE] * 1000 for one in walks["port"]))
    return Section(
        title="One command through the whole path",
        intro=(
            "From the wish to the proven end in one process, on real parts: draft, policy, plan kept, question asked, "
            "approved, approval consumed, run, intent, `/bin/true` through the local executor with its marker on the "
            "machine, result, proof, end. The anchor is a bare DBOS workflow of one step that runs `/bin/true`, on "
            "SQLite with a write-ahead log, followed by plain commits of one 300-byte row with `synchronous=FULL`, "
            "until it has made as many commits as Steward. Both sides take turns in one run."
        ),
        rows=rows,
        tables=["Where the time goes (milliseconds):", _stages(walks)],
        notes=[
            f"Commits, counted as marked frames in the write-ahead log: Steward {commits} in all (its own and those of "
            f"its durable workflow), the bare workflow {own}; the anchor adds the other {commits - own}.",
            f"Not queued means: the time between the commit that enqueues the run and its first step is measured and "
            f"subtracted, {queue.text('ms', 0)}; the queue is looked at every 500 ms.",
            "Not in it: the owner's secret (Argon2, made slow on purpose) and the way through the socket.",
            f"Of the anchor, the bare workflow with its process is "
            f"{Sample(values=tuple(one['bare'] * 1000 for one in anchors)).text('ms', 1)}.",
        ],
    )


def _seconds(walk: dict[str, float]) -> float:
    return walk["whole"] - walk[_QUEUE]


def _row(kind: str, walks: list[dict[str, float]], anchor: Sample) -> Row:
    sample = Sample(values=tuple(_seconds(walk) * 1000 for walk in walks))
    ratio = sample.median / anchor.median
    return Row(
        what=_KINDS[kind],
        figure=sample.text("ms", 0),
        anchor=f"bare DBOS + commits {anchor.text('ms', 0)}",
        ratio=f"{ratio:.1f}x",
        aim=f"within {_AIM:g}x",
        is_met=ratio <= _AIM,
    )


def _without_machine(walks: list[dict[str, float]], anchor: Sample) -> Row:
    sample = Sample(values=tuple((_seconds(walk) - walk[_MACHINE]) * 1000 for walk in walks))
    return Row(
        what="of the first: all but the machine's part (marker, `true`, result)",
        figure=sample.text("ms", 0),
        anchor=f"bare DBOS + commits {anchor.text('ms', 0)}",
        ratio=f"{sample.median / anchor.median:.1f}x",
    )


def _stages(walks: dict[str, list[dict[str, float]]]) -> str:
    names = [name for name in walks["port"][0] if name != "whole"]
    rows = [
        [
            name,
            *(Sample(values=tuple(walk[name] * 1000 for walk in some)).text("", 1).strip() for some in walks.values()),
        ]
        for name in names
    ]
    return table(["stage", *_KINDS.values()], rows)
