"""Kept files: take one into git, see where git and machine differ, adopt what is there, stop keeping it.

read on the machine ─keep─> as kept ─(somebody writes there)─> drifted ─put back (a plan) or adopt─> as kept ─drop─>
"""

from __future__ import annotations

import asyncio

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.core.ways import require_reachable
from steward.engines.fleet.file_shapes import (
    AdoptInput,
    DiffInput,
    DropInput,
    Dropped,
    FileDifference,
    FileState,
    KeepInput,
    Kept,
    KeptList,
    KeptRow,
    ListInput,
)
from steward.knowhow.drift import difference, is_drifted
from steward.knowhow.facts.kept_files import PLUGIN as KEPT_FILES
from steward.knowhow.facts.kept_files import KeptFile, Place
from steward.knowhow.kept_paths import other_owner, why_never_written, why_no_path
from steward.lib.shell import join
from steward.lib.text import nearest, plural, visible_line
from steward.model.access import Right
from steward.model.command import Example
from steward.model.errors import Conflict, InvalidInput, NotFound
from steward.model.fact import Snapshot
from steward.model.machine import Machine
from steward.model.risk import Risk, Strength
from steward.model.wanted import Wanted, WantedFile, wanted_file

_LIVE = {"machine": "machine"}
_UNLIKE_ANY = WantedFile(text="", sha256="", size_bytes=0)
"""Asks for the content of a file whatever it is."""


async def keep(desk: Desk, given: KeepInput) -> Kept:
    """Read a file on its machine and commit it."""
    machine = desk.workspace.require(given.machine)
    if given.path in desk.workspace.kept.of(machine).files:
        step = f"steward {join(('files', 'adopt', machine.name, given.path))}"
        raise Conflict(f"{given.path} of {machine.name} is kept already", next_step=f"`{step}` takes it in again")
    return await _take(desk, machine, given.path, "is kept from now on")


async def adopt(desk: Desk, given: AdoptInput) -> Kept:
    """Read a kept file on its machine and commit it in place of what git held."""
    machine = desk.workspace.require(given.machine)
    _require_kept(desk, machine, given.path)
    return await _take(desk, machine, given.path, "is in git as the machine has it")


async def _take(desk: Desk, machine: Machine, path: str, done: str) -> Kept:
    text = _text_of(machine, path, await _look(desk, machine, path))
    commit = await asyncio.to_thread(desk.workspace.kept.keep, machine, path, text, desk.actor)
    await desk.scan((machine,))
    why = why_never_written(path)
    watched = f" Steward watches it and never writes it: {why}." if why else ""
    return Kept(
        sentence=f"{path} of {machine.name} {done}.{watched}",
        sha256=wanted_file(text).sha256,
        commit=commit,
        next=f"steward files ls {machine.name}",
    )


async def _look(desk: Desk, machine: Machine, path: str) -> KeptFile:
    """Look at one file now, content included."""
    require_reachable(machine)
    if why := why_no_path(path):
        raise InvalidInput(f"`{visible_line(path)}` cannot be kept", where=machine.name, why=why)
    snapshot = await desk.look.at(machine, [KEPT_FILES.name], wanted=Wanted(files={path: _UNLIKE_ANY}))
    seen = snapshot.of(KEPT_FILES)
    file = seen.files.get(path) if seen is not None else None
    if seen is None or file is None:
        why = snapshot.unread.get(KEPT_FILES.name, "") if seen is None else seen.unread.get(path, "")
        raise InvalidInput(f"cannot look at {path}", where=machine.name, why=visible_line(why))
    return file


_NO_TEXT = {
    Place.ABSENT: ("it is not there", ""),
    Place.LINK: ("it is a symbolic link", "keep the file it leads to"),
    Place.OTHER: ("it is no ordinary file", "name one file; folders are not kept"),
    Place.UNREADABLE: (
        "Steward's user may not read it, or a folder above it",
        "let it read the file, say with `setfacl -m u:steward:r PATH`",
    ),
}


