"""Compare what the gate read with what a real bash ran."""

from __future__ import annotations

import random
import shlex
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from steward.lib.minishell import NotCanonical, parse
from steward.model.gate import judge
from steward.model.policy import Verdict
from steward.model.tool import Tool
from tests.gate_fuzz.bash import BUILTINS, Bash
from tests.gate_fuzz.lines import line

_SHELLS = frozenset(["sh", "bash", "dash", "ash", "zsh", "ksh", "ssh"])
_BATCH = 500


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
    _compare(bash, allowed, figures)
    return figures


def expected(text: str) -> list[tuple[str, ...]]:
    """Return the words of every program that a canonical text runs when each of them succeeds."""
    script = parse(text)
    found: list[tuple[str, ...]] = []
    is_left_out = False
    for index, call in enumerate(script.calls):
        operator = script.operators[index - 1] if index else ";"
        is_left_out = operator == "||" or (is_left_out and operator == "|")
        if not is_left_out:
            found.append(call.argv)
            found += _inner(call.argv)
    return found


def _inner(argv: tuple[str, ...]) -> list[tuple[str, ...]]:
    if argv[0] not in _SHELLS or argv[-1].startswith("-") or len(argv) == 1:
        return []
    try:
        return expected(argv[-1])
    except NotCanonical:  # a help text: nothing is run
        return []


def _compare(bash: Bash, allowed: list[tuple[str, str]], figures: Figures) -> None:
    for is_rebuilt in (True, False):
        texts = [rebuilt if is_rebuilt else text for text, rebuilt in allowed]
        ran = bash.run(texts) if texts else []
        wrong = figures.unsound if is_rebuilt else figures.unfaithful
        for (text, rebuilt), records in zip(allowed, ran, strict=True):
            figures.ran += len(records) if is_rebuilt else 0
            possible, sure = _possible(rebuilt), _sure(rebuilt)
            if not is_rebuilt:
                possible, sure = [_meant(one) for one in possible], [_meant(one) for one in sure]
            seen = records if is_rebuilt else [_meant(one) for one in records]
            extra = Counter(seen) - Counter(possible)
            missing = Counter(one for one in sure if one[0] not in BUILTINS) - Counter(seen)
            if extra or missing:
                wrong.append(f"{text!r} as {rebuilt!r}: too much {dict(extra)}, too little {dict(missing)}")
        left = bash.leftovers()
        if left:
            wrong.append(f"files {left} of one of {texts}")


def _meant(argv: tuple[str, ...]) -> tuple[str, ...]:
    """Take away what the gate writes anew on purpose: `env` for assignments, a program `time`, inner lines."""
    while argv[0] in {"env", "time"} and len(argv) > 1:
        rest = [index for index, word in enumerate(argv) if index and not (argv[0] == "env" and "=" in word)]
        if not rest:
            break
        argv = argv[rest[0] + (argv[rest[0]] == "--" and len(rest) > 1) :]
    if argv[0] not in _SHELLS:
        return argv
    try:
        return tuple(shlex.shlex(" ".join(argv), posix=True, punctuation_chars=True))
    except ValueError:  # no line for a shell: it is compared as it is
        return argv


def _possible(rebuilt: str) -> list[tuple[str, ...]]:
    """Return every program of a text, whatever succeeds."""
    found: list[tuple[str, ...]] = []
    for call in parse(rebuilt).calls:
        found.append(call.argv)
        if call.argv[0] in _SHELLS and len(call.argv) > 1 and not call.argv[-1].startswith("-"):
            try:
                found += _possible(call.argv[-1])
            except NotCanonical:
                continue
    return found


def _sure(rebuilt: str) -> list[tuple[str, ...]]:
    """Return the programs that run whatever bash's own `test` and `cd` say: none beside those."""
    calls = parse(rebuilt).calls
    return [] if any(call.argv[0] in BUILTINS or "/" in call.argv[0] for call in calls) else expected(rebuilt)
