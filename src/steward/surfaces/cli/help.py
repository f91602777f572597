"""Help, generated from the manifest: one imperative line, a paragraph, real examples, then options with defaults.

Always 80 columns and without colors, so that it reads the same on every terminal, in a pipe and in the docs.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from steward.surfaces.cli.layout import columns, hanging, wrapped
from steward.surfaces.cli.manifest import Entry, Field, Manifest
from steward.surfaces.cli.session import LocalCommand
from steward.surfaces.cli.values import option_of

WIDTH = 80
PROGRAM = "steward"

_SECTIONS: Mapping[str, tuple[str, ...]] = {
    "Look": ("status", "why", "changed", "findings", "runs", "changes", "facts", "drift", "look", "events"),
    "Decide": ("plan", "apply", "undo", "approvals", "policy", "grants"),
    "Act": (),
    "Machines": ("machines",),
    "Brakes": ("pause", "freeze", "stop", "resume", "brakes"),
    "Steward itself": (),
}
"""Where a top word is shown; one that is not listed is under Act when it changes machines, else under the last."""

_SHOWCASE = ("status", "plan", "approvals.approve")
_WIDEST_LABEL = 30

COMMON_OPTIONS: Sequence[tuple[str, str]] = (
    ("--json", "Print one JSON document; for streams one line an event. Errors too."),
    ("-q, --quiet", "Print nothing but errors; the exit code tells."),
    ("--no-input", "Never ask anything."),
    ("-h, --help", "Show this help."),
)
DRY_RUN = ("--dry-run", "Show what would happen and change nothing.")
PLAN_CARD = "PlanCard"
"""Output of the commands that make or show a plan."""
OUTPUT = ("-o, --output FILE", "Also write the plan to a file, as JSON that `apply` takes.")
PASSWORD_FILE = ("--password-file FILE", "Read the owner's password from a file (`-`: standard input).")

_EXIT_CODES = (
    "Exit codes: 0 ok, 1 error, 2 usage, 3 not found, 4 not allowed, 5 conflict, 10 warnings, 11 down, 12 waiting for "
    "approval, 13 denied, 20 rolled back, 21 rollback failed, 75 try later, 130 interrupted."
)


def root_help(manifest: Manifest, local_commands: Mapping[str, LocalCommand]) -> str:
    """Write `steward --help`."""
    about = {word: _about(entries, 1) for word, entries in manifest.below(()).items()}
    about |= {name: _first_line(command.__doc__) for name, command in local_commands.items()}
    about["completion"] = "Print the completion script of a shell: bash, zsh, fish."
    acting = {entry.words[0] for entry in manifest.commands if entry.effect == "operation"}
    parts = [
        "Look after your machines: find, propose, wait for your yes, act, prove, record.",
        _examples(_showcase(manifest)),
    ]
    for section, words in _sections(about, acting).items():
        parts.append(f"{section}:\n" + _labeled([(word, about[word]) for word in words]))
    parts += [
        f"Help on one command: {PROGRAM} COMMAND --help",
        wrapped(_EXIT_CODES, WIDTH),
    ]
    return "\n\n".join(part for part in parts if part)


def noun_help(words: Sequence[str], below: Mapping[str, Sequence[Entry]]) -> str:
    """Write the help of a noun: its verbs."""
    start = " ".join((PROGRAM, *words))
    verbs = _labeled([(verb, _about(entries, len(words) + 1)) for verb, entries in below.items()])
    return f"Usage: {start} VERB ...\n\n{verbs}\n\nHelp on one verb: {start} VERB --help"


def command_help(entry: Entry) -> str:
    """Write the help of a command."""
    positional = entry.positional
    parts = [
        hanging(entry.summary, WIDTH, 0),
        wrapped(" ".join(entry.description.split()), WIDTH) if entry.description else "",
        f"Usage: {usage_line(entry)}",
        _examples([(example.line, example.does) for example in entry.examples]),
        _titled("Arguments", [(_placeholder(item), _told(item)) for item in positional]),
        _titled("Options", [*((_option(item), _told(item)) for item in entry.named), *_output(entry)]),
        _titled("Every command", _common(entry)),
        wrapped(_nature(entry), WIDTH),
    ]
    return "\n\n".join(part for part in parts if part)


def usage_line(entry: Entry) -> str:
    """Write how a command is typed."""
    shown = [_placeholder(item) if item.required else f"[{_placeholder(item)}]" for item in entry.positional]
    needed = [_option(item) for item in entry.named if item.required and not item.secret]
    return " ".join([PROGRAM, *entry.words, *shown, *needed, "[options]"])


def _placeholder(item: Field) -> str:
    return f"<{item.name.replace('_', '-')}>" + ("..." if item.kind == "list" else "")


def _option(item: Field) -> str:
    name = option_of(item)
    if item.kind == "boolean":
        return f"{name}, --no-{name[2:]}" if item.default is True else name
    return f"-f, {name}" if item.name == "follow" else f"{name} {_metavar(item)}"


def _metavar(item: Field) -> str:
    if item.secret or item.file:
        return "FILE"
    return {"integer": "N", "choice": "CHOICE", "json": "JSON"}.get(item.kind, "TEXT")


def _told(item: Field) -> str:
    parts = [" ".join(item.description.split())]
    if item.choices:
        parts.append(f"One of: {', '.join(item.choices)}.")
    if item.file:
        parts.append("A file, `-` for standard input.")
    if item.secret:
        parts.append("Asked without echo when it is not given.")
    if item.kind == "list" and not item.positional:
        parts.append("May be given several times.")
    if not item.required and item.default not in (None, "", False, [], {}):
        parts.append(f"Default: {item.default if isinstance(item.default, str) else json.dumps(item.default)}.")
    return " ".join(part for part in parts if part)


def _common(entry: Entry) -> list[tuple[str, str]]:
    own = [DRY_RUN, PASSWORD_FILE] if entry.effect != "query" or entry.output == PLAN_CARD else []
    return [*own, *COMMON_OPTIONS]


def _output(entry: Entry) -> list[tuple[str, str]]:
    return [OUTPUT] if entry.output == PLAN_CARD else []


def _nature(entry: Entry) -> str:
    if entry.effect == "operation":
        says = f"Changes a machine ({entry.risk}): makes a plan that waits for the approval your policy asks for."
    elif entry.effect == "control":
        says = f"Changes Steward itself ({entry.risk})."
    else:
        says = "Changes nothing."
    says += " Asks for the owner's password." if entry.proof == "step_up" else ""
    return says + (f" Prints: {entry.output}." if entry.output else "")


def _about(entries: Sequence[Entry], depth: int) -> str:
    """Tell what is behind a word `depth` words in: the command itself, or the verbs below it."""
    if len(entries[0].words) == depth:
        return entries[0].summary
    return ", ".join(dict.fromkeys(entry.words[depth] for entry in entries))


def _sections(about: Iterable[str], acting: set[str]) -> dict[str, list[str]]:
    *_, last = _SECTIONS
    home = {word: section for section, words in _SECTIONS.items() for word in words}
    found: dict[str, list[str]] = {section: [] for section in _SECTIONS}
    for word in about:
        found[home.get(word, "Act" if word in acting else last)].append(word)
    for section, words in _SECTIONS.items():
        found[section].sort(key=lambda word: (words.index(word) if word in words else len(words), word))
    return {section: words for section, words in found.items() if words}


def _showcase(manifest: Manifest) -> list[tuple[str, str]]:
    found = [entry for entry in map(manifest.find, _SHOWCASE) if entry is not None and entry.examples]
    return [(entry.examples[0].line, entry.examples[0].does) for entry in found]


def _examples(examples: Sequence[tuple[str, str]]) -> str:
    return _titled("Examples", [(f"{PROGRAM} {line}", does) for line, does in examples])


def _titled(title: str, items: Sequence[tuple[str, str]]) -> str:
    return f"{title}:\n{_labeled(items)}" if items else ""


def _labeled(items: Sequence[tuple[str, str]]) -> str:
    wide = max((columns(label) for label, _ in items if columns(label) <= _WIDEST_LABEL), default=_WIDEST_LABEL) + 4
    lines: list[str] = []
    for label, told in items:
        if columns(label) + 4 > wide:
            lines += [f"  {label}", wrapped(told, WIDTH, wide)] if told else [f"  {label}"]
        else:
            lines.append(f"  {label}".ljust(wide) + hanging(told, WIDTH, wide))
    return "\n".join(line.rstrip() for line in lines)


def _first_line(text: str | None) -> str:
    return (text or "").strip().partition("\n")[0]
