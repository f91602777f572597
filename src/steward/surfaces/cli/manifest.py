"""The shape of `manifest.json`: every command of the catalogue as the terminal needs to know it.

`scripts/manifest.py` makes the file from the catalogue; nobody edits it. It holds one object:

    {"commands": [Entry, ...]}        (the bare list is read too)

A name is `noun.verb` (`unit.restart` becomes `steward unit restart`), or one word for a top-level command (`status`);
underscores become dashes. Positional fields come in the order of the list, all others become `--options`.
A field `text` beside a positional `what` is filled in with the content of the file that `what` names (`content_of`);
a field `files` with the texts of the file or of a whole folder, by their names.
Where nothing is given by position, a first optional text with live names is: `steward why nginx.service`.
`check` says what the terminal could not present; the script refuses to write a manifest with problems.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import Any, Literal, cast

from steward.lib.record import record

Kind = Literal["text", "integer", "boolean", "choice", "list", "json"]
Effect = Literal["query", "control", "operation"]
Live = Literal["", "machine", "approval", "run", "finding", "service", "unit"]

KINDS: tuple[Kind, ...] = ("text", "integer", "boolean", "choice", "list", "json")
EFFECTS: tuple[Effect, ...] = ("query", "control", "operation")
LIVES: tuple[Live, ...] = ("", "machine", "approval", "run", "finding", "service", "unit")
RESERVED = frozenset({"json", "quiet", "dry_run", "password_file", "no_input", "help", "output"})
"""Options every command has; a field of that name could not be told from them."""

_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){0,2}")
_FIELD = re.compile(r"[a-z][a-z0-9_]*")


class ManifestError(ValueError):
    """The list of commands cannot be read: the installation is broken."""


@record
class Example:
    """One real use."""

    line: str
    """What a person types, without the program name."""
    does: str
    """What it does, in one line."""


@record
class Field:
    """One input of a command."""

    name: str
    """Name in the input; `--name` or `<name>` for a person."""
    kind: Kind
    """`list` is a list of texts; `json` is any JSON typed as one word."""
    description: str = ""
    """One line."""
    choices: tuple[str, ...] = ()
    """For `choice`: the values."""
    required: bool = False
    """Whether it must be given."""
    default: Any = None
    """What the daemon takes when it is not given; shown in help, never sent."""
    positional: bool = False
    """Given by position; a list only as the last one."""
    live: Live = ""
    """What names completion offers."""
    file: bool = False
    """The person types a path (`-` is standard input) and the content of that file is the value."""
    content_of: str = ""
    """Name of the field whose file this is the content of. It has no option: when the person gives that field as a path
    (`-`, or with a slash or a dot in it), the file is read and sent along. One of kind `json` takes every text of a
    folder, by name."""
    secret: bool = False
    """Never on the command line, whatever `positional` says: asked without echo, or read from `--<name>-file`."""


@record
class Entry:
    """One command."""

    name: str
    """Name in the catalogue."""
    summary: str
    """One imperative line."""
    effect: Effect
    """`query` reads, `control` changes Steward itself, `operation` becomes a plan for machines."""
    description: str = ""
    """A paragraph, without links."""
    risk: str = "read"
    """Least risk class."""
    proof: str = "none"
    """Strength a person needs: `none` or `step_up`."""
    examples: tuple[Example, ...] = ()
    """Two real uses."""
    streams: bool = False
    """Whether it answers with events before its result."""
    output: str = ""
    """What `--json` prints, in a few words."""
    fields: tuple[Field, ...] = ()
    """Inputs."""

    @property
    def words(self) -> tuple[str, ...]:
        """Return the words a person types: `("unit", "restart")`."""
        return tuple(part.replace("_", "-") for part in self.name.split("."))

    @property
    def positional(self) -> tuple[Field, ...]:
        """Return the fields given by position, in order."""
        return tuple(item for item in self.fields if item.positional and not item.secret and not item.content_of)

    @property
    def named(self) -> tuple[Field, ...]:
        """Return the fields given by option."""
        return tuple(item for item in self.fields if item not in self.positional and not item.content_of)


@record
class Manifest:
    """All commands, in the order of the catalogue."""

    commands: tuple[Entry, ...] = field(default=())
    """Each once."""

    def find(self, name: str) -> Entry | None:
        """Return the command of this catalogue name, or None."""
        return next((entry for entry in self.commands if entry.name == name), None)

    def below(self, words: Sequence[str]) -> dict[str, list[Entry]]:
        """Group the commands that start with `words` by their next word."""
        start = tuple(words)
        found: dict[str, list[Entry]] = {}
        for entry in self.commands:
            if entry.words[: len(start)] == start and len(entry.words) > len(start):
                found.setdefault(entry.words[len(start)], []).append(entry)
        return found


def read(path: Path) -> Manifest:
    """Read the manifest of this installation.

    Raises:
        ManifestError: when it is missing or not a manifest.
    """
    try:
        return parse(path.read_text("utf-8"))
    except OSError as error:
        msg = f"{path}: {error.strerror}"
        raise ManifestError(msg) from error


def parse(text: str) -> Manifest:
    """Read the text of a manifest; what `check` would complain about passes here.

    Raises:
        ManifestError: when it is not a manifest.
    """
    try:
        content: Any = json.loads(text)
        items = cast("list[Mapping[str, Any]]", content if isinstance(content, list) else content["commands"])
        return Manifest(commands=tuple(_entry(item) for item in items))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        msg = f"not a manifest: {error}"
        raise ManifestError(msg) from error


def check(manifest: Manifest) -> tuple[str, ...]:
    """Return everything the terminal could not present, a line each; empty for a good manifest."""
    names = [entry.name for entry in manifest.commands]
    problems = [f"{name}: declared twice" for name in sorted({name for name in names if names.count(name) > 1})]
    nouns = {name.rpartition(".")[0] for name in names} - {""}
    for entry in manifest.commands:
        problems += [f"{entry.name}: {problem}" for problem in _entry_problems(entry)]
        if entry.name in nouns:
            problems.append(f"{entry.name}: is a command and the noun of others")
    return tuple(problems)


def _entry_problems(entry: Entry) -> list[str]:
    problems: list[str] = []
    if not _NAME.fullmatch(entry.name):
        problems.append("the name is not `noun.verb` in lower case")
    if entry.effect not in EFFECTS:
        problems.append(f"unknown effect {entry.effect!r}")
    if len(entry.examples) < 2:
        problems.append("help needs two examples")
    names = [item.name for item in entry.fields]
    if len(set(names)) < len(names):
        problems.append("two fields have one name")
    positional = entry.positional
    if any(item.kind == "list" for item in positional[:-1]):
        problems.append("only the last positional field can be a list")
    if any(item.required for item in positional[_first_optional(positional) :]):
        problems.append("a required positional field follows an optional one")
    return problems + [f"{item.name}: {problem}" for item in entry.fields for problem in _field_problems(item)]


def _first_optional(positional: Sequence[Field]) -> int:
    return next((place for place, item in enumerate(positional) if not item.required), len(positional))


def _field_problems(item: Field) -> list[str]:
    checks = {
        "the name is not a lower-case word": not _FIELD.fullmatch(item.name),
        f"unknown kind {item.kind!r}": item.kind not in KINDS,
        f"unknown completion source {item.live!r}": item.live not in LIVES,
        "every command has an option of this name": item.name in RESERVED,
        "a choice needs choices": item.kind == "choice" and not item.choices,
        "a boolean cannot be given by position": item.kind == "boolean" and item.positional,
        "only text or JSON can come from a file": item.file and item.kind not in {"text", "json"},
    }
    return [problem for problem, is_wrong in checks.items() if is_wrong]


def _entry(item: Mapping[str, Any]) -> Entry:
    known = _known(Entry, item)
    known["examples"] = tuple(Example(line=each["line"], does=each["does"]) for each in item.get("examples", ()))
    names = {each["name"] for each in item.get("fields", ())}
    known["fields"] = _with_one_word(tuple(_field(each, names) for each in item.get("fields", ())))
    return Entry(**known)


def _with_one_word(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    first, *more = fields or (None,)
    if first is None or first.kind != "text" or not first.live or any(item.positional for item in fields):
        return fields
    return (replace(first, positional=True), *more)


def _field(item: Mapping[str, Any], names: set[str]) -> Field:
    known = _known(Field, item)
    if item["name"] in {"text", "files"} and "what" in names:
        known.setdefault("content_of", "what")
    known["choices"] = tuple(item.get("choices") or ())
    return Field(**known)


def _known(kind: type[Any], item: Mapping[str, Any]) -> dict[str, Any]:
    names = cast("Mapping[str, Any]", kind.__dataclass_fields__)
    return {name: value for name, value in item.items() if name in names}
