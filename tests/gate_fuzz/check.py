"""Compare what the gate read with what a real bash ran."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from steward.lib.minishell import parse
from steward.model.gate import judge
from steward.model.policy import Verdict
from steward.model.tool import Tool
from tests.gate_fuzz.bash import BUILTINS, Bash
from tests.gate_fuzz.lines import line

_SHELLS = frozenset(["sh", "bash", "dash", "ash", "zsh", "ksh", "ssh"])
_BATCH = 500

Words: TypeAlias = "list[tuple[str, ...]]"


@dataclass
class Figures:
    """What a run of the fuzz found."""

    lines: int = 0
    decisions: Counter[str] = field(default_factory=Counter)
    ran: int = 0
    unsound: list[str] = field(default_factory=list)
    """Allowed lines whose rebuilt text ran something else, or left a file."""
    unfaithful: list[str] = field(default_factory=list)
    """Allowed lines that meant something else to bash as they were written."""


def fuzz(folder: Path, tools: Mapping[str, Tool], *, count: int, seed: int) -> Figures:
    """Judge `count` lines and run all that is allowed, as rebuilt and as written."""
    dice, figures = random.Random(seed), Figures()
    bash = Bash(folder, tools)
    allowed: list[tuple[str, str]] = []
    for _ in range(count):
        text = line(dice)
        told = judge(text, tools)
        figures.lines += 1
        figures.decisions[told.decision.value] += 1
        if told.decision is Verdict.ALLOW:
            allowed.append((text, told.rebuilt))
        if len(allowed) >= _BATCH:
            _compare(bash, allowed, figures)
            allowed = []
    if allowed:
        _compare(bash, allowed, figures)
    return figures


def _compare(bash: Bash, allowed: list[tuple[str, str]], figures: Figures) -> None:
    """Run what was rebuilt, with the lines inside; then what was written, whose lines inside are only written anew."""
    rebuilt_texts = [rebuilt for _, rebuilt in allowed]
    for (text, rebuilt), seen in zip(allowed, bash.run(rebuilt_texts), strict=True):
        figures.ran += len(seen)
        _note(figures.unsound, text, rebuilt, seen, _possible(rebuilt), _sure(rebuilt))
    _note_files(figures.unsound, bash, rebuilt_texts)
    # Bash's own `time` reads no flag but -p, and would look for a program `-v`; the program `time` is what is allowed.
    written = [(text, rebuilt) for text, rebuilt in allowed if "'time' -" not in rebuilt]
    texts = [text for text, _ in written]
    for (text, rebuilt), records in zip(written, bash.run(texts, runs_inner=False), strict=True):
        possible, sure, seen = (
            [_meant(one) for one in some] for some in (_outer(rebuilt), _sure_outer(rebuilt), records)
        )
        _note(figures.unfaithful, text, rebuilt, seen, possible, sure)
    _note_files(figures.unfaithful, bash, texts)


def _note(wrong: list[str], text: str, rebuilt: str, seen: Words, possible: Words, sure: Words) -> None:
    extra = Counter(seen) - Counter(possible)
    missing = Counter(one for one in sure if one[0] not in BUILTINS) - Counter(seen)
    if extra or missing:
        wrong.append(f"{text!r} as {rebuilt!r}: too much {dict(extra)}, too little {dict(missing)}")


def _note_files(wrong: list[str], bash: Bash, texts: list[str]) -> None:
    left = bash.leftovers()
    if left:
        wrong.append(f"files {left} of one of {texts}")


def _outer(text: str) -> Words:
    return [call.argv for call in parse(text).calls]


def _possible(text: str) -> Words:
    """Return every program of a canonical text and of the lines inside, whatever succeeds."""
    return [one for argv in _outer(text) for one in (argv, *(_possible(argv[-1]) if _has_line(argv) else ()))]


def _sure_outer(text: str) -> Words:
    """Return the programs that run whatever bash's own `test` and `cd` say: none beside those."""
    script = parse(text)
    found: Words = []
    is_left_out = False
    for call, operator in zip(script.calls, (";", *script.operators), strict=True):
        is_left_out = operator == "||" or (is_left_out and operator == "|")
        found += [] if is_left_out else [call.argv]
    is_open = any(call.argv[0] in BUILTINS or "/" in call.argv[0] for call in script.calls)
    return [] if is_open else found


def _sure(text: str) -> Words:
    return [one for argv in _sure_outer(text) for one in (argv, *(_sure(argv[-1]) if _has_line(argv) else ()))]


def _has_line(argv: tuple[str, ...]) -> bool:
    """Tell whether the last word is a line for a shell, and no option or name of a host."""
    is_run = argv[0] in _SHELLS and len(argv) > 1 and not argv[-1].startswith("-")
    return is_run and not {"-V", "-G", "-Q"}.intersection(argv[1:-1])


def _meant(argv: tuple[str, ...]) -> tuple[str, ...]:
    """Take away what the gate writes anew on purpose: `env` for assignments, a program `time`, inner lines."""
    while argv[0] in {"env", "time"} and len(argv) > 1:
        rest = [index for index, word in enumerate(argv) if index and not (argv[0] == "env" and "=" in word)]
        if not rest:
            break
        argv = argv[rest[0] + (argv[rest[0]] == "--" and len(rest) > 1) :]
    return argv[:1] if argv[0] in _SHELLS else argv
