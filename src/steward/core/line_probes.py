"""Readable lines: `[CERT_DAYS] > 14`, `[UNIT nginx.service] == "active"`, `on nas: [DISK_FREE_PERCENT /] > 10`.

A line is an expression over measures. Each `[NAME argument]` outside quotes becomes a name of the expression that is
as wide as it was, so that every column in a message is the column the person sees.

1. `probe_of` checks a line when a plan is made, and gives the probe that carries it.
2. `facts_of` tells what must be read to ask it.
3. `ask` asks it of what was read.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TypeGuard

from steward.lib.expression import Expression, ExpressionError, compiled, evaluate, names_in
from steward.lib.record import record
from steward.lib.text import nearest, visible_line
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.ids import MachineId
from steward.model.measure import AnyMeasure
from steward.model.probe import Probe, ProbeKind, Scalar

LONGEST = 500
"""Most characters of a line."""
MOST_MEASURES = 10
"""Most measures in a line."""

_ON = re.compile(r"\s*on\s+([A-Za-z0-9][\w.-]*)\s*:\s*")
_PARTS = re.compile(
    r"""(?P<text>[rR]?(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'))|\[\s*(?P<name>[A-Z][A-Z0-9_]*)(?:\s+(?P<argument>[^\]]*?))?\s*\]"""
)
_LONGEST_VALUE = 100
_EXAMPLE = "write it as `[CERT_DAYS] > 14`; `docs/reference/measures.md` lists all measures"
_log = logging.getLogger("steward.lines")


@record
class Taken:
    """One measure in a line."""

    measure: str
    """Its name."""
    argument: str
    """What follows the name; empty for nothing."""
    column: int
    """Where it stands, counted from 1."""

    @property
    def written(self) -> str:
        """As it is shown: `[UNIT nginx.service]`."""
        return f"[{self.measure} {visible_line(self.argument)}]" if self.argument else f"[{self.measure}]"


def probe_of(
    line: str,
    machine: MachineId,
    measures: Mapping[str, AnyMeasure],
    *,
    within_seconds: int = 0,
    find: Callable[[str], MachineId] | None = None,
) -> Probe:
    """Return the probe that asks a line; `find` tells the machine that `on NAME:` before it means.

    Raises:
        InvalidInput: it cannot be understood; says the column and what was meant.
    """
    prefix = _ON.match(line)
    text = line[prefix.end() :] if prefix else line
    if prefix and find is None:
        raise _wrong(line, 1, "no other machine can be named here", next_step="leave out `on ...:`")
    if prefix and find:
        machine = find(prefix[1])
    try:
        _read(text, measures)
    except _LineError as error:
        column = error.column + (prefix.end() if prefix else 0) if error.column else 0
        raise _wrong(line, column, error.what, next_step=error.hint) from error
    return Probe(
        machine=machine,
        says=visible_line(line.strip()),
        kind=ProbeKind.LINE,
        line=text.strip(),
        within_seconds=within_seconds,
    )


def facts_of(lines: Iterable[str], measures: Mapping[str, AnyMeasure]) -> frozenset[str]:
    """Return the facts that must be read to ask these lines; a line that cannot be understood needs none."""
    found: set[str] = set()
    for line in lines:
        try:
            _, taken = _read(line, measures)
        except _LineError:
            continue
        found |= {measures[one.measure].fact.name for one in taken}
    return frozenset(found)


def ask(line: str, snapshot: Snapshot, measures: Mapping[str, AnyMeasure]) -> tuple[bool | None, str]:
    """Tell whether a line holds, None when that cannot be told, and what was seen in words."""
    try:
        expression, taken = _read(line, measures)
    except _LineError as error:
        return None, f"the line cannot be understood: {error.what}"
    values: dict[str, Scalar] = {}
    for number, one in enumerate(taken):
        is_there, value, why = _value(one, snapshot, measures[one.measure])
        if not is_there:
            return None, f"{one.written}: {why}"
        values[f"m{number}"] = value
    seen = ", ".join(f"{one.written} is {_shown(values[f'm{number}'])}" for number, one in enumerate(taken))
    try:
        answer = evaluate(expression, dict(values))
    except ExpressionError as error:
        return None, f"{seen}; {_in_words(error.what, taken)}"
    if not _is_answer(answer):
        return None, f"{seen}; the line is neither true nor false"
    return answer, seen


class _LineError(ValueError):
    """A line that cannot be understood."""

    def __init__(self, what: str, *, column: int = 0, hint: str = "") -> None:
        self.what, self.column, self.hint = what, column, hint
        super().__init__(what)


def _read(line: str, measures: Mapping[str, AnyMeasure]) -> tuple[Expression, tuple[Taken, ...]]:
    if len(line) > LONGEST:
        raise _LineError(f"the line has {len(line)} characters; at most {LONGEST} are read")
    text, taken = _rewritten(line)
    for one in taken:
        _check(one, measures)
    if not taken:
        raise _LineError("the line measures nothing", hint=_EXAMPLE)
    names = {f"m{number}" for number in range(len(taken))}
    try:
        _check_names(text, names, measures)
        return compiled(text, names), taken
    except ExpressionError as error:
        raise _LineError(_in_words(error.what, taken), column=error.column, hint=error.hint) from error


def _rewritten(line: str) -> tuple[str, tuple[Taken, ...]]:
    """Put a name of the expression, as wide as what it stands for, in the place of each measure."""
    taken: list[Taken] = []
    pieces: list[str] = []
    end = 0
    for found in _PARTS.finditer(line):
        if found["name"] is None:
            continue
        if len(taken) == MOST_MEASURES:
            raise _LineError(f"the line has more than {MOST_MEASURES} measures", column=found.start() + 1)
        pieces += [line[end : found.start()], f"m{len(taken)}".ljust(found.end() - found.start())]
        taken.append(Taken(measure=found["name"], argument=found["argument"] or "", column=found.start() + 1))
        end = found.end()
    return "".join([*pieces, line[end:]]), tuple(taken)


def _check(one: Taken, measures: Mapping[str, AnyMeasure]) -> None:
    measure = measures.get(one.measure)
    if measure is None:
        near = nearest(one.measure, measures)
        hint = f"did you mean `[{near}]`?" if near else _EXAMPLE
        raise _LineError(f"`[{one.measure}]` is no measure", column=one.column, hint=hint)
    if one.argument and not measure.argument:
        hint = f"write `[{one.measure}]`"
        raise _LineError(f"`[{one.measure}]` takes nothing after its name", column=one.column, hint=hint)
    if measure.is_argument_needed and not one.argument:
        what = f"`[{one.measure}]` does not say which: after its name stands the {measure.argument}"
        raise _LineError(what, column=one.column, hint=f"for example `{measure.example}`")


def _check_names(text: str, names: set[str], measures: Mapping[str, AnyMeasure]) -> None:
    """Refuse other names with the two mistakes that lead to them: a text without quotes, a measure without brackets."""
    for name in sorted(names_in(text) - names):
        found = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)
        near = nearest(name.upper(), measures)
        hint = f"did you mean `[{near}]`?" if near else f'a text stands in quotes: `"{visible_line(name)}"`'
        column = found.start() + 1 if found else 0
        raise ExpressionError(f"`{visible_line(name)}` is not known in a line", column=column, hint=hint)


