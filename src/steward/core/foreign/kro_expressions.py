"""Expressions of kro inside texts: where they begin and end, what they name, and what they are with names of ours.

kro takes more functions than Steward does, so an expression is only parsed here, never evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from steward.lib.expression import LONGEST, names_in
from steward.lib.expression_errors import ExpressionError
from steward.lib.record import record
from steward.lib.yaml_loose import Node

_TOKEN = re.compile(
    r"""(?P<text>[rRbB]{0,2}(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'))|(?P<path>\.?\??[A-Za-z_]\w*)(?P<call>\s*\()?|[0-9][\w.]*""",
    re.DOTALL,
)
_BOUND = re.compile(
    r"\.\s*(?:map|filter|all|exists|exists_one|existsOne|sortBy|transformList|transformMap)\(\s*(\w+)\s*,(?:\s*(\w+)\s*,)?"
)
_SCHEMA = re.compile(
    r"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|(?<![\w.])schema\.spec((?:\.[A-Za-z_]\w*)*)""", re.DOTALL
)
_LIBRARIES = frozenset(
    [
        "lists",
        "math",
        "json",
        "random",
        "base64",
        "strings",
        "optional",
        "sets",
        "cel",
        "quantity",
        "url",
        "ip",
        "cidr",
        "true",
        "false",
        "null",
        "in",
        "int",
        "uint",
        "double",
        "string",
        "bool",
        "bytes",
        "list",
        "map",
        "type",
        "timestamp",
        "duration",
        "dyn",
        "maps",
        "omit",
        "hash",
    ]
)
"""Names that are no resource: words of the language and of kro's functions."""


@record
class Found:
    """One expression of a text."""

    text: str
    """What stands between the braces."""
    line: int
    """Line of the value it stands in."""
    is_whole: bool
    """Whether the value is nothing else."""


def expressions(node: Node) -> Iterator[Found | int]:
    """Yield every expression within a value; the line of a value in which one does not end."""
    for scalar in node.scalars():
        if "${" not in scalar.text:
            continue
        found, is_closed = _split(scalar.text)
        for inner in found:
            yield Found(text=inner, line=scalar.line, is_whole=scalar.text.strip() == f"${{{inner}}}")
        if not is_closed:
            yield scalar.line


def _split(text: str) -> tuple[list[str], bool]:
    """Return what stands inside each `${ ... }`, braces and quotes within counted."""
    found: list[str] = []
    start = text.find("${")
    while start >= 0:
        end = _end(text, start + 2)
        if end < 0:
            return found, False
        found.append(text[start + 2 : end])
        start = text.find("${", end)
    return found, True


def _end(text: str, start: int) -> int:
    depth, quote, at = 0, "", start
    while at < len(text):
        char = text[at]
        if quote:
            at += char == "\\"
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char == "{":
            depth += 1
        elif char == "}":
            if depth == 0:
                return at
            depth -= 1
        at += 1
    return -1


def names(expression: str) -> frozenset[str]:
    """Return the names an expression uses that it does not make itself."""
    found: set[str] = set()
    for match in _TOKEN.finditer(expression[:LONGEST]):
        path = match["path"]
        if path and not path.startswith((".", "?")) and not match["call"]:
            found.add(path)
    bound = {name for match in _BOUND.finditer(expression[:LONGEST]) for name in match.groups() if name}
    return frozenset(found - bound - _LIBRARIES)


def fields_of_schema(expression: str) -> tuple[str, ...]:
    """Return the paths below `schema.spec` that an expression reads: `ingress.enabled`."""
    return tuple(match[2].lstrip(".") for match in _SCHEMA.finditer(expression[:LONGEST]) if match[2])


def trouble(expression: str) -> str:
    """Return what is wrong with the form of an expression, or nothing."""
    if not expression.strip():
        return "the expression is empty"
    if len(expression) > LONGEST:  # good for kro, too long to be looked at here
        return ""
    try:
        names_in(expression)
    except ExpressionError as error:
        return f"this is no CEL: {error}"
    return ""


def with_inputs(expression: str, inputs: Mapping[str, str]) -> str | None:
    """Write an expression over `inputs` where it is over `schema.spec` alone; None where it is not."""
    if not names(expression) <= {"schema"} or len(expression) > LONGEST or trouble(expression):
        return None
    is_ours = True

    def ours(match: re.Match[str]) -> str:
        nonlocal is_ours
        if match[1]:
            return match[0]
        parts = match[2].lstrip(".").split(".")
        for count in range(len(parts), 0, -1):
            name = inputs.get(".".join(parts[:count]))
            if name is not None:
                return ".".join([f"inputs.{name}", *parts[count:]])
        is_ours = False
        return match[0]

    text = _SCHEMA.sub(ours, expression.strip())
    return text if is_ours and "schema" not in names(text) else None
