"""Completion for bash, zsh and fish: the shell asks `steward __complete WORD...` and gets `value<TAB>meaning` lines.

The last word is the one being typed. `:files` as the only line stands for names of files. Names come from the daemon
when it answers at once, else from its snapshot. Only harmless characters pass: a shell puts a completed word into a
command line, and names of units and findings are words of others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeAlias, cast

from steward.lib.wire import Request
from steward.surfaces.cli.client import Client
from steward.surfaces.cli.failure import CliFailure, NotRunning, usage
from steward.surfaces.cli.help import COMMON_OPTIONS, DRY_RUN, PASSWORD_FILE
from steward.surfaces.cli.layout import cut, one_line
from steward.surfaces.cli.manifest import Entry, Field
from steward.surfaces.cli.offline import last_known
from steward.surfaces.cli.render import clean
from steward.surfaces.cli.session import Session
from steward.surfaces.cli.values import is_path, option_of

SHELLS = ("bash", "zsh", "fish")
FILES = ":files"

_SCRIPTS = Path(__file__).with_name("completions")
_PATIENCE_SECONDS = 0.1
_HARMLESS = re.compile(r"[A-Za-z0-9_.:@%+=,/-]+")
_SOURCES = {
    "machine": ("machines.ls", "machines", "name", "status"),
    "approval": ("approvals.ls", "approvals", "code", "title"),
    "run": ("runs.ls", "runs", "id", "title"),
    "finding": ("status", "findings", "id", "title"),
    "service": ("services.ls", "services", "name", "says"),
    "unit": ("units.ls", "units", "name", "state"),
}
"""Completion source -> command that knows, its list, the field that is typed, the field that tells its meaning."""

_TAKING_FILES = frozenset({"--password-file", "--output", "-o"})

Candidate: TypeAlias = "tuple[str, str]"


def script(shell: str) -> str:
    """Return the completion script of a shell."""
    if shell not in SHELLS:
        raise usage(f"there is no completion for `{shell}`", next_step=f"steward completion {'|'.join(SHELLS)}")
    return (_SCRIPTS / f"steward.{shell}").read_text("utf-8")


def candidates(session: Session, words: Sequence[str]) -> list[str]:
    """Return the lines for the words after the program's name."""
    *typed, current = words or [""]
    entry, depth = _entry(session, typed)
    found = _next_words(session, typed) if entry is None else _of_entry(session, entry, typed[depth:], current)
    matching = [(value, meaning) for value, meaning in found if value.startswith(current) or value == FILES]
    return [_line(value, meaning) for value, meaning in matching if value == FILES or _HARMLESS.fullmatch(value)]


def _line(value: str, meaning: str) -> str:
    return f"{value}\t{cut(one_line(meaning), 60)}" if meaning else value


def _entry(session: Session, typed: Sequence[str]) -> tuple[Entry | None, int]:
    for depth in range(len(typed), 0, -1):
        for entry in session.manifest.commands:
            if entry.words == tuple(typed[:depth]):
                return entry, depth
    return None, 0


def _next_words(session: Session, typed: Sequence[str]) -> list[Candidate]:
    below = session.manifest.below(typed)
    found = [(word, entries[0].summary if len(entries) == 1 else "") for word, entries in below.items()]
    if not typed:
        found += [
            (name, (command.__doc__ or "").partition("\n")[0]) for name, command in session.local_commands.items()
        ]
        found.append(("completion", "Print the completion script of a shell."))
    if list(typed) == ["completion"]:
        return [(shell, "") for shell in SHELLS]
    return found


def _of_entry(session: Session, entry: Entry, given: Sequence[str], current: str) -> list[Candidate]:
    named = {option_of(item): item for item in entry.named}
    before = given[-1] if given else ""
    if before in _TAKING_FILES:
        return [(FILES, "")]
    if before in named and named[before].kind != "boolean":
        return _of_field(session, named[before])
    if current.startswith("-"):
        return [*((name, item.description) for name, item in named.items()), *_common(entry)]
    place = len(_positional_words(given, named))
    fields = entry.positional
    if place >= len(fields) and fields and fields[-1].kind == "list":
        place = len(fields) - 1
    if place >= len(fields):
        return []
    names_file = any(item.content_of == fields[place].name for item in entry.fields)
    return [(FILES, "")] if names_file and is_path(current) else _of_field(session, fields[place])


def _positional_words(given: Sequence[str], named: dict[str, Field]) -> list[str]:
    takes_value = {name for name, item in named.items() if item.kind != "boolean"} | _TAKING_FILES
    return [
        word
        for place, word in enumerate(given)
        if not word.startswith("-") and (place == 0 or given[place - 1] not in takes_value)
    ]


def _common(entry: Entry) -> Iterable[Candidate]:
    shown = [*COMMON_OPTIONS, *([DRY_RUN, PASSWORD_FILE] if entry.effect != "query" else [])]
    return [(word, told) for names, told in shown for word in names.split(" ") if word.startswith("--")]


def _of_field(session: Session, item: Field) -> list[Candidate]:
    if item.file or item.secret:
        return [(FILES, "")]
    if item.choices:
        return [(choice, "") for choice in item.choices]
    return _live(session, item.live) if item.live else []


def _live(session: Session, source: str) -> list[Candidate]:
    command, listed, value, meaning = _SOURCES[source]
    if session.manifest.find(command) is None:
        return []
    result = clean(_known(session, command))
    items = cast("dict[str, Any]", result).get(listed) if isinstance(result, dict) else None
    known = [cast("dict[str, Any]", each) for each in cast("list[Any]", items or []) if isinstance(each, dict)]
    flat = [{**cast("dict[str, Any]", each["machine"]), **each} if "presented_key" in each else each for each in known]
    named = [(str(each.get(value) or ""), str(each.get(meaning) or "")) for each in flat]
    return [(name, told) for name, told in named if name and not name.startswith("-")]


def _known(session: Session, command: str) -> Any:
    """Ask the daemon, but not for long: a person waits with a finger on the key."""
    client = Client(path=session.paths.socket)
    try:
        return client.ask(Request(command=command, input={}), patience_seconds=_PATIENCE_SECONDS).value
    except (NotRunning, CliFailure):
        known = last_known(session, command)
        return known.value if known else None
