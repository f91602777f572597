"""Benchmark: a large lab, fifty machines with five hundred services: a full look, and what people ask of it."""

from __future__ import annotations

import json
import os
from typing import Any

from tests.bench import lab_outputs, lab_store
from tests.bench.measure import PYTHON, STEWARD, Partner, Sample, run, say
from tests.bench.report import Row, Section, table

_COMMANDS: dict[str, tuple[str, dict[str, Any], str]] = {
    "`status`": ("status", {}, "open findings"),
    "`why`, everything that is wrong": ("why", {}, "open findings, changes before each"),
    "`changed`, 24 hours": ("changed", {}, "the same changes"),
    "`changed --since 30d`": ("changed", {"since": "30d"}, "the same changes"),
    "`machines ls`": ("machines.ls", {}, "when each was seen"),
    "`services ls`": ("services.ls", {}, "all facts"),
    "`graph`": ("graph", {}, "all facts"),
    "`breaks box-7`": ("breaks", {"name": "box-7"}, "all facts"),
}
"""What is asked, with what, and what the bare reader reads; a command that this Steward does not have is left out."""
_PAGES = {"Now page, `/`": "/", "the family's page, `/status`": "/status"}
_PAGE_AIM_MILLISECONDS = 50
_TYPED = {"`steward status`": ["status"], "`steward changed`": ["changed"], "`steward machines ls`": ["machines", "ls"]}
_LOOKS = {
    "all facts anew": {"is_whole": True},
    "what a look each minute reads": {"is_whole": False},
}
_LOOK_EVERY_SECONDS = 60


def measure(rounds: int, *, machines: int = 50) -> Section:
    """Let one Steward look and answer, and a bare reader of the same bytes and rows beside it, in turns."""
    say(f"lab: {machines} machines are filled in")
    with Partner("tests.bench.lab_steward", str(machines)) as steward:
        size = steward.ready
        memory = [_ask(steward, "memory", {})["megabytes"]]
        looks: dict[str, list[dict[str, float]]] = {what: [] for what in _LOOKS}
        commands = {what: one for what, one in _COMMANDS.items() if one[0] in size["commands"]}
        asked: dict[str, list[dict[str, float]]] = {what: [] for what in commands}
        pages: dict[str, list[dict[str, float]]] = {what: [] for what in _PAGES}
        typed: dict[str, list[float]] = {what: [] for what in (*_TYPED, "python")}
        environment = {name: value for name, value in os.environ.items() if not name.startswith("STEWARD_")}
        for number in range(rounds):
            say(f"lab {number + 1}/{rounds}")
            for what, given in _LOOKS.items():
                looks[what].append(_ask(steward, "look", given))
            for what, (name, given, _) in commands.items():
                asked[what].append(_ask(steward, name, given))
            for what, path in _PAGES.items():
                pages[what].append(_ask(steward, "page", {"path": path}))
            for what, words in _TYPED.items():
                timed = run([STEWARD, *words], environment=environment | size["environment"], ok=(0, 10, 11, 12))
                typed[what].append(timed.seconds)
            typed["python"].append(run([PYTHON, "-c", "pass"]).seconds)
            memory.append(_ask(steward, "memory", {})["megabytes"])
    rows = [
        *(_look_row(what, some, machines) for what, some in looks.items()),
        *(_command_row(what, some, _COMMANDS[what][2]) for what, some in asked.items()),
        *(_page_row(what, some) for what, some in pages.items()),
        *(_typed_row(what, typed[what], typed["python"]) for what in _TYPED),
        _processor_row(looks["what a look each minute reads"]),
        Row(what=f"resident memory after {2 * rounds + 4} looks", figure=f"{memory[-1]:.0f} MB"),
    ]
    return Section(title="A large lab", intro=_intro(size), rows=rows, tables=_tables(looks, machines), notes=_NOTES)


def _ask(partner: Partner, name: str, given: dict[str, Any]) -> dict[str, float]:
    answer: dict[str, float] = partner.ask(json.dumps([name, given]))
    return answer


