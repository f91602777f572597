"""Find kept files that are no longer on the machine what git holds."""

from __future__ import annotations

from dataclasses import replace

from steward.knowhow.drift import changed_lines, is_drifted, why_not_put_back
from steward.knowhow.facts.kept_files import PLUGIN as KEPT_FILES
from steward.knowhow.facts.kept_files import KeptFile, Place
from steward.knowhow.facts.os import PLUGIN as SYSTEM
from steward.knowhow.findings import Case, case
from steward.lib.shell import join
from steward.lib.text import plural, visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.observation import Observation
from steward.model.resource import Owner, ResourceKind, resource_owned
from steward.model.wanted import WantedFile

_NAME = "drifted_files"
_MOST_LINES = 8
_LONGEST_LINE = 160
_IS = {
    Place.FILE: "is not what git holds",
    Place.ABSENT: "is gone",
    Place.LINK: "is a link now, and a file in git",
    Place.OTHER: "is no ordinary file any more",
    Place.UNREADABLE: "cannot be read any more",
}


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each kept file that differs, is missing, or cannot be told."""
    seen = snapshot.of(KEPT_FILES)
    if seen is None:
        return ()
    wanted = snapshot.wanted
    both = ((path, seen.files[path], file) for path, file in wanted.files.items() if path in seen.files)
    drifted = [_drifted(snapshot, path, file, held) for path, file, held in both if is_drifted(file, held)]
    untold = {**wanted.unusable, **{path: why for path, why in seen.unread.items() if path in wanted.files}}
    return (*drifted, *(_untold(snapshot, path, why) for path, why in untold.items()))


def _case(snapshot: Snapshot, path: str, source: str) -> Case:
    this = case(_NAME, snapshot, ResourceKind.FILE, path, source, fact=KEPT_FILES.name)
    return replace(this, resource=resource_owned(snapshot.machine.id, ResourceKind.FILE, path, Owner.GIT))


def _drifted(snapshot: Snapshot, path: str, file: KeptFile, wanted: WantedFile) -> Finding:
    this = _case(snapshot, path, "sha256sum")
    system = snapshot.of(SYSTEM)
    why = why_not_put_back(path, file, wanted, is_root=system is not None and system.user_id == 0)
    told = f" Steward cannot put it back: {why}." if why else ""
    return this.finding(
        f"{visible_line(path)} on {snapshot.machine.name} {_IS[file.place]}",
        Severity.UNKNOWN if file.place is Place.UNREADABLE else Severity.WARNING,
        _evidence(this, file, wanted),
        if_nothing=f"The machine does something else than the workspace says; a rebuilt one would be another.{told}",
        fix=None if why else "put_back_file",
        alternatives=_alternatives(snapshot, path, file),
    )


def _alternatives(snapshot: Snapshot, path: str, file: KeptFile) -> tuple[str, ...]:
    name = snapshot.machine.name
    drop = f"`steward {join(('files', 'drop', name, path))}` stops keeping it; nothing on the machine changes"
    if file.text is None:
        return (drop,)
    adopt = f"`steward {join(('files', 'adopt', name, path))}` takes what is there into git; the machine stays as it is"
    return (adopt, drop)


def _evidence(this: Case, file: KeptFile, wanted: WantedFile) -> tuple[Observation, ...]:
    held = this.seen("sha256 in git", f"{wanted.sha256} ({wanted.size_bytes} bytes)")
    if file.place is not Place.FILE:
        return (this.seen("in its place", file.place.value), held)
    there = this.seen("sha256 there", f"{file.sha256} ({file.size_bytes} bytes)")
    written = (this.seen("written there", f"{file.modified_at:%Y-%m-%d %H:%M:%S} UTC"),) if file.modified_at else ()
    hidden = (this.seen("its content", f"is not told: {file.hidden}"),) if file.hidden else ()
    return (there, held, *written, *hidden, *_lines(this, file, wanted))


def _lines(this: Case, file: KeptFile, wanted: WantedFile) -> tuple[Observation, ...]:
    """Tell the first lines that differ: `-` is git, `+` is there."""
    if file.text is None:
        return ()
    lines = changed_lines(wanted.text, file.text)
    more = len(lines) - _MOST_LINES
    rest = (this.seen("more", f"{plural(more, 'line')}, see `steward files diff`"),) if more > 0 else ()
    return (*this.outside("line", (line[:_LONGEST_LINE] for line in lines[:_MOST_LINES])), *rest)


def _untold(snapshot: Snapshot, path: str, why: str) -> Finding:
    this = _case(snapshot, path, "workspace")
    return this.finding(
        f"Whether {visible_line(path)} on {snapshot.machine.name} is what git holds cannot be told",
        Severity.UNKNOWN,
        this.outside("reason", (visible_line(why)[:300],)),
        if_nothing="A change of this file would not be seen.",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Files whose truth lies in git, and that differ on the machine, are missing there, or cannot be read.",
    needs=(KEPT_FILES.name, SYSTEM.name),
    run=run,
)