def _text_of(machine: Machine, path: str, file: KeptFile) -> str:
    """Return the content of a file, or say why it does not go into git."""
    what = f"{path} cannot be kept"
    if file.place is not Place.FILE:
        why, step = _NO_TEXT[file.place]
        raise InvalidInput(what, where=machine.name, why=why, next_step=step)
    if file.text is None:
        step = "take the secret out of the file, for a secret does not go into git" if "secret" in file.hidden else ""
        raise InvalidInput(what, where=machine.name, why=file.hidden or "it was not read", next_step=step)
    owner = "NixOS" if path.startswith("/nix/") else other_owner(file.text)
    if owner:
        why = f"it says of itself that it belongs to {owner}"
        raise InvalidInput(what, where=machine.name, why=why, next_step=f"change it where {owner} takes it from")
    return file.text


def _require_kept(desk: Desk, machine: Machine, path: str) -> WantedFile:
    files = desk.workspace.kept.of(machine).files
    if path not in files:
        near = nearest(path, files)
        step = f"did you mean `{near}`?" if near else f"`steward files keep {machine.name} PATH` takes it in"
        raise NotFound(f"{visible_line(path)} of {machine.name} is not kept", next_step=step)
    return files[path]


async def drop(desk: Desk, given: DropInput) -> Dropped:
    """Stop keeping a file."""
    machine = desk.workspace.inventory().find(given.machine)
    name = machine.name if machine is not None else given.machine
    commit = await asyncio.to_thread(desk.workspace.kept.drop, name, given.path, desk.actor)
    if machine is not None:
        await desk.scan((machine,))
    return Dropped(sentence=f"{given.path} of {name} is no longer kept; the machine stays as it is.", commit=commit)


async def diff(desk: Desk, given: DiffInput) -> FileDifference:
    """Show how a kept file differs."""
    machine = desk.workspace.require(given.machine)
    wanted = _require_kept(desk, machine, given.path)
    file = await _look(desk, machine, given.path)
    if not is_drifted(file, wanted):
        return FileDifference(sentence=f"{given.path} of {machine.name} is as git holds it.", diff="")
    what, names = f"{given.path} of {machine.name}", ("git", machine.name)
    if file.place is not Place.FILE or file.text is None:
        why = _NO_TEXT[file.place][0] if file.place is not Place.FILE else file.hidden
        return FileDifference(
            sentence=f"{what} is not what git holds: {why}.", diff="", next=_next(machine, given.path)
        )
    lines = difference(wanted.text, file.text, names=names)
    return FileDifference(
        sentence=f"{what} is not what git holds: `-` is git, `+` is {machine.name}.",
        diff="\n".join(lines),
        next=_next(machine, given.path),
    )


def _next(machine: Machine, path: str) -> str:
    return f"steward {join(('file', 'write', machine.name, path))}  (or: steward files adopt ..., files drop ...)"


async def listed(desk: Desk, given: ListInput) -> KeptList:
    """List kept files."""
    found = await asyncio.to_thread(_all_rows, desk, given.machine)
    drifted = sum(row.state is FileState.DRIFTED for row in found)
    told = (
        f"{plural(len(found), 'file')} kept, {drifted} of them not as git holds them." if found else "No file is kept."
    )
    return KeptList(sentence=told, files=found)


def _all_rows(desk: Desk, chosen: str) -> tuple[KeptRow, ...]:
    names = desk.workspace.kept.machines()
    if chosen:
        machine = desk.workspace.inventory().find(chosen)
        names = tuple(name for name in names if name == (machine.name if machine is not None else chosen))
    return tuple(row for name in names for row in _rows(desk, name))


def _rows(desk: Desk, name: str) -> list[KeptRow]:
    wanted, machine = desk.workspace.kept.of_name(name), desk.workspace.inventory().find(name)
    if machine is None or machine.name != name:
        paths = sorted({*wanted.files, *wanted.unusable})
        gone = "`steward files drop` takes it out of git"
        return [
            KeptRow(machine=name, path=path, state=FileState.MACHINE_GONE, seen_at=None, note=gone) for path in paths
        ]
    rows = [_row(desk, machine, path, file) for path, file in wanted.files.items()]
    rows += [
        KeptRow(machine=name, path=path, state=FileState.NOT_SEEN, seen_at=None, note=why)
        for path, why in wanted.unusable.items()
    ]
    return sorted(rows, key=lambda row: row.path)


