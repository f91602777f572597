"""Carry out one command of the daemon: collect, ask, prove, show, follow.

1. The input is collected; nothing is sent when it does not fit. Before a new secret is asked for, the request is
   tried dry: a wrong code or a missing proof is said before anybody types a secret twice.
2. `stop` sets the flag file first, which needs no daemon; what approves first shows what is to be approved, and asks
   for the names of what it hits where it cannot be put back.
3. The daemon is asked. When it wants the owner's password, the same request is sent once more with it.
4. The answer is shown; a run it set going is followed when a person watches.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from steward.lib.text import visible_line
from steward.lib.wire import STEP_UP, Progress, Request, Result
from steward.surfaces.cli.client import PATIENCE_SECONDS, Client
from steward.surfaces.cli.failure import CliFailure, NotRunning, failure
from steward.surfaces.cli.follow import follow, run_to_follow
from steward.surfaces.cli.manifest import Entry, Field
from steward.surfaces.cli.offline import exit_code, last_known, not_running, set_stop_flag
from steward.surfaces.cli.proof import owner_password, typed_names
from steward.surfaces.cli.render import json_of, line_of, text_of
from steward.surfaces.cli.session import Session, is_terminal
from steward.surfaces.cli.values import STDIN, collect, is_path

APPROVING = frozenset({"approvals.approve", "apply"})
PROPOSING = frozenset({"plan", "undo"})
"""Only propose, and yet what they propose runs at once where a grant covers it."""
SHOW = "approvals.show"
STOP = "stop"
BARE_STOP = Entry(
    name=STOP,
    summary="Stop everything.",
    effect="control",
    fields=(Field(name="reason", kind="text"),),
)
"""`stop` for an installation whose list of commands is broken: the brake works even then."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """What every command can be told."""

    as_json: bool = False
    """Print one JSON document, or a line for each event of a stream."""
    is_quiet: bool = False
    """Print nothing but errors."""
    is_dry_run: bool = False
    """Show what would happen."""
    may_ask: bool = True
    """False with `--no-input`."""
    password_file: str | None = None
    """Where the owner's password is read from when it is needed."""
    output: str | None = None
    """File the plan is written to."""


@dataclass(frozen=True, kw_only=True)
class Invocation:
    """One command with what a person gave."""

    session: Session
    """Where."""
    entry: Entry
    """What."""
    options: Options
    """How."""

    @property
    def can_ask(self) -> bool:
        """Tell whether a person can be asked."""
        return self.options.may_ask and self.session.can_ask

    @property
    def is_watched(self) -> bool:
        """Tell whether a person reads along, so that a run is worth following."""
        return self.session.can_ask and not (self.options.as_json or self.options.is_quiet)


def carry_out(session: Session, entry: Entry, options: Options, given: Mapping[str, Any]) -> int:
    """Carry out a command and return the exit code."""
    this = Invocation(session=session, entry=entry, options=options)
    try:
        _try_before_secrets(this, given)
    except NotRunning:
        return _from_snapshot(this)
    data = collect(entry, given, can_ask=this.can_ask)
    if entry.name == STOP and not options.is_dry_run:
        return _stop(this, data)
    if entry.name in APPROVING and this.is_watched and not options.is_dry_run:
        data |= _shown(this, data)
    try:
        result = _ask(this, data)
    except NotRunning:
        return _from_snapshot(this)
    may_start = not options.is_dry_run and (entry.effect != "query" or entry.name in PROPOSING)
    run = run_to_follow(result) if may_start and this.is_watched else None
    _show(this, _without_next(result.value) if run else result.value)
    _write_plan(this, result.value)
    return follow(session, run) if run else result.exit_code


def _try_before_secrets(this: Invocation, given: Mapping[str, Any]) -> None:
    asked = [item for item in this.entry.fields if item.secret and item.required and given.get(item.name) is None]
    if not asked or not this.can_ask or this.options.is_dry_run:
        return
    known = replace(this.entry, fields=tuple(item for item in this.entry.fields if not item.secret))
    data = collect(known, given, can_ask=False) | {item.name: "" for item in asked}
    _ask(replace(this, options=replace(this.options, is_dry_run=True)), data)


def _ask(this: Invocation, data: dict[str, Any]) -> Result:
    request = Request(
        command=this.entry.name, input=data, dry_run=this.options.is_dry_run, terminal=this.session.terminal
    )
    try:
        return _sent(this, request)
    except CliFailure as refused:
        if refused.problem.needs != STEP_UP:
            raise
        password = owner_password(this.session, file=this.options.password_file, can_ask=this.can_ask)
        return _sent(this, replace(request, password=password))


