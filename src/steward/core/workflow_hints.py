"""What to write instead: the words of other tools, and the field that is most like a wrong one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from steward.lib.text import nearest, visible_line

_FIELDS: Mapping[str, str] = {
    "args": "with",
    "condition": "when",
    "depends_on": "needs",
    "dependencies": "needs",
    "dependsOn": "needs",
    "description": "title",
    "host": "on",
    "hosts": "on",
    "if": "when",
    "loop": "forEach",
    "machine": "on",
    "machines": "on",
    "module": "command",
    "name": "id",
    "on_error": "onFailure",
    "on_failure": "onFailure",
    "operation": "command",
    "params": "with",
    "parameters": "with",
    "postconditions": "verify",
    "preconditions": "preflight",
    "register": "outputs",
    "retries": "retry",
    "rollback": "undo",
    "server": "on",
    "target": "on",
    "targets": "on",
    "tasks": "steps",
    "uses": "command",
    "variables": "inputs",
    "vars": "inputs",
}
"""How other tools call a field."""
_IN_DETAIL: Mapping[str, str] = {
    "description": "says",
    "enum": "choices",
    "help": "says",
    "message": "text",
    "options": "choices",
    "prompt": "text",
    "question": "text",
    "values": "choices",
}
"""How other tools call a field of an input or a question."""
_PROGRAMS = frozenset({"bash", "cmd", "exec", "run", "script", "sh", "shell"})
"""Fields in which other tools take a command line."""
_A_LINE = "a command line is `command: shell.run` with `with: {script: ..., reason: ...}`"
_WORDS: Mapping[str, str] = {
    "abort": "keep",
    "admin": "owner",
    "array": "list",
    "bool": "boolean",
    "float": "number",
    "host": "machine",
    "int": "integer",
    "password": "secret",
    "revert": "undo",
    "rollback": "undo",
    "stop": "keep",
    "str": "text",
    "string": "text",
}
"""How other tools call a value."""


def field_hint(name: str, known: Sequence[str]) -> str:
    """Say what to write in place of an unknown field."""
    if name in _PROGRAMS and "command" in known:
        return _A_LINE
    meant = _FIELDS.get(name, "")
    meant = meant if meant in known else _IN_DETAIL.get(name, "")
    near = meant if meant in known else nearest(name, known)
    return f"did you mean `{near}`?" if near else f"known are {', '.join(known)}"


def word_hint(value: object, known: Sequence[str]) -> str:
    """Say what to write in place of a value that is none of those known."""
    meant = _WORDS.get(value, "") if isinstance(value, str) else ""
    near = meant if meant in known else (nearest(value, known) if isinstance(value, str) else None)
    return f"did you mean `{near}`?" if near else f"write one of {', '.join(known)}"


def command_hint(name: str, known: Collection[str]) -> str:
    """Say which operation was meant: the nearest, else those about the same thing, else where all are listed."""
    near = nearest(name, known)
    if near:
        return f"did you mean `{near}`?"
    if " " in name.strip():
        return _A_LINE
    noun = name.partition(".")[0]
    alike = sorted(each for each in known if each.partition(".")[0] == noun)
    where = "`steward --help` lists them below *Act*, `steward NOUN --help` those of one noun"
    return f"about `{noun}` there are {', '.join(alike)}" if alike else where


def shown_value(value: object) -> str:
    """Return a wrong value as it may be repeated in a sentence."""
    if isinstance(value, bool):
        return "`true`" if value else "`false`"
    return f"`{visible_line(str(value)[:60])}`" if isinstance(value, str | int | float) else "this"