def _value(one: Taken, snapshot: Snapshot, measure: AnyMeasure) -> tuple[bool, Scalar, str]:
    """Return whether a measure could be taken, what it is, and why not."""
    fact = measure.fact.name
    if fact not in snapshot.values:
        return False, None, visible_line(snapshot.unread.get(fact, "not read"))
    try:
        value = measure.take(snapshot.values[fact], one.argument, snapshot.read_at(fact))
    except Exception:  # noqa: BLE001 - a plug-in's mistake costs its own line, not everything else that is asked
        _log.exception("measure %s cannot be taken on %s", measure.name, snapshot.machine.name)
        return False, None, f"a mistake in the measure `{measure.name}`; see Steward's log"
    if value is None and measure.missing is None:
        return False, None, "there is no such thing, or the machine does not tell"
    return True, measure.missing if value is None else value, ""


def _shown(value: Scalar) -> str:
    return visible_line(json.dumps(value, ensure_ascii=False))[:_LONGEST_VALUE]


def _in_words(said: str, taken: tuple[Taken, ...]) -> str:
    """Put the measures back in the place of the names that stood for them."""

    def back(found: re.Match[str]) -> str:
        number = int(found[1])
        return taken[number].written if number < len(taken) else found[0]

    return re.sub(r"\bm(\d)\b", back, said)


def _is_answer(value: object) -> TypeGuard[bool]:
    return isinstance(value, bool)


def _wrong(line: str, column: int, what: str, *, next_step: str) -> InvalidInput:
    place = f"column {column} of `{visible_line(line.strip())[:LONGEST]}`" if column else visible_line(line)[:LONGEST]
    return InvalidInput(what, where=place, next_step=next_step)