def _sent(this: Invocation, request: Request) -> Result:
    client = Client(path=this.session.paths.socket)
    patience = None if this.entry.streams else PATIENCE_SECONDS
    progress = _ProgressLine(is_shown=is_terminal(sys.stderr) and not this.options.is_quiet)
    try:
        return client.ask(request, on_event=_printer(this), on_progress=progress.show, patience_seconds=patience)
    finally:
        progress.clear()


def _printer(this: Invocation) -> Callable[[dict[str, Any]], None]:
    style = this.session.style()

    def show(event: dict[str, Any]) -> None:
        if this.options.as_json:
            if this.entry.streams:  # anything else prints one JSON document
                print(json_of(event, is_line=True), flush=True)
        elif not this.options.is_quiet:
            print(line_of(this.entry.name, event, style), flush=True)

    return show


def _show(this: Invocation, value: Any) -> None:
    if this.options.is_quiet:
        return
    if this.options.as_json:
        if not this.entry.streams:
            print(json_of(value))
        return
    text = text_of(this.entry.name, value, this.session.style())
    if text:
        print(text, file=sys.stderr if this.entry.streams else sys.stdout)


def _write_plan(this: Invocation, value: Any) -> None:
    plan = cast("dict[str, Any]", value).get("plan") if isinstance(value, dict) else None
    if this.options.output is None or plan is None:
        return
    try:
        Path(this.options.output).write_text(json_of(plan) + "\n", encoding="utf-8")
    except OSError as error:
        why = f"{error.strerror}; the plan itself was made"
        raise failure("InvalidInput", f"{this.options.output} cannot be written", exit_code=1, why=why) from error


def _shown(this: Invocation, data: dict[str, Any]) -> dict[str, Any]:
    """Show what is to be approved, and return what binds the approval to exactly that."""
    show = this.session.manifest.find(SHOW)
    code = str(data[this.entry.positional[0].name]) if this.entry.positional else STDIN
    if show is None or not show.positional or is_path(code):
        return {}
    client = Client(path=this.session.paths.socket)
    try:
        card = client.ask(Request(command=SHOW, input={show.positional[0].name: code})).value
    except NotRunning:
        raise not_running(this.session) from None
    print(text_of(SHOW, _without_next(card), this.session.style()), end="\n\n", flush=True)
    if not isinstance(card, dict):
        return {}
    told = cast("dict[str, Any]", card)
    missing = {item.name for item in this.entry.fields} - data.keys()
    bound = {"fingerprint": told.get("fingerprint", "")} if "fingerprint" in missing else {}
    is_to_type = "target" in missing and told.get("to_type") and this.can_ask
    return bound | ({"target": typed_names()} if is_to_type else {})


def _without_next(value: Any) -> Any:
    """Leave out the next step: the program is about to take it itself."""
    if not isinstance(value, dict):
        return value
    return {name: item for name, item in cast("dict[str, Any]", value).items() if name != "next"}


def _stop(this: Invocation, data: dict[str, Any]) -> int:
    path = this.session.paths.stop_flag
    is_set = True
    try:
        set_stop_flag(this.session, str(data.get("reason", "")))
        print(f"Stop is on: {path} is there. Nothing new starts while it exists.", file=sys.stderr)
    except OSError as error:
        is_set = False
        print(f"steward: the stop flag cannot be set: {error}; telling the daemon", file=sys.stderr)
    try:
        result = _ask(this, data)
    except NotRunning:
        if not is_set:
            raise not_running(this.session) from None
        print("Steward is not running; it will start stopped.", file=sys.stderr)
        if this.options.as_json:
            print(json_of({"brake": STOP, "flag": str(path)}))
        return 0
    _show(this, result.value)
    return result.exit_code


def _from_snapshot(this: Invocation) -> int:
    known = last_known(this.session, this.entry.name)
    if known is None:
        raise not_running(this.session)
    print(f"Steward is not running; this is what it knew {known.age} ago", file=sys.stderr)
    print("  next: steward up", file=sys.stderr)
    if this.options.as_json:
        print(json_of(known.value))
    elif not this.options.is_quiet:
        print(text_of(this.entry.name, known.value, this.session.style(color=False)))
    return exit_code(this.entry.name, known.value)


class _ProgressLine:
    """One line on stderr that is replaced by the next and gone at the end."""

    def __init__(self, *, is_shown: bool) -> None:
        self._is_shown = is_shown
        self._is_there = False

    def show(self, progress: Progress) -> None:
        """Replace the line."""
        if self._is_shown:
            count = f"{progress.step}/{progress.of} " if progress.of else ""
            print(f"\r\x1b[K{count}{visible_line(progress.text)[:70]}", end="", file=sys.stderr, flush=True)
            self._is_there = True

    def clear(self) -> None:
        """Take the line away."""
        if self._is_there:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            self._is_there = False
