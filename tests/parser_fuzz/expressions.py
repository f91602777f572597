"""Targets that are worked out: expressions, the lines people read, and what is taken from what a step printed."""

# ruff: noqa: PT017 - a target looks at the error that leaves, and goes on

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import Any

from steward.core.line_probes import ask, probe_of
from steward.core.step_outputs import taken
from steward.lib.expression import ExpressionError, compiled, evaluate, names_in
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.flow import Output, OutputKind
from steward.model.ids import MachineId
from tests.parser_fuzz.files import LINES, MEASURES, NAS
from tests.parser_fuzz.target import Target

_CUT = "\n---\n"
_VALUES: dict[str, Any] = {
    "inputs": {"unit": "nginx.service", "rings": ["a", "b"], "deep": {"a": [1, 2.5, None, {"b": True}]}},
    "machine": {"name": "nas", "roles": ["storage"], "facts": {"memory": 8_000_000_000}},
    "steps": {"look": {"outputs": {"version": 12, "text": "é" * 200}}},
    "item": "x" * 300,
    "list": list(range(200)),
}
_NAMES = (*_VALUES, "missing")


def _cel(text: str) -> None:
    """An expression, and after a line `---` the values it is given as JSON."""
    written, _, given = text.partition(_CUT)
    values = _VALUES | _object(given)
    try:
        expression = compiled(written, _NAMES)
        assert names_in(written) <= frozenset(_NAMES)
        answer = evaluate(expression, values)
    except ExpressionError as error:
        assert error.what
        assert 0 <= error.column <= len(written) + 1
        return
    assert len(json.dumps(answer, allow_nan=False)) < 40_000_000
    assert _same(evaluate(expression, values), answer)


def _same(one: Any, other: Any) -> bool:
    return one == other or (isinstance(one, float) and math.isnan(one))


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _line(text: str) -> None:
    """A line is a probe that can be asked, or is refused; asked of a machine that told nothing it is open."""
    try:
        probe = probe_of(text, NAS.id, MEASURES, find=lambda _: MachineId("mch-other"))
    except InvalidInput as error:
        assert error.what
        assert LINES.problem(text) is not None
        return
    assert probe.says.isprintable()
    snapshot = Snapshot(machine=NAS, at=datetime(2026, 3, 1, tzinfo=UTC))
    holds, seen = ask(probe.line, snapshot, MEASURES)
    assert holds is None
    assert seen.isprintable()


def _output(text: str) -> None:
    """What a step printed, after a line with where its value stands: `/a/b`, or a kind of value."""
    where, _, printed = text.partition("\n")
    for kind in OutputKind:
        for output in (Output(name="a", kind=kind), Output(name="a", kind=kind, pointer=f"/{where.lstrip('/')}")):
            try:
                found = taken((output,), printed)
            except ValueError as error:
                assert "its output `a` cannot be taken" in str(error)
                continue
            json.dumps(found, allow_nan=False)


_CEL = (
    "inputs.rings.filter(ring, ring != 'a').map(ring, ring + '.service').join(', ')",
    "machine.facts.?memory.orValue(0) > 4 * 1024 && has(steps.look.outputs.version)",
    "item.matches('^[a-z]+$') ? item.substring(1, 3).upperAscii() : string(steps.look.outputs.version)",
    "list.map(x, x * x).exists(x, x > 100) || size(list) in [1, 2u, 3.5]",
    "timestamp('2026-03-01T00:00:00Z') + duration('1h30m') > timestamp('2026-01-01T00:00:00Z')",
    "{'a': [1, 2], 'b': {'c': b'\\x00'}}.b.c == b'abc' ? r'\\d' : \"\"\"text\"\"\"",
    "'%s %d %.3f'.format([item, 1, 2.5]).replace('x', 'yy', 3).split(' ', 2)[0].reverse()",
    "math.greatest(1, 2, math.abs(-3)) + int('7') - 2 % 5 / 1",
    "inputs.deep.?a[?3].optMap(x, x).hasValue()" + _CUT + '{"inputs": {"deep": {"a": [1, [2, {"b": "\\u0000"}]]}}}',
    "type(dyn(1)) == int && !(double('1e3') < 2.0) || optional.of(1).value() == 1",
)
_LINES = (
    "[CERT_DAYS] > 14",
    '[UNIT nginx.service] == "active"',
    "on nas: [DISK_FREE_PERCENT /] > 10 && [FAILED_UNITS] == 0",
    "[FAILED_UNITS] in [0, 1] || ![FAILED_UNITS].matches('x')",
)
_OUTPUTS = (
    "a\n12",
    '/a/0/b\n{"a": [{"b": 1.5}], "c~d": null}',
    "/\ntrue",
    '/\n{"": 1e400}',
    "a\n  two lines\nof text ",
)

TARGETS = (
    Target(
        name="cel",
        check=_cel,
        seeds=_CEL,
        words=(
            *(
                ".map(x, ",
                ".filter(x, ",
                ".all(x, ",
                ".exists_one(x, ",
                ".optMap(x, ",
                ".matches('",
                ".replace(",
                ".split(",
            ),
            *(
                ".format([",
                ".join(",
                "strings.quote(",
                "math.least(",
                "duration(",
                "timestamp(",
                "bytes(",
                "string(",
                "uint(",
            ),
            *(
                "inputs",
                "machine",
                "steps",
                "item",
                "list",
                "?",
                ":",
                "&&",
                "||",
                "in",
                "[?",
                ".?",
                "b'",
                "r'",
                "'''",
                _CUT,
            ),
            *(
                "9223372036854775807",
                "-9223372036854775808",
                "1e308",
                "0x",
                "\\u0000",
                "(a+)+$",
                "{1000}",
                "has(",
                "dyn(",
            ),
        ),
        longest=2_200,
    ),
    Target(
        name="line",
        check=_line,
        seeds=_LINES,
        words=("[", "]", "on nas: ", "FAILED_UNITS", "DISK_FREE_PERCENT /", "UNIT ", "==", "'", '"', "r'", "&&", "m0"),
        longest=600,
    ),
    Target(
        name="output",
        check=_output,
        seeds=_OUTPUTS,
        words=("{", "[", '"', "NaN", "Infinity", "/", "~1", "1e999"),
        longest=2_000,
    ),
)