def _row(desk: Desk, machine: Machine, path: str, wanted: WantedFile) -> KeptRow:
    snapshot = desk.seen(machine.id)
    seen = snapshot.of(KEPT_FILES) if snapshot is not None else None
    file = seen.files.get(path) if seen is not None else None
    if snapshot is None or seen is None or file is None or file.place is Place.UNREADABLE:
        why = _why_unseen(snapshot, path, file)
        return KeptRow(machine=machine.name, path=path, state=FileState.NOT_SEEN, seen_at=None, note=visible_line(why))
    is_same = not is_drifted(file, wanted)
    note = "" if is_same else "other content" if file.place is Place.FILE else _NO_TEXT[file.place][0]
    state, at = FileState.AS_KEPT if is_same else FileState.DRIFTED, snapshot.read_at(KEPT_FILES.name)
    return KeptRow(machine=machine.name, path=path, state=state, seen_at=at, note=note)


def _why_unseen(snapshot: Snapshot | None, path: str, file: KeptFile | None) -> str:
    if file is not None:
        return _NO_TEXT[file.place][0]
    if snapshot is None:
        return "the machine was not looked at yet"
    seen = snapshot.of(KEPT_FILES)
    return snapshot.unread.get(KEPT_FILES.name, "") if seen is None else seen.unread.get(path, "not looked at yet")


async def preview_keep(desk: Desk, given: KeepInput | AdoptInput) -> str:
    """Say what would be committed."""
    machine = desk.workspace.require(given.machine)
    text = _text_of(machine, given.path, await _look(desk, machine, given.path))
    return f"commits {wanted_file(text).size_bytes} bytes as files/{machine.name}{given.path}; changes no machine"


async def preview_drop(_desk: Desk, given: DropInput) -> str:
    """Say what would be removed."""
    return f"removes files/{given.machine}{given.path} from the workspace; changes no machine"


COMMANDS = (
    CommandSpec(
        name="files.ls",
        right=Right.READ,
        input=ListInput,
        output=KeptList,
        handler=listed,
        risk=Risk.READ,
        live=_LIVE,
        examples=(
            Example(line="files ls", does="List every kept file and how it stands"),
            Example(line="files ls nas", does="The same for nas"),
        ),
    ),
    CommandSpec(
        name="files.diff",
        right=Right.READ,
        input=DiffInput,
        output=FileDifference,
        handler=diff,
        risk=Risk.READ,
        live=_LIVE,
        examples=(
            Example(line="files diff nas /etc/samba/smb.conf", does="Show how nas differs from git"),
            Example(line="files diff nas /etc/samba/smb.conf --json", does="The same as one JSON object"),
        ),
    ),
    CommandSpec(
        name="files.keep",
        right=Right.GOVERN,
        input=KeepInput,
        output=Kept,
        handler=keep,
        preview=preview_keep,
        undo="steward files drop MACHINE PATH",
        verify="`steward files ls` shows it as kept",
        risk=Risk.REVERSIBLE,
        proof=Strength.STEP_UP,
        live=_LIVE,
        examples=(
            Example(line="files keep nas /etc/samba/smb.conf", does="Take the configuration of Samba into git"),
            Example(line="files keep nas /etc/motd --dry-run", does="Only say what would be committed"),
        ),
    ),
    CommandSpec(
        name="files.adopt",
        right=Right.GOVERN,
        input=AdoptInput,
        output=Kept,
        handler=adopt,
        preview=preview_keep,
        undo="git -C WORKSPACE revert COMMIT",
        verify="`steward files ls` shows it as kept",
        risk=Risk.REVERSIBLE,
        proof=Strength.STEP_UP,
        live=_LIVE,
        examples=(
            Example(line="files adopt nas /etc/samba/smb.conf", does="Take what nas has now into git"),
            Example(line="files adopt nas /etc/motd --dry-run", does="Only say what would be committed"),
        ),
    ),
    CommandSpec(
        name="files.drop",
        right=Right.GOVERN,
        input=DropInput,
        output=Dropped,
        handler=drop,
        preview=preview_drop,
        undo="steward files keep MACHINE PATH",
        verify="`steward files ls` no longer shows it",
        risk=Risk.REVERSIBLE,
        proof=Strength.STEP_UP,
        live=_LIVE,
        examples=(
            Example(line="files drop nas /etc/motd", does="Stop keeping a file of nas"),
            Example(line="files drop nas /etc/motd --dry-run", does="Only say what would be removed"),
        ),
    ),
)
