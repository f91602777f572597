"""Markdown for the generated reference: tables, code, and the fields of a JSON Schema in words."""

from __future__ import annotations

import ast
import inspect
import json
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

Schema = Mapping[str, Any]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table; nothing when there are no rows."""
    lines = ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows]
    if not lines:
        return ""
    return "\n".join(["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *lines])


def block(text: str, language: str = "") -> str:
    """Write text as it is."""
    return f"```{language or 'text'}\n{text.rstrip()}\n```"


def code(text: str) -> str:
    """Write a word of the program; nothing for nothing."""
    return f"`{text}`" if text else ""


def page(*parts: str) -> str:
    """Put the parts of a page together, an empty line between them."""
    return "\n\n".join(part.strip("\n") for part in parts if part) + "\n"


def diagram_of(text: str) -> tuple[str, str]:
    """Split a module docstring into what it says and its indented or arrowed drawing."""
    paragraphs = inspect.cleandoc(text).split("\n\n")
    drawn = [one for one in paragraphs if one.startswith("    ") or "──" in one or "─>" in one]
    said = [one for one in paragraphs if one not in drawn]
    return "\n\n".join(said), "\n\n".join(textwrap.dedent(one) for one in drawn)


def field_docs(kind: type[Any]) -> dict[str, str]:
    """Return the text below each field of a class and of those it inherits from."""
    found: dict[str, str] = {}
    for each in (one for one in reversed(kind.__mro__) if one.__module__.startswith("steward.")):
        body = ast.parse(textwrap.dedent(inspect.getsource(each))).body[0].body
        for field, after in pairwise(body):
            if isinstance(field, ast.AnnAssign | ast.Assign) and isinstance(after, ast.Expr):
                target = field.target if isinstance(field, ast.AnnAssign) else field.targets[0]
                found[ast.unparse(target)] = inspect.cleandoc(ast.literal_eval(after.value))
    return found


def fields(shape: Schema, definitions: Schema | None = None) -> str:
    """Write the fields of an object as a table."""
    named = definitions if definitions is not None else shape.get("$defs", {})
    required = shape.get("required", ())
    rows = [
        (code(name), words(prop, named), "needed" if name in required else _default(prop), prop.get("description", ""))
        for name, prop in shape.get("properties", {}).items()
    ]
    return table(("field", "type", "default", "what"), rows)


def words(prop: Schema, named: Schema) -> str:
    """Say what a value may be."""
    options = prop.get("anyOf", [prop])
    told = [_one(option, named) for option in options if option.get("type") != "null"]
    return " or ".join(dict.fromkeys([*told, *(["nothing"] if len(told) < len(options) else [])]))


def _one(prop: Schema, named: Schema) -> str:
    if "$ref" in prop:
        name = prop["$ref"].rsplit("/", 1)[-1]
        return _one(named[name], named) if "enum" in named[name] else f"`{name}`"
    if "enum" in prop:
        return "one of " + ", ".join(f"`{value}`" for value in prop["enum"])
    if "const" in prop:
        return f"`{prop['const']}`"
    if prop.get("type") == "array":
        return f"list of {words(prop.get('items', {}), named)}"
    if prop.get("format") == "date-time":
        return "time"
    return {"string": "text", "integer": "whole number", "number": "number", "boolean": "yes or no"}.get(
        prop.get("type", ""), "object"
    )


def _default(prop: Schema) -> str:
    if "default" not in prop:
        return ""
    default = prop["default"]
    if isinstance(default, bool) or default is None:
        return {None: "nothing", True: "yes", False: "no"}[default]
    if default in ("", [], {}):
        return "empty"
    return code(default if isinstance(default, str) else json.dumps(default))


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
