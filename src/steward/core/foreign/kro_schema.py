"""The simple schema of kro as inputs: `replicas: integer | default=3 description="How many"`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from steward.core.foreign.imported import Findings
from steward.core.foreign.names import Names, underscored
from steward.lib.yaml_loose import Node
from steward.lib.yaml_nodes import plain_value

MOST_INPUTS = 100
"""Inputs that are taken over; more are told as not mapped."""
_TYPES = {
    "string": "text",
    "integer": "integer",
    "number": "number",
    "float": "number",
    "boolean": "boolean",
    "[]string": "list",
}
_MARKER = re.compile(r"""([A-Za-z]\w*)=("(?:\\.|[^"\\])*"|'[^']*'|\[[^\]]*\]|\{[^}]*\}|[^\s]+)""")
_WHOLE = re.compile(r"[-+]?[0-9]{1,18}")


def inputs_of(
    spec: Node | None, types: Node | None, file: str, findings: Findings
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return inputs as they are written, and which input stands for which path of the schema."""
    inputs: dict[str, Any] = {}
    paths: dict[str, str] = {}
    free = Names()
    for count, (path, node) in enumerate(_leaves(spec) if spec is not None else (), start=1):
        line = node.line
        written = node.text if node.is_scalar else ""
        kind, markers = _split(written)
        if count > MOST_INPUTS or kind not in _TYPES:
            own = types is not None and kind.strip("[]") in types.mapping
            why = f"a workflow has {MOST_INPUTS} inputs at most" if count > MOST_INPUTS else _why(kind, is_own=own)
            findings.unmapped(file, line, f"input {path}", why)
            continue
        name = free.free(underscored(path, "input"), "_")
        inputs[name] = _input(_TYPES[kind], markers, path, file, line, findings)
        paths[path] = name
        findings.mapped(file, line, f"input {path}", f"inputs.{name}")
    return inputs, paths


def _leaves(node: Node, path: str = "", depth: int = 0) -> Iterator[tuple[str, Node]]:
    """Yield every field of a schema; an object in an object by its path, `ingress.enabled`."""
    for name, value in node.mapping.items():
        inner = f"{path}.{name}" if path else name
        if value.mapping and depth < 8:
            yield from _leaves(value, inner, depth + 1)
        else:
            yield inner, value


def all_paths(spec: Node | None) -> frozenset[str]:
    """Return every path of a schema, of objects too."""
    found: set[str] = set()
    for path, _ in _leaves(spec) if spec is not None else ():
        parts = path.split(".")
        found |= {".".join(parts[:count]) for count in range(1, len(parts) + 1)}
    return frozenset(found)


def _split(written: str) -> tuple[str, str]:
    kind, _, markers = written.partition("|")
    return kind.strip().strip("\"'").strip(), markers[:4000]


def _why(kind: str, *, is_own: bool) -> str:
    if is_own:
        return f"`{kind}` is a type of the graph's own; inputs are single values and lists of texts"
    return f"`{kind[:60] or 'nothing'}` is no type of an input; they are single values and lists of texts"


def _input(kind: str, markers: str, path: str, file: str, line: int, findings: Findings) -> dict[str, Any]:
    found: dict[str, Any] = {"type": kind}
    for match in _MARKER.finditer(markers):
        name, value = match[1], _unquoted(match[2])
        if name == "description":
            found["says"] = findings.shown(value)
        elif name == "enum" and kind == "text":
            found["choices"] = [each.strip() for each in value.split(",") if each.strip()]
        elif name == "default" and (default := _default(kind, value)) is not None:
            found["default"] = default
        elif name != "required":
            why = "its default does not fit its type" if name == "default" else "inputs have no such rule"
            findings.unmapped(file, line, f"marker {name} of input {path}", why)
    if found.get("choices") and found.get("default") not in {None, *found["choices"]}:
        findings.mistake(file, line, f"the default of `{path}` is none of its values", "take one of the enum")
        del found["default"]
    return found


def _unquoted(value: str) -> str:
    is_quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1].replace('\\"', '"') if is_quoted else value


def _default(kind: str, value: str) -> Any:
    if kind == "text":
        return value
    if kind == "boolean":
        return {"true": True, "false": False}.get(value)
    if kind == "integer":
        return int(value) if _WHOLE.fullmatch(value) else None
    if kind == "list":
        inner = value.strip()
        is_list = inner.startswith("[") and inner.endswith("]")
        return [_unquoted(each.strip()) for each in inner[1:-1].split(",") if each.strip()] if is_list else None
    try:
        found = plain_value(value)
    except ValueError:
        return None
    return found if isinstance(found, int | float) and not isinstance(found, bool) else None