def _intro(size: dict[str, Any]) -> str:
    rows = size["rows"]
    return (
        f"{size['machines']} machines with {size['services']} services and {size['facts']} facts each, in one process. "
        f"The store of {size['store'] / 1e6:.0f} MB holds {lab_store.DAYS} days of numbers ({rows['history']:,} rows), "
        f"{rows['differences']:,} changes and {size['findings']} open findings. The machines answer from memory, at "
        f"once, with {size['bytes'] / 1e3:.0f} kB of recorded outputs each; {len(lab_outputs.MOVING)} of "
        f"{size['readings']} readings give other numbers at every look. So this is masking, parsing, judging and "
        "keeping, without a network."
    )


def _look_row(what: str, looks: list[dict[str, float]], machines: int) -> Row:
    whole = Sample(values=tuple(look["whole"] / machines * 1000 for look in looks))
    bare = Sample(values=tuple(look["bare"] / machines * 1000 for look in looks))
    return Row(
        what=f"one look at one machine, {what}",
        figure=whole.text("ms", 1),
        anchor=f"`json.loads` of the same bytes, kept by bare SQLite {bare.text('ms', 1)}",
        ratio=f"{whole.median / bare.median:.1f}x",
    )


def _command_row(what: str, asked: list[dict[str, float]], rows: str) -> Row:
    took = Sample(values=tuple(one["took"] * 1000 for one in asked))
    bare = Sample(values=tuple(one["bare"] * 1000 for one in asked))
    return Row(
        what=f"{what}, {asked[-1]['bytes'] / 1e3:.0f} kB",
        figure=took.text("ms", 1),
        anchor=f"bare SQLite and `json.loads`, {rows} {bare.text('ms', 1)}",
        ratio=f"{took.median / bare.median:.1f}x",
    )


def _page_row(what: str, fetched: list[dict[str, float]]) -> Row:
    took = Sample(values=tuple(one["took"] * 1000 for one in fetched))
    bare = Sample(values=tuple(one["bare"] * 1000 for one in fetched))
    return Row(
        what=f"{what}, over HTTP with a session, {fetched[-1]['bytes'] / 1e3:.0f} kB",
        figure=took.text("ms", 1),
        anchor=f"bare SQLite and `json.loads`, open findings {bare.text('ms', 1)}",
        ratio=f"{took.median / bare.median:.1f}x",
        aim=f"{_PAGE_AIM_MILLISECONDS} ms",
        is_met=took.median <= _PAGE_AIM_MILLISECONDS,
    )


def _typed_row(what: str, taken: list[float], python: list[float]) -> Row:
    whole = Sample(values=tuple(seconds * 1000 for seconds in taken))
    anchor = Sample(values=tuple(seconds * 1000 for seconds in python))
    return Row(
        what=f"{what}, the whole process",
        figure=whole.text("ms", 0),
        anchor=f"`python -c pass` {anchor.text('ms', 0)}",
        ratio=f"{whole.median / anchor.median:.1f}x",
        aim="500 ms",
        is_met=whole.median <= 500,
    )


def _processor_row(looks: list[dict[str, float]]) -> Row:
    share = Sample(values=tuple(look["round_processor"] / _LOOK_EVERY_SECONDS * 100 for look in looks))
    return Row(what=f"processor of a look every {_LOOK_EVERY_SECONDS} s, of one core", figure=share.text("%", 1))


def _tables(looks: dict[str, list[dict[str, float]]], machines: int) -> list[str]:
    stages = {
        "outputs masked": "redact",
        "parsed": "parse",
        "judged": "judge",
        "kept": "keep",
    }
    rows = [
        [
            stage,
            *(
                f"{Sample(values=tuple(_of(look, key) / machines * 1000 for look in some)).median:.2f}"
                for some in looks.values()
            ),
        ]
        for stage, key in stages.items()
    ]
    rows.append(
        [
            "with the round of the daemon, all machines (ms)",
            *(f"{Sample(values=tuple(look['round'] * 1000 for look in some)).median:.0f}" for some in looks.values()),
        ]
    )
    return ["Where the processor time of one look at one machine goes (milliseconds):", table(["stage", *looks], rows)]


def _of(look: dict[str, float], stage: str) -> float:
    """Return what a stage took; masking lies within reading the facts."""
    return look["parse"] - look["redact"] if stage == "parse" else look[stage]


_NOTES = [
    "Kept: findings compared, facts, numbers and what changed written, one transaction a machine, on disk at its end.",
    "A round of the daemon is a look at all machines with everything around it, such as the file that the terminal "
    "reads while no daemon runs.",
]
